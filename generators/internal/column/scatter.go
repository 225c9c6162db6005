package column

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// Scattered gives the values of rows in any order, of a column that need not
// be a Maker: it fills each run of neighbours and puts the values in order.
func Scattered(ctx context.Context, c core.Column, rows []int64, mem memory.Allocator) (arrow.Array, error) {
	if maker, ok := c.(Maker); ok {
		return maker.Make(ctx, rows)
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(rows)))
	if len(sorted) == 0 {
		return c.Fill(ctx, core.Rows{}, nil)
	}
	if len(sorted) == len(rows) && slices.Equal(sorted, rows) && sorted[len(sorted)-1]-sorted[0] == int64(len(sorted)-1) {
		return c.Fill(ctx, core.Rows{Start: rows[0], N: len(rows)}, nil)
	}
	runs, err := fillRuns(ctx, c, sorted)
	defer func() {
		for _, r := range runs {
			r.values.Release()
		}
	}()
	if err != nil {
		return nil, err
	}
	parts := arrange(runs, rows)
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	return array.Concatenate(parts, mem)
}

// run is a span of neighbouring rows and their values.
type run struct {
	core.Rows
	values arrow.Array
}

// fillRuns fills the runs of sorted rows. What it made is returned on errors,
// too.
func fillRuns(ctx context.Context, c core.Column, sorted []int64) ([]run, error) {
	var runs []run
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[to-1]+1 {
			to++
		}
		span := core.Rows{Start: sorted[from], N: to - from}
		values, err := c.Fill(ctx, span, nil)
		if err != nil {
			return runs, err
		}
		runs = append(runs, run{span, values})
		from = to
	}
	return runs, nil
}

// arrange slices the runs so that the slices give the rows in their order.
func arrange(runs []run, rows []int64) []arrow.Array {
	var parts []arrow.Array
	for i := 0; i < len(rows); {
		at, found := slices.BinarySearchFunc(runs, rows[i], func(r run, row int64) int {
			switch {
			case r.End() <= row:
				return -1
			case r.Start > row:
				return 1
			default:
				return 0
			}
		})
		if !found {
			panic("column: a row was not filled") // runs are made of these rows
		}
		r, first := runs[at], rows[i]-runs[at].Start
		n := int64(1)
		for i+int(n) < len(rows) && rows[i+int(n)] == rows[i]+n && first+n < int64(r.N) {
			n++
		}
		parts = append(parts, array.NewSlice(r.values, first, first+n))
		i += int(n)
	}
	return parts
}
