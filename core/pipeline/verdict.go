package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// VerdictColumn is the name of the column, last in a batch, that says which
// rows are accepted: null, or the reason why not. It is never written.
const VerdictColumn = "\x00verdict"

// OnInvalid is what happens to a row that is not accepted.
type OnInvalid string

// The policies for rows that are not accepted.
const (
	Fail       OnInvalid = "fail"       // the run ends
	Drop       OnInvalid = "drop"       // the row is left out
	Regenerate OnInvalid = "regenerate" // the row is made again, until it is accepted
)

// attempts bounds how often a row is made again.
const attempts = 100

// A Gate applies verdicts. It counts, and is shared by the workers of a run.
type Gate struct {
	Policy OnInvalid
	// Most is the number of rows that may be invalid before the run ends; 0:
	// any number.
	Most int64
	// Before is the number of invalid rows that an interrupted run had.
	Before int64

	mu    sync.Mutex
	total int64
	spans map[int64]core.Verdicts // by first row
}

// Take gives the verdicts on the rows of a part, whose spans were all filled,
// and forgets them.
func (g *Gate) Take(rows core.Rows) core.Verdicts {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all core.Verdicts
	for start, verdicts := range g.spans {
		if start >= rows.Start && start < rows.End() {
			all.Add(verdicts)
			delete(g.spans, start)
		}
	}
	return all
}

// Columns puts the gate behind a worker. again makes rows that stand in for
// others, from the columns that these keep as its inputs; nil where the policy
// is another than Regenerate.
func (g *Gate) Columns(worker, again core.Columns, kept *arrow.Schema) core.Columns {
	return &gated{worker, again, kept, g}
}

type gated struct {
	core.Columns
	again core.Columns
	kept  *arrow.Schema
	gate  *Gate
}

// Fill implements core.Columns: the rows that are accepted, without their
// verdicts.
func (c *gated) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Record, error) {
	batch, err := c.Columns.Fill(ctx, rows, inputs)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	verdicts, bare, err := split(batch)
	if err != nil {
		return nil, err
	}
	if verdicts.NullN() == verdicts.Len() {
		return bare, nil
	}
	defer bare.Release()
	if err := c.gate.count(rows, verdicts); err != nil {
		return nil, err
	}
	if c.gate.Policy == Regenerate {
		return c.regenerate(ctx, rows, verdicts, bare)
	}
	return keep(bare, verdicts)
}

// Close implements core.Columns.
func (c *gated) Close() error {
	err := c.Columns.Close()
	if c.again != nil {
		err = errors.Join(err, c.again.Close())
	}
	return err
}

// Bare is a batch without its verdicts, if it has some: no row is left out.
func Bare(batch arrow.Record) arrow.Record {
	if _, bare, err := split(batch); err == nil {
		return bare
	}
	batch.Retain()
	return batch
}

// split takes the verdicts, which must be the last column, off a batch. The
// rest is a record of its own.
func split(batch arrow.Record) (*array.String, arrow.Record, error) {
	last := int(batch.NumCols()) - 1
	if last < 0 || batch.ColumnName(last) != VerdictColumn {
		return nil, nil, core.Errorf(core.Internal, "a batch without verdicts")
	}
	verdicts, ok := batch.Column(last).(*array.String)
	if !ok {
		return nil, nil, core.Errorf(core.Internal, "verdicts are %s", batch.Column(last).DataType())
	}
	schema := arrow.NewSchema(batch.Schema().Fields()[:last], nil)
	return verdicts, array.NewRecord(schema, batch.Columns()[:last], batch.NumRows()), nil
}

