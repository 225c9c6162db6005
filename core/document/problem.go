package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// Severity tells whether a problem stops a file from being used.
type Severity string

// The severities.
const (
	// Error is a problem that makes the file useless.
	Error Severity = "error"
	// Warning is a problem that may be one: it depends on the server's
	// version or settings, or has no effect.
	Warning Severity = "warning"
)

// A Problem is one thing that is wrong with a file, with the mend.
type Problem struct {
	File string `json:"file,omitempty"`
	// Line and Column count from 1, columns in characters; 0 where the
	// content did not come from a file.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path is the place in the content, such as fields[3].dim.
	Path     string   `json:"path,omitempty"`
	Field    string   `json:"field,omitempty"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Expected string   `json:"expected,omitempty"`
	Hint     string   `json:"hint,omitempty"`
}

// Problems are all problems of a file, in the order of its lines. As an
// error it has the code InvalidConfig.
type Problems []Problem

// maxShown is the number of problems that a person reads.
const maxShown = 100

// NewProblem is a problem at a place of a file.
func NewProblem(at Pos, severity Severity, format string, args ...any) *Problem {
	return &Problem{Line: at.Line, Column: at.Column, Severity: severity, Message: fmt.Sprintf(format, args...)}
}

// Expect adds what should stand there.
func (p *Problem) Expect(format string, args ...any) *Problem {
	p.Expected = fmt.Sprintf(format, args...)
	return p
}

// Mend adds the edit that mends it.
func (p *Problem) Mend(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// String is the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:", p.File)
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	switch {
	case p.Field != "":
		fmt.Fprintf(&b, "field %s: ", Clip(p.Field))
	case p.Line == 0 && strings.Contains(p.Path, "["):
		fmt.Fprintf(&b, "%s: ", p.Path)
	}
	b.WriteString(p.Message)
	if p.Expected != "" {
		b.WriteString("; expected " + p.Expected)
	}
	if p.Hint != "" {
		b.WriteString("; mend: " + p.Hint)
	}
	return b.String()
}

// Error lists the problems, one a line; of very many the first.
func (ps Problems) Error() string {
	if len(ps) == 1 {
		return ps[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems", len(ps))
	for i, p := range ps {
		if i == maxShown {
			fmt.Fprintf(&b, "\n  … and %d more", len(ps)-maxShown)
			break
		}
		b.WriteString("\n  ")
		if p.Severity == Warning {
			b.WriteString("warning: ")
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// Unwrap gives each error as one of core, so that core.CodeOf knows them.
func (ps Problems) Unwrap() []error {
	var all []error
	for _, p := range ps.Errors() {
		all = append(all, &core.Error{
			Code: core.InvalidConfig, Field: p.Field, Row: core.NoRow, Hint: p.Hint, Err: errors.New(p.Message),
		})
	}
	return all
}

// Err is the problems as an error, nil where none is more than a warning.
func (ps Problems) Err() error {
	if len(ps.Errors()) == 0 {
		return nil
	}
	return ps
}

// Errors are the problems that stop the file from being used.
func (ps Problems) Errors() Problems { return ps.of(Error) }

// Warnings are the problems that do not.
func (ps Problems) Warnings() Problems { return ps.of(Warning) }

func (ps Problems) of(severity Severity) Problems {
	var some Problems
	for _, p := range ps {
		if p.Severity == severity {
			some = append(some, p)
		}
	}
	return some
}

// Sort puts the problems in the order of the file.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
