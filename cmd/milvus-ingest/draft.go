package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators"
	"github.com/zilliz/milvus-ingest/scripts"
)

// draft is the plan of what the user asks for, but for the sizes that only a
// sample of rows tells.
func (c *generateCommand) draft(ctx context.Context, a *app) (*dataset.Plan, error) {
	collection, err := c.collection(a)
	if err != nil {
		return nil, err
	}
	plan := &dataset.Plan{
		Version: version(), Schema: collection, Format: c.Format,
		Rows: core.Rows{Start: c.FirstRow, N: int(c.TotalRows)},
	}
	if plan.Seed, err = c.seed(); err != nil {
		return nil, err
	}
	for _, choice := range generators.Choose(collection) {
		plan.Columns = append(plan.Columns, dataset.Column{
			Name: choice.Field, Generator: choice.Generator, Params: choice.Params, Uses: choice.Uses,
		})
	}
	if err := c.addHooks(ctx, a, plan); err != nil {
		return nil, err
	}
	return plan, a.addPlugins(plan)
}

func (c *generateCommand) seed() (uint64, error) {
	if c.Seed != nil {
		return *c.Seed, nil
	}
	var drawn [4]byte // short enough to be typed again
	if _, err := rand.Read(drawn[:]); err != nil {
		return 0, fmt.Errorf("draw a seed: %w", err)
	}
	return uint64(binary.LittleEndian.Uint32(drawn[:])), nil
}

// collection reads the schema that the flags name and checks it.
func (c *generateCommand) collection(a *app) (*schema.Collection, error) {
	target, err := schema.ParseVersion(c.TargetVersion)
	if err != nil {
		return nil, err
	}
	collection, err := a.findSchema(c.Schema, c.Builtin)
	if err != nil {
		return nil, err
	}
	if c.Partitions > 0 {
		collection.NumPartitions = c.Partitions
	}
	if c.Shards > 0 {
		collection.NumShards = c.Shards
	}
	if collection.Name == "" {
		collection.Name = "data_set"
	}
	problems := schema.Check(collection, target)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, warning := range problems {
		a.say("warning: %s", warning)
	}
	return collection, nil
}

// specs are the columns of a plan, in the order of the schema; verdicts of
// hooks come last.
func specs(plan *dataset.Plan) ([]core.ColumnSpec, error) {
	made := map[string]dataset.Column{}
	for _, column := range plan.Columns {
		made[column.Name] = column
	}
	fields := plan.Schema.Arrow().Fields()
	all := make([]core.ColumnSpec, len(fields))
	for i, field := range fields {
		column, ok := made[field.Name]
		if !ok {
			return nil, core.Errorf(core.Internal, "no generator was chosen").WithField(field.Name)
		}
		all[i] = core.ColumnSpec{
			Generator: column.Generator, Field: field, Config: column.Params, Seed: plan.Seed, Uses: column.Uses,
		}
		if column.Generator == scripts.FieldGenerator {
			all[i].Config = hookConfig(plan)
		}
	}
	if plan.Hooks != nil && plan.Hooks.Validate {
		all = append(all, verdictSpec(plan))
	}
	return all, nil
}

// sameRun refuses to go on with a run that would make other rows than the
// user asks for now; it names all that differs.
func (c *generateCommand) sameRun(run *dataset.Run, draft *dataset.Plan) error {
	begun := &run.Plan
	var problems []error
	differs := func(what string, was, is any) {
		problems = append(problems, core.Errorf(core.Conflict, "%s: the interrupted run has another %s: %v, not %v", c.Out, what, was, is).
			WithHint("leave the option out to go on with what was begun, or start anew with --force"))
	}
	if begun.Version != version() {
		differs("program version", begun.Version, version())
	}
	if draft == nil {
		return errors.Join(problems...)
	}
	if c.Seed != nil && *c.Seed != begun.Seed {
		differs("seed", begun.Seed, *c.Seed)
	}
	if draft.Rows != begun.Rows {
		differs("span of rows", span(begun.Rows), span(draft.Rows))
	}
	if draft.Format != begun.Format {
		differs("format", begun.Format, draft.Format)
	}
	if !sameHooks(begun.Hooks, draft.Hooks) {
		differs("hook file, or another --on-invalid", describeHooks(begun.Hooks), describeHooks(draft.Hooks))
	}
	if !sameJSON(draft.Schema, begun.Schema) || !sameJSON(draft.Columns, begun.Columns) {
		differs("schema", begun.Schema.Name, draft.Schema.Name+" as it is now")
	}
	return errors.Join(problems...)
}

func span(rows core.Rows) string { return fmt.Sprintf("%d to %d", rows.Start, rows.End()-1) }

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// validate opens every generator once, in this process unless hooks or plugins
// take part,
// and says what would be made. Hooks are called for some rows.
func (c *generateCommand) validate(ctx context.Context, a *app, plan *dataset.Plan) (err error) {
	columns, err := openFew(ctx, a, plan)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	if plan.Hooks != nil {
		batch, err := columns.Fill(ctx, firstRows(plan), nil)
		if err != nil {
			return err
		}
		batch.Release()
	}
	if a.output == "json" {
		return a.printJSON(map[string]any{"valid": true, "schema": plan.Schema, "columns": plan.Columns})
	}
	fmt.Fprintf(a.stdout, "The schema %s is valid: %d fields, %d of them in the data set.\n",
		plan.Schema.Name, len(plan.Schema.Fields), len(plan.Columns))
	if plan.Hooks != nil {
		fmt.Fprintf(a.stdout, "The hooks %s work: %s.\n", plan.Hooks.Path, offers(plan.Hooks))
	}
	return nil
}
