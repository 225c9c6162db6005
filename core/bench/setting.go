package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// String tells what was asked for, in a few words.
func (s Setting) String() string {
	var words []string
	if s.Rate > 0 {
		words = append(words, fmt.Sprintf("%g a second", s.Rate))
	} else {
		words = append(words, fmt.Sprintf("%d at a time", s.Concurrency))
	}
	words = append(words, fmt.Sprintf("top %d", s.TopK))
	if text := s.ParamText(); text != "" {
		words = append(words, text)
	}
	if s.Filter != "" {
		words = append(words, "where "+s.Filter)
	}
	if s.Inserting > 0 {
		words = append(words, fmt.Sprintf("inserting %g rows a second", s.Inserting))
	}
	return strings.Join(words, ", ")
}

// ParamText are the parameters of the index in order, such as ef=64.
func (s Setting) ParamText() string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		words = append(words, name+"="+s.Params[name])
	}
	return strings.Join(words, " ")
}

// same finds the run of an earlier result that was made with a setting; nil
// where there is none.
func (r *Result) same(s Setting) *Run {
	if r == nil {
		return nil
	}
	for i := range r.Runs {
		if r.Runs[i].Setting.String() == s.String() {
			return &r.Runs[i]
		}
	}
	return nil
}

// Before is the baseline's run with the setting of a run; nil where there is
// none.
func (r *Result) Before(run *Run) *Run { return r.Baseline.same(run.Setting) }
