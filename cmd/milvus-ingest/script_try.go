package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/scripts"
)

const (
	// trialTime is for how long hooks are called to learn how fast they are,
	// and trialRows for how many rows at once.
	trialTime = 300 * time.Millisecond
	trialRows = 1000
)

type scriptTest struct {
	File        string        `arg:"" help:"Hook file, JavaScript or TypeScript."`
	Schema      string        `xor:"schema" placeholder:"FILE" help:"Schema file, JSON or YAML."`
	Builtin     string        `xor:"schema" placeholder:"ID" help:"Schema of the library."`
	Rows        int           `short:"n" default:"10" help:"Rows to show."`
	FirstRow    int64         `default:"0" placeholder:"ROW" help:"Row to begin with."`
	Seed        uint64        `default:"42" help:"Seed of all randomness."`
	HookTimeout time.Duration `default:"2s" placeholder:"TIME" help:"Time that one call of a hook may take."`
	HookMemory  byteSize      `default:"1GB" placeholder:"SIZE" help:"Memory of a process at which a call of a hook is ended."`
}

// trial is what a test of hooks tells.
type trial struct {
	Hooks    dataset.HookFile `json:"hooks"`
	Rows     arrow.Record     `json:"rows"`
	Verdicts []string         `json:"verdicts,omitempty"`
	// PerSecond is how many rows a second the hooks alone make, on one core.
	PerSecond float64 `json:"rows_per_second"`
	// Impure names the fields that had other values when they were asked again.
	Impure []string `json:"impure,omitempty"`
}

// Run implements the command.
func (c *scriptTest) Run(ctx context.Context, a *app) (err error) {
	plan, err := c.plan(ctx, a)
	if err != nil {
		return err
	}
	crew, err := hire(a, plan, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crew.Close()) }()
	if err := crew.grow(ctx, 1); err != nil {
		return err
	}
	batch, err := crew.workers[0].Fill(ctx, plan.Rows, nil)
	if err != nil {
		return err
	}
	defer batch.Release()
	t := trial{Hooks: plan.Hooks.HookFile, Verdicts: verdictsOf(batch), Rows: only(batch, c.shown(plan))}
	defer t.Rows.Release()
	slow := crew.measure(ctx, core.Rows{Start: c.FirstRow, N: max(c.Rows, trialRows)}, &t)
	return errors.Join(a.showTrial(plan, t), slow)
}

// plan is that of generate with the same flags.
func (c *scriptTest) plan(ctx context.Context, a *app) (*dataset.Plan, error) {
	if c.Schema == "" && c.Builtin == "" {
		return nil, core.Errorf(core.InvalidConfig, "no schema: give --schema FILE or --builtin ID")
	}
	if c.Rows < 1 || c.FirstRow < 0 {
		return nil, core.Errorf(core.InvalidConfig, "--rows is %d and --first-row %d, expected at least 1 and 0", c.Rows, c.FirstRow)
	}
	g := generateCommand{
		Schema: c.Schema, Builtin: c.Builtin, TotalRows: int64(c.Rows), FirstRow: c.FirstRow, Seed: &c.Seed,
		hookFlags:    hookFlags{Hooks: c.File, HookTimeout: c.HookTimeout, HookMemory: c.HookMemory},
		verdictFlags: verdictFlags{OnInvalid: string(pipeline.Fail)},
	}
	return g.draft(ctx, a)
}

// shown are the columns that matter: keys, what hooks make and what they read;
// all where hooks only validate.
func (c *scriptTest) shown(plan *dataset.Plan) []string {
	var names []string
	for _, field := range plan.Schema.Fields {
		if field.IsPrimary {
			names = append(names, field.Name)
		}
	}
	for _, column := range plan.Columns {
		if column.Generator == scripts.FieldGenerator {
			names = append(append(names, column.Uses...), column.Name)
		}
	}
	if len(plan.Hooks.Fields) == 0 {
		names = storedNames(plan.Schema)
	}
	return names
}

// only is a batch with the columns of these names.
func only(batch arrow.Record, names []string) arrow.Record {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, field := range batch.Schema().Fields() {
		if slices.Contains(names, field.Name) {
			fields, columns = append(fields, field), append(columns, batch.Column(i))
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, batch.NumRows())
}

// measure calls the hooks alone, again and again, with the other columns of
// the rows as their inputs.
func (c *crew) measure(ctx context.Context, rows core.Rows, t *trial) (err error) {
	batch, err := c.workers[0].Fill(ctx, rows, nil)
	if err != nil {
		return err
	}
	defer batch.Release()
	var hooks []core.ColumnSpec
	var given []string
	for _, spec := range c.specs {
		if spec.Generator == scripts.FieldGenerator || spec.Generator == scripts.ValidateGenerator {
			hooks = append(hooks, spec)
		} else {
			given = append(given, spec.Field.Name)
		}
	}
	inputs := only(batch, given)
	defer inputs.Release()
	columns, err := c.host.Columns(ctx, 0, hooks, inputs.Schema())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	calls, start := 0, time.Now()
	for calls == 0 || time.Since(start) < trialTime {
		again, err := columns.Fill(ctx, rows, inputs)
		if err != nil {
			return err
		}
		if calls++; calls == 2 {
			t.Impure = differing(again, batch)
		}
		again.Release()
	}
	t.PerSecond = float64(calls) * float64(rows.N) / time.Since(start).Seconds()
	return nil
}

// differing names the columns of a that are not the same in b.
func differing(a, b arrow.Record) []string {
	var names []string
	for i, field := range a.Schema().Fields() {
		if !array.Equal(a.Column(i), b.Column(b.Schema().FieldIndices(field.Name)[0])) {
			name := field.Name
			if name == pipeline.VerdictColumn {
				name = "validate"
			}
			names = append(names, name)
		}
	}
	return names
}

func (a *app) showTrial(plan *dataset.Plan, t trial) error {
	for _, name := range t.Impure {
		a.say("warning: %s gives other values when it is asked again: it keeps something between rows, and a row must not depend on other rows", name)
	}
	if a.output == "json" {
		return a.printJSON(t)
	}
	headers, cells := previewCells(t.Rows)
	invalid := 0
	if t.Verdicts != nil {
		headers = append(headers, header(pipeline.VerdictColumn))
		for i, verdict := range t.Verdicts {
			if verdict == "" {
				verdict = "ok"
			} else {
				invalid++
			}
			cells[i] = append(cells[i], verdict)
		}
	}
	writeTable(a.stdout, a.width, headers, cells)
	fmt.Fprintf(a.stdout, "\n%s: %s\n", plan.Hooks.Path, offers(plan.Hooks))
	if t.Verdicts != nil {
		fmt.Fprintf(a.stdout, "%d of %d rows are accepted\n", len(t.Verdicts)-invalid, len(t.Verdicts))
	}
	if t.PerSecond > 0 {
		fmt.Fprintf(a.stdout, "%s rows/s a core\n", inThousands(int64(t.PerSecond)))
	}
	return nil
}
