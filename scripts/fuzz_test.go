package scripts

import (
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// FuzzValues gives columns of all types whatever a hook may return: it is
// taken or refused, and what is taken is a whole column.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"1", "-0.5", `"text"`, "[1, 2]", "[1, null]", `{"3": 1, "x": 2}`, `{"length": 2}`, `{"length": 1e99}`, `{"length": -1}`,
		"null", "true", "[[1], {}]", "1e400", `"\ud800"`, `{"a": 1}`, `[{"a": 1}]`,
	} {
		f.Add(seed)
	}
	fields := []arrow.Field{
		field("Bool", arrow.FixedWidthTypes.Boolean), field("Int8", arrow.PrimitiveTypes.Int8), field("Int64", arrow.PrimitiveTypes.Int64),
		field("Float", arrow.PrimitiveTypes.Float32), field("Double", arrow.PrimitiveTypes.Float64),
		limited("VarChar", arrow.BinaryTypes.String, core.MetaMaxLength, "10"), field("JSON", arrow.BinaryTypes.String),
		field("FloatVector", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)), field("Int8Vector", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int8)),
		field("Float16Vector", &arrow.FixedSizeBinaryType{ByteWidth: 4}), field("BinaryVector", &arrow.FixedSizeBinaryType{ByteWidth: 1}),
		field("SparseFloatVector", schema.SparseType()),
		limited("Array", arrow.ListOf(arrow.BinaryTypes.String), core.MetaMaxCapacity, "3"),
		field("Array", arrow.ListOf(arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int16}))),
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range fields {
			spec := core.ColumnSpec{Field: field, Mem: memory.DefaultAllocator, Uses: []string{"in"}}
			spec.Inputs = arrow.NewSchema([]arrow.Field{{Name: "in", Type: arrow.BinaryTypes.String}}, nil)
			column, err := openField(context.Background(), spec, Config{Bundle: "var __hooks = {fields: {x: ({record}) => JSON.parse(record.in)}}"})
			if err != nil {
				t.Fatal(err)
			}
			b := array.NewRecordBuilder(memory.DefaultAllocator, spec.Inputs)
			b.Field(0).(*array.StringBuilder).Append(strings.ToValidUTF8(text, "?"))
			inputs := b.NewRecord()
			values, err := column.Fill(context.Background(), core.Rows{N: 1}, inputs)
			if err == nil && (values.Len() != 1 || !arrow.TypeEqual(values.DataType(), field.Type)) {
				t.Errorf("%s gives %v", text, values)
			}
			if err := column.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
