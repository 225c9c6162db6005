package main

import (
	"context"
	"errors"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// takeUp takes up the runs that were interrupted. Sinks that are whole are
// left alone, those that are empty are begun later, with the seed and the
// parts of the others. It tells whether all are whole.
func (d *delivery) takeUp(ctx context.Context, a *app, outlets *[]outlet) (whole bool, err error) {
	whole = true
	var problems []error
	for i := range d.targets {
		t := &d.targets[i]
		whole = whole && t.state == dataset.Whole
		switch t.state {
		case dataset.Foreign:
			problems = append(problems, occupied(t.dir, t.state))
		case dataset.Unfinished:
			run, err := dataset.Resume(ctx, t.dir)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			*outlets = append(*outlets, d.outlet(t, run))
		}
	}
	if len(*outlets) > 0 {
		first := (*outlets)[0].run.Plan
		d.draft.Seed, d.draft.PartRows, d.draft.GroupRows, d.draft.SpanRows = first.Seed, first.PartRows, first.GroupRows, first.SpanRows
		if d.generate.FileCount > 0 && d.generate.FileSize > 0 {
			d.draft.Rows.N = first.Rows.N // they set it
		}
	}
	for _, o := range *outlets {
		problems = append(problems, d.sameAsBegun(o.run), a.samePlugins(o.run.Plan.Plugins))
	}
	for i := range d.targets {
		if t := &d.targets[i]; t.state == dataset.Whole {
			problems = append(problems, d.sameAsWhole(t, len(*outlets) == 0))
		}
	}
	return whole, errors.Join(problems...)
}

// sameAsBegun refuses to go on with a run that would store something else.
func (d *delivery) sameAsBegun(run *dataset.Run) error {
	d.generate.Out = run.Dir
	var t *target
	for i := range d.targets {
		if d.targets[i].dir == run.Dir {
			t = &d.targets[i]
		}
	}
	plan := d.plan(t)
	err := d.generate.sameRun(run, &plan)
	begun := &run.Plan
	differs := func(what string) {
		err = errors.Join(err, core.Errorf(core.Conflict, "%s: the interrupted run has %s", run.Dir, what).
			WithHint("start anew with --force"))
	}
	if begun.Format == plan.Format && !sameJSON(begun.Sink, plan.Sink) {
		differs("other options of the sink " + t.Name)
	}
	if begun.Pipeline != plan.Pipeline {
		differs("another place in a pipeline: " + begun.Pipeline + ", not " + plan.Pipeline)
	}
	if begun.Seed != plan.Seed && d.generate.Seed == nil || begun.PartRows != plan.PartRows || begun.SpanRows != plan.SpanRows || begun.GroupRows != plan.GroupRows {
		differs("rows that are cut or drawn otherwise than those of the other sinks")
	}
	return err
}

// sameAsWhole refuses to go on beside a data set that holds other rows. Where
// no run tells the seed, the first data set does.
func (d *delivery) sameAsWhole(t *target, first bool) error {
	meta, err := dataset.ReadMeta(t.dir)
	if err != nil {
		return err
	}
	if first && d.generate.Seed == nil {
		d.draft.Seed = meta.Seed
		d.generate.Seed = &meta.Seed
	}
	rows := meta.Generation.TotalRows
	var hooks *dataset.PlannedHooks
	if meta.Hooks != nil {
		rows += meta.Hooks.Dropped
		hooks = &dataset.PlannedHooks{HookFile: meta.Hooks.HookFile}
	}
	columns := make([]dataset.Column, len(meta.Columns))
	for i, column := range meta.Columns {
		column.Nulls, column.Bytes = 0, 0
		columns[i] = column
	}
	plan := d.draft
	if meta.Seed == plan.Seed && rows == int64(plan.Rows.N) && meta.Generation.FirstRow == plan.Rows.Start && meta.Version == plan.Version &&
		meta.Generation.Format == t.Component && sameHooks(hooks, plan.Hooks) && sameJSON(meta.Schema, plan.Schema) && sameJSON(columns, plan.Columns) {
		return nil
	}
	return core.Errorf(core.Conflict, "%s holds a data set of other rows than the pipeline makes now", t.dir).
		WithHint("start anew with --force, or choose another --out")
}
