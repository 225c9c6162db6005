package main

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core/bench"
)

// benchWatch shows how a benchmark goes: on a terminal all the time, elsewhere
// a line for each thing that begins, and now and then.
type benchWatch struct {
	a     *app
	quiet bool

	mu   sync.Mutex
	last string
	at   time.Time
}

func (w *benchWatch) tell(p bench.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what := fmt.Sprint(p.Run, p.Doing)
	if w.quiet || !w.a.isTerminal && what == w.last && time.Since(w.at) < 5*time.Second {
		return
	}
	w.last, w.at = what, time.Now()
	w.a.showProgress(benchLine(p))
}

func (w *benchWatch) end() {
	if !w.quiet && w.a.isTerminal {
		w.a.showProgress("")
	}
}

func benchLine(p bench.Progress) string {
	switch {
	case p.Rows > 0:
		return fmt.Sprintf("%s: %s rows", p.Doing, inThousands(p.Rows))
	case p.Run == 0:
		return p.Doing
	}
	seconds := p.Now.Elapsed.Seconds()
	line := fmt.Sprintf("run %d of %d, %s: %s, %.1f s, %s searches, %s/s, p99 %s", p.Run, p.Runs, p.Setting, p.Doing, seconds,
		inThousands(p.Now.Searches), inThousands(int64(float64(p.Now.Searches)/max(seconds, 1e-3))), inMillis(float64(p.Now.P99)/1e6))
	if p.Now.Failed > 0 {
		line += fmt.Sprintf(", %s failed", inThousands(p.Now.Failed))
	}
	return line
}

