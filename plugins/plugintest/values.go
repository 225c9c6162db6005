package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// sampleRows is how many rows show every value of sampleBatch, and each of
// them null in fields that may be.
const sampleRows = 40

// collection has a field of each type that the component names, once nullable
// and once not, and arrays of each type of elements.
func (t *Trial) collection() *schema.Collection {
	c := &schema.Collection{}
	names := func(kind schema.Type) bool { return slices.Contains(t.Component.GetFieldTypes(), string(kind)) }
	if names(schema.Int64) {
		c.Fields = append(c.Fields, schema.Field{Name: "id", Type: schema.Int64, IsPrimary: true})
	}
	for _, kind := range schema.Types() {
		if !names(kind) {
			continue
		}
		elements := []schema.Type{""}
		if kind == schema.Array {
			elements = slices.DeleteFunc(schema.ElementTypes(), func(e schema.Type) bool { return e == schema.Struct })
		}
		for _, element := range elements {
			for _, nullable := range []bool{false, true} {
				f := FieldOf(kind, element)
				f.Name = strings.ToLower(fmt.Sprintf("f_%s%s_%v", kind, element, nullable))
				f.Nullable = nullable
				c.Fields = append(c.Fields, f)
			}
		}
	}
	return c
}

// sampleBatch makes rows of a collection; the rows begin anew for each of
// counts.
func sampleBatch(c *schema.Collection, counts ...int) arrow.Record {
	s := c.Arrow()
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for i, field := range s.Fields() {
		for _, n := range counts {
			for row := range n {
				switch {
				case field.Name == "id":
					b.Field(i).(*array.Int64Builder).Append(int64(row))
				case field.Nullable && row%3 == 1:
					b.Field(i).AppendNull()
				default:
					appendSample(b.Field(i), field, row)
				}
			}
		}
	}
	return b.NewRecord()
}

func pick[T any](i int, from ...T) T { return from[i%len(from)] }

// appendSample appends the i-th of a type's values: ordinary ones, extremes,
// empty ones and those that are hard to write.
func appendSample(b array.Builder, field arrow.Field, i int) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(i%2 == 0)
	case *array.Int8Builder:
		b.Append(pick(i, 0, 1, -1, math.MaxInt8, int8(math.MinInt8)))
	case *array.Int16Builder:
		b.Append(pick(i, 0, 1, -1, math.MaxInt16, int16(math.MinInt16)))
	case *array.Int32Builder:
		b.Append(pick(i, 0, 1, -1, math.MaxInt32, int32(math.MinInt32)))
	case *array.Int64Builder:
		b.Append(pick(i, 0, -1, math.MaxInt64, int64(math.MinInt64), 9007199254740993))
	case *array.Uint32Builder:
		b.Append(pick(i, 0, 25, uint32(math.MaxUint32-1)))
	case *array.Float32Builder:
		b.Append(pick(i, 0, 0.1, -1.5, math.MaxFloat32, math.SmallestNonzeroFloat32, 16777216, float32(1)/3))
	case *array.Float64Builder:
		b.Append(pick(i, 0, 0.1, -1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, 9007199254740992, 1.0/3))
	case *array.StringBuilder:
		b.Append(sampleText(sdk.TypeOf(field), i))
	case *array.FixedSizeBinaryBuilder:
		b.Append(sampleBytes(field, i))
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for j := range b.Type().(*arrow.FixedSizeListType).Len() {
			appendSample(b.ValueBuilder(), arrow.Field{}, i+int(j))
		}
	case *array.ListBuilder:
		b.Append(true)
		n := pick(i, 3, 0, 1)
		if sdk.TypeOf(field) == string(schema.Sparse) {
			n = pick(i, 3, 1)
		}
		for j := range n {
			appendSample(b.ValueBuilder(), arrow.Field{}, j)
		}
	case *array.StructBuilder:
		b.Append(true)
		for j := range b.NumField() {
			appendSample(b.FieldBuilder(j), arrow.Field{}, i)
		}
	default:
		panic(fmt.Sprintf("plugintest: no sample of %s", b.Type()))
	}
}

