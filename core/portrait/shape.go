package portrait

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// Histogram says how values are distributed: Counts[i] of them lie from
// Edges[i] to Edges[i+1].
type Histogram struct {
	// Of is "value", "time" (seconds of Unix), "bytes", "elements" or
	// "entries" of sparse vectors.
	Of     string    `json:"of"`
	Edges  []float64 `json:"edges"`
	Counts []int64   `json:"counts"`
	// Log tells that each bar is wider than the one before by the same factor.
	Log bool `json:"log,omitempty"`
	// Whole tells that values are whole numbers, and a bar is one or more of
	// them: those from Edges[i] to Edges[i+1]-1.
	Whole bool `json:"whole,omitempty"`
}

const (
	barsMost = 32
	barsGood = 24
)

// shapeOf is the histogram of a field; nil where there is nothing to draw.
func shapeOf(f *Field, rows []row, column int) *Histogram {
	t := schema.Type(f.Type)
	var values []float64
	var texts []string
	for _, r := range rows {
		if c := r.cells[column]; !c.null {
			values = append(values, c.number)
			texts = append(texts, c.text)
		}
	}
	switch {
	case len(values) == 0 || t.IsDense() || t == schema.Bool:
		return nil
	case t.IsInteger() && epochs(f.Name, values):
		seconds := slices.Clone(values)
		for i := range seconds {
			seconds[i] = Seconds(seconds[i])
		}
		return timeBars(seconds)
	case t.IsNumber():
		return bars("value", values, t.IsInteger())
	case t == schema.Array:
		return bars("elements", values, true)
	case t == schema.Sparse:
		return bars("entries", values, true)
	}
	if times := timesOf(texts); times != nil {
		return timeBars(times)
	}
	return bars("bytes", values, true)
}

// bars cuts numbers into bars of a round width.
func bars(of string, values []float64, whole bool) *Histogram {
	values = slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	least, most := values[0], values[len(values)-1]
	if steep(values, whole) {
		return logBars(of, values, whole)
	}
	width := 1.0
	if whole && most-least < barsMost {
		return fill(&Histogram{Of: of, Whole: true, Edges: edges(least, most+1, 1)}, values)
	}
	if most > least {
		width = roundUp(most/barsGood - least/barsGood)
		if whole {
			width = max(width, 1)
		}
	}
	all := edges(math.Floor(least/width)*width, most, width)
	if n := len(all); n > 2 && all[n-2] == most { // the last bar would be of one value
		all = all[:n-1]
	}
	return fill(&Histogram{Of: of, Whole: whole, Edges: all}, values)
}

// edges go from start in steps until they are beyond end.
func edges(start, end, width float64) []float64 {
	all := []float64{start}
	for i := 1; len(all) < 2 || all[len(all)-1] <= end && len(all) < 2*barsMost; i++ {
		all = append(all, round12(start+float64(i)*width))
		if all[len(all)-1] >= end && width == 1 {
			break
		}
	}
	return all
}

// round12 takes away what adding steps of 0.1 leaves.
func round12(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 12-math.Ceil(math.Log10(math.Abs(v))))
	if math.IsInf(scale, 0) || math.IsInf(v*scale, 0) {
		return v
	}
	return math.Round(v*scale) / scale
}

// steep tells whether most values would be in the first bar.
func steep(sorted []float64, whole bool) bool {
	least, most := sorted[0], sorted[len(sorted)-1]
	if whole && least == 0 {
		least = 1
	}
	return least > 0 && most/least >= 200 && sorted[len(sorted)*3/4] < least+(most-least)/barsGood
}

