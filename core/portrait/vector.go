package portrait

import (
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// elements copies a dense vector. What is not finite counts as 0: the check
// tells of it.
func elements(f *schema.Field, a arrow.Array, i int) []float32 {
	v, err := truth.Vector(f.Type, a, i)
	if err != nil {
		return nil // a column of another type, of which the check tells
	}
	for i, e := range v {
		if d := float64(e); math.IsNaN(d) || math.IsInf(d, 0) {
			v[i] = 0
		}
	}
	return v
}

// Vectors is one dense vector field: where its rows lie in the plane of their
// two widest directions, and which lie next to each other.
type Vectors struct {
	Field  string `json:"field"`
	Metric string `json:"metric"`
	// Explained are the shares of the variance that the two directions hold.
	Explained [2]float64 `json:"explained"`
	// Rows are the rows of the map, as numbers of Labels; Points their places.
	Rows   []int        `json:"rows"`
	Points [][2]float64 `json:"points"`
	// About names the field that the texts of Near are of.
	About string `json:"about,omitempty"`
	// Among is how many rows the nearest ones were looked for among.
	Among int    `json:"among"`
	Near  []Near `json:"near"`
}

// Near is a row with those nearest to it.
type Near struct {
	Row  Hit   `json:"row"`
	Hits []Hit `json:"hits"`
}

// Hit is a row that a search finds.
type Hit struct {
	File  string  `json:"file"`
	Row   int64   `json:"row"`
	Text  string  `json:"text"`
	Score float64 `json:"score"`
}

const (
	nearQueries = 4
	nearHits    = 4
)

// vectors draws the map of a field and looks for neighbours.
func (p *Portrait) vectors(f *schema.Field, column int, rows []row, about []int) (Vectors, bool) {
	v := Vectors{Field: f.Name, Metric: strings.ToUpper(metricName(f))}
	if v.Metric == "" {
		v.Metric = "COSINE"
		if f.Type == schema.BinaryVector {
			v.Metric = "HAMMING"
		}
	}
	var all [][]float32
	var of []row
	for i, r := range rows {
		if r.cells[column].null || len(r.cells[column].vector) == 0 {
			continue
		}
		if i < mapRows {
			v.Rows = append(v.Rows, i)
		}
		all, of = append(all, r.cells[column].vector), append(of, r)
	}
	if len(all) < 2 {
		return v, false
	}
	v.Points, v.Explained = project(all, len(v.Rows))
	v.Among = len(all)
	text := matching(p, f.Name, about)
	if text >= 0 {
		v.About = p.Fields[text].Name
	}
	for _, query := range p.queries(v.Rows) {
		at := slices.IndexFunc(of, func(r row) bool { return r.key == rows[query].key && r.number == rows[query].number })
		v.Near = append(v.Near, neighbours(v.Metric, all, of, at, text))
	}
	return v, true
}

// queries chooses rows of the map that differ in the first group.
func (p *Portrait) queries(rows []int) []int {
	var chosen []int
	seen := map[int]bool{}
	for _, r := range rows {
		if len(p.Groups) > 0 {
			if seen[p.Groups[0].Of[r]] {
				continue
			}
			seen[p.Groups[0].Of[r]] = true
		}
		chosen = append(chosen, r)
		if len(chosen) == nearQueries {
			return chosen
		}
	}
	for _, r := range rows { // fewer groups than queries
		if len(chosen) < nearQueries && !slices.Contains(chosen, r) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// neighbours finds the rows nearest to one of them.
func neighbours(metric string, all [][]float32, of []row, at, text int) Near {
	hit := func(i int, score float64) Hit {
		h := Hit{File: of[i].file.Name, Row: of[i].number, Score: round(score)}
		if text >= 0 {
			h.Text = of[i].cells[text].text
		}
		return h
	}
	scores := make([]float64, len(all))
	order := make([]int, 0, len(all)-1)
	for i := range all {
		scores[i] = scoreOf(metric, all[at], all[i])
		if i != at {
			order = append(order, i)
		}
	}
	larger := metric == "COSINE" || metric == "IP"
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] == scores[b]:
			return 0
		case (scores[a] > scores[b]) == larger:
			return -1
		default:
			return 1
		}
	})
	n := Near{Row: hit(at, scores[at])}
	for _, i := range order[:min(nearHits, len(order))] {
		n.Hits = append(n.Hits, hit(i, scores[i]))
	}
	return n
}

// scoreOf is what Milvus tells as the distance of two vectors.
func scoreOf(metric string, a, b []float32) float64 {
	var dot, aa, bb, apart float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
		apart += (x - y) * (x - y)
	}
	switch metric {
	case "IP":
		return dot
	case "L2", "HAMMING": // of bits, the squares are the differences
		return apart
	case "JACCARD":
		if union := aa + bb - dot; union > 0 {
			return 1 - dot/union
		}
		return 0
	default:
		if aa == 0 || bb == 0 {
			return 0
		}
		return dot / math.Sqrt(aa*bb)
	}
}

// round keeps six digits: the last ones are the machine's.
func round(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(v))))
	if math.IsInf(scale, 0) || scale == 0 {
		return v
	}
	return math.Round(v*scale) / scale
}
