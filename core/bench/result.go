// Package bench searches a live collection as its users would, at chosen
// concurrencies or at a rate, and tells how fast and how right the answers
// are.
package bench

import "time"

// Result is what a benchmark measured. Its JSON form is that of --output json,
// of --save and of --baseline. Times are milliseconds.
type Result struct {
	Version    string `json:"version"`
	Collection string `json:"collection"`
	Server     string `json:"server"` // such as "Milvus 2.5.4"
	// Rows is the number of rows of the collection when the benchmark began.
	Rows int64 `json:"rows"`
	// Data is the data set that the queries are of; "" where there is none.
	Data    string    `json:"data,omitempty"`
	Kind    Kind      `json:"kind"`
	Field   string    `json:"field,omitempty"`
	Metric  string    `json:"metric,omitempty"`
	Dim     int       `json:"dim,omitempty"`
	Index   string    `json:"index,omitempty"` // its type, such as "HNSW"
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Queries Queries   `json:"queries"`
	// Runs are in the order in which they were made.
	Runs []Run `json:"runs"`
	// Thresholds say what was demanded; empty where nothing was.
	Thresholds []Verdict `json:"thresholds,omitempty"`
	// Baseline is the earlier result that this one was compared with, without
	// a baseline of its own.
	Baseline *Result `json:"baseline,omitempty"`
	// Interrupted tells that the user ended the benchmark: the last run is
	// shorter than asked for, others may be missing.
	Interrupted bool `json:"interrupted,omitempty"`
	// Warnings are what the reader of the figures should know.
	Warnings []string `json:"warnings,omitempty"`
}

// Kind is what is searched for.
type Kind string

// The kinds of searches.
const (
	Vector Kind = "vector" // nearest vectors of one field
	Text   Kind = "text"   // BM25
	Hybrid Kind = "hybrid" // several fields, ranked together
)

// Queries say what was searched for.
type Queries struct {
	// Source is "rows", "planted", "random", or the file that they are from.
	Source string `json:"source"`
	Count  int    `json:"count"`
	Seed   uint64 `json:"seed"`
	// Noise is that of planted queries.
	Noise float64 `json:"noise,omitempty"`
}

// Setting is what a run was made with; runs of two results with the same
// setting can be compared.
type Setting struct {
	// Concurrency is the number of searches at a time of a closed loop: each
	// begins when one has ended. In an open loop it bounds them.
	Concurrency int `json:"concurrency"`
	// Rate is the number of searches a second of an open loop; 0: a closed
	// one.
	Rate float64 `json:"rate,omitempty"`
	TopK int     `json:"top_k"`
	// Params are those of the index, such as {"ef": "64"}.
	Params map[string]string `json:"params,omitempty"`
	Filter string            `json:"filter,omitempty"`
	// Inserting is the number of rows a second that were inserted meanwhile,
	// as asked for.
	Inserting float64 `json:"inserting,omitempty"`
}

// Run is one setting and what was measured with it.
type Run struct {
	Setting
	// Selectivity is the share of the rows that the filter finds, as the
	// server counts them; nil where there is no filter.
	Selectivity *float64 `json:"selectivity,omitempty"`
	// Seconds is how long it took, without the warm-up.
	Seconds float64 `json:"seconds"`
	// Searches ended, Failed are those of them that the server refused or did
	// not answer; latencies are of the others.
	Searches int64   `json:"searches"`
	Failed   int64   `json:"failed"`
	QPS      float64 `json:"qps"`
	Latency  Latency `json:"latency_ms"`
	// Errors counts the failures by what the server said.
	Errors []Failure `json:"errors,omitempty"`
	// Recall is nil where there is no ground truth.
	Recall *Recall `json:"recall,omitempty"`
	// ClientCPU is what one search cost this program, in milliseconds of CPU.
	ClientCPU float64 `json:"client_cpu_ms"`
	// Inserted is the number of rows that were inserted meanwhile.
	Inserted int64 `json:"inserted,omitempty"`
	// Late tells that the searches of an open loop could not be begun when
	// they were due, since all places were taken: the server is slower than
	// the rate.
	Late int64 `json:"late,omitempty"`
}

// Latency is the distribution of the time of a search, in milliseconds; in an
// open loop it counts from when the search was due.
type Latency struct {
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
	// Histogram are the counts of searches by time, in rising order, with no
	// gaps; each bar's limits grow by the same factor.
	Histogram []Bar `json:"histogram,omitempty"`
}

// Bar counts the searches that took From or more and less than To.
type Bar struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int64   `json:"count"`
}

// Failure is one way in which searches failed.
type Failure struct {
	Message string `json:"message"`
	Count   int64  `json:"count"`
}

// Recall is the share of the exact nearest rows that searches found. A row as
// near as the last of the exact ones counts like it.
type Recall struct {
	// Queries were judged, each once.
	Queries int     `json:"queries"`
	Mean    float64 `json:"mean"`
	// P5 is the recall that 95 % of the queries reach.
	P5  float64 `json:"p5"`
	Min float64 `json:"min"`
	// Tied are the queries with more rows at the last distance than places.
	Tied int `json:"tied"`
}

// Verdict is a threshold and how it was met.
type Verdict struct {
	// Threshold is as it was written, such as "p99<50ms".
	Threshold string `json:"threshold"`
	Met       bool   `json:"met"`
	// Missed says which runs miss it and by what.
	Missed []string `json:"missed,omitempty"`
}
