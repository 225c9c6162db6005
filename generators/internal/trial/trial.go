// Package trial opens and fills columns in the tests of generators.
package trial

import (
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Open opens a column of a field by the generator and the params that the
// field names, with seed 1.
func Open(components []sdk.Component, field schema.Field) (core.Column, error) {
	if field.Name == "" {
		field.Name = "field"
	}
	for _, c := range components {
		if c.Describe().Name == field.Generator {
			return c.Generator().Open(context.Background(), core.ColumnSpec{
				Generator: field.Generator, Field: field.Arrow(), Config: field.Params, Seed: 1,
				Mem: memory.DefaultAllocator,
			})
		}
	}
	return nil, core.Errorf(core.InvalidConfig, "no generator %q", field.Generator)
}

// Fill gives the values of rows, and ends the test where there are none.
func Fill(t testing.TB, components []sdk.Component, field schema.Field, start int64, n int) arrow.Array {
	t.Helper()
	c, err := Open(components, field)
	if err != nil {
		t.Fatal(err)
	}
	values, err := c.Fill(context.Background(), core.Rows{Start: start, N: n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(values.Release)
	return values
}

// Texts gives the values of rows as texts.
func Texts(t testing.TB, components []sdk.Component, field schema.Field, start int64, n int) []string {
	t.Helper()
	values := Fill(t, components, field, start, n)
	texts := make([]string, n)
	for i := range texts {
		texts[i] = values.ValueStr(i)
	}
	return texts
}

// Bench measures the values of a field a second.
func Bench(b *testing.B, components []sdk.Component, field schema.Field) {
	b.Helper()
	c, err := Open(components, field)
	if err != nil {
		b.Fatal(err)
	}
	const rows = 1 << 15
	made := 0
	for b.Loop() {
		values, err := c.Fill(context.Background(), core.Rows{Start: int64(made), N: rows}, nil)
		if err != nil {
			b.Fatal(err)
		}
		values.Release()
		made += rows
	}
	b.ReportMetric(float64(made)/b.Elapsed().Seconds()/1e6, "Mvalues/s")
	b.ReportMetric(0, "ns/op")
}
