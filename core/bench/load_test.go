package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// drive carries a load out and returns what a run would say.
func drive(ctx context.Context, load Load, search func(ctx context.Context, n int64) error) *Run {
	r, run := newRecorder(), &Run{}
	l := &loop{Load: load, search: search, record: r.record}
	begin := time.Now()
	l.run(ctx)
	r.fill(run, time.Since(begin))
	run.Late = l.late.Load()
	if n := l.left.Load(); n > 0 {
		r.fail(errLeft(load.Rate).Error(), n)
		r.fill(run, time.Since(begin))
	}
	return run
}

// stalling is a server that answers in a millisecond, but stands still for two
// of every ten seconds.
func stalling(begin time.Time) func(context.Context, int64) error {
	return func(context.Context, int64) error {
		if at := time.Since(begin) % (10 * time.Second); at >= 8*time.Second {
			time.Sleep(10*time.Second - at)
		}
		time.Sleep(time.Millisecond)
		return nil
	}
}

func TestStallsShowInTheLatenciesOfAnOpenLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, places := range []int{1, 4, 512} {
			run := drive(t.Context(), Load{Concurrency: places, Rate: 100, Duration: time.Minute}, stalling(time.Now()))
			if run.Searches != 6000 || run.Failed != 0 {
				t.Errorf("%d at a time: %d searches, %d failed", places, run.Searches, run.Failed)
			}
			if run.Latency.P99 < 1000 || run.Latency.Max < 1990 || run.Latency.P50 > 20 {
				t.Errorf("%d at a time: the stalls are hidden: %+v", places, run.Latency)
			}
			if places < 200 && run.Late == 0 {
				t.Errorf("%d at a time: no search was late", places)
			}
		}
	})
}

func TestAClosedLoopKeepsItsPlacesBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at, most atomic.Int64
		run := drive(t.Context(), Load{Concurrency: 5, Duration: 10 * time.Second}, func(context.Context, int64) error {
			most.Store(max(most.Load(), at.Add(1)))
			time.Sleep(20 * time.Millisecond)
			at.Add(-1)
			return nil
		})
		if most.Load() != 5 || math.Abs(run.QPS-250) > 1 || math.Abs(run.Latency.P50-20) > 0.1 {
			t.Errorf("%d at a time, %g a second, %+v", most.Load(), run.QPS, run.Latency)
		}
	})
}

func TestALoadEndsAtItsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []float64{0, 50} {
			seen := map[int64]bool{}
			run := drive(t.Context(), Load{Concurrency: 1, Rate: rate, Count: 77}, func(_ context.Context, n int64) error {
				seen[n] = true
				time.Sleep(time.Millisecond)
				return nil
			})
			if run.Searches != 77 || len(seen) != 77 {
				t.Errorf("rate %g: %d searches, %d different", rate, run.Searches, len(seen))
			}
		}
	})
}

func TestAServerThatIsTooSlowIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		run := drive(t.Context(), Load{Concurrency: 1, Rate: 100, Duration: 10 * time.Second}, func(context.Context, int64) error {
			time.Sleep(100 * time.Millisecond)
			return nil
		})
		if took := time.Since(begin); took > 21*time.Second {
			t.Errorf("it took %v", took)
		}
		if run.Searches != 1000 || run.Failed < 700 || !strings.Contains(run.Errors[0].Message, "slower than 100 searches") {
			t.Errorf("%d searches, %d failed: %v", run.Searches, run.Failed, run.Errors)
		}
	})
}

func TestAnInterruptEndsTheLoadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []float64{0, 1} {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			begin := time.Now()
			run := drive(ctx, Load{Concurrency: 2, Rate: rate, Duration: time.Hour}, func(ctx context.Context, _ int64) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Second):
					return nil
				}
			})
			cancel()
			if took := time.Since(begin); took != 1500*time.Millisecond || run.Failed != 0 || run.Searches == 0 {
				t.Errorf("rate %g: it took %v, %d searches, %d failed", rate, took, run.Searches, run.Failed)
			}
		}
	})
}

func TestFailuresAreCountedByWhatTheServerSaid(t *testing.T) {
	r, run := newRecorder(), &Run{}
	for i := range 100 {
		r.record(time.Millisecond, fmt.Errorf("failure %d", i%40))
	}
	for range 7 {
		r.record(time.Millisecond, errors.New("no answer"+strings.Repeat("!", 1000)))
		r.record(time.Millisecond, nil)
	}
	r.fill(run, 7*time.Second)
	if run.Searches != 114 || run.Failed != 107 || run.QPS != 1 || len(run.Errors) != mostKinds+1 || run.Errors[0].Message != "others" {
		t.Errorf("%+v", run)
	}
}

func TestBarsHoldEverySearchOnce(t *testing.T) {
	r, run := newRecorder(), &Run{}
	for i := range 5000 {
		r.record(time.Duration(i*i)*time.Microsecond, nil)
	}
	r.fill(run, time.Second)
	var sum int64
	for i, b := range run.Latency.Histogram {
		sum += b.Count
		if b.From >= b.To || i > 0 && b.From != run.Latency.Histogram[i-1].To {
			t.Errorf("bar %d is %+v", i, b)
		}
	}
	if sum != 5000 || run.Latency.Histogram[0].From > run.Latency.Min {
		t.Errorf("%d searches: %+v", sum, run.Latency)
	}
}
