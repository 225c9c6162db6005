package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Set is Columns in this process: every column with its own generator. Columns
// of the set may use each other; Fill makes them in the order that needs.
type Set struct {
	schema  *arrow.Schema
	columns []openColumn
	order   []int
}

type openColumn struct {
	Column
	spec ColumnSpec
}

// OpenSet opens one column for each spec. lookup finds the generators by name;
// given is the schema of the inputs that Fill will get, or nil. Cycles and
// unknown columns in Uses are InvalidConfig errors, all of them at once.
func OpenSet(ctx context.Context, lookup func(name string) (Generator, error), specs []ColumnSpec, given *arrow.Schema) (_ *Set, err error) {
	order, err := Order(specs, given)
	if err != nil {
		return nil, err
	}
	set := &Set{order: order, columns: make([]openColumn, len(specs))}
	defer func() {
		if err != nil {
			err = errors.Join(err, set.Close())
		}
	}()
	fields := make([]arrow.Field, len(specs))
	var problems []error
	for i, spec := range specs {
		fields[i] = spec.Field
		spec.Inputs = inputsOf(spec, specs, given)
		generator, err := lookup(spec.Generator)
		if err == nil {
			set.columns[i].spec = spec
			set.columns[i].Column, err = generator.Open(ctx, spec)
		}
		if err != nil {
			problems = append(problems, OfField(err, spec.Field.Name))
		}
	}
	set.schema = arrow.NewSchema(fields, nil)
	return set, errors.Join(problems...)
}

// OfField adds the name of a field to an error that names none yet.
func OfField(err error, name string) error {
	var e *Error
	if errors.As(err, &e) {
		if e.Field == "" {
			e.Field = name
		}
		return err
	}
	return fmt.Errorf("field %s: %w", name, err)
}

// Schema is the schema of the records that Fill returns.
func (s *Set) Schema() *arrow.Schema { return s.schema }

// Fill implements Columns.
func (s *Set) Fill(ctx context.Context, rows Rows, inputs arrow.Record) (arrow.Record, error) {
	made := make([]arrow.Array, len(s.columns))
	defer func() {
		for _, a := range made {
			if a != nil {
				a.Release()
			}
		}
	}()
	for _, i := range s.order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := &s.columns[i]
		in, err := s.inputs(c.spec, made, inputs, rows.N)
		if err != nil {
			return nil, err
		}
		made[i], err = c.Fill(ctx, rows, in)
		if in != nil {
			in.Release()
		}
		if err != nil {
			return nil, OfField(err, c.spec.Field.Name)
		}
		if err := checkColumn(c.spec, made[i], rows); err != nil {
			return nil, err
		}
	}
	return array.NewRecord(s.schema, made, int64(rows.N)), nil
}

// Close implements Columns.
func (s *Set) Close() error {
	var problems []error
	for i := range s.columns {
		if s.columns[i].Column != nil {
			problems = append(problems, s.columns[i].Close())
			s.columns[i].Column = nil
		}
	}
	return errors.Join(problems...)
}

func (s *Set) inputs(spec ColumnSpec, made []arrow.Array, given arrow.Record, n int) (arrow.Record, error) {
	if spec.Inputs == nil {
		return nil, nil
	}
	columns := make([]arrow.Array, len(spec.Uses))
	for i, name := range spec.Uses {
		if at := s.schema.FieldIndices(name); len(at) > 0 {
			columns[i] = made[at[0]]
			continue
		}
		if given == nil || len(given.Schema().FieldIndices(name)) == 0 {
			return nil, Errorf(Internal, "its input %s was not given", name).WithField(spec.Field.Name)
		}
		columns[i] = given.Column(given.Schema().FieldIndices(name)[0])
	}
	return array.NewRecord(spec.Inputs, columns, int64(n)), nil
}

// checkColumn holds a generator to its contract.
func checkColumn(spec ColumnSpec, a arrow.Array, rows Rows) error {
	fault := func(format string, args ...any) error {
		return Errorf(PluginFailed, "generator %s "+format, append([]any{spec.Generator}, args...)...).
			WithField(spec.Field.Name).WithRow(rows.Start)
	}
	switch {
	case a == nil:
		return fault("returned no values")
	case a.Len() != rows.N:
		return fault("returned %d values for %d rows", a.Len(), rows.N)
	case !arrow.TypeEqual(a.DataType(), spec.Field.Type):
		return fault("returned %s, not %s", a.DataType(), spec.Field.Type)
	case a.NullN() > 0 && !spec.Field.Nullable:
		return fault("returned null for a field that is not nullable")
	}
	return nil
}

// Order gives an order in which each column comes after those it uses.
func Order(specs []ColumnSpec, given *arrow.Schema) ([]int, error) {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(specs))
	var order []int
	var problems []error
	var visit func(i int)
	visit = func(i int) {
		if state[i] != unseen {
			return
		}
		state[i] = open
		name := specs[i].Field.Name
		for _, use := range specs[i].Uses {
			j := slices.IndexFunc(specs, func(s ColumnSpec) bool { return s.Field.Name == use })
			switch {
			case j >= 0 && state[j] == open:
				problems = append(problems, Errorf(InvalidConfig, "it and %s use each other", use).
					WithField(name).WithHint("remove one of the two from \"uses\""))
			case j >= 0:
				visit(j)
			case given == nil || len(given.FieldIndices(use)) == 0:
				problems = append(problems, Errorf(InvalidConfig, "it uses %s, which is no field", use).WithField(name))
			}
		}
		state[i] = done
		order = append(order, i)
	}
	for i := range specs {
		visit(i)
	}
	return order, errors.Join(problems...)
}

func inputsOf(spec ColumnSpec, specs []ColumnSpec, given *arrow.Schema) *arrow.Schema {
	if len(spec.Uses) == 0 {
		return nil
	}
	fields := make([]arrow.Field, len(spec.Uses))
	for i, use := range spec.Uses {
		if j := slices.IndexFunc(specs, func(s ColumnSpec) bool { return s.Field.Name == use }); j >= 0 {
			fields[i] = specs[j].Field
		} else {
			fields[i] = given.Field(given.FieldIndices(use)[0])
		}
	}
	return arrow.NewSchema(fields, nil)
}
