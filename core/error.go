package core

import (
	"errors"
	"fmt"
	"strings"
)

// Code classes an error; it decides the exit code of a command and whether a
// plugin's error is the user's, the data's or the world's.
type Code string

// The codes of Error.
const (
	InvalidConfig Code = "invalid_config" // a schema, option or configuration is wrong
	InvalidData   Code = "invalid_data"   // a value breaks a rule
	Conflict      Code = "conflict"       // the target exists, or holds something else
	Unavailable   Code = "unavailable"    // a server or store cannot be reached
	Exhausted     Code = "exhausted"      // a limit: memory, disk, quota, message size
	PluginFailed  Code = "plugin_failed"  // a plugin died, hung or was refused
	Internal      Code = "internal"       // a fault of our own
)

// NoRow is the Row of an error that speaks of no row.
const NoRow int64 = -1

// Error keeps its meaning across the process boundary: what went wrong, where,
// and what mends it.
type Error struct {
	Code  Code
	Field string // column or configuration key, or ""
	Row   int64  // row of the data set, or NoRow
	Hint  string // the command or edit that mends it, or ""
	Retry bool   // whether the same call may succeed later
	Err   error
}

// Errorf makes an Error that speaks of no row and no field.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Row: NoRow, Err: fmt.Errorf(format, args...)}
}

// WithField says which field the error is about.
func (e *Error) WithField(name string) *Error { e.Field = name; return e }

// WithRow says which row of the data set the error is about.
func (e *Error) WithRow(row int64) *Error { e.Row = row; return e }

// WithHint adds the command or edit that mends the error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error tells what and where; the hint is left to whoever shows the error.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		fmt.Fprintf(&b, "field %s: ", e.Field)
	}
	if e.Row >= 0 {
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf gives the code of the first Error in err's chain, Internal where
// there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
