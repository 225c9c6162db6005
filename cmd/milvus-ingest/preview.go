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
)

// previewRows bounds what preview shows.
const previewRows = 10

// preview shows the first rows; they are made in this process, as a worker
// would make them.
func (c *generateCommand) preview(ctx context.Context, a *app, plan *dataset.Plan) (err error) {
	columns, err := specs(plan)
	if err != nil {
		return err
	}
	set, err := openHere(ctx, columns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	rows := core.Rows{Start: plan.Rows.Start, N: min(plan.Rows.N, previewRows)}
	batch, err := set.Fill(ctx, rows, nil)
	if err != nil {
		return err
	}
	defer batch.Release()
	if a.output == "json" {
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
		headers = append(headers, batch.ColumnName(i))
		field := batch.Schema().Field(i)
		for row := range cells {
			cells[row] = append(cells[row], previewCell(field, column, row))
		}
	}
	return headers, cells
}

func previewCell(field arrow.Field, column arrow.Array, row int) string {
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
