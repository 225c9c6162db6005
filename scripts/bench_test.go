package scripts

import (
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

func benchmark(b *testing.B, generator, code string, open func(context.Context, core.ColumnSpec, Config) (core.Column, error)) {
	const n = 10_000
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "category", Type: arrow.BinaryTypes.String},
		{Name: "price", Type: arrow.PrimitiveTypes.Float64},
		{Name: "vector", Type: arrow.FixedSizeListOf(128, arrow.PrimitiveTypes.Float32)},
	}, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range n {
		builder.Field(0).(*array.StringBuilder).Append("订单与物流")
		builder.Field(1).(*array.Float64Builder).Append(float64(i) + 0.5)
		v := builder.Field(2).(*array.FixedSizeListBuilder)
		v.Append(true)
		v.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, 128), nil)
	}
	batch := builder.NewRecord()
	spec := core.ColumnSpec{
		Generator: generator, Field: field("VarChar", arrow.BinaryTypes.String), Inputs: schema, Mem: memory.DefaultAllocator,
	}
	column, err := open(context.Background(), spec, Config{Bundle: code, File: "hooks.js"})
	if err != nil {
		b.Fatal(err)
	}
	defer column.Close()
	b.ResetTimer()
	for b.Loop() {
		values, err := column.Fill(context.Background(), core.Rows{N: n}, batch)
		if err != nil {
			b.Fatal(err)
		}
		values.Release()
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkFieldHook(b *testing.B) {
	benchmark(b, FieldGenerator, "var __hooks = {fields: {x: ({row, record}) => `${record.category}: question ${row}`}}", openField)
}

func BenchmarkValidateHook(b *testing.B) {
	benchmark(b, ValidateGenerator, "var __hooks = {validate: (record) => record.price > 0 || 'price must be positive'}", openValidate)
}

func BenchmarkRandomHook(b *testing.B) {
	benchmark(b, FieldGenerator, "var __hooks = {fields: {x: ({rng, record}) => `${record.category} ${rng.int(1, 100)} ${rng.pick(['a', 'b'])}`}}", openField)
}

func BenchmarkVectorHook(b *testing.B) {
	benchmark(b, ValidateGenerator, "var __hooks = {validate: (record) => vec.finite(record.vector) || 'bad'}", openValidate)
}

func BenchmarkRegexpHook(b *testing.B) {
	benchmark(b, ValidateGenerator, "const han = /[\\u4e00-\\u9fff]/; var __hooks = {validate: (record) => han.test(record.category)}", openValidate)
}

func BenchmarkReplaceHook(b *testing.B) {
	benchmark(b, FieldGenerator, "var __hooks = {fields: {x: ({rng, record}) => '订单 {order} 什么时候发货？'.replace('{order}', () => 'xx').replace('{amount}', () => 'yy')}}", openField)
}
