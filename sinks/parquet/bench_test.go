package parquet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// BenchmarkKnowledgeBase writes what most of a data set is like: two vectors
// of 768 floats and half a kilobyte of text a row. Set MILVUS_INGEST_BENCH_DIR
// to a folder of the disk that should be measured.
func BenchmarkKnowledgeBase(b *testing.B) {
	batch := knowledge(2048)
	dir := os.Getenv("MILVUS_INGEST_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	for _, config := range []Config{{Compression: "snappy"}, {Compression: "snappy", RowGroupRows: 8192}, {Compression: "zstd"}} {
		b.Run(fmt.Sprintf("%s/%d", config.Compression, config.RowGroupRows), func(b *testing.B) {
			config.Path = filepath.Join(dir, "bench.parquet")
			w, err := open(core.WriteSpec{Schema: batch.Schema()}, config, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Write(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(w.(*writer).file.Tell() / int64(b.N))
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func knowledge(rows int) arrow.Record {
	c := schema.Collection{Fields: []schema.Field{
		{Name: "id", Type: schema.Int64},
		{Name: "question", Type: schema.VarChar, MaxLength: 500},
		{Name: "answer", Type: schema.VarChar, MaxLength: 2000},
		{Name: "category", Type: schema.VarChar, MaxLength: 50},
		{Name: "tags", Type: schema.Array, ElementType: schema.VarChar, MaxLength: 50},
		{Name: "language", Type: schema.VarChar, MaxLength: 10},
		{Name: "confidence", Type: schema.Float},
		{Name: "updated", Type: schema.Int64},
		{Name: "active", Type: schema.Bool},
		{Name: "question_vector", Type: schema.FloatVector, Dim: 768},
		{Name: "answer_vector", Type: schema.FloatVector, Dim: 768},
		{Name: "metadata", Type: schema.JSON, Nullable: true},
	}}
	words := strings.Fields("vector search index database query collection partition insert load release schema field primary key distance metric recall")
	s := rng.Key(1).At(0)
	b := array.NewRecordBuilder(memory.DefaultAllocator, c.Arrow())
	some := func(n int) string {
		text := ""
		for range n {
			text += words[s.IntN(len(words))] + " "
		}
		return text
	}
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(some(10))
		b.Field(2).(*array.StringBuilder).Append(some(60))
		b.Field(3).(*array.StringBuilder).Append(words[s.IntN(8)])
		tags := b.Field(4).(*array.ListBuilder)
		tags.Append(true)
		for range s.Between(1, 3) {
			tags.ValueBuilder().(*array.StringBuilder).Append(words[s.IntN(len(words))])
		}
		b.Field(5).(*array.StringBuilder).Append(words[s.IntN(3)])
		b.Field(6).(*array.Float32Builder).Append(float32(s.Float64()))
		b.Field(7).(*array.Int64Builder).Append(int64(s.IntN(1e9)))
		b.Field(8).(*array.BooleanBuilder).Append(s.Bool(0.5))
		for _, at := range []int{9, 10} {
			list := b.Field(at).(*array.FixedSizeListBuilder)
			list.Append(true)
			for range 768 {
				list.ValueBuilder().(*array.Float32Builder).Append(float32(s.Normal()))
			}
		}
		b.Field(11).(*array.StringBuilder).Append(`{"source":"` + some(2) + `"}`)
	}
	return b.NewRecord()
}
