package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// readers is how many units of the data set are read side by side: servers
// are slower than files.
const readers = 2

// chunkRows is how many rows are looked up at once.
const chunkRows = 1000

// compareKeys looks every row of the data set up by its key.
func (r *run) compareKeys(ctx context.Context) error {
	stage := fmt.Sprintf("comparing %d fields", len(r.fields)+1)
	r.tell(stage, r.report.Rows.DataSet, 0)
	fields := append([]string{r.key.Name}, names(r.fields...)...)
	places := make(chan struct{}, r.o.Workers)
	err := r.eachBatch(ctx, fields, readers, func(ctx context.Context, unit int, b *dataset.Batch) error {
		group, ctx := errgroup.WithContext(ctx)
		for from := int64(0); from < b.NumRows(); from += chunkRows {
			to := min(from+chunkRows, b.NumRows())
			select {
			case <-ctx.Done():
				return cmp.Or(group.Wait(), ctx.Err())
			case places <- struct{}{}:
			}
			group.Go(func() error {
				defer func() { <-places }()
				rows := b.NewSlice(from, to)
				defer rows.Release()
				err := r.compareChunk(ctx, chunk{rows, b.File.Name, b.Row + from, unit})
				r.tell(stage, r.report.Rows.DataSet, to-from)
				return err
			})
		}
		return group.Wait()
	})
	if err == nil {
		r.report.Rows.Compared = r.report.Rows.DataSet
	}
	return err
}

// eachBatch reads the data set, several units side by side.
func (r *run) eachBatch(ctx context.Context, fields []string, side int, do func(ctx context.Context, unit int, b *dataset.Batch) error) error {
	units := r.set.Units()
	next := make(chan int)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(next)
		for i := range units {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case next <- i:
			}
		}
		return nil
	})
	for range max(1, min(side, len(units))) {
		group.Go(func() error {
			reader, err := r.set.Reader(dataset.ReadOptions{Fields: fields})
			if err != nil {
				return err
			}
			for i := range next {
				if err = reader.Read(ctx, units[i], func(b *dataset.Batch) error { return do(ctx, i, b) }); err != nil {
					break
				}
			}
			if e := reader.Close(); err == nil {
				err = e
			}
			return err
		})
	}
	return group.Wait()
}

// chunk is some rows of the data set, the key first.
type chunk struct {
	arrow.Record
	file string
	row  int64
	unit int
}

// compareChunk compares rows with those of the collection that have their
// keys.
func (r *run) compareChunk(ctx context.Context, want chunk) error {
	keys := want.Column(0)
	got, err := r.c.Get(ctx, keys, collection.Read{Fields: append([]string{r.key.Name}, names(r.fields...)...), Fresh: r.fresh})
	if err != nil {
		return err
	}
	defer got.Release()
	at := matcher(keys, got.Column(0))
	columns := make([]*pair, len(r.fields))
	for i, f := range r.fields {
		if columns[i], err = r.pair(f, want.Column(i+1), got.Column(i+1)); err != nil {
			return err
		}
		defer columns[i].release()
	}
	for i := range int(want.NumRows()) {
		j := at(i)
		if j < 0 {
			if err := r.missing(ctx, want, i); err != nil {
				return err
			}
			continue
		}
		r.compareRow(want, i, j, columns)
	}
	return nil
}

// compareRow compares row i with row j of the answer.
func (r *run) compareRow(want chunk, i, j int, columns []*pair) {
	var differ []string
	for k, column := range columns {
		if column.equal(i, j) {
			continue
		}
		differ = append(differ, r.fields[k].Name)
		r.found.add(want.unit, Difference{
			Kind: Different, Key: want.Column(0).ValueStr(i), Field: r.fields[k].Name,
			Want: shown(column.want, i, column.got, j), Got: shown(column.got, j, column.want, i),
			File: want.file, Row: want.row + int64(i),
		})
	}
	if len(differ) > 0 {
		r.found.row(differ)
	}
}

// missing notes a row that the collection does not return.
func (r *run) missing(ctx context.Context, want chunk, i int) error {
	d := Difference{Kind: Missing, Key: want.Column(0).ValueStr(i), File: want.file, Row: want.row + int64(i)}
	if keys, ok := want.Column(0).(*array.Int64); ok && keys.Value(i) == math.MaxInt64 {
		n, err := r.c.Count(ctx, fmt.Sprintf("%s == %d", r.key.Name, math.MaxInt64))
		if err != nil {
			return err
		}
		if n > 0 {
			d.Got = "the collection holds it, but queries of this server never return the largest key"
		}
	}
	r.found.miss()
	r.found.add(want.unit, d)
	return nil
}

// matcher finds the place of a key of the data set in an answer; -1 where it
// is not there.
func matcher(want, got arrow.Array) func(i int) int {
	switch want := want.(type) {
	case *array.Int64:
		values := got.(*array.Int64).Int64Values()
		if slices.Equal(want.Int64Values(), values) {
			return func(i int) int { return i }
		}
		at := make(map[int64]int, len(values))
		for j, key := range values {
			at[key] = j
		}
		return func(i int) int {
			if j, ok := at[want.Value(i)]; ok {
				return j
			}
			return -1
		}
	case *array.String:
		values := got.(*array.String)
		at := make(map[string]int, values.Len())
		for j := range values.Len() {
			at[values.Value(j)] = j
		}
		return func(i int) int {
			if j, ok := at[want.Value(i)]; ok {
				return j
			}
			return -1
		}
	}
	panic(core.Errorf(core.Internal, "a key is %s", want.DataType()))
}
