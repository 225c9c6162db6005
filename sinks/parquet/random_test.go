package parquet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
)

// random gives batches of a random schema: slices of larger ones, as they come
// when a batch is cut.
func random(seed uint64) (Config, []arrow.Record) {
	s := rng.Key(seed).At(1)
	all := sample.Collection(8 * s.Between(1, 150)).Arrow().Fields()
	fields := []arrow.Field{all[0]}
	for _, f := range all[1:] {
		if s.Bool(0.3) {
			fields = append(fields, f)
		}
	}
	maker := sample.New(arrow.NewSchema(fields, nil), seed, s.Float64()*s.Float64())
	config := Config{
		Compression:     []string{"none", "snappy", "zstd"}[s.IntN(3)],
		CompressVectors: s.Bool(0.3), RowGroupRows: s.IntN(2) * s.Between(1, 90),
	}
	var batches []arrow.Record
	for range s.Between(1, 4) {
		n, skip := s.IntN(120), s.IntN(20)
		batches = append(batches, maker.Batch(n+skip+3).NewSlice(int64(skip), int64(skip+n)))
	}
	return config, batches
}

func TestRandomSchemasReadAsWritten(t *testing.T) {
	n := 12
	if testing.Short() {
		n = 4
	}
	dir := t.TempDir()
	var paths []string
	for seed := range n {
		config, batches := random(uint64(seed))
		config.Path = filepath.Join(dir, fmt.Sprint(seed))
		write(t, config, batches...)
		expect(t, config.Path, batches)
		readByArrow(t, config.Path, batches)
		paths = append(paths, config.Path)
	}
	readBack(t, paths...)
}

// readByArrow compares with what the library reads, which Milvus uses too.
func readByArrow(t *testing.T, path string, batches []arrow.Record) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := file.NewParquetReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	for i, f := range batches[0].Schema().Fields() {
		if got := table.Schema().Field(i); got.Name != f.Name || got.Nullable != f.Nullable {
			t.Errorf("%s: column %d is %s", path, i, got)
		}
		var got, want []any
		for _, chunk := range table.Column(i).Data().Chunks() {
			for row := range chunk.Len() {
				got = append(got, plain(arrow.Field{}, chunk, row))
			}
		}
		for _, batch := range batches {
			for row := range int(batch.NumRows()) {
				want = append(want, plain(f, batch.Column(i), row))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: column %s reads as something else", path, f.Name)
		}
	}
}

// TestNullsStayInTheirRows is a pattern that readers have got wrong.
func TestNullsStayInTheirRows(t *testing.T) {
	c := schema.Collection{Fields: []schema.Field{
		{Name: "pattern", Type: schema.Int64, Nullable: true},
		{Name: "half", Type: schema.VarChar, Nullable: true},
		{Name: "none", Type: schema.VarChar, Nullable: true},
		{Name: "every", Type: schema.VarChar, Nullable: true},
		{Name: "list", Type: schema.Array, ElementType: schema.Int8, Nullable: true},
	}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, c.Arrow())
	const n = 50_000
	for i := range n {
		list := b.Field(4).(*array.ListBuilder)
		if i%5 == 3 {
			b.Field(0).(*array.Int64Builder).Append(7777)
		} else {
			b.Field(0).AppendNull()
		}
		if i%2 == 0 {
			b.Field(1).AppendNull()
			list.AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprint(i))
			list.Append(true)
			for j := range i % 5 {
				list.ValueBuilder().(*array.Int8Builder).Append(int8(j))
			}
		}
		b.Field(2).(*array.StringBuilder).Append("same")
		b.Field(3).AppendNull()
	}
	batch := b.NewRecord()
	path := filepath.Join(t.TempDir(), "nulls")
	a := write(t, Config{Path: path, Compression: "snappy", RowGroupRows: 20_000}, batch)
	for i, want := range []int64{n * 4 / 5, n / 2, 0, n, n / 2} {
		if a.Columns[i].Nulls != want {
			t.Errorf("%s has %d nulls, not %d", a.Columns[i].Name, a.Columns[i].Nulls, want)
		}
	}
	expect(t, path, []arrow.Record{batch})
	readByArrow(t, path, []arrow.Record{batch})
	readBack(t, path)
}
