package parquet

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

func TestARowGroupOfTooMuchTextIsRefusedBeforeItIsGathered(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String)},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range 10 {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.ListBuilder).Append(true)
		b.Field(1).(*array.ListBuilder).ValueBuilder().(*array.StringBuilder).Append(strings.Repeat("x", 100))
	}
	batch := b.NewRecord()
	defer batch.Release()
	open := func(groupRows int) *writer {
		w, err := open(core.WriteSpec{Schema: schema, Rows: core.Rows{N: 50}}, Config{
			Path: filepath.Join(t.TempDir(), "data.parquet"), Compression: "none", RowGroupRows: groupRows,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		w.(*writer).mostText = 2500
		return w.(*writer)
	}

	small := open(20)
	for range 5 {
		if err := small.Write(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := small.Commit(context.Background()); err != nil {
		t.Error(err)
	}

	large := open(50)
	for i := range 2 {
		if err := large.Write(context.Background(), batch); err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	err := large.Write(context.Background(), batch)
	if core.CodeOf(err) != core.Exhausted || !strings.Contains(err.Error(), "field tags: row 0: its 30 rows") {
		t.Errorf("the error is %v", err)
	}
}
