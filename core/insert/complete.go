package insert

import (
	"cmp"
	"context"
	"time"

	"github.com/zilliz/milvus-ingest/core/collection"
)

// Stage is told what a run is waiting for, and how far it is in the stage's
// own unit; total is 0 where that is not known.
type Stage func(name string, done, total int64)

// Complete makes what was inserted durable and findable: one flush, the
// indexes, and the load if there is one. It waits for a server that is away, or
// just starting, as long as maxWait (0: DefaultMaxWait). stage may be nil.
func Complete(ctx context.Context, c *collection.Collection, load bool, maxWait time.Duration, stage Stage) error {
	if stage == nil {
		stage = func(string, int64, int64) {}
	}
	stage("flushing", 0, 0)
	if err := patiently(ctx, maxWait, func() error { return c.Flush(ctx) }); err != nil {
		return err
	}
	stage("indexing", 0, 0)
	err := patiently(ctx, maxWait, func() error {
		return c.WaitIndexes(ctx, func(done, total int64) { stage("indexing", done, total) })
	})
	if err != nil || !load {
		return err
	}
	stage("loading", 0, 0)
	return patiently(ctx, maxWait, func() error {
		return loaded(ctx, c, func(percent int64) { stage("loading", percent, 100) })
	})
}

// loaded loads the collection where it is not: one that is loaded has what was
// inserted, and bringing in more takes Milvus seconds.
func loaded(ctx context.Context, c *collection.Collection, progress func(percent int64)) error {
	state, _, err := c.Loaded(ctx)
	if err != nil || state == collection.Loaded {
		return err
	}
	return c.Load(ctx, progress)
}

// Countable loads the collection where it is not, so that its rows can be read.
func Countable(ctx context.Context, c *collection.Collection) error { return loaded(ctx, c, nil) }

// patiently repeats what may be repeated at will until the server is there.
func patiently(ctx context.Context, most time.Duration, do func() error) error {
	begin := time.Now()
	for try := 0; ; try++ {
		err := do()
		if err == nil || !away(err) || time.Since(begin) > cmp.Or(most, DefaultMaxWait) {
			return err
		}
		if err := pause(ctx, retreat(try, 100*time.Millisecond, 5*time.Second)); err != nil {
			return err
		}
	}
}
