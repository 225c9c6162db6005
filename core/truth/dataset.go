package truth

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// OfDataSet gives the rows of a data set.
func OfDataSet(set *dataset.Set, key, field string) Source {
	return &setSource{set: set, units: set.Units(), columns: []string{key, field}}
}

type setSource struct {
	set     *dataset.Set
	units   []dataset.Unit
	columns []string
}

func (s *setSource) Parts() int { return len(s.units) }

func (s *setSource) Open() (Reader, error) {
	if err := s.set.Err(); err != nil {
		return nil, err
	}
	r, err := s.set.Reader(dataset.ReadOptions{Fields: s.columns})
	return &setReader{s, r}, err
}

type setReader struct {
	source *setSource
	*dataset.Reader
}

func (r *setReader) Read(ctx context.Context, part int, yield func(arrow.Record) error) error {
	return r.Reader.Read(ctx, r.source.units[part], func(b *dataset.Batch) error { return yield(b.Record) })
}