func sampleText(kind string, i int) string {
	switch schema.Type(kind) {
	case schema.JSON:
		return pick(i, `{"a":1}`, `{}`, `{"b":[true,null,"x"],"n":9007199254740993}`, `{"名":"数据 😀","q":"\"\\\n"}`, `{"deep":{"er":{"est":[]}}}`)
	case schema.Timestamptz:
		return pick(i, "2025-01-31T08:00:00+08:00", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z")
	case schema.Geometry:
		return pick(i, "POINT (30 10)", "POLYGON ((0 0, 1 0, 1 1, 0 0))")
	default:
		return pick(i, "text", "", "数据库", "naïve \"café\"\n\t\\/", "😀👩‍🔬", "\u2028<&>, ;'", " space ", "null", "0", strings.Repeat("界", 66))
	}
}

// sampleBytes is a vector as it is stored, without infinities.
func sampleBytes(field arrow.Field, i int) []byte {
	raw := make([]byte, field.Type.(*arrow.FixedSizeBinaryType).ByteWidth)
	for j := range raw {
		raw[j] = pick(i, byte(j), 0, 0xff)
		if j%2 == 1 && sdk.TypeOf(field) != string(schema.BinaryVector) {
			raw[j] &= 0xbb // the exponent is not all ones
		}
	}
	return raw
}

// largest is a batch that a message has just room for.
func (t *Trial) largest() (arrow.Record, *schema.Collection) {
	c := &schema.Collection{}
	names := t.Component.GetFieldTypes()
	var width int
	switch {
	case slices.Contains(names, string(schema.FloatVector)):
		c.Fields = append(c.Fields, schema.Field{Name: "v", Type: schema.FloatVector, Dim: 4096})
		width = 4 * 4096
	case slices.Contains(names, string(schema.VarChar)):
		c.Fields = append(c.Fields, schema.Field{Name: "v", Type: schema.VarChar, MaxLength: 65535})
		width = 65000 + 4
	default:
		return nil, nil
	}
	rows := (wire.MaxIPC - 4096) / width
	s := c.Arrow()
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	one := make([]float32, 4096)
	for row := range rows {
		switch b := b.Field(0).(type) {
		case *array.FixedSizeListBuilder:
			for i := range one {
				one[i] = float32((row+i)%4) / 4
			}
			b.Append(true)
			b.ValueBuilder().(*array.Float32Builder).AppendValues(one, nil)
		case *array.StringBuilder:
			b.Append(strings.Repeat(string(rune('a'+row%26)), 65000))
		}
	}
	return b.NewRecord(), c
}

// sameRows compares what was stored with what was to be.
func sameRows(want, got arrow.Record) error {
	if want.NumRows() != got.NumRows() {
		return wrong("%d rows were stored, and %d are there", want.NumRows(), got.NumRows())
	}
	for i, field := range want.Schema().Fields() {
		at := got.Schema().FieldIndices(field.Name)
		if len(at) == 0 {
			return core.Errorf(core.PluginFailed, "it is not there").WithField(field.Name)
		}
		a, b := want.Column(i), got.Column(at[0])
		for row := range a.Len() {
			if a.IsNull(row) == b.IsNull(row) && (a.IsNull(row) || sameValue(field, a.ValueStr(row), b.ValueStr(row))) {
				continue
			}
			return core.Errorf(core.InvalidData, "stored was %s, and there is %s", short(a.ValueStr(row)), short(b.ValueStr(row))).
				WithField(field.Name).WithRow(int64(row))
		}
	}
	return nil
}

func sameValue(field arrow.Field, a, b string) bool {
	if a == b {
		return true
	}
	if sdk.TypeOf(field) != string(schema.JSON) {
		return false
	}
	return canonical(a) == canonical(b)
}

func canonical(text string) string {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return "no JSON: " + text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "no JSON: " + text
	}
	return string(raw)
}

// tellsTheRow stores rows of which one cannot be stored.
func tellsTheRow(ctx context.Context, t *Trial) error {
	const first, bad = 5000, 17
	for _, kind := range []schema.Type{schema.VarChar, schema.FloatVector, schema.Double, schema.JSON} {
		if !slices.Contains(t.Component.GetFieldTypes(), string(kind)) {
			continue
		}
		f, err := newFolder()
		if err != nil {
			return err
		}
		defer f.remove()
		p, err := t.processes.get(ctx, 0)
		if err != nil {
			return err
		}
		batch := spoiled(kind, bad)
		w, err := t.openWriter(ctx, p, batch.Schema(), f.in(t.Config), core.Rows{Start: first, N: int(batch.NumRows())})
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		err = w.write(batch)
		w.cancel()
		if err == nil {
			continue // it can store that
		}
		if err := refused(err, core.InvalidData); err != nil {
			return err
		}
		return rowOf(err, kind, first+bad)
	}
	return Skip("it stores values that others refuse: text that is not UTF-8, NaN, broken JSON")
}
