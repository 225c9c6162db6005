package bulk

import (
	"context"
	"fmt"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

const (
	// visible is how long imported rows may take until a search sees them:
	// 19 seconds were seen on 2.3.5.
	visible = 2 * time.Minute
	// estimated is how long the statistics may take to follow.
	estimated = 30 * time.Second
)

// Stage is what Finish waits for.
type Stage string

// The stages of Finish.
const (
	Indexing Stage = "index"
	Loading  Stage = "load"
	Counting Stage = "count"
)

// Baseline is the number of rows of a collection before an import. A
// collection that is not loaded is, unless it has none by its statistics, or
// they have to do.
func Baseline(ctx context.Context, c *collection.Collection, estimate bool) (int64, error) {
	state, _, err := c.Loaded(ctx)
	if err != nil {
		return 0, err
	}
	if state != collection.Loaded {
		if rows, err := c.Estimate(ctx); err != nil || rows == 0 || estimate {
			return rows, err
		}
		if err := c.Load(ctx, nil); err != nil {
			return 0, err
		}
	}
	return c.Count(ctx, "")
}

// Finish waits until a collection is indexed and loaded and a search sees all
// its rows: want of them, or as many as there are where want is -1. It returns
// how many a strong count finds. tell may be nil.
func Finish(ctx context.Context, c *collection.Collection, want int64, tell func(stage Stage, done, total int64)) (rows int64, err error) {
	if tell == nil {
		tell = func(Stage, int64, int64) {}
	}
	if err := c.WaitIndexes(ctx, func(done, total int64) { tell(Indexing, done, total) }); err != nil {
		return 0, err
	}
	// What a search sees already needs no loading, which takes seconds of a
	// collection that is loaded.
	if seen, err := sees(ctx, c, want); seen || err != nil {
		return want, err
	}
	if err := c.Load(ctx, func(percent int64) { tell(Loading, percent, 100) }); err != nil {
		return 0, err
	}
	rows, err = until(ctx, visible, want, func() (int64, error) { return c.Count(ctx, "") }, func(n int64) { tell(Counting, n, want) })
	if err != nil {
		return rows, fmt.Errorf("count the rows: %w", err)
	}
	if want >= 0 && rows != want {
		return rows, miscounted(c.Name, rows, want)
	}
	// Whoever looks at the statistics next should see the same; they are an
	// estimate, and no fault where they stay behind.
	_, err = until(ctx, estimated, want, func() (int64, error) { return c.Estimate(ctx) }, func(int64) {})
	return rows, err
}

// sees tells whether a collection is loaded with all its rows, and its
// statistics say so.
func sees(ctx context.Context, c *collection.Collection, want int64) (bool, error) {
	state, _, err := c.Loaded(ctx)
	if err != nil || state != collection.Loaded || want < 0 {
		return false, err
	}
	if rows, err := c.Count(ctx, ""); err != nil || rows != want {
		return false, err
	}
	said, err := c.Estimate(ctx)
	return said >= want, err
}

// until asks until the answer is want, more than that, or the time is up.
func until(ctx context.Context, limit time.Duration, want int64, ask func() (int64, error), tell func(int64)) (int64, error) {
	end := time.Now().Add(limit)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		n, err := ask()
		if err != nil || n >= want || time.Now().After(end) {
			return n, err
		}
		tell(n)
		if err := pause(ctx, wait); err != nil {
			return n, err
		}
	}
}

// miscounted says what it means that there are more or fewer rows than were
// imported.
func miscounted(name string, rows, want int64) error {
	e := core.Errorf(core.InvalidData, "%s has %d rows, and should have %d", name, rows, want)
	if rows > want {
		return e.WithHint("somebody else wrote to it meanwhile, or rows were loaded twice; milvus-ingest to-milvus verify DIR --level full names the keys")
	}
	return e.WithHint("rows that were imported may be seen later, or were deleted meanwhile; milvus-ingest to-milvus verify DIR tells what is missing")
}
