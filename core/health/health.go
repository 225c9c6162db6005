// Package health looks at a live collection as a user of it would: it connects,
// counts, queries and searches, and asks for what the server knows of its
// indexes, segments, imports and store.
//
// A report has the form of health_check.py of earlier days, so that whatever
// reads that goes on working.
package health

import (
	"context"
	"errors"
	"time"

	"github.com/zilliz/milvus-ingest/core/collection"
)

// Status is how a check went.
type Status string

// The states of a check.
const (
	OK   Status = "OK"
	Warn Status = "WARN" // works, but not as it should
	Fail Status = "FAIL"
	// Unknown is what this server does not tell; it counts for nothing.
	Unknown Status = "UNKNOWN"
)

// Overall is the state of the whole.
type Overall string

// The states of the whole.
const (
	Healthy   Overall = "HEALTHY"
	Degraded  Overall = "DEGRADED"
	Unhealthy Overall = "UNHEALTHY"
)

// Report is what was found.
type Report struct {
	Timestamp  string           `json:"timestamp"`
	Collection string           `json:"collection"`
	Server     string           `json:"server,omitempty"`
	Checks     map[string]Check `json:"checks"`
	Overall    Overall          `json:"overall_status"`
}

// Check is one thing that was looked at. Fields that do not belong to it are
// absent.
type Check struct {
	Status Status `json:"status"`
	// Error and Warning say what is wrong, Hint what mends it.
	Error   string `json:"error,omitempty"`
	Warning string `json:"warning,omitempty"`
	Hint    string `json:"hint,omitempty"`

	ResponseMS  *float64 `json:"response_time_ms,omitempty"`
	ThresholdMS *float64 `json:"threshold_ms,omitempty"`
	Collections *int64   `json:"collections_count,omitempty"`
	Rows        *int64   `json:"row_count,omitempty"`
	ExpectedMin *int64   `json:"expected_min,omitempty"`
	Results     *int64   `json:"results_count,omitempty"`
	Field       string   `json:"field,omitempty"`
	State       string   `json:"state,omitempty"`
	Percent     *int64   `json:"percent,omitempty"`
	Indexed     *int64   `json:"indexed_rows,omitempty"`
	Pending     *int64   `json:"pending_rows,omitempty"`
	// Segments counts segments by what is to be done with them, Jobs counts
	// imports by their state.
	Segments map[string]int64 `json:"segments,omitempty"`
	Jobs     map[string]int64 `json:"jobs,omitempty"`
}

// Names lists the checks in the order in which they are made.
func Names() []string {
	return []string{
		"connection", "server", "collection_exists", "load_state", "index", "compaction", "data_integrity",
		"query_performance", "search_performance", "import_queue", "store",
	}
}

// Thresholds say what is good enough.
type Thresholds struct {
	// MinRows is the fewest rows that are expected.
	MinRows int64
	// Connect, Query and Search are the longest answers that are not slow; 0:
	// any.
	Connect, Query, Search time.Duration
	// MaxFailedJobs and MaxWaitingJobs are how many imports may have failed
	// or may be waiting.
	MaxFailedJobs, MaxWaitingJobs int64
}

// Target is what is looked at.
type Target struct {
	// Dial connects; Run closes the server.
	Dial       func(ctx context.Context) (*collection.Server, error)
	Collection string
	// Field is the vector field that is searched; "" is the first that has an
	// index.
	Field      string
	Thresholds Thresholds
	// Jobs counts the imports of the collection by their state; nil: they are
	// left out, as they are of Milvus Lite, which has none.
	Jobs func(ctx context.Context, c *collection.Collection) (map[string]int64, error)
	// Store looks at the store that imports are read from; nil: it is left
	// out.
	Store func(ctx context.Context) error
	// Now is the clock.
	Now func() time.Time
}

// Run makes all checks. What cannot be checked because of another fault is
// absent; the only error is that of ctx.
func Run(ctx context.Context, t Target) (*Report, error) {
	r := &run{Target: t, report: &Report{
		Timestamp: t.Now().Format("2006-01-02T15:04:05.000000"), Collection: t.Collection, Checks: map[string]Check{},
	}}
	r.all(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.report.Overall = r.report.overall()
	return r.report, nil
}

func (r *Report) overall() Overall {
	overall := Healthy
	for _, check := range r.Checks {
		switch check.Status {
		case Fail:
			return Unhealthy
		case Warn:
			overall = Degraded
		default: // it counts for nothing
		}
	}
	return overall
}

// run is one round of checks.
type run struct {
	Target
	report     *Report
	server     *collection.Server
	collection *collection.Collection
}

func (r *run) all(ctx context.Context) {
	if r.Store != nil {
		r.note("store", r.timed(0, func() error { return r.Store(ctx) }))
	}
	if !r.connect(ctx) {
		return
	}
	defer func() {
		if err := r.server.Close(); err != nil {
			r.note("connection", failed(err))
		}
	}()
	r.note("server", r.serverState(ctx))
	if !r.find(ctx) {
		return
	}
	loaded := r.loadState(ctx)
	r.note("load_state", loaded)
	r.note("index", r.indexes(ctx))
	r.note("compaction", r.segments(ctx))
	r.note("import_queue", r.jobs(ctx))
	if loaded.Status == Fail {
		return // neither a count nor a search can work
	}
	r.note("data_integrity", r.rows(ctx))
	r.note("query_performance", r.query(ctx))
	r.note("search_performance", r.search(ctx))
}

// note keeps a check; one that has no status was not made.
func (r *run) note(name string, c Check) {
	if c.Status != "" {
		r.report.Checks[name] = c
	}
}

func failed(err error) Check {
	return Check{Status: Fail, Error: err.Error(), Hint: hint(err)}
}

// timed makes a check of how long something takes; a limit of 0 is none.
func (r *run) timed(limit time.Duration, do func() error) Check {
	begin := r.Now()
	err := do()
	took := r.Now().Sub(begin)
	if err != nil {
		return failed(err)
	}
	c := Check{Status: OK, ResponseMS: inMS(took)}
	if limit > 0 {
		c.ThresholdMS = inMS(limit)
		if took > limit {
			c.Status, c.Warning = Warn, "slower than the threshold"
		}
	}
	return c
}

func inMS(d time.Duration) *float64 { return ptr(float64(d.Microseconds()) / 1000) }

func ptr[T any](v T) *T { return &v }

// unsupported tells whether a server does not know a call at all.
func unsupported(err error) bool { return errors.Is(err, errUnsupported) }
