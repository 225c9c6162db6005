// Package array makes arrays whose elements another generator makes.
package array

import (
	"context"
	"encoding/json"
	"errors"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family; lookup finds those of the
// elements.
func Components(lookup func(name string) (core.Generator, error)) []sdk.Component {
	return []sdk.Component{sdk.Generator[Config]{
		Info: sdk.Info{
			Name: "array.of", Summary: "Arrays whose elements another generator makes.", Types: []string{string(schema.Array)},
		},
		Open: func(ctx context.Context, spec core.ColumnSpec, c Config) (core.Column, error) {
			return open(ctx, spec, c, lookup)
		},
	}}
}

// Config configures array.of.
type Config struct {
	Element  Element            `json:"element" help:"Generator of the elements; none: one for the element type. Structs have fields instead."`
	Fields   map[string]Element `json:"fields" help:"Generator of each field of a Struct; where one is missing, one for its type."`
	Min      int                `json:"min" help:"Fewest elements." default:"1"`
	Max      *int               `json:"max" help:"Most elements; none: 6, or max_capacity where that is less."`
	Skew     float64            `json:"skew" help:"How much commoner short arrays are: 0 makes all lengths equal." default:"0.5"`
	Distinct bool               `json:"distinct" help:"Whether elements of a row that repeat another one are left out." default:"false"`
}

// Element says how elements are made.
type Element struct {
	Generator string          `json:"generator" help:"Name of the generator."`
	Params    json.RawMessage `json:"params" help:"Its options."`
}

// lists is a column of arrays. Element j of row i has a row number of its
// own, so that it depends on no other element.
type lists struct {
	typ       *arrow.ListType
	mem       memory.Allocator
	key       rng.Key
	least     int
	most      int
	power     float64
	distinct  bool
	elements  elements
	numbers   []int64 // of the elements of the last rows, kept for their memory
	positions []int64 // the rows of the last span, likewise
}

// elements makes the elements by their row numbers.
type elements interface {
	make(ctx context.Context, rows []int64) (arrow.Array, error)
	close() error
}

func open(ctx context.Context, spec core.ColumnSpec, c Config, lookup func(string) (core.Generator, error)) (core.Column, error) {
	typ, ok := spec.Field.Type.(*arrow.ListType)
	if !ok {
		return nil, column.Unfit(spec, "arrays")
	}
	l := &lists{
		typ: typ, mem: spec.Mem, key: rng.Field(spec.Seed, spec.Field.Name),
		power: 1 + c.Skew, distinct: c.Distinct,
	}
	problem := l.setLength(spec.Field, c)
	var err error
	l.elements, err = openElements(ctx, spec, c, typ, lookup)
	if err := errors.Join(problem, err); err != nil {
		if l.elements != nil {
			err = errors.Join(err, l.elements.close())
		}
		return nil, err
	}
	return l, nil
}

func (l *lists) setLength(field arrow.Field, c Config) error {
	const usual = 6
	capacity := column.MaxCapacity(field)
	l.least, l.most = min(c.Min, capacity), min(max(usual, c.Min), capacity)
	if c.Max != nil {
		l.most = *c.Max
	}
	switch {
	case c.Min < 0, l.most < c.Min:
		return core.Errorf(core.InvalidConfig, "min is %d and max is %d", c.Min, l.most).WithHint("use 0 or more, and no less for max than for min")
	case l.most > capacity:
		return core.Errorf(core.InvalidConfig, "max is %d, max_capacity %d", l.most, capacity).WithHint("raise max_capacity, or lower max")
	case !(c.Skew >= 0 && c.Skew <= 100):
		return core.Errorf(core.InvalidConfig, "skew is %v", c.Skew).WithHint("use 0 to 100")
	}
	return nil
}

// length is the number of elements of a row.
func (l *lists) length(row int64) int {
	if l.least == l.most {
		return l.least
	}
	s := l.key.At(row)
	return l.least + int(float64(l.most-l.least+1)*math.Pow(s.Float64(), l.power))
}

// Fill implements core.Column.
func (l *lists) Fill(ctx context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	l.positions = column.Span(l.positions, rows)
	return l.Make(ctx, l.positions)
}

// Make implements column.Maker.
func (l *lists) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	ends := make([]int32, len(rows)+1)
	l.numbers = l.numbers[:0]
	for i, row := range rows {
		for j := range l.length(row) {
			l.numbers = append(l.numbers, row*int64(l.most)+int64(j))
		}
		if len(l.numbers) > math.MaxInt32 {
			return nil, core.Errorf(core.Exhausted, "the arrays of %d rows have too many elements for a batch", len(rows)).
				WithHint("use a smaller --batch-size")
		}
		ends[i+1] = int32(len(l.numbers))
	}
	values, err := l.elements.make(ctx, l.numbers)
	if err == nil && l.distinct {
		if kept := distinct(values, ends); kept != nil {
			values.Release()
			for i, at := range kept {
				l.numbers[i] = l.numbers[at]
			}
			values, err = l.elements.make(ctx, l.numbers[:len(kept)])
		}
	}
	if err != nil {
		return nil, err
	}
	defer values.Release()
	return column.List(l.typ, ends, values, l.mem), nil
}

// Close implements core.Column.
func (l *lists) Close() error { return l.elements.close() }

// distinct finds the elements that repeat none before them in their row: it
// gives their places and moves the ends of the rows, or nil where all do.
func distinct(values arrow.Array, ends []int32) []int32 {
	kept := make([]int32, 0, values.Len())
	same, start := column.Same(values), int32(0)
	for row := 1; row < len(ends); row++ {
		first := len(kept)
		for at := start; at < ends[row]; at++ {
			fresh := true
			for _, before := range kept[first:] {
				fresh = fresh && !same(int(before), int(at))
			}
			if fresh {
				kept = append(kept, at)
			}
		}
		start, ends[row] = ends[row], int32(len(kept))
	}
	if len(kept) == values.Len() {
		return nil
	}
	return kept
}
