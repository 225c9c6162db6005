package main

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/plugins"
)

// crew is the processes of one run: workers that make rows, and sinks.
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
	if err := a.samePlugins(plan.Plugins); err != nil {
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
