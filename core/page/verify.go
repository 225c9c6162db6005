package page

import (
	"fmt"
	"strconv"

	"github.com/zilliz/milvus-ingest/core/verify"
)

// Verify is the page of a comparison of a data set with a collection.
func Verify(v *verify.Report) Report {
	r := Report{
		Kind: "Verification", Title: v.Collection, Text: list(v.DataSet, v.Kind+" "+v.Version, "level "+string(v.Level)),
		Verdict: Verdict{Good, "Equal"},
		Figures: []Figure{
			{Label: "Rows of the data set", Value: thousands(v.Rows.DataSet), Note: thousands(v.Rows.Compared) + " compared"},
			{Label: "Rows of the collection", Value: thousands(v.Rows.Collection)},
			{Label: "Missing", Value: atLeast(v, v.Missing), Mood: moodOf(v.Missing, Bad)},
			{Label: "Extra", Value: atLeast(v, v.Extra), Mood: moodOf(v.Extra, Bad)},
			{Label: "Different", Value: thousands(v.Different), Mood: moodOf(v.Different, Bad)},
			{Label: "Took", Value: clock(v.Seconds)},
		},
	}
	if v.Rows.DataSet != v.Rows.Collection {
		r.Figures[1].Mood = Bad
	}
	if v.Doubled > 0 {
		r.Figures = append(r.Figures, Figure{Label: "Keys twice", Value: thousands(v.Doubled), Mood: Bad})
	}
	if !v.Equal {
		r.Verdict = Verdict{Bad, "Not equal"}
	}
	for _, s := range []Section{differences(v), searched(v), compared(v)} {
		if len(s.Cards) > 0 {
			r.Sections = append(r.Sections, s)
		}
	}
	return r
}

func atLeast(v *verify.Report, n int64) string {
	if v.AtLeast && n > 0 {
		return "≥ " + thousands(n)
	}
	return thousands(n)
}

// differences has the first differences, and how many rows differ in a field.
func differences(v *verify.Report) Section {
	s := Section{Title: "Differences"}
	if len(v.ByField) > 0 {
		c := Card{Title: "Rows that differ, by field", Wide: true}
		for _, f := range v.ByField {
			c.Bars = append(c.Bars, Bar{Name: f.Field, Share: float64(f.Rows) / float64(max(v.ByField[0].Rows, 1)), Value: count(f.Rows, "row")})
		}
		s.Cards = append(s.Cards, c)
	}
	t := &Table{Head: []string{"Difference", "Key", "Field", "Data set", "Collection", "Place"}}
	for _, d := range v.Differences {
		place := ""
		if d.File != "" {
			place = fmt.Sprintf("%s row %s", d.File, thousands(d.Row))
		}
		t.Rows = append(t.Rows, []string{d.Kind, d.Key, d.Field, d.Want, d.Got, place})
	}
	if len(t.Rows) > 0 {
		s.Cards = append(s.Cards, Card{Title: "The first differences", Table: t, Wide: true})
	}
	return s
}

// searched tells what searches and lookups found.
func searched(v *verify.Report) Section {
	s := Section{Title: "Searches"}
	for _, found := range v.Searches {
		c := Card{Title: found.Field, Tag: "passed", Mood: Good, Chips: []string{found.Metric}, Facts: []Fact{
			{fmt.Sprintf("Recall@%d", found.K), fmt.Sprintf("%.4f", found.Recall)},
			{"Asked for", fmt.Sprintf("%.4g", found.MinRecall)},
			{"Queries", strconv.Itoa(found.Queries)},
			{"Judged", strconv.Itoa(found.Judged)},
		}}
		if found.Index != "" {
			c.Chips = append(c.Chips, found.Index)
		}
		if !found.Passed {
			c.Tag, c.Mood = "failed", Bad
		}
		s.Cards = append(s.Cards, c)
	}
	if l := v.Lookups; l != nil {
		c := Card{Title: "Lookups of single keys", Tag: "passed", Mood: Good, Facts: []Fact{{"Found", fmt.Sprintf("%d of %d", l.Found, l.Queries)}}}
		if l.Found < l.Queries {
			c.Tag, c.Mood = "failed", Bad
		}
		s.Cards = append(s.Cards, c)
	}
	return s
}

// compared tells how the two were compared.
func compared(v *verify.Report) Section {
	c := Card{
		Title: "How it was compared", Text: "Rows were looked up by key and compared field by field.", Wide: true, Chips: v.Fields,
		Facts: []Fact{{"Estimate of the server", thousands(v.Rows.Estimate)}, {"Waited", clock(v.Rows.Waited)}},
	}
	if v.ByContent {
		c.Text = "Rows were compared by their content, for the server made their keys."
	}
	for _, note := range v.Notes {
		c.Quotes = append(c.Quotes, Quote{Text: note})
	}
	return Section{Title: "Method", Cards: []Card{c}}
}
