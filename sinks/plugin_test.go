package sinks_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks"
)

// TestMain is a plugin when a test has started it as one.
func TestMain(m *testing.M) {
	if sdk.Hosted() {
		sdk.Serve(sinks.Builtin()...)
	}
	os.Exit(m.Run())
}

// TestEverySinkKeepsTheContractOfPlugins makes the checks that plugins of
// others must pass, over gRPC.
func TestEverySinkKeepsTheContractOfPlugins(t *testing.T) {
	for _, component := range sinks.Builtin() {
		name := component.Describe().Name
		if name == "minio" || strings.HasPrefix(name, "milvus-") {
			continue // they need servers: see their packages
		}
		plugintest.Sink(t, component, `{"path": "{dir}/data.`+name+`"}`, readBack)
	}
}

// readBack reads a file as check does.
func readBack(ctx context.Context, stored plugintest.Stored) (arrow.Record, error) {
	set, err := dataset.Open(ctx, stored.Artifacts[0].URI, dataset.OpenOptions{Schema: stored.Collection})
	if err != nil {
		return nil, err
	}
	reader, err := set.Reader(dataset.ReadOptions{})
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	columns := make([][]arrow.Array, stored.Schema.NumFields())
	for _, unit := range set.Units() {
		err := reader.Read(ctx, unit, func(batch *dataset.Batch) error {
			for i := range columns { // copied: the batch's memory is used again
				column, err := array.Concatenate([]arrow.Array{batch.Column(i)}, memory.DefaultAllocator)
				if err != nil {
					return err
				}
				columns[i] = append(columns[i], column)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return joined(stored.Schema, columns)
}

func joined(schema *arrow.Schema, columns [][]arrow.Array) (arrow.Record, error) {
	whole := make([]arrow.Array, len(columns))
	rows := 0
	for i, pieces := range columns {
		var err error
		if len(pieces) == 0 {
			b := array.NewBuilder(memory.DefaultAllocator, schema.Field(i).Type)
			whole[i] = b.NewArray()
			continue
		}
		if whole[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			return nil, err
		}
		rows = whole[i].Len()
	}
	return array.NewRecord(schema, whole, int64(rows)), nil
}
