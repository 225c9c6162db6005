package scripts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// limitsName is the file name of the code that bounds native functions: it is
// no place of the user's.
const limitsName = "limits"

// unmapped ends the bundle's file name: a place in it is one that the source
// map does not lead to a file of the user's.
const unmapped = ".bundle"

// bundleName is the name that a place has which is in no file of the user's.
func bundleName(config Config) string {
	if strings.Contains(config.Bundle, "\n//# sourceMappingURL=") {
		return config.File + unmapped
	}
	return config.File
}

// failure turns what goja gives into an error with the user's own file, line
// and column.
func (m *machine) failure(err error, row int64) error {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var thrown *goja.Exception
	place, text, code := m.name, err.Error(), core.InvalidData
	switch {
	case errors.As(err, &interrupted):
		m.vm.ClearInterrupt()
		cause, _ := interrupted.Value().(error)
		if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
			return cause
		}
		place, text, code = m.where(interrupted.Stack()), fmt.Sprint(interrupted.Value()), core.Exhausted
	case errors.As(err, &overflow):
		place, text, code = m.where(overflow.Stack()), "too deep a recursion", core.Exhausted
	case errors.As(err, &thrown):
		place, text = m.where(thrown.Stack()), describe(thrown.Value())
	}
	return core.Errorf(code, "%s: %s", place, text).WithRow(row)
}

// where is the innermost place of a stack that lies in a file of the user's.
func (m *machine) where(stack []goja.StackFrame) string {
	for _, frame := range stack {
		if p := frame.Position(); p.Line > 0 && p.Filename != limitsName && p.Filename != "" && p.Filename != m.name+unmapped {
			return fmt.Sprintf("%s:%d:%d", p.Filename, p.Line, p.Column)
		}
	}
	return m.name
}

// placeOf is where a function begins. It is called with an interrupt that
// waits already, so that none of it runs and its first place is told.
func (m *machine) placeOf(function goja.Callable) string {
	m.vm.Interrupt("where")
	_, err := function(goja.Undefined())
	m.vm.ClearInterrupt()
	var interrupted *goja.InterruptedError
	if !errors.As(err, &interrupted) {
		return m.name
	}
	return m.where(interrupted.Stack())
}

// describe says what was thrown: an Error by its text, other things as JSON.
func describe(value goja.Value) string {
	object, ok := value.(*goja.Object)
	if !ok {
		return "throws " + value.String()
	}
	if object.Get("message") != nil && object.Get("name") != nil {
		return object.String()
	}
	if text, err := object.MarshalJSON(); err == nil {
		return "throws " + string(text)
	}
	return "throws " + object.String()
}

// console gives hooks console.log and its sisters; they write to the log.
func (m *machine) console() map[string]any {
	logger := slog.Default()
	if sdk.Hosted() {
		logger = sdk.Logger()
	}
	at := func(level slog.Level) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			words := make([]string, len(call.Arguments))
			for i, argument := range call.Arguments {
				words[i] = argument.String()
			}
			logger.Log(context.Background(), level, strings.Join(words, " "), "hooks", m.name)
			return goja.Undefined()
		}
	}
	return map[string]any{
		"debug": at(slog.LevelDebug), "log": at(slog.LevelInfo), "info": at(slog.LevelInfo),
		"warn": at(slog.LevelWarn), "error": at(slog.LevelError),
	}
}

// caught, deferred, makes an error of what a getter or a toString of the
// hook's throws while its value is read.
func (h *hook) caught(err *error, row *int64) {
	switch p := recover().(type) {
	case nil:
	case *goja.Exception:
		*err = h.fault(errors.New(describe(p.Value())), *row)
	case *goja.InterruptedError:
		*err = h.m.failure(p, *row)
	default:
		panic(p)
	}
}
