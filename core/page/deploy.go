package page

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/bench"
	"github.com/zilliz/milvus-ingest/core/deploy"
)

// Deploy is the page of a deployment: its steps, and what each found.
func Deploy(d *deploy.Result) Report {
	r := Report{
		Kind: "Deployment", Title: or(d.Alias, d.Version), Text: list(d.Environment, d.Pipeline, d.Data),
		Verdict: Verdict{Good, "Live"}, Figures: []Figure{
			{Label: "New version", Value: d.Version},
			{Label: "Before", Value: or(d.Before, "–")},
			{Label: "Took", Value: clock(d.Seconds)},
		},
	}
	if !d.Started.IsZero() {
		r.Figures[2].Note = "begun " + d.Started.UTC().Format(time.RFC3339)
	}
	if !d.Live {
		r.Verdict = Verdict{Bad, "Not live"}
	}
	steps := Section{Title: "Steps"}
	times := Card{Title: "Time of the steps", Wide: true}
	var longest float64
	for _, s := range d.Steps {
		longest = max(longest, s.Seconds)
	}
	for _, s := range d.Steps {
		times.Bars = append(times.Bars, Bar{Name: s.Name, Share: s.Seconds / max(longest, 1e-9), Value: clock(s.Seconds)})
		steps.Cards = append(steps.Cards, stepCard(s))
	}
	if len(times.Bars) > 0 {
		steps.Cards = append([]Card{times}, steps.Cards...)
	}
	r.Sections = append(r.Sections, steps)
	for _, s := range d.Steps {
		r.Sections = append(r.Sections, stepSections(s)...)
	}
	return r
}

func clock(seconds float64) string {
	if seconds < 60 {
		return plain(digits(seconds, 3)) + " s"
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

func stepCard(s deploy.StepResult) Card {
	c := Card{Title: s.Name, Tag: string(s.Status), Text: s.Error, Facts: []Fact{{"Took", clock(s.Seconds)}}}
	for _, f := range scalars(s.Result) {
		if len(f.Value) > valueMost {
			c.Chips = append(c.Chips, f.Name+" "+f.Value)
		} else {
			c.Facts = append(c.Facts, f)
		}
	}
	switch s.Status {
	case deploy.Done:
		c.Mood = Good
	case deploy.Failed:
		c.Mood = Bad
	default:
		c.Mood = Fair
	}
	return c
}

const (
	// factsMost is how many values of a step's result are told.
	factsMost = 12
	// valueMost is how long a value may be that stands below its name.
	valueMost = 10
)

// saidAbove tells whether the page says a value of a step's result already.
func saidAbove(key string) bool {
	return slices.Contains([]string{"seconds", "started", "alias", "now", "collection", "data", "data_set", "kind", "version"}, key)
}

// scalars are the values of a JSON object that are no objects or arrays, in
// their order, but for those that the page says already.
func scalars(raw json.RawMessage) []Fact {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	var facts []Fact
	for d.More() && len(facts) < factsMost {
		key, err := d.Token()
		if err != nil {
			return facts
		}
		var value any
		if d.Decode(&value) != nil {
			return facts
		}
		if key, ok := key.(string); ok && !saidAbove(key) {
			if text := scalarText(key, value); text != "" {
				facts = append(facts, Fact{strings.ReplaceAll(key, "_", " "), text})
			}
		}
	}
	return facts
}

// scalarText writes a value; "" for one that is empty, an object or an array.
func scalarText(key string, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil && key == "bytes" {
			return bytesOf(n)
		}
		return numberText(v.String())
	}
	return ""
}

// stepSections are the charts of steps that have some.
func stepSections(s deploy.StepResult) []Section {
	if s.Name != "benchmark" {
		return nil
	}
	var b bench.Result
	if json.Unmarshal(s.Result, &b) != nil || len(b.Runs) == 0 {
		return nil
	}
	sections := Bench(&b).Sections
	return slices.DeleteFunc(sections, func(s Section) bool { return len(s.Cards) == 0 })
}
