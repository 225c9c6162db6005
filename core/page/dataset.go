package page

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

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
	if int64(p.Sampled) < p.Rows {
		s.Text = strings.TrimSuffix(s.Text, ".") + fmt.Sprintf(", looked for among %s rows.", thousands(int64(p.Sampled)))
	}
	drawn := map[string]portrait.Vectors{}
	for _, v := range p.Vectors {
		if len(p.Vectors) > 2 { // examples of each would make a long page
			v.Near = v.Near[:min(len(v.Near), 2)]
		}
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
