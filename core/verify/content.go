package verify

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// sides are the two sides of a comparison by content: what is compared of
// rows, whatever their order.
type sides struct {
	r      *run
	fields []*schema.Field
	stage  string
	// extraOnly names no rows that are missing: they were told already.
	extraOnly bool
}

// hit is a row of one of the sides.
type hit struct {
	batch arrow.Record
	row   int
	hash  xxh3.Uint128
	// Of the data set: where it is.
	file string
	at   int64
	unit int
}

// ofSet goes through the data set, several units side by side: open is called
// for each of them.
func (s *sides) ofSet(ctx context.Context, each func(h hit) error) error {
	return s.r.eachBatch(ctx, names(s.fields...), readers, func(_ context.Context, unit int, b *dataset.Batch) error {
		hash := hasher{r: s.r, fields: s.fields}
		s.r.tell(s.stage, s.r.report.Rows.DataSet, b.NumRows())
		return hash.hashes(b.Record, func(row int, h xxh3.Uint128) error {
			return each(hit{b.Record, row, h, b.File.Name, b.Row + int64(row), unit})
		})
	})
}

// ofCollection goes through the collection; the key comes behind the fields.
func (s *sides) ofCollection(ctx context.Context, each func(h hit) error) error {
	hash := hasher{r: s.r, fields: s.fields}
	columns := names(s.fields...)
	if len(columns) != 1 || columns[0] != s.r.key.Name {
		columns = append(columns, s.r.key.Name)
	}
	for batch, err := range s.r.c.Rows(ctx, collection.Read{Fields: columns, Fresh: s.r.fresh}) {
		if err != nil {
			return err
		}
		err = hash.hashes(batch, func(row int, h xxh3.Uint128) error { return each(hit{batch: batch, row: row, hash: h}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// compareContent compares rows by all their fields, for the server made their
// keys.
func (r *run) compareContent(ctx context.Context) error {
	s := &sides{r: r, fields: r.fields, stage: fmt.Sprintf("comparing %d fields by content", len(r.fields))}
	r.tell(s.stage, r.report.Rows.DataSet, 0)
	missing, extra, err := s.compare(ctx)
	if err != nil {
		return err
	}
	r.report.Rows.Compared = r.report.Rows.DataSet
	r.report.Missing += missing
	r.report.Extra += extra
	return nil
}

// compare counts the rows that one side has alone, and notes the first of
// them.
func (s *sides) compare(ctx context.Context) (missing, extra int64, err error) {
	mine, theirs := &tally{}, &tally{}
	var mu sync.Mutex
	if err = s.ofSet(ctx, func(h hit) error {
		mu.Lock()
		mine.add(h.hash)
		mu.Unlock()
		return nil
	}); err != nil {
		return 0, 0, err
	}
	if err = s.ofCollection(ctx, func(h hit) error { theirs.add(h.hash); return nil }); err != nil {
		return 0, 0, err
	}
	held, missing, extra := differing(mine, theirs)
	if len(held) == 0 {
		return 0, 0, nil
	}
	s.r.report.AtLeast = missing+extra > 0
	b := &balance{held: held, more: map[xxh3.Uint128]int64{}}
	if err = s.ofSet(ctx, func(h hit) error { b.add(h.hash, 1); return nil }); err != nil {
		return 0, 0, err
	}
	if err = s.ofCollection(ctx, func(h hit) error { b.add(h.hash, -1); return nil }); err != nil {
		return 0, 0, err
	}
	lost, found := b.sums()
	return missing + lost, extra + found, s.name(ctx, b, lost, found)
}
