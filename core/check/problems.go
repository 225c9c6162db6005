package check

import (
	"cmp"
	"slices"
	"sync"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// Problem is all that a rule found of one field.
type Problem struct {
	Rule     string           `json:"rule"`
	Severity dataset.Severity `json:"severity"`
	Field    string           `json:"field,omitempty"`
	// Count is how often it was found; Findings are the first of them.
	Count    int64             `json:"count"`
	Findings []dataset.Finding `json:"findings"`
}

// problems gathers findings of several goroutines: of each rule and field the
// first ones, in the order of files and rows, and the count of all.
type problems struct {
	mu    sync.Mutex
	limit int
	order map[string]int // of files
	found map[problemKey]*Problem
}

type problemKey struct {
	rule, field string
	severity    dataset.Severity
}

// mostProblems is how many problems are told apart by their fields: a file may
// have other keys in each of its rows. What is found of further fields counts
// for the data set.
const mostProblems = 1000

func newProblems(limit int, files []*dataset.DataFile) *problems {
	p := &problems{limit: limit, order: map[string]int{}, found: map[problemKey]*Problem{}}
	for i, f := range files {
		p.order[f.Name] = i
	}
	return p
}

// add takes a finding.
func (p *problems) add(f dataset.Finding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := problemKey{f.Rule, f.Field, f.Severity}
	group := p.found[key]
	if group == nil && len(p.found) >= mostProblems {
		key.field = ""
		group = p.found[key]
	}
	if group == nil {
		group = &Problem{Rule: key.rule, Severity: key.severity, Field: key.field}
		p.found[key] = group
	}
	group.Count++
	at, _ := slices.BinarySearchFunc(group.Findings, f, p.compare)
	if at < p.limit {
		group.Findings = slices.Insert(group.Findings, at, f)
		group.Findings = group.Findings[:min(len(group.Findings), p.limit)]
	}
}

func (p *problems) compare(a, b dataset.Finding) int {
	return cmp.Or(cmp.Compare(p.order[a.File], p.order[b.File]), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Message, b.Message))
}

// list gives the problems, the worst first, in the order of the rules.
func (p *problems) list() []Problem {
	rank := map[string]int{}
	for i, rule := range Rules() {
		rank[rule.Name] = i
	}
	severities := []dataset.Severity{dataset.Error, dataset.Warning, dataset.Note}
	all := make([]Problem, 0, len(p.found))
	for _, group := range p.found {
		all = append(all, *group)
	}
	slices.SortFunc(all, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			cmp.Compare(rank[a.Rule], rank[b.Rule]), cmp.Compare(a.Field, b.Field),
		)
	})
	return all
}
