package portrait

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
)

const (
	groupValues = 8  // values that get a colour of their own
	groupMost   = 30 // different values of a field that groups
	groupsMost  = 5
	labelMost   = 96 // bytes of what a point is about
)

// groups are the fields by which rows can be told apart at a glance.
func (p *Portrait) groups(rows []row) []Group {
	var all []Group
	for column, f := range p.Fields {
		t := schema.Type(f.Type)
		primary := slices.Contains(f.Facts, "primary key")
		if primary || !t.IsText() && !t.IsInteger() && t != schema.Bool || f.Distinct < 2 || f.Distinct > groupMost {
			continue
		}
		g := Group{Field: f.Name, Of: make([]int, len(rows))}
		own := groupValues
		if f.Exact && f.Distinct == groupValues+1 {
			own++ // rather than one other
		}
		for _, top := range f.Top[:min(len(f.Top), own)] {
			g.Values = append(g.Values, top.Value)
		}
		if len(g.Values) < 2 {
			continue
		}
		for i, r := range rows {
			switch c := r.cells[column]; {
			case c.null:
				g.Of[i] = -1
			default:
				g.Of[i] = len(g.Values)
				if at := slices.Index(g.Values, c.text); at >= 0 {
					g.Of[i] = at
				}
			}
		}
		all = append(all, g)
	}
	return all
}

// orderGroups puts the field first whose values lie most apart in the maps.
func (p *Portrait) orderGroups() {
	apart := map[string]float64{}
	for _, g := range p.Groups {
		for _, v := range p.Vectors {
			apart[g.Field] += apartness(g, v)
		}
	}
	slices.SortStableFunc(p.Groups, func(a, b Group) int { return cmp.Compare(apart[b.Field], apart[a.Field]) })
	p.Groups = p.Groups[:min(len(p.Groups), groupsMost)]
}

// apartness is the share of the variance of a map that lies between groups.
func apartness(g Group, v Vectors) float64 {
	var total float64
	var all [2]float64
	sums, counts := map[int][2]float64{}, map[int]float64{}
	for i, at := range v.Points {
		of := g.Of[v.Rows[i]]
		sum := sums[of]
		for k := range 2 {
			sum[k] += at[k]
			all[k] += at[k]
			total += at[k] * at[k]
		}
		sums[of], counts[of] = sum, counts[of]+1
	}
	n := float64(len(v.Points))
	mean := (all[0]*all[0] + all[1]*all[1]) / n
	var between float64
	for of := -1; of <= len(g.Values); of++ {
		if c := counts[of]; c > 0 {
			between += (sums[of][0]*sums[of][0] + sums[of][1]*sums[of][1]) / c
		}
	}
	if total-mean <= 0 {
		return 0
	}
	return (between - mean) / (total - mean)
}

// titles are the text fields, the one that says best what a row is about
// first.
func (p *Portrait) titles() []int {
	var all []int
	weight := map[int]float64{}
	for i, f := range p.Fields {
		if !schema.Type(f.Type).IsText() || f.Count == 0 || f.Lengths == nil || f.Shape != nil && f.Shape.Of == "time" {
			continue
		}
		weight[i] = min(f.Lengths.Mean, 120) * float64(f.Distinct) / float64(f.Count)
		if slices.Contains(f.Facts, "primary key") {
			weight[i] = 0
		}
		all = append(all, i)
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	return all
}

// matching is the text field that a vector is made of, by its name
// (question_embedding is of question), else the first; -1 where there is none.
func matching(p *Portrait, vector string, about []int) int {
	for _, i := range about {
		if name := p.Fields[i].Name; strings.HasPrefix(vector, name+"_") || strings.HasSuffix(vector, "_"+name) {
			return i
		}
	}
	if len(about) == 0 {
		return -1
	}
	return about[0]
}

func (p *Portrait) labels(rows []row, about []int) []string {
	labels := make([]string, len(rows))
	for i, r := range rows {
		if len(about) > 0 {
			labels[i] = shorten(r.cells[about[0]].text, labelMost)
		}
		if labels[i] == "" {
			labels[i] = fmt.Sprintf("row %d", r.number)
		}
	}
	return labels
}
