package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/bench"
)

// Bench is the page of a benchmark, with its baseline beside it.
func Bench(b *bench.Result) Report {
	r := Report{
		Kind: "Benchmark", Title: b.Collection, Text: benchText(b), Verdict: benchVerdict(b), Figures: benchFigures(b),
	}
	if len(b.Thresholds) > 0 || len(b.Warnings) > 0 {
		r.Sections = append(r.Sections, benchDemands(b))
	}
	if charts := benchCharts(b); len(charts) > 0 {
		r.Sections = append(r.Sections, Section{Title: "Throughput and recall", Cards: charts})
	}
	r.Sections = append(r.Sections, benchLatency(b), benchRuns(b))
	return r
}

func benchText(b *bench.Result) string {
	index := b.Index
	if b.Dim > 0 {
		index = list(index, b.Metric, fmt.Sprintf("dim %d", b.Dim))
	}
	queries := count(int64(b.Queries.Count), "query")
	if b.Queries.Count != 1 {
		queries = thousands(int64(b.Queries.Count)) + " queries"
	}
	return list(b.Server, count(b.Rows, "row"), or(b.Field, string(b.Kind)), index, queries+" ("+b.Queries.Source+")")
}

func benchVerdict(b *bench.Result) Verdict {
	missed := int64(0)
	for _, t := range b.Thresholds {
		if !t.Met {
			missed++
		}
	}
	switch {
	case missed > 0:
		return Verdict{Bad, count(missed, "threshold") + " missed"}
	case b.Interrupted:
		return Verdict{Fair, "interrupted"}
	case len(b.Thresholds) > 0:
		return Verdict{Good, "All thresholds met"}
	default:
		return Verdict{}
	}
}

// best is the run with the most searches a second; nil where there is none.
func best(b *bench.Result) *bench.Run {
	var found *bench.Run
	for i := range b.Runs {
		if found == nil || b.Runs[i].QPS > found.QPS {
			found = &b.Runs[i]
		}
	}
	return found
}

func benchFigures(b *bench.Result) []Figure {
	top := best(b)
	if top == nil {
		return nil
	}
	before := b.Before(top)
	of := func(value func(*bench.Run) float64) string {
		if before == nil {
			return ""
		}
		return change(value(before), value(top))
	}
	figures := []Figure{
		{Label: "Searches a second", Value: plain(round4(top.QPS)), Note: list(of(func(r *bench.Run) float64 { return r.QPS }), settingName(top.Setting))},
		{Label: "p50", Value: ms(top.Latency.P50), Note: of(func(r *bench.Run) float64 { return r.Latency.P50 })},
		{Label: "p99", Value: ms(top.Latency.P99), Note: of(func(r *bench.Run) float64 { return r.Latency.P99 })},
	}
	if top.Recall != nil {
		f := Figure{Label: fmt.Sprintf("Recall@%d", top.TopK), Value: fmt.Sprintf("%.4f", top.Recall.Mean)}
		if before != nil && before.Recall != nil {
			f.Note = fmt.Sprintf("was %.4f", before.Recall.Mean)
		}
		figures = append(figures, f)
	}
	failed := int64(0)
	for _, run := range b.Runs {
		failed += run.Failed
	}
	figures = append(figures, Figure{Label: "Failed searches", Value: thousands(failed), Mood: moodOf(failed, Bad)})
	if top.ClientCPU > 0 {
		figures = append(figures, Figure{Label: "Client's CPU a search", Value: ms(top.ClientCPU)})
	}
	return figures
}

// change tells what a value was before, and by how much it differs.
func change(before, now float64) string {
	if before == 0 {
		return ""
	}
	return fmt.Sprintf("%+.1f %%, was %s", 100*(now-before)/before, plain(round4(before)))
}

// round4 keeps four digits, round3 three.
func round4(v float64) float64 { return digits(v, 4) }
func round3(v float64) float64 { return digits(v, 3) }

func digits(v float64, n int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', n, 64), 64)
	if err != nil {
		return v
	}
	return rounded
}

// ms is a time in milliseconds for people.
func ms(v float64) string { return plain(round3(v)) + " ms" }

// settingName names a run.
func settingName(s bench.Setting) string {
	words := []string{load(s), fmt.Sprintf("top %d", s.TopK), paramsName(s.Params)}
	if s.Filter != "" {
		words = append(words, s.Filter)
	}
	if s.Inserting > 0 {
		words = append(words, plain(s.Inserting)+" inserts/s")
	}
	return list(words...)
}

func load(s bench.Setting) string {
	if s.Rate > 0 {
		return plain(s.Rate) + "/s"
	}
	return fmt.Sprintf("%d at a time", s.Concurrency)
}

func paramsName(params map[string]string) string {
	words := make([]string, 0, len(params))
	for _, key := range slices.Sorted(maps.Keys(params)) {
		words = append(words, key+" "+params[key])
	}
	return strings.Join(words, " ")
}

// benchDemands tells of thresholds and warnings.
func benchDemands(b *bench.Result) Section {
	s := Section{Title: "Thresholds"}
	if len(b.Thresholds) == 0 {
		s.Title = "Warnings"
	}
	t := &Table{Head: []string{"Threshold", "Outcome", "Missed by"}}
	for _, v := range b.Thresholds {
		outcome := "met"
		if !v.Met {
			outcome = "missed"
		}
		t.Rows = append(t.Rows, []string{v.Threshold, outcome, strings.Join(v.Missed, "; ")})
	}
	if len(t.Rows) > 0 {
		s.Cards = append(s.Cards, Card{Table: t, Wide: true})
	}
	for _, warning := range b.Warnings {
		s.Cards = append(s.Cards, Card{Title: "Warning", Tag: "warning", Mood: Fair, Text: warning, Wide: true})
	}
	return s
}

// benchRuns is the table of all runs.
func benchRuns(b *bench.Result) Section {
	t := &Table{
		Head:    []string{"Run", "Searches/s", "Mean", "p50", "p95", "p99", "p99.9", "Max", "Recall", "Searches", "Failed"},
		Numbers: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
	}
	add := func(run *bench.Run, mark string) {
		recall := ""
		if run.Recall != nil {
			recall = fmt.Sprintf("%.4f", run.Recall.Mean)
		}
		name := settingName(run.Setting)
		if run.Selectivity != nil {
			name += " (" + percent(*run.Selectivity) + " of rows)"
		}
		l := run.Latency
		t.Rows = append(t.Rows, []string{
			mark + name, plain(round4(run.QPS)), ms(l.Mean), ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max),
			recall, thousands(run.Searches), thousands(run.Failed),
		})
	}
	for i := range b.Runs {
		add(&b.Runs[i], "")
		if before := b.Before(&b.Runs[i]); before != nil {
			add(before, "before: ")
		}
	}
	s := Section{Title: "Runs", Cards: []Card{{Table: t, Wide: true}}}
	var quotes []Quote
	for _, run := range b.Runs {
		for _, f := range run.Errors {
			quotes = append(quotes, Quote{Text: f.Message, Note: thousands(f.Count) + "×"})
		}
	}
	if len(quotes) > 0 {
		slices.SortStableFunc(quotes, func(a, b Quote) int { return cmp.Compare(a.Text, b.Text) })
		s.Cards = append(s.Cards, Card{Title: "What failed", Quotes: quotes, Wide: true})
	}
	return s
}
