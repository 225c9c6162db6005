package scripts

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

const (
	// maxCallStack ends a recursion that does not end itself.
	maxCallStack = 2048
	// maxText bounds what a single call of String's repeat and pad makes, and
	// maxBuffer an ArrayBuffer.
	maxText   = 16 << 20
	maxBuffer = 64 << 20
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
	// parse and stringify are JSON's, whatever a hook makes of the global.
	parse, stringify goja.Callable
	// arrays makes the typed arrays of records.
	arrays map[string]goja.Value
}

// newMachine runs a bundle, then its setup. key is the stream of rng and
// Math.random; what says whose machine it is.
func newMachine(ctx context.Context, config Config, key rng.Key, what string) (_ *machine, err error) {
	if time.Local != time.UTC { //nolint:gosmopolitan // dates of hooks are local ones
		return nil, core.Errorf(core.Internal, "hooks need a program whose local time is UTC")
	}
	m := &machine{vm: goja.New(), name: config.File}
	m.watch = newWatch(m.vm, config.File+what, limits{
		time:   cmp.Or(time.Duration(config.TimeoutMS)*time.Millisecond, defaultTimeout),
		memory: cmp.Or(uint64(config.MemoryMB)<<20, defaultMemory),
	})
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
	program, err := goja.Compile(bundleName(config), config.Bundle, false)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "%s: %w", config.File, err)
	}
	err = m.guard(ctx, func() error { _, err := m.vm.RunProgram(program); return err })
	if err != nil {
		return nil, err
	}
	m.hooks, _ = m.vm.Get(globalName).(*goja.Object)
	if m.hooks != nil && m.hooks.Get("fields") == nil && m.hooks.Get("validate") == nil {
		if whole, ok := m.hooks.Get("default").(*goja.Object); ok { // export default {fields, validate}
			m.hooks = whole
		}
	}
	if m.hooks == nil || len(m.hooks.Keys()) == 0 {
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
	json := m.vm.Get("JSON").ToObject(m.vm)
	m.parse, _ = goja.AssertFunction(json.Get("parse"))
	m.stringify, _ = goja.AssertFunction(json.Get("stringify"))
	m.arrays = map[string]goja.Value{}
	for _, name := range []string{"Float32Array", "Int8Array", "Uint8Array"} {
		m.arrays[name] = m.vm.Get(name)
	}
	// A native function that is asked for a terabyte ends the process, so the
	// few that can are asked through a check.
	_, err := m.vm.RunScript(limitsName, `(() => {
	const tooLong = (what) => { throw new RangeError(what + " is too long"); };
	const bound = (name, size) => {
		const native = String.prototype[name];
		Object.defineProperty(String.prototype, name, {configurable: true, writable: true, value: function (n, ...rest) {
			if (size(this, n) > `+strconv.Itoa(maxText)+`) tooLong("the text of " + name + "(" + n + ")");
			return native.call(this, n, ...rest);
		}});
	};
	bound("repeat", (s, n) => String(s).length * n);
	bound("padStart", (s, n) => n);
	bound("padEnd", (s, n) => n);
	for (const name of ["ArrayBuffer", "Uint8Array", "Int8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
		"Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"]) {
		const native = globalThis[name];
		if (!native) continue;
		const most = `+strconv.Itoa(maxBuffer)+` / (native.BYTES_PER_ELEMENT || 1);
		globalThis[name] = new Proxy(native, {construct(target, args, self) {
			const n = typeof args[0] === "object" && args[0] ? args[0].length || 0 : Number(args[0]);
			if (n > most) tooLong(name + "(" + n + ")");
			return Reflect.construct(target, args, self);
		}});
	}
})()`)
	return errors.Join(append(problems, err)...)
}

// setup calls the bundle's setup(dataset), if it has one.
func (m *machine) setup(ctx context.Context, config Config) error {
	setup, ok := goja.AssertFunction(m.hooks.Get("setup"))
	if !ok {
		return nil
	}
	fields := make([]any, len(config.Fields))
	for i, name := range config.Fields {
		fields[i] = name
	}
	names := m.vm.NewArray(fields...)
	dataset := m.vm.NewObject()
	err := errors.Join(
		dataset.Set("name", config.Collection), dataset.Set("seed", strconv.FormatUint(config.Seed, 10)), dataset.Set("fields", names),
		m.freeze(names), m.freeze(dataset))
	if err != nil {
		return err
	}
	return m.guard(ctx, func() error { _, err := setup(m.hooks, dataset); return err })
}

func (m *machine) freeze(object *goja.Object) error {
	freeze, _ := goja.AssertFunction(m.vm.GlobalObject().Get("Object").ToObject(m.vm).Get("freeze"))
	_, err := freeze(goja.Undefined(), object)
	return err
}

func (m *machine) close() { m.watch.close() }

// guard runs a call of JavaScript that is about no row under the limits.
func (m *machine) guard(ctx context.Context, call func() error) error {
	defer m.interruptible(ctx)()
	m.watch.begin(core.NoRow)
	defer m.watch.done()
	if err := call(); err != nil {
		return m.failure(err, core.NoRow)
	}
	return nil
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
