package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Text tells in a line what the check found.
func (c Check) Text() string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	for _, said := range []string{c.Error, c.Warning} {
		if said != "" {
			add("%s", said)
		}
	}
	if c.Collections != nil {
		add("%d collections", *c.Collections)
	}
	if c.Rows != nil {
		add("%d rows, at least %d expected", *c.Rows, *c.ExpectedMin)
	}
	if c.State != "" && c.Percent != nil {
		add("%s, %d %%", c.State, *c.Percent)
	}
	if c.Indexed != nil {
		add("%d rows indexed, %d to do", *c.Indexed, *c.Pending)
	}
	if c.Field != "" && c.Results != nil {
		add("%d rows nearest by %s", *c.Results, c.Field)
	}
	if c.ThresholdMS != nil {
		add("threshold %g ms", *c.ThresholdMS)
	}
	for _, counts := range []map[string]int64{c.Segments, c.Jobs} {
		for _, state := range slices.Sorted(maps.Keys(counts)) {
			add("%d %s", counts[state], state)
		}
	}
	return strings.Join(words, ", ")
}
