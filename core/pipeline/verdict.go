package pipeline

import (
	"context"
	"fmt"
	"slices"
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

const (
	// attempts bounds how often a row is made again.
	attempts = 100
	// attemptRows is the distance of the rows that stand in for a row: beyond
	// every row of a data set.
	attemptRows = 1 << 48
	// firstReasons bounds the reasons that are kept.
	firstReasons = 10
)

// A Gate applies verdicts. It counts, and may be shared by workers; the
// counts may be read at any time.
type Gate struct {
	Policy OnInvalid
	// Most is the number of rows that may be invalid before the run ends; 0:
	// any number.
	Most int64
	// Keys names the columns that a row keeps when it is made again.
	Keys []string

	mu      sync.Mutex
	invalid int64
	reasons []Reason
}

// Reason is why a row was not accepted.
type Reason struct {
	Row    int64  `json:"row"`
	Reason string `json:"reason"`
}

// Invalid is the number of rows that were not accepted, and the reasons of the
// first of them, by row.
func (g *Gate) Invalid() (int64, []Reason) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.invalid, slices.Clone(g.reasons)
}

// Columns puts the gate behind a worker.
func (g *Gate) Columns(worker core.Columns) core.Columns { return &gated{worker, g} }

type gated struct {
	core.Columns
	gate *Gate
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

func (g *Gate) count(rows core.Rows, verdicts *array.String) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range verdicts.Len() {
		if verdicts.IsNull(i) {
			continue
		}
		row := rows.Start + int64(i)
		g.invalid++
		g.reasons = append(g.reasons, Reason{row, verdicts.Value(i)})
		if g.Policy == Fail {
			return core.Errorf(core.InvalidData, "not accepted: %s", verdicts.Value(i)).WithRow(row).
				WithHint("--on-invalid drop leaves such rows out, --on-invalid regenerate makes others in their place")
		}
		if g.Most > 0 && g.invalid > g.Most {
			return core.Errorf(core.InvalidData, "more than %d rows were not accepted; the last: %s", g.Most, verdicts.Value(i)).
				WithRow(row).WithHint("raise --max-invalid, or mend the hook or the schema")
		}
	}
	slices.SortFunc(g.reasons, func(a, b Reason) int { return int(a.Row - b.Row) })
	g.reasons = g.reasons[:min(len(g.reasons), firstReasons)]
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

// another makes a row that is accepted in the place of row, with its keys.
func (c *gated) another(ctx context.Context, row int64, bare arrow.Record, at int) (arrow.Record, error) {
	for attempt := int64(1); attempt <= attempts; attempt++ {
		batch, err := c.Columns.Fill(ctx, core.Rows{Start: row + attempt*attemptRows, N: 1}, nil)
		if err != nil {
			return nil, err
		}
		verdicts, candidate, err := split(batch)
		if err != nil {
			batch.Release()
			return nil, err
		}
		accepted := verdicts.IsNull(0)
		batch.Release()
		if accepted {
			defer candidate.Release()
			return c.withKeys(candidate, bare, at)
		}
		candidate.Release()
	}
	return nil, core.Errorf(core.InvalidData, "no row was accepted in %d attempts", attempts).WithRow(row).
		WithHint("mend the hook, or leave such rows out with --on-invalid drop")
}

// withKeys gives a row the keys of the row that it stands in for. Its values
// are copied, so that the worker's memory is free for the next.
func (c *gated) withKeys(row, bare arrow.Record, at int) (arrow.Record, error) {
	columns := slices.Clone(row.Columns())
	for i, field := range row.Schema().Fields() {
		if slices.Contains(c.gate.Keys, field.Name) {
			key := array.NewSlice(bare.Column(i), int64(at), int64(at)+1)
			defer key.Release()
			columns[i] = key
		}
	}
	mixed := array.NewRecord(row.Schema(), columns, 1)
	defer mixed.Release()
	return join(row.Schema(), []piece{{mixed, 0, 1}})
}
