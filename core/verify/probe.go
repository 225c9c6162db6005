package verify

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// probe asks as users do: for single keys, for the nearest rows of vectors and
// for texts.
func (r *run) probe(ctx context.Context) error {
	if !r.report.ByContent {
		if err := r.lookups(ctx); err != nil {
			return err
		}
	}
	if r.report.Rows.Collection > r.report.Rows.DataSet {
		r.report.note("the collection holds more than the data set: what is nearest in it is not known, so searches were left out")
		return nil
	}
	for _, f := range r.wanted.Stored() {
		if !f.Type.IsVector() || r.c.Schema.Field(f.Name) == nil {
			continue
		}
		if err := r.searchVectors(ctx, r.c.Schema.Field(f.Name)); err != nil {
			return err
		}
	}
	for i := range r.c.Schema.Functions {
		if err := r.searchTexts(ctx, &r.c.Schema.Functions[i]); err != nil {
			return err
		}
	}
	return nil
}

// lookups asks for single keys.
func (r *run) lookups(ctx context.Context) error {
	keys, err := r.sample(ctx, r.key.Name)
	if err != nil {
		return err
	}
	defer keys.Release()
	r.tell("looking up keys", int64(keys.Len()), 0)
	var found atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.o.Workers)
	for i := range keys.Len() {
		group.Go(func() error {
			is, err := r.lookup(ctx, keys, i)
			if is {
				found.Add(1)
			}
			return err
		})
	}
	err = group.Wait()
	r.report.Lookups = &Lookups{Queries: keys.Len(), Found: int(found.Load())}
	return err
}

// lookup tells whether a query for one key finds its row.
func (r *run) lookup(ctx context.Context, keys arrow.Array, i int) (bool, error) {
	one := array.NewSlice(keys, int64(i), int64(i+1))
	defer one.Release()
	got, err := r.c.Query(ctx, collection.Read{Fields: []string{r.key.Name}, Filter: collection.KeyFilter(r.key.Name, one), Fresh: r.fresh})
	if err != nil {
		return false, fmt.Errorf("looking up key %s: %w", keys.ValueStr(i), err)
	}
	defer got.Release()
	return got.NumRows() == 1 && got.Column(0).ValueStr(0) == keys.ValueStr(i), nil
}

// sample is a column of rows from all over the data set that have a value
// there; the caller releases it.
func (r *run) sample(ctx context.Context, field string) (arrow.Array, error) {
	reader, err := r.set.Reader(dataset.ReadOptions{Fields: []string{field}, BatchBytes: sampleBytes})
	if err != nil {
		return nil, err
	}
	at := r.set.Arrow().FieldIndices(field)
	pieces := []arrow.Array{array.MakeArrayOfNull(memory.DefaultAllocator, r.set.Arrow().Field(at[0]).Type, 0)}
	defer func() {
		for _, p := range pieces {
			p.Release()
		}
	}()
	units := r.set.Units()
	picked := spread(len(units), r.o.Sample)
	for n, i := range picked {
		rows := (r.o.Sample - sizeOf(pieces) + len(picked) - n - 1) / (len(picked) - n)
		err := reader.Read(ctx, units[i], func(b *dataset.Batch) error {
			piece, err := pick(b.Column(0), rows)
			if err != nil {
				return err
			}
			pieces = append(pieces, piece)
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, errors.Join(err, reader.Close())
		}
	}
	if err := reader.Close(); err != nil {
		return nil, err
	}
	return array.Concatenate(pieces, memory.DefaultAllocator)
}

// sampleBytes is how much of a unit rows are sampled from.
const sampleBytes = 1 << 20

func sizeOf(pieces []arrow.Array) (n int) {
	for _, p := range pieces {
		n += p.Len()
	}
	return n
}

// pick copies rows of a column that have a value, evenly.
func pick(column arrow.Array, rows int) (arrow.Array, error) {
	var present []int
	for i := range column.Len() {
		if column.IsValid(i) {
			present = append(present, i)
		}
	}
	pieces := []arrow.Array{array.MakeArrayOfNull(memory.DefaultAllocator, column.DataType(), 0)}
	for _, i := range spread(len(present), rows) {
		pieces = append(pieces, array.NewSlice(column, int64(present[i]), int64(present[i]+1)))
	}
	defer func() {
		for _, p := range pieces {
			p.Release()
		}
	}()
	return array.Concatenate(pieces, memory.DefaultAllocator)
}

// spread picks n of the numbers below all, evenly.
func spread(all, n int) []int {
	n = min(n, all)
	picked := make([]int, n)
	for i := range picked {
		picked[i] = i * all / n
	}
	return picked
}
