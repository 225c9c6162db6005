package page

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/bench"
)

// benchCharts are the charts that runs of several settings allow: throughput
// and latency over concurrency, recall over a search parameter, and recall
// against throughput.
func benchCharts(b *bench.Result) []Card {
	var cards []Card
	if at := concurrencies(b); len(at) > 1 {
		cards = append(cards, overLoad(b, at, "Searches a second", "", func(r *bench.Run) float64 { return r.QPS }))
		late := overLoad(b, at, "Latency p99", "ms", func(r *bench.Run) float64 { return r.Latency.P99 })
		late.Chart.Marks = p99Marks(b.Thresholds)
		cards = append(cards, late)
	}
	for _, param := range varied(b) {
		if c, ok := overParam(b, param, "Recall", "", func(r *bench.Run) (float64, bool) {
			if r.Recall == nil {
				return 0, false
			}
			return r.Recall.Mean, true
		}); ok {
			cards = append(cards, c)
		}
		if c, ok := overParam(b, param, "Searches a second", "", func(r *bench.Run) (float64, bool) { return r.QPS, true }); ok {
			cards = append(cards, c)
		}
	}
	if c, ok := tradeOff(b); ok {
		cards = append(cards, c)
	}
	if len(cards)%2 == 1 {
		cards[len(cards)-1].Wide = true
	}
	for i, c := range cards {
		if slices.ContainsFunc(c.Chart.Series, func(s Series) bool { return s.Before }) {
			cards[i].Chips = []string{"dashed: before"}
		}
	}
	return cards
}

// p99Marks are the thresholds of p99 as marks.
func p99Marks(thresholds []bench.Verdict) []Mark {
	var marks []Mark
	form := regexp.MustCompile(`^p99\s*<=?\s*([0-9.]+)\s*(ms|s)$`)
	for _, t := range thresholds {
		if m := form.FindStringSubmatch(t.Threshold); m != nil {
			at, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				continue
			}
			if m[2] == "s" {
				at *= 1000
			}
			marks = append(marks, Mark{Name: t.Threshold, At: at})
		}
	}
	return marks
}

