package plugins

import (
	"context"
	"errors"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// routed implements core.Columns over columns in several processes: they are
// asked one after another, each for all that it can make by then, and get
// what they read of the others.
type routed struct {
	schema *arrow.Schema
	stages []stage
}

// stage is one question to one process.
type stage struct {
	core.Columns
	maker  *trust.Plugin // nil: the built-in generators
	specs  []int         // the columns that it makes, by their places in the record
	inputs *arrow.Schema // what it reads of others; nil where it reads nothing
}

// route opens columns in the processes of their makers.
func (h *Host) route(ctx context.Context, number int, specs []core.ColumnSpec, given *arrow.Schema) (_ core.Columns, err error) {
	stages, err := plan(specs, given, h.maker)
	if err != nil {
		return nil, err
	}
	r := &routed{schema: schemaOf(specs)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	var problems []error
	var slabbed []*trust.Plugin
	for _, s := range stages {
		var theirs []core.ColumnSpec
		for _, i := range s.specs {
			theirs = append(theirs, specs[i])
		}
		// A record that held two slabs of one process could wait for itself.
		first := !slices.Contains(slabbed, s.maker)
		slabbed = append(slabbed, s.maker)
		var opened core.Columns
		var err error
		if s.maker == nil {
			opened, err = h.builtin(ctx, number, theirs, s.inputs, first)
		} else {
			opened, err = h.foreignColumns(ctx, number, s.maker, theirs, s.inputs, first)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.Columns = opened
		r.stages = append(r.stages, s)
	}
	return r, errors.Join(problems...)
}

// plan cuts columns into stages.
func plan(specs []core.ColumnSpec, given *arrow.Schema, maker func(core.ColumnSpec) *trust.Plugin) ([]stage, error) {
	order, err := core.Order(specs, given)
	if err != nil {
		return nil, err
	}
	makers := make([]*trust.Plugin, len(specs))
	for i, spec := range specs {
		makers[i] = maker(spec)
	}
	var stages []stage
	for len(order) > 0 {
		next := nextStage(specs, makers, order, made(specs, stages))
		next.inputs = inputsOf(specs, next.specs, given)
		stages = append(stages, next)
		order = slices.DeleteFunc(order, func(i int) bool { return slices.Contains(next.specs, i) })
	}
	return stages, nil
}

// nextStage chooses whom to ask: a maker that can make all its columns that
// are left, or else the first that can make any.
func nextStage(specs []core.ColumnSpec, makers []*trust.Plugin, order []int, have map[string]bool) stage {
	var first stage
	var tried []*trust.Plugin
	for _, i := range order {
		maker := makers[i]
		if slices.Contains(tried, maker) {
			continue
		}
		tried = append(tried, maker)
		can, left := stage{maker: maker}, 0
		now := map[string]bool{}
		for _, j := range order {
			if makers[j] != maker {
				continue
			}
			left++
			ready := !slices.ContainsFunc(specs[j].Uses, func(use string) bool {
				return isColumn(specs, use) && !have[use] && !now[use]
			})
			if ready {
				can.specs = append(can.specs, j)
				now[specs[j].Field.Name] = true
			}
		}
		if len(can.specs) == left {
			return can
		}
		if len(first.specs) == 0 {
			first = can
		}
	}
	return first
}

func isColumn(specs []core.ColumnSpec, name string) bool {
	return slices.ContainsFunc(specs, func(s core.ColumnSpec) bool { return s.Field.Name == name })
}

func made(specs []core.ColumnSpec, stages []stage) map[string]bool {
	names := map[string]bool{}
	for _, s := range stages {
		for _, i := range s.specs {
			names[specs[i].Field.Name] = true
		}
	}
	return names
}

// inputsOf is the schema of what columns read of others.
func inputsOf(specs []core.ColumnSpec, which []int, given *arrow.Schema) *arrow.Schema {
	own := map[string]bool{}
	for _, i := range which {
		own[specs[i].Field.Name] = true
	}
	var fields []arrow.Field
	for _, i := range which {
		for _, use := range specs[i].Uses {
			if own[use] {
				continue
			}
			own[use] = true
			at := slices.IndexFunc(specs, func(s core.ColumnSpec) bool { return s.Field.Name == use })
			if at >= 0 {
				fields = append(fields, specs[at].Field)
			} else {
				fields = append(fields, given.Field(given.FieldIndices(use)[0]))
			}
		}
	}
	if fields == nil {
		return nil
	}
	return arrow.NewSchema(fields, nil)
}

// Fill implements core.Columns.
func (r *routed) Fill(ctx context.Context, rows core.Rows, given arrow.Record) (arrow.Record, error) {
	columns := make([]arrow.Array, r.schema.NumFields())
	defer func() {
		for _, column := range columns {
			if column != nil {
				column.Release()
			}
		}
	}()
	for _, s := range r.stages {
		inputs, err := r.inputs(s, columns, given, rows)
		if err != nil {
			return nil, err
		}
		record, err := s.Fill(ctx, rows, inputs)
		if inputs != nil {
			inputs.Release()
		}
		if err != nil {
			return nil, err
		}
		for at, i := range s.specs {
			columns[i] = record.Column(at)
			columns[i].Retain()
		}
		record.Release()
	}
	return array.NewRecord(r.schema, columns, int64(rows.N)), nil
}

// inputs are what a stage reads, nil where it reads nothing.
func (r *routed) inputs(s stage, made []arrow.Array, given arrow.Record, rows core.Rows) (arrow.Record, error) {
	if s.inputs == nil {
		return nil, nil
	}
	columns := make([]arrow.Array, s.inputs.NumFields())
	for i, field := range s.inputs.Fields() {
		if at := r.schema.FieldIndices(field.Name); len(at) > 0 {
			columns[i] = made[at[0]]
			continue
		}
		if given == nil || len(given.Schema().FieldIndices(field.Name)) == 0 {
			return nil, core.Errorf(core.Internal, "the input %s was not given", field.Name)
		}
		columns[i] = given.Column(given.Schema().FieldIndices(field.Name)[0])
	}
	return array.NewRecord(s.inputs, columns, int64(rows.N)), nil
}

// Close implements core.Columns.
func (r *routed) Close() error {
	problems := make([]error, len(r.stages))
	for i, s := range r.stages {
		problems[i] = s.Close()
	}
	return errors.Join(problems...)
}
