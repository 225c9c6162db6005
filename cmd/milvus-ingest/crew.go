package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/plugins"
)

// crew is the processes of one run: workers that make rows, and a sink.
type crew struct {
	host    *plugins.Host
	specs   []core.ColumnSpec
	most    int
	workers []core.Columns
	// gate applies the verdicts of hooks; nil where none validate.
	gate *pipeline.Gate
	// again has for each worker the columns that make rows again; empty where
	// none are made so.
	again []core.Columns
}

// hire prepares a crew of at most that many workers. Nothing is started yet.
func hire(a *app, plan *dataset.Plan, most int) (*crew, error) {
	columns, err := specs(plan)
	if err != nil {
		return nil, err
	}
	host, err := newHost(a, most)
	if err != nil {
		return nil, err
	}
	c := &crew{host: host, specs: columns, most: most}
	if h := plan.Hooks; h != nil && h.Validate {
		c.gate = &pipeline.Gate{Policy: pipeline.OnInvalid(h.OnInvalid), Most: h.MaxInvalid}
	}
	return c, nil
}

// Close ends all processes.
func (c *crew) Close() error {
	var problems []error
	for _, worker := range slices.Concat(c.workers, c.again) {
		problems = append(problems, worker.Close())
	}
	return errors.Join(append(problems, c.host.Close())...)
}

// grow brings the crew to n workers, at most to its limit; they start at the
// same time.
func (c *crew) grow(ctx context.Context, n int) error {
	have := len(c.workers)
	n = min(n, c.most)
	if n <= have {
		return nil
	}
	more := make([]core.Columns, n-have)
	group, ctx := errgroup.WithContext(ctx)
	for i := range more {
		group.Go(func() (err error) {
			more[i], err = c.host.Columns(ctx, have+i, c.specs, nil)
			return err
		})
	}
	err := group.Wait()
	for _, worker := range more {
		if worker != nil {
			c.workers = append(c.workers, worker)
		}
	}
	return err
}

// gated puts the gate behind the workers.
func (c *crew) gated(ctx context.Context) ([]core.Columns, error) {
	if c.gate == nil {
		return c.workers, nil
	}
	all := make([]core.Columns, len(c.workers))
	var again core.Columns
	kept, made := keeps(c.specs)
	var schema *arrow.Schema
	if c.gate.Policy == pipeline.Regenerate {
		schema = schemaOf(kept)
	}
	for i, worker := range c.workers {
		if c.gate.Policy == pipeline.Regenerate {
			var err error
			if again, err = c.host.Columns(ctx, i, made, schema); err != nil {
				return nil, err
			}
			c.again = append(c.again, again)
		}
		all[i] = c.gate.Columns(worker, again, schema)
	}
	return all, nil
}

func schemaOf(columns []core.ColumnSpec) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, column := range columns {
		fields[i] = column.Field
	}
	return arrow.NewSchema(fields, nil)
}

// job is what is left to do of a run, and how many rows that is.
func (c *crew) job(ctx context.Context, run *dataset.Run) (pipeline.Job, int64, error) {
	plan := &run.Plan
	var todo int64
	var paths []string
	job := pipeline.Job{SpanRows: plan.SpanRows, GroupRows: plan.GroupRows}
	for _, part := range plan.Parts() {
		paths = append(paths, part.Path)
		if !run.IsDone(part) {
			job.Parts = append(job.Parts, pipeline.Part{Index: part.Index, Rows: part.Rows})
			todo += int64(part.Rows.N)
		}
	}
	spans := (todo + int64(plan.SpanRows) - 1) / int64(plan.SpanRows)
	if err := c.grow(ctx, int(min(spans, int64(c.most)))); err != nil {
		return job, 0, err
	}
	var err error
	if job.Workers, err = c.gated(ctx); err != nil {
		return job, 0, err
	}
	job.MayDrop = c.gate != nil && c.gate.Policy == pipeline.Drop
	if c.gate != nil {
		c.gate.Before = run.Verdicts().Invalid
	}
	if job.Sink, err = c.host.Sink(plan.Format); err != nil {
		return job, 0, err
	}
	target := func(part pipeline.Part) string { return filepath.Join(run.Dir, filepath.FromSlash(paths[part.Index])) }
	for _, part := range job.Parts {
		if err := os.MkdirAll(filepath.Dir(target(part)), 0o755); err != nil {
			return job, 0, err
		}
	}
	schema := plan.Schema.Arrow()
	job.Spec = func(part pipeline.Part) core.WriteSpec {
		if job.MayDrop {
			part.Rows.N = 0 // nobody knows yet
		}
		return core.WriteSpec{
			Sink: plan.Format, Schema: schema, Config: withPath(plan.Sink, target(part)), RunID: plan.Schema.Name, Rows: part.Rows,
		}
	}
	job.Done = func(part pipeline.Part, artifacts []core.Artifact) error {
		var verdicts core.Verdicts
		if c.gate != nil {
			verdicts = c.gate.Take(part.Rows)
		}
		return run.Done(dataset.Part{Index: part.Index, Rows: part.Rows, Path: paths[part.Index]}, artifacts, verdicts)
	}
	return job, todo, nil
}

// withPath adds the file to a sink's configuration.
func withPath(config json.RawMessage, path string) json.RawMessage {
	keys := map[string]any{}
	if err := json.Unmarshal(config, &keys); err != nil {
		panic(err) // the plan's own
	}
	keys["path"] = path
	raw, err := json.Marshal(keys)
	if err != nil {
		panic(err) // as above
	}
	return raw
}

// openHere opens columns in this process, with the built-in generators.
func openHere(ctx context.Context, columns []core.ColumnSpec) (*core.Set, error) {
	byName := map[string]core.Generator{}
	for _, component := range components() {
		if g := component.Generator(); g != nil {
			byName[component.Describe().Name] = g
		}
	}
	for i := range columns {
		columns[i].Mem = memory.DefaultAllocator
	}
	return core.OpenSet(ctx, func(name string) (core.Generator, error) {
		if g, ok := byName[name]; ok {
			return g, nil
		}
		return nil, core.Errorf(core.InvalidConfig, "there is no generator %q", name).
			WithHint("see the list in docs/generators")
	}, columns, nil)
}
