package dataset_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// largest reads a file and gives its rows, and the size of the largest column
// of a batch.
func largest(t *testing.T, path, schema string) (rows int64, bytes int) {
	t.Helper()
	set, err := dataset.Open(context.Background(), path, dataset.OpenOptions{Schema: parse(t, schema)})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range set.Rows(context.Background(), dataset.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.NumRows()
		for _, c := range b.Columns() {
			data := c.Data()
			if children := data.Children(); len(children) > 0 {
				data = children[0]
			}
			buffers := data.Buffers()
			bytes = max(bytes, buffers[len(buffers)-1].Len())
		}
	}
	return rows, bytes
}

func TestNullVectorsOfJSONCountAsTheMemoryThatTheyTake(t *testing.T) {
	const rows = 3000
	path := filepath.Join(t.TempDir(), "data.json")
	text := "[" + strings.TrimSuffix(strings.Repeat(`{"id":1,"v":null},`, rows), ",") + "]"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	n, bytes := largest(t, path, `{"collection_name":"c","fields":[{"name":"id","type":"Int64","is_primary":true},
		{"name":"v","type":"FloatVector","dim":32768,"nullable":true}]}`)
	if n != rows || bytes > 20<<20 {
		t.Errorf("%d rows, with up to %d bytes of vectors in a batch", n, bytes)
	}
}

// repeated writes a file of one row group with the same text in each row.
func repeated(t *testing.T, path, text string, rows int) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "s", Type: arrow.BinaryTypes.String}}, nil)
	writer, err := pqarrow.NewFileWriter(schema, out, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	const piece = 500
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range piece {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(text)
	}
	record := b.NewRecord()
	defer record.Release()
	writer.NewBufferedRowGroup()
	for range rows / piece {
		if err := writer.WriteBuffered(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLongTextsThatRepeatAreReadInSmallBatches(t *testing.T) {
	const rows = 8000
	path := filepath.Join(t.TempDir(), "data.parquet")
	repeated(t, path, strings.Repeat("x", 30_000), rows)
	if info, err := os.Stat(path); err != nil || info.Size() > 1<<20 {
		t.Fatalf("the file is no small one: %v, %v", info, err)
	}
	n, bytes := largest(t, path, `{"collection_name":"c","fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"s","type":"VarChar","max_length":65535}]}`)
	if n != rows || bytes > 140<<20 {
		t.Errorf("%d rows, with up to %d bytes of text in a batch", n, bytes)
	}
}
