package page

import (
	"math"
	"strconv"
	"strings"
)

// Kind is a kind of chart.
type Kind string

// The kinds of charts.
const (
	// Columns stand beside each other: a histogram, or values of categories.
	Columns Kind = "columns"
	// Lines join the points of each series.
	Lines Kind = "lines"
	// Points are the Cloud of the page, each at its place.
	Points Kind = "points"
)

// Chart is a chart; a table of the same figures is told with it.
type Chart struct {
	Kind Kind `json:"kind"`
	// Label says what is seen, for those who do not see it.
	Label string `json:"label"`
	X     Axis   `json:"x"`
	Y     Axis   `json:"y"`
	// Names are those of the columns, in order; for Lines, where they are
	// given, those of whole x: 0, 1, 2, …
	Names []string `json:"names,omitempty"`
	// Edges are told between the columns of a histogram: one more than
	// there are columns. Without them columns have their names below them.
	Edges  []string `json:"edges,omitempty"`
	Series []Series `json:"series,omitempty"`
	// Marks are values of y, or of x, that mean something: a threshold.
	Marks []Mark `json:"marks,omitempty"`
	// Rows are the rows of the cloud that are drawn, Places where.
	Rows   []int        `json:"rows,omitempty"`
	Places [][2]float64 `json:"places,omitempty"`
}

// Axis is an axis.
type Axis struct {
	Title string `json:"title,omitempty"`
	// Unit follows numbers: "ms", "%".
	Unit string `json:"unit,omitempty"`
	Log  bool   `json:"log,omitempty"`
	// From and To bound the axis where they differ.
	From float64 `json:"from,omitempty"`
	To   float64 `json:"to,omitempty"`
}

// Series is a series of values, one for each column, or of points.
type Series struct {
	Name   string       `json:"name"`
	Values []float64    `json:"values,omitempty"`
	Points [][2]float64 `json:"points,omitempty"`
	// Before marks what is there to compare with: drawn in the colour of
	// the series before it, dashed or faint.
	Before bool `json:"before,omitempty"`
}

// Mark is a line across a chart.
type Mark struct {
	Name string  `json:"name"`
	At   float64 `json:"at"`
}

// Cloud is what the points of all charts of a page are.
type Cloud struct {
	// Labels say what each point is about.
	Labels []string `json:"labels"`
	Groups []Group  `json:"groups"`
}

// Group is a way to colour points: Of has the value of each, len(Values) for
// any other value, -1 for none.
type Group struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Of     []int    `json:"of"`
}

// translated is a chart with its words in the page's language.
func (p *sheet) translated(c *Chart) *Chart {
	in := *c
	in.Label, in.X.Title, in.Y.Title = p.word(c.Label), p.word(c.X.Title), p.word(c.Y.Title)
	in.Series = nil
	for _, s := range c.Series {
		s.Name = p.word(s.Name)
		in.Series = append(in.Series, s)
	}
	return &in
}

// table has the figures of a chart.
func (c *Chart) table(cloud *Cloud) *Table {
	switch c.Kind {
	case Points:
		return c.counts(cloud)
	case Lines:
		t := &Table{Head: []string{"Series", or(c.X.Title, "x"), or(c.Y.Title, "y")}, Numbers: []int{1, 2}}
		for _, s := range c.Series {
			for _, at := range s.Points {
				x := plain(at[0])
				if i := int(at[0]); len(c.Names) > 0 && i >= 0 && i < len(c.Names) {
					x = c.Names[i]
				}
				t.Rows = append(t.Rows, []string{s.Name, x, withUnit(at[1], c.Y.Unit)})
			}
		}
		return t
	default:
		t := &Table{Head: []string{or(c.X.Title, "Value")}}
		for i, s := range c.Series {
			t.Head, t.Numbers = append(t.Head, or(s.Name, c.Y.Title)), append(t.Numbers, i+1)
		}
		for i, name := range c.Names {
			row := []string{name}
			for _, s := range c.Series {
				value := ""
				if i < len(s.Values) {
					value = withUnit(s.Values[i], c.Y.Unit)
				}
				row = append(row, value)
			}
			t.Rows = append(t.Rows, row)
		}
		return t
	}
}

// counts tells how many points of a map belong to each value of a group, and
// where their middle is.
func (c *Chart) counts(cloud *Cloud) *Table {
	t := &Table{Head: []string{"Field", "Value", "Points", "Mean x", "Mean y"}, Numbers: []int{2, 3, 4}}
	if cloud == nil {
		return t
	}
	for _, g := range cloud.Groups {
		sums := make([][3]float64, len(g.Values)+1)
		for i, row := range c.Rows {
			if of := g.Of[row]; of >= 0 {
				sums[of][0]++
				sums[of][1] += c.Places[i][0]
				sums[of][2] += c.Places[i][1]
			}
		}
		for of, sum := range sums {
			if sum[0] == 0 {
				continue
			}
			name := "other"
			if of < len(g.Values) {
				name = g.Values[of]
			}
			t.Rows = append(t.Rows, []string{g.Name, name, plain(sum[0]), plain(sum[1] / sum[0]), plain(sum[2] / sum[0])})
		}
	}
	return t
}

// plain is a number with four digits that matter, or a whole one.
func plain(v float64) string {
	if size := math.Abs(v); size < 1e12 && (size >= 1000 || v == math.Trunc(v)) {
		return thousands(int64(math.Round(v)))
	}
	text := strconv.FormatFloat(v, 'g', 4, 64)
	mantissa, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text
	}
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return text
	}
	raised := strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
	return mantissa + "·10" + raised.Replace(strconv.Itoa(n))
}

func withUnit(v float64, unit string) string {
	if unit == "" {
		return plain(v)
	}
	return plain(v) + " " + unit
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