// count notes the verdicts on a span, and ends the run where it has to.
func (g *Gate) count(rows core.Rows, verdicts *array.String) error {
	var span core.Verdicts
	var last core.Reason
	for i := range verdicts.Len() {
		if verdicts.IsNull(i) {
			continue
		}
		last = core.Reason{Row: rows.Start + int64(i), Reason: strings.Clone(verdicts.Value(i))} // the batch's memory is filled anew
		span.Invalid++
		if g.Policy == Fail {
			return core.Errorf(core.InvalidData, "not accepted: %s", last.Reason).WithRow(last.Row).
				WithHint("--on-invalid drop leaves such rows out, --on-invalid regenerate makes others in their place")
		}
		if len(span.Reasons) < core.FirstReasons {
			span.Reasons = append(span.Reasons, last)
		}
	}
	if g.Policy == Drop {
		span.Dropped = span.Invalid
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total += span.Invalid
	if g.Most > 0 && g.Before+g.total > g.Most {
		return core.Errorf(core.InvalidData, "more than %d rows were not accepted; one of them: %s", g.Most, last.Reason).
			WithRow(last.Row).WithHint("raise --max-invalid, or mend the hook or the schema")
	}
	if g.spans == nil {
		g.spans = map[int64]core.Verdicts{}
	}
	g.spans[rows.Start] = span
	return nil
}

// keep leaves out the rows that have a verdict.
func keep(bare arrow.Record, verdicts *array.String) (arrow.Record, error) {
	var pieces []piece
	for i := 0; i < verdicts.Len(); i++ {
		if !verdicts.IsNull(i) {
			continue
		}
		start := i
		for i < verdicts.Len() && verdicts.IsNull(i) {
			i++
		}
		pieces = append(pieces, piece{bare, start, i})
	}
	return join(bare.Schema(), pieces)
}

// piece is the rows start to end of a batch.
type piece struct {
	batch      arrow.Record
	start, end int
}

func join(schema *arrow.Schema, pieces []piece) (arrow.Record, error) {
	rows := 0
	columns := make([]arrow.Array, schema.NumFields())
	defer func() {
		for _, column := range columns {
			if column != nil {
				column.Release()
			}
		}
	}()
	for _, p := range pieces {
		rows += p.end - p.start
	}
	for c := range columns {
		parts := make([]arrow.Array, len(pieces))
		for i, p := range pieces {
			parts[i] = array.NewSlice(p.batch.Column(c), int64(p.start), int64(p.end))
		}
		var err error
		if len(parts) == 0 {
			columns[c] = array.MakeArrayOfNull(memory.DefaultAllocator, schema.Field(c).Type, 0)
		} else {
			columns[c], err = array.Concatenate(parts, memory.DefaultAllocator)
		}
		for _, part := range parts {
			part.Release()
		}
		if err != nil {
			return nil, fmt.Errorf("keep rows of %s: %w", schema.Field(c).Name, err)
		}
	}
	return array.NewRecord(schema, columns, int64(rows)), nil
}

// regenerate puts other rows in the place of those that have a verdict. A row
// that stands in is a function of the row and the attempt, so the data set
// stays one of its seed.
func (c *gated) regenerate(ctx context.Context, rows core.Rows, verdicts *array.String, bare arrow.Record) (arrow.Record, error) {
	var pieces []piece
	defer func() {
		for _, p := range pieces {
			p.batch.Release()
		}
	}()
	kept := 0
	for i := range verdicts.Len() {
		if verdicts.IsNull(i) {
			continue
		}
		if i > kept {
			bare.Retain()
			pieces = append(pieces, piece{bare, kept, i})
		}
		other, err := c.another(ctx, rows.Start+int64(i), bare, i)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece{other, 0, 1})
		kept = i + 1
	}
	if kept < verdicts.Len() {
		bare.Retain()
		pieces = append(pieces, piece{bare, kept, verdicts.Len()})
	}
	return join(bare.Schema(), pieces)
}

// another makes a row that is accepted in the place of row, with the columns
// that it keeps.
func (c *gated) another(ctx context.Context, row int64, bare arrow.Record, at int) (arrow.Record, error) {
	kept := keptOf(c.kept, bare, at)
	defer kept.Release()
	reason := ""
	for attempt := int64(1); attempt <= attempts; attempt++ {
		batch, err := c.again.Fill(ctx, core.Rows{Start: row + attempt*core.AttemptRows, N: 1}, kept)
		if err != nil {
			return nil, fmt.Errorf("make row %d again: %w", row, err)
		}
		verdicts, candidate, err := split(batch)
		if err != nil {
			batch.Release()
			return nil, err
		}
		accepted := verdicts.IsNull(0)
		if !accepted {
			reason = strings.Clone(verdicts.Value(0))
		}
		batch.Release()
		if accepted {
			defer candidate.Release()
			return withKept(bare.Schema(), kept, candidate)
		}
		candidate.Release()
	}
	return nil, core.Errorf(core.InvalidData, "no row was accepted in %d attempts; the last: %s", attempts, reason).WithRow(row).
		WithHint("mend the hook, or leave such rows out with --on-invalid drop")
}

// keptOf is one row of the columns that a row keeps when it is made again.
func keptOf(schema *arrow.Schema, bare arrow.Record, at int) arrow.Record {
	columns := make([]arrow.Array, schema.NumFields())
	for i, field := range schema.Fields() {
		column := bare.Column(bare.Schema().FieldIndices(field.Name)[0])
		columns[i] = array.NewSlice(column, int64(at), int64(at)+1)
		defer columns[i].Release()
	}
	return array.NewRecord(schema, columns, 1)
}

// withKept puts a row together. Its values are copied, so that the worker's
// memory is free for the next.
func withKept(schema *arrow.Schema, kept, made arrow.Record) (arrow.Record, error) {
	columns := make([]arrow.Array, schema.NumFields())
	for i, field := range schema.Fields() {
		from := kept
		if !kept.Schema().HasField(field.Name) {
			from = made
		}
		columns[i] = from.Column(from.Schema().FieldIndices(field.Name)[0])
	}
	mixed := array.NewRecord(schema, columns, 1)
	defer mixed.Release()
	return join(schema, []piece{{mixed, 0, 1}})
}
