package scripts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

const (
	// maxCallStack ends a recursion that does not end itself.
	maxCallStack = 2048
	// maxText bounds what a single call of String's repeat and pad makes.
	maxText = 16 << 20
)

// A machine is one JavaScript runtime with a bundle in it. One goroutine uses
// it; every column has its own, so nothing that one hook leaves behind can be
// seen by another.
type machine struct {
	vm    *goja.Runtime
	name  string
	hooks *goja.Object
	watch *watch
	rng   *random
}

// newMachine runs a bundle, then its setup. key is the stream of rng and
// Math.random.
func newMachine(ctx context.Context, config Config, key rng.Key) (_ *machine, err error) {
	m := &machine{vm: goja.New(), name: config.File}
	limit := time.Duration(config.TimeoutMS) * time.Millisecond
	if limit <= 0 {
		limit = defaultTimeout
	}
	m.watch = newWatch(m.vm, config.File, limit)
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	if m.rng, err = newRandom(m.vm, key); err != nil {
		return nil, err
	}
	if err := m.prepare(); err != nil {
		return nil, err
	}
	program, err := goja.Compile(config.File, config.Bundle, false)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "%s: %w", config.File, err)
	}
	err = m.guard(ctx, core.NoRow, func() error { _, err := m.vm.RunProgram(program); return err })
	if err != nil {
		return nil, err
	}
	if m.hooks, _ = m.vm.Get(globalName).(*goja.Object); m.hooks == nil || len(m.hooks.Keys()) == 0 {
		return nil, core.Errorf(core.InvalidConfig, "%s: it exports nothing", config.File).
			WithHint("export fields, validate or setup; milvus-ingest script new shows how")
	}
	return m, m.setup(ctx, config)
}

// prepare sets what a hook sees of the world.
func (m *machine) prepare() error {
	m.vm.SetMaxCallStackSize(maxCallStack)
	m.vm.SetRandSource(m.rng.float)
	m.vm.SetTimeSource(core.Epoch)
	problems := []error{m.vm.Set("console", m.console()), m.vm.Set("vec", m.vectors())}
	// A native function that is asked for a terabyte ends the process, so the
	// few that can are asked through a check.
	_, err := m.vm.RunScript("limits", `(() => {
	const bound = (name, size) => {
		const native = String.prototype[name];
		Object.defineProperty(String.prototype, name, {configurable: true, writable: true, value: function (n, ...rest) {
			if (size(this, n) > `+strconv.Itoa(maxText)+`) throw new RangeError(name + "(" + n + ") makes too long a text");
			return native.call(this, n, ...rest);
		}});
	};
	bound("repeat", (s, n) => String(s).length * n);
	bound("padStart", (s, n) => n);
	bound("padEnd", (s, n) => n);
})()`)
	return errors.Join(append(problems, err)...)
}

// setup calls the bundle's setup(dataset), if it has one.
func (m *machine) setup(ctx context.Context, config Config) error {
	setup, ok := goja.AssertFunction(m.hooks.Get("setup"))
	if !ok {
		return nil
	}
	dataset := m.vm.NewObject()
	err := errors.Join(dataset.Set("name", config.Collection), dataset.Set("seed", strconv.FormatUint(config.Seed, 10)))
	if err != nil {
		return err
	}
	return m.guard(ctx, core.NoRow, func() error { _, err := setup(m.hooks, dataset); return err })
}

func (m *machine) close() { m.watch.close() }

// guard runs one call of JavaScript under the limits; row is what it is about.
func (m *machine) guard(ctx context.Context, row int64, call func() error) error {
	stop := m.interruptible(ctx)
	defer stop()
	return m.once(row, call)
}

// interruptible makes the end of ctx interrupt what runs, until stop is
// called.
func (m *machine) interruptible(ctx context.Context) (stop func()) {
	cancel := context.AfterFunc(ctx, func() { m.vm.Interrupt(ctx.Err()) })
	return func() {
		cancel()
		m.vm.ClearInterrupt()
	}
}

// once is guard for a caller that has made the machine interruptible already.
func (m *machine) once(row int64, call func() error) error {
	m.watch.begin(row)
	err := call()
	m.watch.done()
	if err != nil {
		return m.failure(err, row)
	}
	return nil
}

// failure turns what goja gives into an error with the user's own file, line
// and column.
func (m *machine) failure(err error, row int64) error {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var thrown *goja.Exception
	place, text := m.name, err.Error()
	switch {
	case errors.As(err, &interrupted):
		if cause, ok := interrupted.Value().(error); ok && errors.Is(cause, context.Canceled) {
			return cause
		}
		place, text = where(m.name, interrupted.Stack()), fmt.Sprint(interrupted.Value())
	case errors.As(err, &overflow):
		place, text = where(m.name, overflow.Stack()), "too deep a recursion"
	case errors.As(err, &thrown):
		place, text = where(m.name, thrown.Stack()), describe(thrown.Value())
	}
	return core.Errorf(core.InvalidData, "%s: %s", place, text).WithRow(row)
}

// where is the innermost place of a stack that lies in a file of the user's.
func where(name string, stack []goja.StackFrame) string {
	for _, frame := range stack {
		if p := frame.Position(); p.Line > 0 && p.Filename != "limits" && p.Filename != "" {
			return fmt.Sprintf("%s:%d:%d", p.Filename, p.Line, p.Column)
		}
	}
	return name
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
	at := func(level slog.Level) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			words := make([]string, len(call.Arguments))
			for i, argument := range call.Arguments {
				words[i] = argument.String()
			}
			slog.Log(context.Background(), level, strings.Join(words, " "), "hooks", m.name)
			return goja.Undefined()
		}
	}
	return map[string]any{
		"debug": at(slog.LevelDebug), "log": at(slog.LevelInfo), "info": at(slog.LevelInfo),
		"warn": at(slog.LevelWarn), "error": at(slog.LevelError),
	}
}
