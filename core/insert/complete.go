package insert

import (
	"context"

	"github.com/zilliz/milvus-ingest/core/collection"
)

// Stage is told what a run is waiting for, and how far it is in the stage's
// own unit; total is 0 where that is not known.
type Stage func(name string, done, total int64)

// Complete makes what was inserted durable and findable: one flush, the
// indexes, and the load if there is one. stage may be nil.
func Complete(ctx context.Context, c *collection.Collection, load bool, stage Stage) error {
	if stage == nil {
		stage = func(string, int64, int64) {}
	}
	stage("flushing", 0, 0)
	if err := c.Flush(ctx); err != nil {
		return err
	}
	stage("indexing", 0, 0)
	if err := c.WaitIndexes(ctx, func(done, total int64) { stage("indexing", done, total) }); err != nil {
		return err
	}
	if !load {
		return nil
	}
	stage("loading", 0, 0)
	return c.Load(ctx, func(percent int64) { stage("loading", percent, 100) })
}
