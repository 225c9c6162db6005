package page

import (
	"path/filepath"
	"strconv"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/portrait"
)

// Check is the page of a check.
func Check(c *check.Report) Report {
	p := &portrait.Portrait{
		Path: c.Path, SchemaFrom: c.SchemaFrom, Rows: c.Rows, Read: c.Rows, Whole: true, Bytes: c.Bytes,
		Files: c.Files,
	}
	for _, f := range c.Fields {
		p.Fields = append(p.Fields, portrait.Field{FieldStats: f})
	}
	r := Report{
		Kind: "Check", Title: or(c.Collection, filepath.Base(c.Path)), Verdict: verdictOf(c.Errors, c.Warnings),
		Figures: append(setFigures(p)[:3:3],
			Figure{Label: "Errors", Value: thousands(c.Errors), Mood: moodOf(c.Errors, Bad)},
			Figure{Label: "Warnings", Value: thousands(c.Warnings), Mood: moodOf(c.Warnings, Fair)}),
	}
	if len(c.Problems) > 0 {
		r.Sections = append(r.Sections, problems(c.Problems))
	}
	fields := Section{Title: "Fields", Flow: true}
	for i := range p.Fields {
		card := fieldCard(&p.Fields[i])
		if n := p.Fields[i].Numbers; n != nil && card.Chart == nil && len(card.Bars) == 0 && len(n.Histogram) > 0 {
			card.Chart = checkedHistogram(p.Fields[i].Name, n)
		}
		fields.Cards = append(fields.Cards, card)
	}
	r.Sections = append(r.Sections, fields, layout(p))
	return r
}

func moodOf(n int64, mood Mood) Mood {
	if n == 0 {
		return ""
	}
	return mood
}

// checkedHistogram draws the bars of a check: all of one width, from the least
// to the largest number.
func checkedHistogram(name string, n *check.Numbers) *Chart {
	least, err := strconv.ParseFloat(n.Min.String(), 64)
	most, wrong := strconv.ParseFloat(n.Max.String(), 64)
	if err != nil || wrong != nil {
		return nil
	}
	c := &Chart{Kind: Columns, Label: "Distribution of " + name, Y: Axis{Unit: "%"}}
	bars := float64(len(n.Histogram))
	edge := func(i int) string { return plain(least + (most/bars-least/bars)*float64(i)) }
	s := Series{Name: "share"}
	for i, share := range n.Histogram {
		c.Names = append(c.Names, edge(i)+" – "+edge(i+1))
		c.Edges = append(c.Edges, edge(i))
		s.Values = append(s.Values, 100*share)
	}
	c.Edges, c.Series = append(c.Edges, edge(len(n.Histogram))), []Series{s}
	return c
}

// problems has a card for each rule and field that something was found about.
func problems(all []check.Problem) Section {
	s := Section{Title: "Problems"}
	for _, p := range all {
		c := Card{Title: or(p.Field, p.Rule), Tag: string(p.Severity), Wide: true}
		switch p.Severity {
		case dataset.Error:
			c.Mood = Bad
		case dataset.Warning:
			c.Mood = Fair
		}
		c.Chips = []string{p.Rule, thousands(p.Count) + "×"}
		for _, f := range p.Findings {
			c.Text = or(c.Text, f.Hint)
			c.Quotes = append(c.Quotes, Quote{Text: f.String()})
		}
		s.Cards = append(s.Cards, c)
	}
	return s
}
