package bench

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Threshold is a demand on every run, such as p99<50ms or recall@10>=0.95.
type Threshold struct {
	// Text is as it was written.
	Text   string
	figure string
	// topK is the one that the demand is for; 0: any.
	topK  int
	op    string
	value float64
	// relative tells that the value is a factor of the baseline's.
	relative bool
}

// figures are what can be demanded, with how a run tells them.
func figures() map[string]func(*Run) (float64, bool) {
	latency := func(of func(*Latency) float64) func(*Run) (float64, bool) {
		return func(r *Run) (float64, bool) { return of(&r.Latency), r.Searches > r.Failed }
	}
	return map[string]func(*Run) (float64, bool){
		"mean":   latency(func(l *Latency) float64 { return l.Mean }),
		"p50":    latency(func(l *Latency) float64 { return l.P50 }),
		"p90":    latency(func(l *Latency) float64 { return l.P90 }),
		"p95":    latency(func(l *Latency) float64 { return l.P95 }),
		"p99":    latency(func(l *Latency) float64 { return l.P99 }),
		"p99.9":  latency(func(l *Latency) float64 { return l.P999 }),
		"max":    latency(func(l *Latency) float64 { return l.Max }),
		"qps":    func(r *Run) (float64, bool) { return r.QPS, r.Searches > 0 },
		"errors": func(r *Run) (float64, bool) { return float64(r.Failed) / float64(max(r.Searches, 1)), r.Searches > 0 },
		"recall": func(r *Run) (float64, bool) {
			if r.Recall == nil {
				return 0, false
			}
			return r.Recall.Mean, true
		},
	}
}

func isTime(figure string) bool { return figure != "qps" && figure != "errors" && figure != "recall" }

// ParseThreshold reads FIGURE[@K]OPERATOR VALUE. Times have a unit, the share
// of errors and recall may be in percent, and 1.1x is 1.1 times what the
// baseline has.
func ParseThreshold(text string) (Threshold, error) {
	form := regexp.MustCompile(`^\s*([a-z][a-z0-9.]*)(?:@([0-9]{1,5}))?\s*(<=|>=|<|>)\s*(\S+)\s*$`)
	m := form.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return Threshold{}, badThreshold(text, "it is no comparison")
	}
	t := Threshold{Text: strings.TrimSpace(text), figure: m[1], op: m[3]}
	if _, known := figures()[t.figure]; !known {
		return t, badThreshold(text, "there is no figure %q", t.figure)
	}
	if m[2] != "" {
		t.topK, _ = strconv.Atoi(m[2]) // five digits at most
		if t.topK == 0 {
			return t, badThreshold(text, "top-k is 1 or more")
		}
	}
	return t, t.parseValue(m[4])
}

func badThreshold(text, format string, args ...any) error {
	e := core.Errorf(core.InvalidConfig, "threshold %q: "+format, append([]any{text}, args...)...)
	var names []string
	for name := range figures() {
		names = append(names, name)
	}
	word := text
	if end := strings.IndexAny(word, "@<>="); end >= 0 {
		word = strings.TrimSpace(word[:end])
	}
	if near, ok := spell.Nearest(word, names); ok && near != word {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("write p99<50ms, recall@10>=0.95, errors<1%%, qps>=200 or qps>=0.9x (of the baseline); figures are mean, p50, p90, p95, p99, p99.9, max, qps, errors, recall")
}

func (t *Threshold) parseValue(text string) error {
	var err error
	switch factor, isFactor := strings.CutSuffix(text, "x"); {
	case isFactor:
		t.relative = true
		t.value, err = strconv.ParseFloat(factor, 64)
	case isTime(t.figure):
		var d time.Duration
		d, err = time.ParseDuration(text)
		t.value = float64(d) / float64(time.Millisecond)
	case strings.HasSuffix(text, "%") && t.figure != "qps":
		t.value, err = strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		t.value /= 100
	default:
		t.value, err = strconv.ParseFloat(text, 64)
	}
	switch {
	case err != nil && isTime(t.figure):
		return badThreshold(t.Text, "%q is no time, such as 50ms", text)
	case err != nil:
		return badThreshold(t.Text, "%q is no number", text)
	case !(t.value >= 0 && t.value < 1e15):
		return badThreshold(t.Text, "%q is out of range", text)
	}
	return nil
}

// Judge compares all runs with the threshold.
func (t Threshold) Judge(r *Result) Verdict {
	v := Verdict{Threshold: t.Text}
	judged := 0
	for i := range r.Runs {
		run := &r.Runs[i]
		if t.topK > 0 && run.TopK != t.topK {
			continue
		}
		judged++
		if missed := t.missed(run, r.Baseline); missed != "" {
			v.Missed = append(v.Missed, fmt.Sprintf("%s: %s", run.Setting, missed))
		}
	}
	if judged == 0 {
		v.Missed = append(v.Missed, fmt.Sprintf("no run has top-k %d", t.topK))
	}
	v.Met = len(v.Missed) == 0
	return v
}

// missed says how a run misses the threshold, "" where it does not.
func (t Threshold) missed(run *Run, baseline *Result) string {
	of := figures()[t.figure]
	got, ok := of(run)
	if !ok {
		return "there is no " + t.figure
	}
	limit := t.value
	if t.relative {
		before := baseline.same(run.Setting)
		if before == nil {
			return "the baseline has no such run"
		}
		was, ok := of(before)
		if !ok {
			return "the baseline has no " + t.figure
		}
		limit *= was
	}
	met := map[string]bool{"<": got < limit, "<=": got <= limit, ">": got > limit, ">=": got >= limit}[t.op]
	if met {
		return ""
	}
	return fmt.Sprintf("%s is %s, not %s %s", t.figure, t.show(got), t.op, t.show(limit))
}

func (t Threshold) show(value float64) string {
	switch {
	case isTime(t.figure):
		return fmt.Sprintf("%.4g ms", value)
	case t.figure == "errors":
		return fmt.Sprintf("%.4g %%", 100*value)
	}
	return fmt.Sprintf("%.4g", value)
}

// NeedsRecall and NeedsBaseline tell what a threshold cannot be judged
// without.
func (t Threshold) NeedsRecall() bool { return t.figure == "recall" }

// NeedsBaseline see NeedsRecall.
func (t Threshold) NeedsBaseline() bool { return t.relative }
