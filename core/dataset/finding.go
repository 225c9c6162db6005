package dataset

import "fmt"

// Severity says how bad a finding is.
type Severity string

// The severities of a Finding.
const (
	// Error is what Milvus refuses, or silently stores as something else.
	Error Severity = "error"
	// Warning depends on the server's version or settings, or is allowed
	// and seldom meant.
	Warning Severity = "warning"
	// Note is worth knowing and changes nothing.
	Note Severity = "note"
)

// A Finding is one thing that is wrong with a data set: what, and where.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// File is relative to the data set, or "" where the whole set is meant.
	File string `json:"file,omitempty"`
	// Row counts from 0 within the file; NoRow where no row is meant.
	Row int64 `json:"row"`
	// Field is the column, or "".
	Field string `json:"field,omitempty"`
	// Message says what is wrong, with what was found and what was expected.
	Message string `json:"message"`
	// Hint is the command or edit that mends it, or "".
	Hint string `json:"hint,omitempty"`
}

// Place is where a finding is, for people: file, row and field.
func (f Finding) Place() string {
	place := f.File
	if f.Row >= 0 {
		place += fmt.Sprintf(" row %d", f.Row)
	}
	if f.Field != "" {
		place += " field " + f.Field
	}
	if place == "" {
		return "data set"
	}
	if f.File == "" {
		return place[1:]
	}
	return place
}

// String is the finding in one line.
func (f Finding) String() string { return f.Place() + ": " + f.Message }

// The rules that the reader itself applies while it opens files and converts
// values; package check tells of all.
const (
	RuleFile       = "file-readable"
	RuleEmptyFile  = "file-empty"
	RuleFormat     = "file-format"
	RuleMixed      = "file-mixed"
	RuleIgnored    = "file-ignored"
	RuleListed     = "file-listed"
	RuleUnfinished = "set-unfinished"
	RuleBOM        = "json-bom"
	RuleSyntax     = "json-syntax"
	RuleLines      = "json-lines"
	RuleNaNToken   = "json-nan"
	RuleDuplicate  = "key-duplicate"
	RuleUnknown    = "column-unknown"
	RuleMissing    = "column-missing"
	RuleFunction   = "column-function"
	RuleAutoID     = "column-auto-id"
	RuleType       = "column-type"
	RuleRequired   = "column-required"
	RuleFixedSize  = "column-fixed-size-list"
	RuleCodec      = "column-codec"
	RuleValue      = "value-type"
	RuleElement    = "element-null"
	RuleDim        = "vector-dim"
	RuleSparse     = "sparse-form"
	RuleSparseSort = "sparse-order"
	RuleMeta       = "meta-form"
)
