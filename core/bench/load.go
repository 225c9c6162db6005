package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Load says how searches are begun.
type Load struct {
	// Concurrency is the number of searches at a time: of a closed loop all
	// the time, of an open loop at most.
	Concurrency int
	// Rate is the number of searches a second of an open loop, which begins
	// each when it is due, whether others have ended or not; 0: a closed
	// loop.
	Rate float64
	// Duration and Count end the load, whichever is reached first; 0: never.
	Duration time.Duration
	Count    int64
}

// lateAfter is how much later than due a search may begin.
const lateAfter = 5 * time.Millisecond

// loop is a load that runs.
type loop struct {
	Load
	search func(ctx context.Context, n int64) error
	// record takes each search that ended: how long it took since it was
	// due, and how it failed.
	record func(took time.Duration, err error)
	begin  time.Time
	next   atomic.Int64
	late   atomic.Int64
	// left are searches that were due, but were not begun any more.
	left atomic.Int64
}

// run carries the load out, and returns when all searches have ended. Those
// that ctx interrupts are not recorded.
func (l *loop) run(ctx context.Context) {
	l.begin = time.Now()
	var wg sync.WaitGroup
	for range l.Concurrency {
		wg.Go(func() {
			for ctx.Err() == nil && l.one(ctx) {
			}
		})
	}
	wg.Wait()
}

// one makes the next search; false where none is left.
func (l *loop) one(ctx context.Context) bool {
	n := l.next.Add(1) - 1
	if l.Count > 0 && n >= l.Count {
		return false
	}
	due := time.Now()
	if l.Rate > 0 {
		due = l.begin.Add(time.Duration(float64(n) / l.Rate * float64(time.Second)))
	}
	if l.Duration > 0 && due.Sub(l.begin) >= l.Duration {
		return false
	}
	if l.Rate > 0 && !l.wait(ctx, due) {
		return ctx.Err() == nil
	}
	err := l.search(ctx, n)
	if ctx.Err() == nil {
		l.record(time.Since(due), err)
	}
	return true
}

// wait waits until a search is due; false where it should not be made. A
// server that cannot keep up gets all searches that were due, or its
// latencies would look better than they are; but for no longer than the load
// should take, once more.
func (l *loop) wait(ctx context.Context, due time.Time) bool {
	late := time.Since(due)
	switch {
	case l.Duration > 0 && due.Add(late).Sub(l.begin) > 2*l.Duration:
		l.left.Add(1)
		return false
	case late > lateAfter:
		l.late.Add(1)
	case late < 0:
		timer := time.NewTimer(-late)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
	return true
}