// logBars cuts numbers at 1, 2, 5, 10, 20, 50, …, zeros apart.
func logBars(of string, sorted []float64, whole bool) *Histogram {
	h := &Histogram{Of: of, Log: true, Whole: whole}
	least, most := sorted[0], sorted[len(sorted)-1]
	if least == 0 {
		h.Edges, least = []float64{0}, 1
	}
	power := math.Floor(math.Log10(least))
	for {
		for _, step := range []float64{1, 2, 5} {
			at := round12(step * math.Pow(10, power))
			if at > most || len(h.Edges) > 2*barsMost {
				h.Edges = append(h.Edges, at)
				return fill(h, sorted)
			}
			if step == 5 || at*2.5 > least {
				h.Edges = append(h.Edges, at)
			}
		}
		power++
	}
}

// fill counts the values of each bar; the last one takes what is on its edge.
func fill(h *Histogram, values []float64) *Histogram {
	h.Counts = make([]int64, len(h.Edges)-1)
	for _, v := range values {
		i, found := slices.BinarySearch(h.Edges, v)
		if !found {
			i--
		}
		h.Counts[min(max(i, 0), len(h.Counts)-1)]++
	}
	for n := len(h.Counts); n > 1 && h.Counts[n-1] == 0; n-- {
		h.Counts, h.Edges = h.Counts[:n-1], h.Edges[:n]
	}
	return h
}

// roundUp is the least of 1, 2 and 5 times a power of ten that is not less.
func roundUp(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if step*power >= v*(1-1e-9) {
			return round12(step * power)
		}
	}
	return round12(10 * power)
}

// epochs tells whether whole numbers are times: seconds or milliseconds of
// this age, and named so.
func epochs(name string, values []float64) bool {
	named := false
	for _, word := range []string{"_at", "time", "date", "created", "updated"} {
		named = named || strings.Contains(strings.ToLower(name), word)
	}
	return named && !slices.ContainsFunc(values, func(v float64) bool {
		return v < 3e8 || v > 4e9 && v < 3e11 || v > 4e12
	})
}

// Seconds are those of a time that may be told in milliseconds.
func Seconds(v float64) float64 {
	if v > 1e11 {
		return v / 1000
	}
	return v
}

func timeLayouts() []string {
	return []string{
		time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999-0700",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02", "2006/01/02",
	}
}

// timesOf are the texts as times; nil where not nearly all are.
func timesOf(texts []string) []float64 {
	var times []float64
	layouts := timeLayouts()
	for i, text := range texts {
		for _, layout := range layouts {
			if t, err := time.Parse(layout, text); err == nil {
				times = append(times, float64(t.Unix()))
				break
			}
		}
		if i == 20 && len(times) < 10 {
			return nil
		}
	}
	if len(texts) == 0 || float64(len(times)) < 0.95*float64(len(texts)) {
		return nil
	}
	return times
}

// timeBars cuts times into months, or into days, hours or years.
func timeBars(times []float64) *Histogram {
	least, most := slices.Min(times), slices.Max(times)
	const hour, day = 3600.0, 86400.0
	start := time.Unix(int64(least), 0).UTC()
	h := &Histogram{Of: "time"}
	switch span := most - least; {
	case span > 4*365*day:
		for t := time.Date(start.Year(), 1, 1, 0, 0, 0, 0, time.UTC); ; t = t.AddDate(1+int(span/(365*day*barsMost)), 0, 0) {
			if h.Edges = append(h.Edges, float64(t.Unix())); t.Unix() > int64(most) {
				return fill(h, times)
			}
		}
	case span > 45*day:
		months := 1 + int(span/(31*day*barsMost))
		for t := time.Date(start.Year(), start.Month(), 1, 0, 0, 0, 0, time.UTC); ; t = t.AddDate(0, months, 0) {
			if h.Edges = append(h.Edges, float64(t.Unix())); t.Unix() > int64(most) {
				return fill(h, times)
			}
		}
	}
	width := day
	if most-least < 2*day {
		width = max(hour, math.Ceil((most-least)/barsGood/hour)*hour)
	}
	h.Edges = edges(math.Floor(least/width)*width, most, width)
	return fill(h, times)
}
