package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

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
}

// hire prepares a crew of at most that many workers. Nothing is started yet.
func hire(a *app, plan *dataset.Plan, most int) (*crew, error) {
	columns, err := specs(plan)
	if err != nil {
		return nil, err
	}
	host, err := plugins.NewHost(plugins.Options{
		Components: components(), Workers: most, Logger: a.log,
		InProcess: os.Getenv("MILVUS_INGEST_INPROC") == "1",
	})
	if err != nil {
		return nil, err
	}
	return &crew{host: host, specs: columns, most: most}, nil
}

// Close ends all processes.
func (c *crew) Close() error {
	var problems []error
	for _, worker := range c.workers {
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
	job.Workers = c.workers
	var err error
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
		return core.WriteSpec{
			Sink: plan.Format, Schema: schema, Config: withPath(plan.Sink, target(part)), RunID: plan.Schema.Name, Rows: part.Rows,
		}
	}
	job.Done = func(part pipeline.Part, artifacts []core.Artifact) error {
		return run.Done(dataset.Part{Index: part.Index, Rows: part.Rows, Path: paths[part.Index]}, artifacts)
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
