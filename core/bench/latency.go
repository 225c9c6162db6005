package bench

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/zilliz/milvus-ingest/core"
)

const (
	longest     = time.Hour // that a search can take
	barsPerTen  = 10        // bars of a histogram for each power of ten
	mostKinds   = 20        // of failures that are told apart
	mostMessage = 300       // bytes of one
)

// recorder collects what searches took. It is safe for concurrent use.
type recorder struct {
	mu       sync.Mutex
	times    *hdrhistogram.Histogram // in microseconds
	failed   int64
	failures map[string]int64
}

func newRecorder() *recorder {
	return &recorder{times: hdrhistogram.New(1, longest.Microseconds(), 3), failures: map[string]int64{}}
}

func (r *recorder) record(took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		// It cannot fail: the value is within the histogram.
		_ = r.times.RecordValue(min(max(took, time.Microsecond), longest).Microseconds())
		return
	}
	r.fail(err.Error(), 1)
}

func (r *recorder) fail(message string, n int64) {
	r.failed += n
	if len(message) > mostMessage {
		message = message[:mostMessage] + "…"
	}
	if _, known := r.failures[message]; !known && len(r.failures) >= mostKinds {
		message = "others"
	}
	r.failures[message] += n
}

// Now is how a run stands.
type Now struct {
	Elapsed          time.Duration
	Searches, Failed int64
	P99              time.Duration
}

func (r *recorder) now(elapsed time.Duration) Now {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Now{
		Elapsed: elapsed, Searches: r.times.TotalCount() + r.failed, Failed: r.failed,
		P99: time.Duration(r.times.ValueAtQuantile(99)) * time.Microsecond,
	}
}

// fill puts what was recorded into a run.
func (r *recorder) fill(run *Run, elapsed time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	good := r.times.TotalCount()
	run.Seconds = elapsed.Seconds()
	run.Searches, run.Failed = good+r.failed, r.failed
	if elapsed > 0 {
		run.QPS = float64(good) / elapsed.Seconds()
	}
	for message, n := range r.failures {
		run.Errors = append(run.Errors, Failure{message, n})
	}
	slices.SortFunc(run.Errors, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Message, b.Message))
	})
	if good > 0 {
		run.Latency = latency(r.times)
	}
}

func latency(h *hdrhistogram.Histogram) Latency {
	at := func(percent float64) float64 { return float64(h.ValueAtQuantile(percent)) / 1000 }
	return Latency{
		Mean: h.Mean() / 1000, Min: float64(h.Min()) / 1000, Max: float64(h.Max()) / 1000,
		P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9),
		Histogram: bars(h),
	}
}

// bars sums the histogram up, each bar wider than the one before by the same
// factor.
func bars(h *hdrhistogram.Histogram) []Bar {
	place := func(micros int64) int { return int(math.Floor(math.Log10(float64(max(micros, 1))) * barsPerTen)) }
	edge := func(place int) float64 { return round(math.Pow(10, float64(place)/barsPerTen) / 1000) }
	first, last := place(h.Min()), place(h.Max())
	all := make([]Bar, last-first+1)
	for i := range all {
		all[i] = Bar{From: edge(first + i), To: edge(first + i + 1)}
	}
	for _, b := range h.Distribution() {
		if b.Count > 0 {
			at := min(max(place(b.From)-first, 0), last-first)
			all[at].Count += b.Count
		}
	}
	return all
}

// round keeps four digits.
func round(f float64) float64 {
	if f == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(f))))
	return math.Round(f*scale) / scale
}

// errLeft tells of searches that were due, but not made.
func errLeft(rate float64) error {
	return core.Errorf(core.Unavailable, "not begun any more: the server is slower than %g searches a second", rate)
}
