// Package column makes Arrow arrays of functions from a row to its value. What
// it makes can be asked for rows in any order, which is what repeated values,
// the elements of arrays and the parts of documents need.
package column

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// A Maker is a column that can be asked for rows in any order. It reads no
// other columns.
type Maker interface {
	core.Column
	// Make gives the values of the rows in the order in which they are named;
	// a row may be named twice. The caller releases the array.
	Make(ctx context.Context, rows []int64) (arrow.Array, error)
}

// Make is the Make of a Maker.
type Make func(ctx context.Context, rows []int64) (arrow.Array, error)

// New makes a column of its Make.
func New(make Make) Maker { return &column{make: make} }

type column struct {
	make Make
	rows []int64 // the rows of the last span, kept for its memory
}

// Fill implements core.Column.
func (c *column) Fill(ctx context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	c.rows = Span(c.rows, rows)
	return c.make(ctx, c.rows)
}

// Make implements Maker.
func (c *column) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	return c.make(ctx, rows)
}

// Close implements core.Column.
func (c *column) Close() error { return nil }

// Span lists the rows of a span in scratch, which it grows where it must.
func Span(scratch []int64, rows core.Rows) []int64 {
	if cap(scratch) < rows.N {
		scratch = make([]int64, rows.N)
	}
	scratch = scratch[:rows.N]
	for i := range scratch {
		scratch[i] = rows.Start + int64(i)
	}
	return scratch
}

// piece is the number of rows between two looks at a context.
const piece = 4096

// each calls fill for pieces [from, to) of n rows until the context ends.
func each(ctx context.Context, n int, fill func(from, to int)) error {
	for from := 0; from < n; from += piece {
		if err := ctx.Err(); err != nil {
			return err
		}
		fill(from, min(from+piece, n))
	}
	return nil
}
