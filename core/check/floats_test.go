package check_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core/check"
)

// TestValuesThatAreNoNumbersOrNoText holds check to what JSON cannot say: NaN,
// infinities and bytes that are no UTF-8, in a Parquet file.
func TestValuesThatAreNoNumbersOrNoText(t *testing.T) {
	const rows = 8
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	s := columns(field("f", arrow.PrimitiveTypes.Float32), field("d", arrow.PrimitiveTypes.Float64), field("s", text),
		field("a", arrow.ListOf(arrow.PrimitiveTypes.Float32)))
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for row := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(row))
		v, f, d, word, element := []float32{0.6, 0.8}, float32(1), 1.0, "ok", float32(1)
		switch row {
		case 2:
			f, d = nan, math.Inf(-1)
		case 4:
			word = "a\xff"
		case 5:
			v = []float32{nan, -inf}
		case 6:
			element = inf
		}
		b.Field(1).(*array.ListBuilder).Append(true)
		b.Field(1).(*array.ListBuilder).ValueBuilder().(*array.Float32Builder).AppendValues(v, nil)
		b.Field(2).(*array.Float32Builder).Append(f)
		b.Field(3).(*array.Float64Builder).Append(d)
		b.Field(4).(*array.StringBuilder).Append(word)
		b.Field(5).(*array.ListBuilder).Append(true)
		b.Field(5).(*array.ListBuilder).ValueBuilder().(*array.Float32Builder).Append(element)
	}
	record := b.NewRecord()
	defer record.Release()
	path := filepath.Join(t.TempDir(), "a.parquet")
	writeRecord(t, path, record)
	c := of(t, `{"name":"f","type":"Float"}`, `{"name":"d","type":"Double"}`, `{"name":"s","type":"VarChar","max_length":9}`,
		`{"name":"a","type":"Array","element_type":"Float","max_capacity":2}`)
	expect(t, run(t, path, c, check.Options{Limit: 20}), []string{
		"a.parquet row 2 field f: NaN",
		"a.parquet row 2 field d: -Inf",
		"a.parquet row 4 field s",
		"error vector-finite a.parquet row 5 field v: element 0 is NaN (and 1 more)",
		"a.parquet row 6 field a: element 0",
	})
}

func writeRecord(t *testing.T, path string, record arrow.Record) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(record.Schema(), f, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteBuffered(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
