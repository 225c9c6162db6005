package page

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/portrait"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// DataSet is the page of what a data set looks like.
func DataSet(p *portrait.Portrait) Report {
	r := Report{
		Kind: "Data set", Title: or(p.Collection, filepath.Base(p.Path)), Text: p.Description,
		Verdict: verdictOf(p.Errors, p.Warnings), Figures: setFigures(p),
	}
	if len(p.Problems) > 0 {
		r.Sections = append(r.Sections, problems(p.Problems))
	}
	fields := Section{Title: "Fields", Text: basis(p), Flow: true}
	for i := range p.Fields {
		if f := &p.Fields[i]; !schema.Type(f.Type).IsDense() {
			fields.Cards = append(fields.Cards, fieldCard(f))
		}
	}
	r.Sections = append(r.Sections, fields)
	if vectors, ok := vectorSection(p); ok {
		r.Sections = append(r.Sections, vectors)
		r.Cloud = cloudOf(p)
	}
	if len(p.Texts) > 0 {
		r.Sections = append(r.Sections, rowSection(p))
	}
	r.Sections = append(r.Sections, layout(p))
	return r
}

func verdictOf(errors, warnings int64) Verdict {
	switch {
	case errors > 0:
		return Verdict{Bad, count(errors, "error")}
	case warnings > 0:
		return Verdict{Fair, count(warnings, "warning")}
	default:
		return Verdict{Good, "No problem found"}
	}
}

func setFigures(p *portrait.Portrait) []Figure {
	rows := Figure{Label: "Rows", Value: thousands(p.Rows)}
	if !p.Whole {
		rows.Note = thousands(p.Read) + " read"
	}
	vectors, nulls, values := 0, int64(0), int64(0)
	for _, f := range p.Fields {
		if schema.Type(f.Type).IsVector() {
			vectors++
		}
		nulls, values = nulls+f.Nulls, values+f.Nulls+f.Count
	}
	size := Figure{Label: "Size", Value: bytesOf(p.Bytes), Note: count(int64(len(p.Files)), "file")}
	if p.Rows > 0 {
		size.Note += ", " + bytesOf(p.Bytes/p.Rows) + " a row"
	}
	figures := []Figure{
		rows, size,
		{Label: "Fields", Value: strconv.Itoa(len(p.Fields)), Note: count(int64(vectors), "vector")},
		{Label: "Without a value", Value: percent(float64(nulls) / float64(max(values, 1))), Note: "of all values"},
	}
	if p.Seed != nil {
		figures = append(figures, Figure{Label: "Seed", Value: strconv.FormatUint(*p.Seed, 10), Note: "milvus-ingest " + p.Version})
	}
	return figures
}

// basis says what the figures are of.
func basis(p *portrait.Portrait) string {
	if !p.Whole {
		return fmt.Sprintf("Figures are of %s rows, read in pieces that lie evenly over the data set; charts are drawn from %s of them.",
			thousands(p.Read), thousands(int64(p.Sampled)))
	}
	if int64(p.Sampled) < p.Rows {
		return fmt.Sprintf("Figures are of all %s rows; charts are drawn from %s of them, the same in every run.",
			thousands(p.Rows), thousands(int64(p.Sampled)))
	}
	return ""
}

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
	if n := f.Numbers; n != nil {
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
	return thousands(s.Min) + " – " + thousands(s.Max)
}

func normsOf(v *check.Vectors) string {
	least, most := plain(v.MinNorm), plain(v.MaxNorm)
	if least == most {
		return least
	}
	return least + " – " + most
}

// numberText shortens the digits of a number for people.
func numberText(text string) string {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return thousands(i)
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return plain(v)
	}
	return text
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

// cloudOf is what the points of the maps are.
func cloudOf(p *portrait.Portrait) *Cloud {
	c := &Cloud{Labels: p.Labels, Groups: []Group{}}
	for _, g := range p.Groups {
		c.Groups = append(c.Groups, Group{Name: g.Field, Values: g.Values, Of: g.Of})
	}
	return c
}

