package verify

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// keyless gives the vectors of a data set with zeroes for keys.
type keyless struct {
	set   *dataset.Set
	units []dataset.Unit
	field string
}

func (k *keyless) Parts() int { return len(k.units) }

func (k *keyless) Open() (truth.Reader, error) {
	r, err := k.set.Reader(dataset.ReadOptions{Fields: []string{k.field}})
	return &keylessReader{k, r}, err
}

type keylessReader struct {
	of *keyless
	*dataset.Reader
}

func (r *keylessReader) Read(ctx context.Context, part int, yield func(arrow.Record) error) error {
	return r.Reader.Read(ctx, r.of.units[part], func(b *dataset.Batch) error {
		made := array.NewInt64Builder(memory.DefaultAllocator)
		defer made.Release()
		made.AppendValues(make([]int64, b.NumRows()), nil)
		keys := made.NewInt64Array()
		defer keys.Release()
		fields := []arrow.Field{{Name: "key", Type: keys.DataType()}, b.Schema().Field(0)}
		rows := array.NewRecord(arrow.NewSchema(fields, nil), []arrow.Array{keys, b.Column(0)}, b.NumRows())
		defer rows.Release()
		return yield(rows)
	})
}
