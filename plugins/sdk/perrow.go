package sdk

import (
	"context"
	"errors"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// ErrNull is what a value function of FromInputs returns for a row that has no
// value.
var ErrNull = errors.New("null")

// PerRow makes a column of a function from a row to its value. s gives random
// numbers that depend on the seed, the field's name and the row alone; a value
// that depends on nothing but row and s is the same in every run.
//
// What T may be:
//
//	bool                     Bool
//	int, int8 … int64        Int8 … Int64
//	float32, float64         Float, Double
//	string                   VarChar, String, JSON, Timestamptz, Geometry
//	[]float32                FloatVector, Float16Vector, BFloat16Vector
//	[]int8                   Int8Vector
//	[]byte                   BinaryVector, Float16Vector, BFloat16Vector, as they are stored
//	Sparse                   SparseFloatVector
//	slices of the first four Array of these
//
// A T that does not suit the field is an error here; a value that does not fit
// it (a number out of range, a text over max_length, a vector of another
// dimension) is an error of its row. A slice may be used again for the next
// row: its content is copied.
func PerRow[T any](spec core.ColumnSpec, value func(row int64, s *rng.Source) T) (core.Column, error) {
	return newColumn(spec, func(row Row, s *rng.Source) (T, error) { return value(row.Number(), s), nil })
}

// PerRowOrNull is PerRow for a field that may be null: where valid is false
// the row has no value. In a field that is not nullable that is an error.
func PerRowOrNull[T any](spec core.ColumnSpec, value func(row int64, s *rng.Source) (v T, valid bool)) (core.Column, error) {
	return newColumn(spec, func(row Row, s *rng.Source) (T, error) {
		v, valid := value(row.Number(), s)
		if !valid {
			return v, ErrNull
		}
		return v, nil
	})
}

// FromInputs is PerRow for a column that reads others: row has the values of
// the columns that the schema lists in "uses". value may return ErrNull, or an
// error, which is told with the row and the field.
func FromInputs[T any](spec core.ColumnSpec, value func(row Row, s *rng.Source) (T, error)) (core.Column, error) {
	if spec.Inputs == nil {
		return nil, core.Errorf(core.InvalidConfig, "%s reads other fields, and none is named", spec.Generator).
			WithHint(`name them in the field: "uses": ["…"]`)
	}
	return newColumn(spec, value)
}

// column is a core.Column of a value function.
type column[T any] struct {
	field arrow.Field
	key   rng.Key
	mem   memory.Allocator
	value func(Row, *rng.Source) (T, error)
	put   func(array.Builder, T) error
}

func newColumn[T any](spec core.ColumnSpec, value func(Row, *rng.Source) (T, error)) (core.Column, error) {
	put, makes := putterOf[T](spec.Field, spec.Field.Type)
	if put == nil {
		kind := TypeOf(spec.Field)
		if kind == "" {
			kind = spec.Field.Type.String()
		}
		return nil, core.Errorf(core.InvalidConfig, "%s makes %s, not %s", spec.Generator, makes, kind).
			WithHint("choose another generator for this field")
	}
	c := &column[T]{field: spec.Field, key: rng.Field(spec.Seed, spec.Field.Name), mem: spec.Mem, value: value, put: put}
	// The memory of texts and lists grows as they come, and is laid in its
	// place when it is whole.
	if _, fixed := spec.Field.Type.(arrow.FixedWidthDataType); c.mem == nil || !fixed {
		c.mem = memory.DefaultAllocator
	}
	return c, nil
}

// patience is how many rows are made between two looks at the context.
const patience = 64

// Fill implements core.Column.
func (c *column[T]) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (_ arrow.Array, err error) {
	b := array.NewBuilder(c.mem, c.field.Type)
	defer b.Release()
	exactly(b, rows.N)
	row := Row{batch: newBatch(inputs, rows.Start)}
	defer catch(&err)
	for i := range rows.N {
		if i%patience == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row.i = i
		s := c.key.At(rows.Start + int64(i))
		v, err := c.value(row, &s)
		switch {
		case err == nil:
			err = c.put(b, v)
		case errors.Is(err, ErrNull) && c.field.Nullable:
			b.AppendNull()
			err = nil
		case errors.Is(err, ErrNull):
			err = core.Errorf(core.InvalidData, "no value, in a field that is not nullable").
				WithHint("make the field nullable: \"nullable\": true")
		}
		if err != nil {
			return nil, placed(err, c.field.Name, rows.Start+int64(i))
		}
	}
	return b.NewArray(), nil
}

// Close implements core.Column.
func (c *column[T]) Close() error { return nil }

// exactly makes room for n values and no more: the memory may be a slab.
func exactly(b array.Builder, n int) {
	b.Resize(n)
	if list, ok := b.(*array.FixedSizeListBuilder); ok {
		list.ValueBuilder().Resize(n * int(list.Type().(*arrow.FixedSizeListType).Len()))
	}
}

// placed adds the field and the row to an error that has none.
func placed(err error, field string, row int64) error {
	var e *core.Error
	if !errors.As(err, &e) {
		return core.Errorf(core.InvalidData, "%w", err).WithField(field).WithRow(row)
	}
	if e.Row == core.NoRow {
		e.Row = row
	}
	if e.Field == "" {
		e.Field = field
	}
	return err
}
