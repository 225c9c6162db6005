package page

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/bench"
)

// measured is a benchmark of two parameters at three concurrencies, with a
// slower one before it.
func measured() *bench.Result {
	r := measuredAt(1)
	r.Baseline = measuredAt(1.4)
	r.Thresholds = []bench.Verdict{
		{Threshold: "p99<50ms", Met: true},
		{Threshold: "recall@10>=0.99", Missed: []string{"0.9310 with 1 at a time · top 10 · ef 32"}},
	}
	r.Warnings = []string{"the server was busy before the benchmark began"}
	return r
}

func measuredAt(slower float64) *bench.Result {
	r := &bench.Result{
		Collection: "knowledge_base", Server: "Milvus 2.5.4", Rows: 100_000, Kind: bench.Vector, Field: "question_embedding",
		Metric: "COSINE", Dim: 768, Index: "HNSW", Queries: bench.Queries{Source: "planted", Count: 1000, Seed: 7},
	}
	for i, ef := range []float64{32, 64, 128} {
		for _, at := range []int{1, 4, 16} {
			p50 := slower * (2 + 0.02*ef) * (1 + float64(at)/12)
			run := bench.Run{
				Setting: bench.Setting{Concurrency: at, TopK: 10, Params: map[string]string{"ef": strconv.Itoa(int(ef))}},
				Seconds: 10, Searches: 9000, QPS: 1000 * float64(at) / p50, ClientCPU: 0.06,
				Latency: bench.Latency{Mean: 1.1 * p50, Min: 0.5 * p50, P50: p50, P90: 1.6 * p50, P95: 2 * p50, P99: 3 * p50, P999: 5 * p50, Max: 8 * p50},
				Recall:  &bench.Recall{Queries: 1000, Mean: []float64{0.931, 0.972, 0.994}[i], P5: 0.8, Min: 0.5},
			}
			for k := range 24 {
				from := math.Pow(1.2, float64(k))
				run.Latency.Histogram = append(run.Latency.Histogram, bench.Bar{
					From: from, To: from * 1.2, Count: int64(1000 * math.Exp(-math.Pow(math.Log(from/p50), 2)*4)),
				})
			}
			r.Runs = append(r.Runs, run)
		}
	}
	return r
}

func TestABenchmarkIsDrawnWithItsBaseline(t *testing.T) {
	r := Bench(measured())
	charts := map[string]*Chart{}
	for _, s := range r.Sections {
		for _, c := range s.Cards {
			if c.Chart != nil {
				charts[c.Title] = c.Chart
			}
		}
	}
	over := charts["Searches a second over searches at a time"]
	if over == nil || !slices.Equal(over.Names, []string{"1", "4", "16"}) || len(over.Series) != 6 {
		t.Fatalf("searches over concurrency: %+v", over)
	}
	if now, before := over.Series[0], over.Series[1]; !before.Before || now.Before || before.Points[2][1] >= now.Points[2][1] {
		t.Errorf("the baseline is not beside its series: %+v, %+v", now, before)
	}
	recall := charts["Recall over ef"]
	if recall == nil || recall.Y.To != 1 || recall.Series[0].Points[0][1] != 0.931 || recall.Series[0].Points[2][1] != 0.994 {
		t.Errorf("recall over ef: %+v", recall)
	}
	latency := charts["16 at a time · top 10 · ef 128"]
	if latency == nil || len(latency.Series) != 2 || len(latency.Edges) != len(latency.Names)+1 {
		t.Errorf("the distribution of times: %+v", latency)
	}
	if r.Verdict.Text != "1 threshold missed" || r.Verdict.Mood != Bad {
		t.Errorf("the verdict is %v", r.Verdict)
	}
	if note := r.Figures[0].Note; !strings.HasPrefix(note, "+40.0 %, was ") {
		t.Errorf("the throughput is compared as %q", note)
	}
}

func TestABenchmarkOfOneRunHasNoLines(t *testing.T) {
	b := measuredAt(1)
	b.Runs = b.Runs[:1]
	b.Runs[0].Recall = nil
	for _, s := range Bench(b).Sections {
		for _, c := range s.Cards {
			if c.Chart != nil && c.Chart.Kind == Lines {
				t.Errorf("a line of one point: %s", c.Title)
			}
		}
	}
	write(t, Bench(b))
	write(t, Bench(&bench.Result{Collection: "none"}))
}
