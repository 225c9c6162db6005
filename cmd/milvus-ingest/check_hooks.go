package main

import (
	"context"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// judge asks the validate hook of --hooks of every row, in processes of its
// own, which done ends.
func (c *checkCommand) judge(ctx context.Context, a *app, set *dataset.Set) (_ check.Judge, done func() error, err error) {
	nothing := func() error { return nil }
	if c.Hooks == "" {
		return nil, nothing, nil
	}
	plan := &dataset.Plan{Schema: set.Schema}
	if set.Meta != nil {
		plan.Seed = set.Meta.Seed
	}
	exports, err := c.load(ctx, a, c.Hooks, plan)
	if err != nil {
		return nil, nothing, err
	}
	if !exports.Validate {
		return nil, nothing, core.Errorf(core.InvalidConfig, "%s: check needs a validate hook", c.Hooks).
			WithHint("export function validate(record) { … }")
	}
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	host, err := newHost(a, workers)
	if err != nil {
		return nil, nothing, err
	}
	open := func(ctx context.Context, worker int, rows *arrow.Schema) (core.Columns, error) {
		spec := verdictSpec(plan)
		spec.Uses = nil
		for _, field := range rows.Fields() {
			spec.Uses = append(spec.Uses, field.Name)
		}
		return host.Columns(ctx, worker, []core.ColumnSpec{spec}, rows)
	}
	return open, host.Close, nil
}
