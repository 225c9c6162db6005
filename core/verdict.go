package core

import (
	"cmp"
	"slices"
)

// FirstReasons is how many reasons Verdicts keeps.
const FirstReasons = 10

// Verdicts tells how many rows of a span were not accepted, and why.
type Verdicts struct {
	// Invalid counts the rows that were not accepted, Dropped those of them
	// that were left out.
	Invalid int64 `json:"invalid"`
	Dropped int64 `json:"dropped"`
	// Reasons are those of the first invalid rows, in row order.
	Reasons []Reason `json:"reasons,omitempty"`
}

// Reason is why a row was not accepted.
type Reason struct {
	Row    int64  `json:"row"`
	Reason string `json:"reason"`
}

// Add adds the verdicts on other rows.
func (v *Verdicts) Add(other Verdicts) {
	v.Invalid += other.Invalid
	v.Dropped += other.Dropped
	v.Reasons = append(slices.Clip(v.Reasons), other.Reasons...)
	slices.SortFunc(v.Reasons, func(a, b Reason) int { return cmp.Compare(a.Row, b.Row) })
	v.Reasons = v.Reasons[:min(len(v.Reasons), FirstReasons)]
}
