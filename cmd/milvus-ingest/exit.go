package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// The exit codes of every command but health.
const (
	exitDone        = 0   // done
	exitFailed      = 1   // failed
	exitUsage       = 2   // usage or configuration
	exitData        = 3   // data refused
	exitPlugin      = 4   // a plugin died or was refused
	exitUnavailable = 5   // a server could not be reached
	exitInterrupted = 130 // interrupted
)

// exitStatus is an exit code that says all there is to say: the result has
// been printed.
type exitStatus int

// Error implements error.
func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// exitCode is the exit code of an error.
func exitCode(err error) int {
	switch core.CodeOf(err) {
	case core.InvalidConfig, core.Conflict:
		return exitUsage
	case core.InvalidData:
		return exitData
	case core.PluginFailed:
		return exitPlugin
	case core.Unavailable:
		return exitUnavailable
	default:
		return exitFailed
	}
}

// fail prints an error, all of its problems with their hints, and returns the
// exit code.
func (a *app) fail(ctx context.Context, err error) int {
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || core.CodeOf(err) != core.InvalidData) {
		a.say("interrupted")
		for _, hint := range hints(err) {
			a.say("hint: %s", hint)
		}
		return exitInterrupted
	}
	for _, problem := range flatten(err) {
		a.say("error: %v", problem)
		for _, hint := range hints(problem) {
			a.say("hint: %s", hint)
		}
	}
	return exitCode(err)
}

// flatten lists the errors that were joined, each with what was said around
// it.
func flatten(err error) []error {
	if problems, ok := err.(schema.Problems); ok { //nolint:errorlint // wrapped ones are found below
		return located(problems)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	if _, ok := err.(interface{ Format(fmt.State, rune) }); ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// located are the problems of a schema file, each with its line.
func located(problems schema.Problems) []error {
	var all []error
	for _, p := range problems.Errors() {
		hint := p.Hint
		p.Hint = ""
		all = append(all, &core.Error{Code: core.InvalidConfig, Row: core.NoRow, Hint: hint, Err: errors.New(p.String())})
	}
	return all
}

// hints collects the hints of an error's chain, each once.
func hints(err error) []string {
	var found []string
	var walk func(error)
	walk = func(err error) {
		if e, ok := err.(*core.Error); ok && e.Hint != "" && !strings.Contains(strings.Join(found, "\n"), e.Hint) { //nolint:errorlint // the chain is walked link by link
			found = append(found, e.Hint)
		}
		switch e := err.(type) { //nolint:errorlint // the same
		case interface{ Unwrap() error }:
			if next := e.Unwrap(); next != nil {
				walk(next)
			}
		case interface{ Unwrap() []error }:
			for _, next := range e.Unwrap() {
				walk(next)
			}
		}
	}
	walk(err)
	return found
}