func concurrencies(b *bench.Result) []int {
	all := map[int]bool{}
	for _, r := range b.Runs {
		if r.Rate == 0 {
			all[r.Concurrency] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// overLoad draws a value over the number of searches at a time.
func overLoad(b *bench.Result, at []int, title, unit string, value func(*bench.Run) float64) Card {
	c := &Chart{Kind: Lines, Label: title + " over searches at a time", X: Axis{Title: "searches at a time"}, Y: Axis{Title: title, Unit: unit}}
	for _, n := range at {
		c.Names = append(c.Names, strconv.Itoa(n))
	}
	c.Series = sets(b, title, func(s bench.Setting) string { s.Concurrency = 0; return seriesName(s) }, func(r *bench.Run) (float64, float64, bool) {
		return float64(slices.Index(at, r.Concurrency)), value(r), r.Rate == 0 && slices.Contains(at, r.Concurrency)
	})
	return Card{Title: title + " over searches at a time", Chart: c}
}

// seriesName names the runs of a line by what they have in common.
func seriesName(s bench.Setting) string {
	words := []string{fmt.Sprintf("top %d", s.TopK), paramsName(s.Params), s.Filter}
	if s.Concurrency > 0 || s.Rate > 0 {
		words = append(words, load(s))
	}
	return list(words...)
}

// varied are the search parameters that have several values which are numbers.
func varied(b *bench.Result) []string {
	values := map[string]map[string]bool{}
	for _, r := range b.Runs {
		for key, value := range r.Params {
			if _, err := strconv.ParseFloat(value, 64); err == nil {
				if values[key] == nil {
					values[key] = map[string]bool{}
				}
				values[key][value] = true
			}
		}
	}
	maps.DeleteFunc(values, func(_ string, v map[string]bool) bool { return len(v) < 2 })
	return slices.Sorted(maps.Keys(values))
}

// overParam draws a value over a search parameter.
func overParam(b *bench.Result, param, title, unit string, value func(*bench.Run) (float64, bool)) (Card, bool) {
	var at []float64
	number := func(r *bench.Run) (float64, bool) {
		v, err := strconv.ParseFloat(r.Params[param], 64)
		return v, err == nil
	}
	for i := range b.Runs {
		if v, ok := number(&b.Runs[i]); ok {
			at = append(at, v)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	c := &Chart{Kind: Lines, Label: title + " over " + param, X: Axis{Title: param}, Y: Axis{Title: title, Unit: unit}}
	for _, v := range at {
		c.Names = append(c.Names, plain(v))
	}
	c.Series = sets(b, title, func(s bench.Setting) string {
		s.Params = maps.Clone(s.Params)
		delete(s.Params, param)
		if title == "Recall" { // however many search at a time
			s.Concurrency, s.Rate = 0, 0
		}
		return seriesName(s)
	}, func(r *bench.Run) (float64, float64, bool) {
		x, there := number(r)
		y, ok := value(r)
		return float64(slices.Index(at, x)), y, there && ok && slices.Contains(at, x)
	})
	if title == "Recall" {
		c.Y.From, c.Y.To = floorOf(c.Series), 1
	}
	return Card{Title: title + " over " + param, Chart: c}, len(c.Series) > 0
}

// floorOf is where an axis of recall begins: below the least value.
func floorOf(series []Series) float64 {
	least := 1.0
	for _, s := range series {
		for _, p := range s.Points {
			least = min(least, p[1])
		}
	}
	switch {
	case least >= 0.9:
		return 0.9
	case least >= 0.8:
		return 0.8
	case least >= 0.5:
		return 0.5
	default:
		return 0
	}
}

// sets cuts runs into series by what they have in common, each followed by the
// baseline's.
func sets(b *bench.Result, title string, common func(bench.Setting) string, at func(*bench.Run) (x, y float64, ok bool)) []Series {
	gather := func(r *bench.Result) (names []string, found map[string]Series) {
		found = map[string]Series{}
		for i := range r.Runs {
			run := &r.Runs[i]
			x, y, ok := at(run)
			if !ok {
				continue
			}
			name := common(run.Setting)
			s, there := found[name]
			if !there {
				names, s.Name = append(names, name), name
			}
			if !slices.ContainsFunc(s.Points, func(p [2]float64) bool { return p[0] == x && title == "Recall" }) {
				s.Points = append(s.Points, [2]float64{x, round4(y)})
			}
			found[name] = s
		}
		for _, s := range found {
			slices.SortStableFunc(s.Points, func(a, b [2]float64) int { return int(min(max(a[0]-b[0], -1), 1)) })
		}
		return names, found
	}
	names, now := gather(b)
	before := map[string]Series{}
	if b.Baseline != nil {
		_, before = gather(b.Baseline)
	}
	var all []Series
	for _, name := range names[:min(len(names), 8)] {
		short := or(without(name, names), "now")
		s := now[name]
		s.Name = short
		all = append(all, s)
		if s, ok := before[name]; ok {
			s.Name, s.Before = "before, "+short, true
			if short == "now" {
				s.Name = "before"
			}
			all = append(all, s)
		}
	}
	return all
}

// without is a name without the words that all names have.
func without(name string, all []string) string {
	words := strings.Split(name, " · ")
	return list(slices.DeleteFunc(words, func(word string) bool {
		return !slices.ContainsFunc(all, func(other string) bool { return !slices.Contains(strings.Split(other, " · "), word) })
	})...)
}

// tradeOff draws recall against searches a second.
func tradeOff(b *bench.Result) (Card, bool) {
	if len(varied(b)) == 0 {
		return Card{}, false
	}
	c := &Chart{Kind: Lines, Label: "Searches a second over recall", X: Axis{Title: "recall"}, Y: Axis{Title: "Searches a second"}}
	c.Series = sets(b, "", func(s bench.Setting) string { s.Params = nil; return seriesName(s) }, func(r *bench.Run) (float64, float64, bool) {
		if r.Recall == nil {
			return 0, 0, false
		}
		return round4(r.Recall.Mean), r.QPS, true
	})
	return Card{Title: "Searches a second over recall", Chart: c}, len(c.Series) > 0
}

// benchLatency has the distribution of times of each run.
func benchLatency(b *bench.Result) Section {
	s := Section{Title: "Latency"}
	for i := range b.Runs {
		run := &b.Runs[i]
		if len(run.Latency.Histogram) == 0 {
			continue
		}
		c := Card{Title: settingName(run.Setting), Facts: []Fact{
			{"Mean", ms(run.Latency.Mean)},
			{"p50", ms(run.Latency.P50)},
			{"p95", ms(run.Latency.P95)},
			{"p99", ms(run.Latency.P99)},
			{"p99.9", ms(run.Latency.P999)},
			{"Max", ms(run.Latency.Max)},
		}}
		var before []bench.Bar
		if other := b.Before(run); other != nil {
			before = other.Latency.Histogram
		}
		c.Chart = latencyChart(run.Latency.Histogram, before)
		s.Cards = append(s.Cards, c)
	}
	if len(s.Cards) == 1 {
		s.Cards[0].Wide = true
	}
	return s
}

// latencyChart draws bars of times; those of a baseline that lie at the same
// limits stand beside them.
func latencyChart(bars, before []bench.Bar) *Chart {
	c := &Chart{Kind: Columns, Label: "Distribution of the time of a search", X: Axis{Title: "ms"}, Y: Axis{Unit: "%"}}
	shares := func(bars []bench.Bar) map[float64]float64 {
		var total int64
		for _, bar := range bars {
			total += bar.Count
		}
		all := map[float64]float64{}
		for _, bar := range bars {
			all[bar.From] = 100 * float64(bar.Count) / float64(max(total, 1))
		}
		return all
	}
	limits := map[float64]float64{}
	for _, bar := range slices.Concat(bars, before) {
		limits[bar.From] = bar.To
	}
	now, then := shares(bars), shares(before)
	s, b := Series{Name: "now"}, Series{Name: "before", Before: true}
	from := slices.Sorted(maps.Keys(limits))
	for _, at := range from {
		c.Names = append(c.Names, edgeText(round3(at))+" – "+edgeText(round3(limits[at]))+" ms")
		c.Edges = append(c.Edges, edgeText(round3(at)))
		s.Values, b.Values = append(s.Values, round4(now[at])), append(b.Values, round4(then[at]))
	}
	c.Edges = append(c.Edges, edgeText(round3(limits[from[len(from)-1]])))
	c.Series = []Series{s}
	if len(before) > 0 {
		c.Series = append(c.Series, b)
	}
	return c
}
