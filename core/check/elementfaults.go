package check

import (
	"slices"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// elementFaults gathers what is wrong with the elements of one row: one
// finding for each rule, with the first element and the number of others.
type elementFaults struct {
	counts map[string]int
	first  map[string]string
}

func (f *elementFaults) note(rule, message string) {
	if f.counts[rule]++; f.counts[rule] == 1 {
		f.first[rule] = message
	}
}

// take is a report for a looker at elements.
func (f *elementFaults) take(row int, at *place) func(dataset.Finding) {
	base := mixFirst(at, row)
	return func(found dataset.Finding) {
		f.note(found.Rule, sprintf("element %d: %s", found.Row-base, found.Message))
	}
}

// tell reports the row.
func (f *elementFaults) tell(row int, at *place) {
	if len(f.counts) == 0 {
		return
	}
	var rules []string
	for rule := range f.counts {
		rules = append(rules, rule)
	}
	slices.Sort(rules)
	for _, rule := range rules {
		at.error(row, rule, "%s%s", f.first[rule], andMore(f.counts[rule]-1))
	}
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return sprintf(" (and %d more)", n)
}
