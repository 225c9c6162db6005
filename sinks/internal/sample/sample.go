// Package sample makes batches for the tests of sinks.
package sample

import (
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Collection is a field of every type; nullable ones come twice.
func Collection(dim int) *schema.Collection {
	c := &schema.Collection{Fields: []schema.Field{{Name: "id", Type: schema.Int64, IsPrimary: true}}, EnableDynamic: true, DynamicFields: []schema.DynamicField{{Name: "a", Type: schema.Int64}}}
	for _, nullable := range []bool{false, true} {
		suffix := ""
		if nullable {
			suffix = "_or_null"
		}
		add := func(f schema.Field) {
			f.Name += suffix
			f.Nullable = nullable
			c.Fields = append(c.Fields, f)
		}
		for _, t := range scalars() {
			add(schema.Field{Name: "f_" + string(t), Type: t, MaxLength: 200})
			if t != schema.JSON && t != schema.Timestamptz && t != schema.Geometry {
				add(schema.Field{Name: "array_" + string(t), Type: schema.Array, ElementType: t, MaxCapacity: 10})
			}
		}
		for _, t := range []schema.Type{schema.FloatVector, schema.Int8Vector, schema.BinaryVector, schema.Float16, schema.BFloat16} {
			add(schema.Field{Name: "v_" + string(t), Type: t, Dim: dim})
		}
		add(schema.Field{Name: "sparse", Type: schema.Sparse})
		add(schema.Field{Name: "parts", Type: schema.Array, ElementType: schema.Struct, MaxCapacity: 10, StructFields: []schema.Field{
			{Name: "text", Type: schema.VarChar, MaxLength: 100},
			{Name: "count", Type: schema.Int16, Nullable: true},
			{Name: "vector", Type: schema.FloatVector, Dim: 8},
			{Name: "bits", Type: schema.BinaryVector, Dim: 16},
		}})
	}
	return c
}

func scalars() []schema.Type {
	return []schema.Type{
		schema.Bool, schema.Int8, schema.Int16, schema.Int32, schema.Int64, schema.Float, schema.Double,
		schema.VarChar, schema.JSON, schema.Timestamptz, schema.Geometry,
	}
}

// Maker makes batches of a schema.
type Maker struct {
	Schema *arrow.Schema
	// Nulls is the share of nulls in nullable fields.
	Nulls float64
	s     rng.Source
}

// New makes a maker whose values depend on the seed.
func New(s *arrow.Schema, seed uint64, nulls float64) *Maker {
	return &Maker{Schema: s, Nulls: nulls, s: rng.Key(seed).At(0)}
}

// Batch makes the next n rows.
func (m *Maker) Batch(n int) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, m.Schema)
	defer b.Release()
	for i, f := range m.Schema.Fields() {
		for range n {
			m.value(b.Field(i), f)
		}
	}
	return b.NewRecord()
}

func (m *Maker) value(b array.Builder, f arrow.Field) {
	if f.Nullable && m.s.Float64() < m.Nulls && b.Type().ID() != arrow.STRUCT {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(m.text(f))
	case *array.FixedSizeBinaryBuilder:
		b.Append(m.bytes(f))
	case *array.FixedSizeListBuilder:
		b.Append(true)
		t := b.Type().(*arrow.FixedSizeListType)
		for range t.Len() {
			m.value(b.ValueBuilder(), arrow.Field{})
		}
	case *array.ListBuilder:
		b.Append(true)
		element := b.Type().(*arrow.ListType).ElemField()
		element.Nullable = false
		for range m.s.Between(0, 4) {
			m.value(b.ValueBuilder(), element)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range b.Type().(*arrow.StructType).Fields() {
			m.value(b.FieldBuilder(i), f)
		}
	case *array.BooleanBuilder:
		b.Append(m.s.Float64() < 0.5)
	case *array.Float32Builder:
		b.Append(m.float32())
	case *array.Float64Builder:
		b.Append(pick(&m.s, m.s.Normal(), math.MaxFloat64, math.SmallestNonzeroFloat64, 0, 0.1))
	default:
		m.integer(b)
	}
}

func (m *Maker) float32() float32 {
	return pick(&m.s, float32(m.s.Normal()), float32(m.s.Normal()), math.MaxFloat32, math.SmallestNonzeroFloat32, 0.1, 16777216, 1e-40)
}

func (m *Maker) integer(b array.Builder) {
	v := pick(&m.s, int64(m.s.Uint64()), math.MaxInt64, math.MinInt64, 0, 1, 9007199254740993)
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	case *array.Uint32Builder:
		// An index: rising within a vector of this maker, most of the time.
		b.Append(uint32(b.Len()))
	default:
		panic(fmt.Sprintf("sample: %T", b))
	}
}

func (m *Maker) text(f arrow.Field) string {
	n := strconv.FormatUint(m.s.Uint64(), 36)
	kind, _ := f.Metadata.GetValue(core.MetaType)
	switch schema.Type(kind) {
	case schema.JSON:
		return pick(&m.s, `{"a": 1, "b": [true, null]}`, `{}`, `{"`+n+`": 9007199254740993}`, `{"名": "数据 \ud83d\ude00"}`)
	case schema.Timestamptz:
		return "2025-01-31T08:00:00+08:00"
	case schema.Geometry:
		return "POINT (30 10)"
	default:
		return pick(&m.s, n, "", "数据库", "naïve \"café\"\n\t\\/", "😀"+n, "\u2028\x00\x1f<&>")
	}
}

// bytes are those of a vector without infinities.
func (m *Maker) bytes(f arrow.Field) []byte {
	b := make([]byte, f.Type.(*arrow.FixedSizeBinaryType).ByteWidth)
	kind, _ := f.Metadata.GetValue(core.MetaType)
	for i := range b {
		b[i] = byte(m.s.Uint64())
		if i%2 == 1 && schema.Type(kind) != schema.BinaryVector {
			b[i] &= 0xbb // the exponent is not all ones
		}
	}
	return b
}

func pick[T any](s *rng.Source, from ...T) T { return from[s.Between(0, len(from)-1)] }
