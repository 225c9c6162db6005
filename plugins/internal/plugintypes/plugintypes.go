// Package plugintypes gives tests of the process boundary one field of each
// type that crosses it, and random values of any type.
package plugintypes

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// Fields is one field of each type, once with nulls and once without.
func Fields() []arrow.Field {
	sparse := arrow.StructOf(
		arrow.Field{Name: "index", Type: arrow.PrimitiveTypes.Uint32},
		arrow.Field{Name: "value", Type: arrow.PrimitiveTypes.Float32},
	)
	types := []arrow.DataType{
		arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32,
		arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64, arrow.BinaryTypes.String,
		arrow.FixedSizeListOf(8, arrow.PrimitiveTypes.Float32), arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Int8),
		&arrow.FixedSizeBinaryType{ByteWidth: 6}, &arrow.FixedSizeBinaryType{ByteWidth: 16}, arrow.ListOf(sparse),
		arrow.ListOf(arrow.PrimitiveTypes.Int64), arrow.ListOf(arrow.FixedWidthTypes.Boolean), arrow.ListOf(arrow.BinaryTypes.String),
		arrow.ListOf(arrow.StructOf(
			arrow.Field{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
			arrow.Field{Name: "vector", Type: arrow.FixedSizeListOf(4, arrow.PrimitiveTypes.Float32)},
		)),
	}
	var fields []arrow.Field
	for i, t := range types {
		for _, nullable := range []bool{false, true} {
			fields = append(fields, arrow.Field{
				Name: fmt.Sprintf("f%d_%v", i, nullable), Type: t, Nullable: nullable,
				Metadata: arrow.MetadataFrom(map[string]string{core.MetaType: t.Name()}),
			})
		}
	}
	return fields
}

// Random gives random values of a type, a third of them null where they may be.
func Random(t arrow.DataType, nullable bool, seed uint64, rows core.Rows, mem memory.Allocator) arrow.Array {
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	b := array.NewBuilder(mem, t)
	defer b.Release()
	for row := rows.Start; row < rows.End(); row++ {
		source := rng.Field(seed, t.Name()).At(row)
		if nullable && source.IntN(3) == 0 {
			b.AppendNull()
			continue
		}
		appendTo(b, &source)
	}
	return b.NewArray()
}

// Print is all values of a record as text, to compare records by.
func Print(record arrow.Record) string {
	var out strings.Builder
	for i, c := range record.Columns() {
		for row := range c.Len() {
			fmt.Fprintf(&out, "%s %s\n", record.ColumnName(i), c.ValueStr(row))
		}
	}
	return out.String()
}

func appendTo(b array.Builder, s *rng.Source) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(s.Bool(0.5))
	case *array.Int8Builder:
		b.Append(int8(s.Uint64()))
	case *array.Int16Builder:
		b.Append(int16(s.Uint64()))
	case *array.Int32Builder:
		b.Append(int32(s.Uint64()))
	case *array.Int64Builder:
		b.Append(int64(s.Uint64()))
	case *array.Uint32Builder:
		b.Append(uint32(s.Uint64()))
	case *array.Float32Builder:
		b.Append(float32(s.Normal()))
	case *array.Float64Builder:
		b.Append(s.Normal())
	case *array.StringBuilder:
		b.Append(strings.Repeat("é1", s.IntN(9)))
	case *array.FixedSizeBinaryBuilder:
		value := make([]byte, b.Type().(*arrow.FixedSizeBinaryType).ByteWidth)
		value[0] = byte(s.Uint64())
		b.Append(value)
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range b.Type().(*arrow.FixedSizeListType).Len() {
			appendTo(b.ValueBuilder(), s)
		}
	case *array.ListBuilder:
		b.Append(true)
		for range s.IntN(5) {
			appendTo(b.ValueBuilder(), s)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			appendTo(b.FieldBuilder(i), s)
		}
	default:
		panic(fmt.Sprintf("no random %s", b.Type()))
	}
}
