package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
)

// previewRows bounds what preview shows.
const previewRows = 10

// firstRows are the rows that tell whether a plan works.
func firstRows(plan *dataset.Plan) core.Rows {
	return core.Rows{Start: plan.Rows.Start, N: min(plan.Rows.N, previewRows)}
}

// openFew opens the columns of a plan for some rows: in this process or, where
// hooks or plugins take part, in others that they cannot take down.
func openFew(ctx context.Context, a *app, plan *dataset.Plan) (core.Columns, error) {
	if plan.Hooks == nil && len(plan.Plugins) == 0 {
		columns, err := specs(plan)
		if err != nil {
			return nil, err
		}
		return openHere(ctx, columns)
	}
	crew, err := hire(a, plan, 1)
	if err != nil {
		return nil, err
	}
	if err := crew.grow(ctx, 1); err != nil {
		return nil, errors.Join(err, crew.Close())
	}
	return crewOfOne{crew.workers[0], crew}, nil
}

// crewOfOne is a worker that ends its crew when it is closed.
type crewOfOne struct {
	core.Columns
	crew *crew
}

// Close implements core.Columns.
func (c crewOfOne) Close() error { return c.crew.Close() }

// preview shows the first rows as a worker would make them, with the verdicts
// of hooks.
func (c *generateCommand) preview(ctx context.Context, a *app, plan *dataset.Plan) (err error) {
	columns, err := openFew(ctx, a, plan)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	rows := firstRows(plan)
	batch, err := columns.Fill(ctx, rows, nil)
	if err != nil {
		return err
	}
	defer batch.Release()
	if a.output == "json" {
		verdicts := verdictsOf(batch)
		batch := pipeline.Bare(batch)
		defer batch.Release()
		if verdicts != nil {
			return a.printJSON(map[string]any{"seed": plan.Seed, "columns": plan.Columns, "rows": batch, "verdicts": verdicts})
		}
		return a.printJSON(map[string]any{"seed": plan.Seed, "columns": plan.Columns, "rows": batch})
	}
	fmt.Fprintf(a.stdout, "%s: rows %s of %s, seed %d\n\n", plan.Schema.Name, span(rows), inThousands(int64(plan.Rows.N)), plan.Seed)
	headers, cells := previewCells(batch)
	writeTable(a.stdout, a.width, headers, cells)
	a.say("a preview: nothing was written")
	return nil
}

// previewCells are the cells of a batch, row by row.
func previewCells(batch arrow.Record) (headers []string, cells [][]string) {
	cells = make([][]string, batch.NumRows())
	for i, column := range batch.Columns() {
		headers = append(headers, header(batch.ColumnName(i)))
		field := batch.Schema().Field(i)
		for row := range cells {
			cells[row] = append(cells[row], previewCell(field, column, row))
		}
	}
	return headers, cells
}

// header is how a column is called for people.
func header(name string) string {
	if name == pipeline.VerdictColumn {
		return "(VERDICT)"
	}
	return name
}

// verdictsOf are the verdicts on the rows of a batch, "" where a row is
// accepted; nil where nothing validates.
func verdictsOf(batch arrow.Record) []string {
	last := int(batch.NumCols()) - 1
	if batch.ColumnName(last) != pipeline.VerdictColumn {
		return nil
	}
	verdicts := make([]string, batch.NumRows())
	for i := range verdicts {
		if column := batch.Column(last).(*array.String); !column.IsNull(i) {
			verdicts[i] = column.Value(i)
		}
	}
	return verdicts
}

func previewCell(field arrow.Field, column arrow.Array, row int) string {
	if column.IsNull(row) && field.Name == pipeline.VerdictColumn {
		return "ok"
	}
	if column.IsNull(row) {
		return "null"
	}
	switch column := column.(type) {
	case *array.String:
		return column.Value(row)
	case *array.FixedSizeList:
		return vectorCell(column, row)
	case *array.FixedSizeBinary:
		kind, _ := field.Metadata.GetValue(core.MetaType)
		return fmt.Sprintf("%s %x…", strings.TrimSuffix(kind, "Vector"), column.Value(row)[:min(4, len(column.Value(row)))])
	case *array.List:
		if kind, _ := field.Metadata.GetValue(core.MetaType); kind == "SparseFloatVector" {
			start, end := column.ValueOffsets(row)
			return fmt.Sprintf("%d non-zero", end-start)
		}
	}
	return column.ValueStr(row)
}

// vectorCell abbreviates a vector: its first values, its dim and its norm.
func vectorCell(column *array.FixedSizeList, row int) string {
	start, end := column.ValueOffsets(row)
	var first []string
	var square float64
	for i := start; i < end; i++ {
		v := element(column.ListValues(), int(i))
		square += v * v
		if i < start+2 {
			first = append(first, fmt.Sprintf("%.3g", v))
		}
	}
	return fmt.Sprintf("[%s …] dim %d norm %.3f", strings.Join(first, " "), end-start, math.Sqrt(square))
}

func element(values arrow.Array, i int) float64 {
	switch values := values.(type) {
	case *array.Float32:
		return float64(values.Value(i))
	case *array.Int8:
		return float64(values.Value(i))
	default:
		return math.NaN()
	}
}