// vectorSection has a map and the neighbours of each dense vector field.
func vectorSection(p *portrait.Portrait) (Section, bool) {
	s := Section{
		Title: "Vectors",
		Text: "Each point is a row, placed by the two directions in which the vectors differ most (PCA): what lies together is alike. " +
			"Below, rows with those nearest to them.",
	}
	drawn := map[string]portrait.Vectors{}
	for _, v := range p.Vectors {
		drawn[v.Field] = v
	}
	for i := range p.Fields {
		f := &p.Fields[i]
		if !schema.Type(f.Type).IsDense() {
			continue
		}
		c := fieldCard(f)
		c.Wide = true
		v, ok := drawn[f.Name]
		if ok {
			c.Facts = append(c.Facts, Fact{"Variance in the map", percent(v.Explained[0] + v.Explained[1])})
			c.Chart = &Chart{Kind: Points, Label: "Map of " + f.Name, Rows: v.Rows, Places: v.Points}
		}
		s.Cards = append(s.Cards, c)
		if ok {
			s.Cards = append(s.Cards, nearCards(v)...)
		}
	}
	return s, len(s.Cards) > 0
}

// nearCards show which rows lie next to each other.
func nearCards(v portrait.Vectors) []Card {
	var cards []Card
	for _, near := range v.Near {
		c := Card{Title: "Nearest rows", Tag: v.Metric, Chips: []string{v.Field}}
		text := func(h portrait.Hit) string { return or(h.Text, "row "+thousands(h.Row)) }
		c.Quotes = append(c.Quotes, Quote{Text: text(near.Row), Note: "row " + thousands(near.Row.Row), Lead: true})
		for _, hit := range near.Hits {
			c.Quotes = append(c.Quotes, Quote{Text: text(hit), Note: strconv.FormatFloat(hit.Score, 'f', digitsOf(hit.Score), 64)})
		}
		cards = append(cards, c)
	}
	return cards
}

func digitsOf(v float64) int {
	if math.Abs(v) < 10 && v != math.Trunc(v) {
		return 3
	}
	return 0
}

// rowSection shows rows to read.
func rowSection(p *portrait.Portrait) Section {
	s := Section{Title: "Rows", Text: "Rows drawn from the data set; long texts are cut.", Flow: true}
	for _, row := range p.Texts {
		c := Card{Title: "Row " + thousands(row.Row)}
		if len(p.Files) > 1 {
			c.Tag = row.File
		}
		t := &Table{Pairs: true}
		for _, v := range row.Cells {
			text := v.Text
			if v.Null {
				text = "null"
			}
			t.Rows = append(t.Rows, []string{v.Field, text})
		}
		c.Table = t
		s.Cards = append(s.Cards, c)
	}
	return s
}

// layout tells of files, and of what columns take in them.
func layout(p *portrait.Portrait) Section {
	s := Section{Title: "Files"}
	t := &Table{Head: []string{"File", "Format", "Rows", "Size", "Row groups", "Compression"}, Numbers: []int{2, 3, 4}}
	for _, f := range p.Files[:min(len(p.Files), filesMost)] {
		rows, groups := thousands(f.Rows), ""
		if f.Rows < 0 {
			rows = "?"
		}
		if f.RowGroups > 0 {
			groups = strconv.Itoa(f.RowGroups)
		}
		t.Rows = append(t.Rows, []string{f.Name, f.Format, rows, bytesOf(f.Bytes), groups, strings.Join(f.Codecs, ", ")})
	}
	if more := len(p.Files) - filesMost; more > 0 {
		s.Text = fmt.Sprintf("The first %d files; there are %s more.", filesMost, thousands(int64(more)))
	}
	s.Cards = append(s.Cards, Card{Title: "Layout", Text: "Schema: " + p.SchemaFrom, Table: t, Wide: true})
	var stored int64
	fields := slices.Clone(p.Fields)
	for _, f := range fields {
		stored += f.Stored
	}
	if stored > 0 {
		slices.SortStableFunc(fields, func(a, b portrait.Field) int { return cmp.Compare(b.Stored, a.Stored) })
		c := Card{Title: "Size of columns", Wide: true}
		for _, f := range fields {
			share := float64(f.Stored) / float64(stored)
			c.Bars = append(c.Bars, Bar{Name: f.Name, Share: float64(f.Stored) / float64(max(fields[0].Stored, 1)), Value: percent(share) + " · " + bytesOf(f.Stored)})
		}
		s.Cards = append(s.Cards, c)
	}
	return s
}

// filesMost is how many files are listed.
const filesMost = 50
