package plugins_test

import (
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/plugins"
)

// openVector makes vectors in place, as the built-in generators do.
func openVector(_ context.Context, spec core.ColumnSpec, _ struct{}) (core.Column, error) {
	key := rng.Field(spec.Seed, spec.Field.Name)
	dim := int(spec.Field.Type.(*arrow.FixedSizeListType).Len())
	return column(func(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
		b := spec.Mem.Allocate(rows.N * dim * 4)
		values := arrow.Float32Traits.CastFromBytes(b)
		for i := range rows.N {
			s := key.At(rows.Start + int64(i))
			for j := range dim {
				values[i*dim+j] = float32(int32(s.Uint64()>>32)>>8) * 0x1p-23
			}
		}
		child := array.NewData(arrow.PrimitiveTypes.Float32, len(values), []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0)
		list := array.NewData(spec.Field.Type, rows.N, []*memory.Buffer{nil}, []arrow.ArrayData{child}, 0, 0)
		return array.NewFixedSizeListData(list), nil
	}), nil
}

// sumWriter reads all bytes of a batch, which is the least a sink does.
type sumWriter struct{ sum uint64 }

func (w *sumWriter) Write(_ context.Context, batch arrow.Record) error {
	for _, c := range batch.Columns() {
		values := c.(*array.FixedSizeList).ListValues().(*array.Float32).Float32Values()
		w.sum ^= xxh3.Hash(arrow.Float32Traits.CastToBytes(values))
	}
	return nil
}

func (*sumWriter) Commit(context.Context) ([]core.Artifact, error) { return nil, nil }

func (*sumWriter) Close() error { return nil }

// BenchmarkFillAndWrite moves batches of 16 MiB from a worker to a sink; the
// CPU of all processes together is cpu-ms/op.
func BenchmarkFillAndWrite(b *testing.B) {
	for _, plane := range []string{"in process", "shared memory", "messages"} {
		b.Run(plane, func(b *testing.B) {
			if plane == "messages" {
				b.Setenv(plugins.EnvDataPlane, "ipc")
			}
			host, err := plugins.NewHost(plugins.Options{Components: components(), InProcess: plane == "in process"})
			if err != nil {
				b.Fatal(err)
			}
			field := arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(1024, arrow.PrimitiveTypes.Float32)}
			columns, err := host.Columns(b.Context(), 0, specsOf("vector", field), nil)
			if err != nil {
				b.Fatal(err)
			}
			sink, err := host.Sink("sum")
			if err != nil {
				b.Fatal(err)
			}
			writer, err := sink.Open(b.Context(), core.WriteSpec{Sink: "sum", Schema: arrow.NewSchema([]arrow.Field{field}, nil)})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(16 << 20)
			before := cpu()
			row := int64(0)
			for b.Loop() {
				record, err := columns.Fill(b.Context(), core.Rows{Start: row, N: 4096}, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := writer.Write(b.Context(), record); err != nil {
					b.Fatal(err)
				}
				record.Release()
				row += 4096
			}
			closeIt(b, writer)
			closeIt(b, columns)
			closeIt(b, host) // the CPU of children counts when they have ended
			b.ReportMetric((cpu()-before).Seconds()*1e3/float64(b.N), "cpu-ms/op")
		})
	}
}
