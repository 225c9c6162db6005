package parquet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
)

// write stores batches in a file.
func write(t testing.TB, config Config, batches ...arrow.Record) core.Artifact {
	t.Helper()
	var rows int64
	for _, b := range batches {
		rows += b.NumRows()
	}
	spec := core.WriteSpec{Schema: batches[0].Schema(), Rows: core.Rows{N: int(rows)}}
	w, err := open(spec, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	artifacts, err := w.Commit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(config.Path)
	if err != nil {
		t.Fatal(err)
	}
	a := artifacts[0]
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != a.SHA256 || int64(len(data)) != a.Bytes || a.Rows != rows {
		t.Errorf("the artifact tells of %d bytes, %d rows, hash %s", a.Bytes, a.Rows, a.SHA256)
	}
	return a
}

func TestReadersReadWhatWasWritten(t *testing.T) {
	var paths []string
	dir := t.TempDir()
	for i, test := range []struct {
		name   string
		config Config
		dim    int
		nulls  float64
		rows   []int
	}{
		{"three row groups with some nulls", Config{Compression: "snappy"}, 24, 0.3, []int{100, 100, 7}},
		{"no nulls", Config{Compression: "none"}, 8, 0, []int{50}},
		{"nulls alone", Config{Compression: "zstd"}, 8, 1, []int{50, 1}},
		{"one row", Config{Compression: "snappy"}, 16, 0.5, []int{1}},
		{"no rows", Config{Compression: "snappy"}, 16, 0.5, []int{0}},
		{"row groups across batches", Config{Compression: "snappy", RowGroupRows: 64}, 40, 0.2, []int{10, 100, 3, 64, 30}},
		{"compressed vectors", Config{Compression: "zstd", CompressVectors: true}, 1024, 0.2, []int{40}},
		{"vectors of several pages", Config{Compression: "snappy"}, 8192, 0.1, []int{70}},
	} {
		maker := sample.New(sample.Collection(test.dim).Arrow(), uint64(i), test.nulls)
		var batches []arrow.Record
		for _, n := range test.rows {
			batches = append(batches, maker.Batch(n))
		}
		test.config.Path = filepath.Join(dir, test.name)
		write(t, test.config, batches...)
		expect(t, test.config.Path, batches)
		paths = append(paths, test.config.Path)
	}
	readBack(t, paths...)
}
