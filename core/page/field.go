package page

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/portrait"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// fieldCard is the card of a field that is no dense vector.
func fieldCard(f *portrait.Field) Card {
	c := Card{Title: f.Name, Tag: f.Type, Chips: slices.Clone(f.Facts), Text: f.Description, Facts: fieldFacts(f)}
	if f.Generator != "" {
		c.Chips = append(c.Chips, f.Generator)
	}
	tops := f.Top
	if len(f.Keys) > 0 {
		c.Facts = append(c.Facts, Fact{"Keys", strconv.Itoa(len(f.Keys))})
		tops = f.Keys
	}
	switch {
	case telling(f, tops):
		c.Bars = barsOf(tops, f.Sampled && len(f.Keys) == 0)
		return c
	case f.Shape != nil && len(f.Shape.Counts) > 1 && !slices.Contains(f.Facts, "primary key"):
		c.Chart = histogram(f.Name, f.Shape)
	}
	if f.Shape == nil || f.Shape.Of != "time" {
		for _, text := range f.Examples[:min(len(f.Examples), 2)] {
			c.Quotes = append(c.Quotes, Quote{Text: text})
		}
	}
	return c
}

// telling tells whether the most frequent values say what a field is like: a
// few that are seldom do not, and neither do some of many numbers.
func telling(f *portrait.Field, tops []check.Top) bool {
	switch {
	case len(tops) == 0 || schema.Type(f.Type).IsNumber() && f.Distinct > 8:
		return false
	case len(f.Keys) == 0 && f.Elements == nil && f.Distinct > max(f.Count/2, 2):
		return false
	default:
		return tops[0].Share >= 0.05 || len(tops) >= 6 && tops[0].Share >= 0.015
	}
}

func fieldFacts(f *portrait.Field) []Fact {
	var facts []Fact
	add := func(name, value string) { facts = append(facts, Fact{name, value}) }
	if f.Distinct > 0 {
		about := ""
		if !f.Exact {
			about = "≈ "
		}
		add("Different", about+thousands(f.Distinct))
	}
	if f.Nulls > 0 {
		add("Null", percent(float64(f.Nulls)/float64(f.Nulls+f.Count)))
	}
	if f.Empty > 0 {
		add("Empty", thousands(f.Empty))
	}
	switch n := f.Numbers; {
	case n == nil:
	case f.Shape != nil && f.Shape.Of == "time":
		add("From", dayOf(n.Min.String()))
		add("To", dayOf(n.Max.String()))
	default:
		add("Least", numberText(n.Min.String()))
		add("Mean", plain(n.Mean))
		add("Largest", numberText(n.Max.String()))
	}
	switch {
	case f.Elements != nil:
		add("Elements", rangeOf(f.Elements))
	case f.Lengths != nil:
		add("Bytes", rangeOf(f.Lengths))
		if f.Lengths.Min < f.Lengths.Max {
			add("Median", thousands(f.Lengths.P50))
		}
	}
	if v := f.Vectors; v != nil {
		switch schema.Type(f.Type) {
		case schema.Sparse:
			add("Largest index", thousands(int64(v.Dim)-1))
		case schema.BinaryVector:
			add("Bits that are 1", percent(v.OneBits))
		default:
			add("Norms", normsOf(v))
			add("Of length 1", percent(v.Unit))
		}
		if v.Zero > 0 {
			add("Zero vectors", thousands(v.Zero))
		}
	}
	if f.Stored > 0 {
		add("Stored", bytesOf(f.Stored))
	}
	return facts
}

func rangeOf(s *check.Spread) string {
	if s.Min == s.Max {
		return thousands(s.Min)
	}
	return thousands(s.Min) + "–" + thousands(s.Max)
}

func normsOf(v *check.Vectors) string {
	least, most := plain(v.MinNorm), plain(v.MaxNorm)
	if least == most {
		return least
	}
	return least + "–" + most
}

// numberText shortens the digits of a number for people.
func numberText(text string) string {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && i > -1e12 && i < 1e12 {
		return thousands(i)
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return plain(v)
	}
	return text
}

// dayOf is the day of seconds or milliseconds of Unix.
func dayOf(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return time.Unix(int64(portrait.Seconds(v)), 0).UTC().Format(time.DateOnly)
}

func barsOf(tops []check.Top, sampled bool) []Bar {
	bars := make([]Bar, len(tops))
	for i, top := range tops {
		bars[i] = Bar{Name: or(top.Value, "(empty)"), Share: top.Share / tops[0].Share, Value: percent(top.Share) + " · " + thousands(top.Count)}
		if sampled {
			bars[i].Value = "≈ " + percent(top.Share)
		}
	}
	return bars
}

// histogram draws the shape of a field; shares are in percent.
func histogram(name string, h *portrait.Histogram) *Chart {
	c := &Chart{Kind: Columns, Label: "Distribution of " + name, Y: Axis{Unit: "%"}}
	if h.Of != "value" && h.Of != "time" {
		c.X.Title = h.Of
	}
	var total int64
	for _, n := range h.Counts {
		total += n
	}
	label := func(v float64) string { return edgeText(v) }
	if h.Of == "time" {
		label = timeLabel(h.Edges)
	}
	single := h.Whole && !h.Log && len(h.Edges) > 1 && h.Edges[1]-h.Edges[0] == 1
	s := Series{Name: "share"}
	for i, n := range h.Counts {
		from, to := h.Edges[i], h.Edges[i+1]
		name := label(from) + " – " + label(to)
		switch {
		case single:
			name = label(from)
		case h.Whole && math.Abs(to) < 1e15 && i+1 < len(h.Counts):
			name = label(math.Ceil(from)) + " – " + label(math.Ceil(to)-1)
		case h.Of == "time" && i+1 < len(h.Counts) && to-from > 20*86400:
			name = label(from)
		}
		c.Names = append(c.Names, name)
		s.Values = append(s.Values, math.Round(1e5*float64(n)/float64(max(total, 1)))/1e3)
	}
	if !single {
		for _, e := range h.Edges {
			c.Edges = append(c.Edges, label(e))
		}
	}
	c.Series = []Series{s}
	return c
}

// edgeText is a number below an axis.
func edgeText(v float64) string {
	size := math.Abs(v)
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if size >= 1e15 {
			return strconv.FormatFloat(v, 'g', 3, 64)
		}
		if size >= 10*unit.of || size >= unit.of && unit.of > 1e3 {
			return strconv.FormatFloat(v/unit.of, 'g', 4, 64) + unit.name
		}
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// timeLabel writes times as exactly as the width of the bars needs.
func timeLabel(edges []float64) func(float64) string {
	layout := "2006-01-02 15:04"
	switch width := edges[1] - edges[0]; {
	case width > 300*86400:
		layout = "2006"
	case width > 20*86400:
		layout = "2006-01"
	case width >= 86400:
		layout = "2006-01-02"
	}
	return func(v float64) string { return time.Unix(int64(v), 0).UTC().Format(layout) }
}