// inMillis writes milliseconds with three digits.
func inMillis(ms float64) string {
	switch {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

// printBench shows a result as a table with a small histogram in each line.
func (a *app) printBench(r *bench.Result) {
	fmt.Fprintf(a.stdout, "%s on %s: %s rows", r.Collection, r.Server, inThousands(r.Rows))
	for _, word := range []string{r.Field, r.Index, r.Metric} {
		if word != "" {
			fmt.Fprintf(a.stdout, ", %s", word)
		}
	}
	fmt.Fprintf(a.stdout, "; %s queries (%s)\n\n", inThousands(int64(r.Queries.Count)), r.Queries.Source)
	t := newBenchTable(r)
	writeTable(a.stdout, a.width, t.headers, t.rows)
	for i := range r.Runs {
		for _, f := range r.Runs[i].Errors {
			fmt.Fprintf(a.stdout, "\n%s: %s searches failed: %s", r.Runs[i].Setting, inThousands(f.Count), f.Message)
		}
	}
	fmt.Fprintln(a.stdout)
	if len(r.Runs) == 1 {
		a.printHistogram(r.Runs[0].Latency.Histogram)
	}
	for _, w := range r.Warnings {
		a.say("warning: %s", w)
	}
	for _, v := range r.Thresholds {
		if v.Met {
			fmt.Fprintf(a.stdout, "met: %s\n", v.Threshold)
		}
	}
	if r.Interrupted {
		a.say("the benchmark was ended before its time")
	}
}

// benchTable has a column for each thing that tells runs apart, and one for
// each figure.
type benchTable struct {
	headers []string
	rows    [][]string
}

func newBenchTable(r *bench.Result) *benchTable {
	t := &benchTable{rows: make([][]string, len(r.Runs))}
	add := func(header string, cell func(run *bench.Run) string) {
		cells, any := make([]string, len(r.Runs)), false
		for i := range r.Runs {
			cells[i] = cell(&r.Runs[i])
			any = any || cells[i] != ""
		}
		if !any {
			return
		}
		t.headers = append(t.headers, header)
		for i := range cells {
			t.rows[i] = append(t.rows[i], cells[i])
		}
	}
	add("LOAD", func(run *bench.Run) string {
		if run.Rate > 0 {
			return fmt.Sprintf("%g/s", run.Rate)
		}
		return fmt.Sprintf("%d at a time", run.Concurrency)
	})
	add("TOP", func(run *bench.Run) string { return fmt.Sprint(run.TopK) })
	add("PARAMS", func(run *bench.Run) string { return run.ParamText() })
	add("FILTER", benchFilter)
	add("QPS", func(run *bench.Run) string {
		return figure(r, run, "%.0f", func(x *bench.Run) float64 { return x.QPS })
	})
	add("P50 MS", func(run *bench.Run) string {
		return figure(r, run, "%.3g", func(x *bench.Run) float64 { return x.Latency.P50 })
	})
	add("P95 MS", func(run *bench.Run) string {
		return figure(r, run, "%.3g", func(x *bench.Run) float64 { return x.Latency.P95 })
	})
	add("P99 MS", func(run *bench.Run) string {
		return figure(r, run, "%.3g", func(x *bench.Run) float64 { return x.Latency.P99 })
	})
	add("P99.9", func(run *bench.Run) string { return fmt.Sprintf("%.3g", run.Latency.P999) })
	add("MAX", func(run *bench.Run) string { return fmt.Sprintf("%.3g", run.Latency.Max) })
	add("FAILED", func(run *bench.Run) string { return benchCount(run.Failed) })
	add("LATE", func(run *bench.Run) string { return benchCount(run.Late) })
	add("INSERTED", func(run *bench.Run) string { return benchCount(run.Inserted) })
	add("RECALL", benchRecall)
	add("TIMES", func(run *bench.Run) string { return sparkline(r, run.Latency.Histogram) })
	return t
}

func benchCount(n int64) string {
	if n == 0 {
		return ""
	}
	return inThousands(n)
}

func benchFilter(run *bench.Run) string {
	if run.Selectivity == nil {
		return ""
	}
	return fmt.Sprintf("%.3g %%: %s", 100**run.Selectivity, run.Filter)
}

func benchRecall(run *bench.Run) string {
	if run.Recall == nil {
		return ""
	}
	return fmt.Sprintf("%.4f", run.Recall.Mean)
}

// figure is a figure of a run, with how much it differs from the baseline's.
func figure(r *bench.Result, run *bench.Run, format string, of func(*bench.Run) float64) string {
	text := fmt.Sprintf(format, of(run))
	if before := r.Before(run); before != nil && of(before) > 0 {
		text += fmt.Sprintf(" (%+.0f %%)", 100*(of(run)/of(before)-1))
	}
	return text
}

// sparkline draws a histogram in a few cells; all runs have the same scale.
func sparkline(r *bench.Result, bars []bench.Bar) string {
	const cells = 16
	low, high := math.Inf(1), 0.
	for i := range r.Runs {
		if h := r.Runs[i].Latency.Histogram; len(h) > 0 {
			low, high = min(low, h[0].From), max(high, h[len(h)-1].To)
		}
	}
	if len(bars) == 0 || !(high > low) || low <= 0 {
		return ""
	}
	var counts [cells]float64
	most := 0.
	for _, b := range bars {
		middle := math.Sqrt(b.From * b.To)
		at := min(cells-1, int(cells*math.Log(middle/low)/math.Log(high/low)))
		counts[at] += float64(b.Count)
		most = max(most, counts[at])
	}
	var text strings.Builder
	for _, n := range counts {
		text.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[int(math.Ceil(8*n/most))])
	}
	return text.String()
}

// printHistogram draws the histogram of a run.
func (a *app) printHistogram(bars []bench.Bar) {
	most := int64(1)
	for _, b := range bars {
		most = max(most, b.Count)
	}
	width := max(10, min(60, a.width-32))
	for _, b := range bars {
		length := int(math.Ceil(float64(width) * float64(b.Count) / float64(most)))
		line := fmt.Sprintf("%9s %s %s", inMillis(b.From), strings.Repeat("█", length), benchCount(b.Count))
		fmt.Fprintln(a.stdout, strings.TrimRight(line, " "))
	}
	fmt.Fprintln(a.stdout)
}
