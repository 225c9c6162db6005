package verify

import (
	"context"
	"errors"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// extras finds what the collection has beside the data set, where the counts
// say that there is something: rows with other keys, and keys that are there
// more than once.
func (r *run) extras(ctx context.Context) error {
	rows := r.report.Rows
	expected := rows.DataSet
	if r.o.Level != Count {
		expected -= r.found.missing
	}
	if rows.Collection == expected || rows.Collection > expected && r.o.AllowExtra {
		return nil
	}
	if r.report.ByContent {
		return nil // there is no key by which rows could be told from others
	}
	r.tell("looking for rows that only the collection has", -1, 0)
	s := &sides{r: r, fields: []*schema.Field{r.key}, stage: "comparing keys", extraOnly: r.o.Level != Count}
	missing, extra, err := s.compare(ctx)
	if err != nil {
		return err
	}
	r.report.Extra += extra
	if r.o.Level == Count {
		r.report.Missing += missing
	}
	if surplus := rows.Collection - rows.DataSet + missing - extra; surplus > 0 {
		return r.doubled(ctx, surplus)
	}
	if rows.Collection < rows.DataSet && missing == 0 && r.found.missing == 0 {
		r.report.note("no row is missing: the data set has keys more than once, of which the collection keeps one row each")
	}
	return nil
}

// doubled names the keys that count(*) finds more often than once, though
// queries return one row of each.
func (r *run) doubled(ctx context.Context, surplus int64) error {
	r.report.Doubled = surplus
	left := int64(r.o.MaxDifferences)
	err := r.eachBatch(ctx, []string{r.key.Name}, 1, func(ctx context.Context, unit int, b *dataset.Batch) error {
		for from := int64(0); from < b.NumRows(); from += chunkRows {
			keys := array.NewSlice(b.Column(0), from, min(from+chunkRows, b.NumRows()))
			found, err := r.bisect(ctx, keys, func(i int) {
				r.found.add(unit, Difference{Kind: Doubled, Key: keys.ValueStr(i), File: b.File.Name, Row: b.Row + from + int64(i)})
				left--
			}, 0)
			keys.Release()
			if err != nil {
				return err
			}
			if surplus -= found; surplus <= 0 || left <= 0 {
				return errEnough
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// bisect tells of each key that is counted more than once, and how many rows
// that is too many.
func (r *run) bisect(ctx context.Context, keys arrow.Array, tell func(i int), at int) (int64, error) {
	n, err := r.c.Count(ctx, collection.KeyFilter(r.key.Name, keys))
	if err != nil || n <= int64(keys.Len()) {
		return 0, err
	}
	if keys.Len() == 1 {
		tell(at)
		return n - 1, nil
	}
	var found int64
	half := keys.Len() / 2
	for _, part := range [][2]int{{0, half}, {half, keys.Len()}} {
		some := array.NewSlice(keys, int64(part[0]), int64(part[1]))
		n, err := r.bisect(ctx, some, tell, at+part[0])
		some.Release()
		if err != nil {
			return found, err
		}
		found += n
	}
	return found, nil
}
