// Package plugins is the host of plugins: it starts their processes, speaks to
// them, and ends them. To the rest of the program they are core.Columns and
// core.Sink:
//
//	host, err := plugins.NewHost(plugins.Options{Components: builtins})
//	defer host.Close()
//	columns, err := host.Columns(ctx, 0, specs, nil)
//
// It knows nothing of what generators and sinks do.
package plugins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/internal/worker"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

const (
	// EnvDataPlane set to "ipc" keeps batches out of shared memory.
	EnvDataPlane = "MILVUS_INGEST_DATA_PLANE"
	// inherited is the descriptor by which children know the arena.
	inherited = 3

	defaultSlabs     = 3
	defaultSlabBytes = 32 << 20

	defaultStart  = 10 * time.Second
	defaultAnswer = 5 * time.Minute
)

// Options is what a host is made of.
type Options struct {
	// Executable is started as plugin; this program where it is empty. It
	// must call sdk.Serve with the Components when sdk.Hosted.
	Executable string
	// Components are those that the executable serves.
	Components []sdk.Component
	// InProcess uses the components in this process instead.
	InProcess bool
	// Workers is the most workers that Columns will be asked for; 1 where it is 0.
	Workers int
	// SlabsPerWorker is how many records of a worker may be held at once; 3
	// where it is 0.
	SlabsPerWorker int
	// SlabBytes is what a record may take of shared memory; 32 MiB where it
	// is 0.
	SlabBytes int64
	// Plugins are those of others that may be started: the locked ones.
	Plugins []trust.Plugin
	// StartTimeout is how long a plugin of others may take to start; 10
	// seconds where it is 0.
	StartTimeout time.Duration
	// CallTimeout is how long it may take for one answer; 5 minutes where it
	// is 0.
	CallTimeout time.Duration
	// Logger shows what plugins log; nothing is shown where it is nil.
	Logger *slog.Logger
}

// Host owns the processes of plugins. Its methods may be called from several
// goroutines.
type Host struct {
	Options
	arena   *arena.Arena // nil: batches go in messages
	slabs   []*slabs     // of each worker; nil as above
	sockets string
	// builtins are the ids of the components, asked for once.
	builtins func() map[id]bool

	mu      sync.Mutex
	closed  bool
	plugins map[string]*starting
}

// starting is a plugin that is started once, by whoever needs it first.
type starting struct {
	ready  chan struct{}
	plugin *plugin
	err    error
}

// NewHost prepares a host; processes are started when they are needed.
func NewHost(o Options) (*Host, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Workers = max(o.Workers, 1)
	if o.SlabsPerWorker == 0 {
		o.SlabsPerWorker = defaultSlabs
	}
	if o.SlabBytes == 0 {
		o.SlabBytes = defaultSlabBytes
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = defaultStart
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = defaultAnswer
	}
	h := &Host{Options: o, plugins: map[string]*starting{}}
	h.builtins = sync.OnceValue(func() map[id]bool { return idsOf(o.Components) })
	if err := h.share(); err != nil || o.InProcess && len(o.Plugins) == 0 {
		return h, err
	}
	var err error
	if h.Executable == "" && !h.InProcess {
		if h.Executable, err = os.Executable(); err != nil {
			return nil, errors.Join(core.Errorf(core.Internal, "find this program: %w", err), h.Close())
		}
	}
	if h.sockets, err = socketFolder(); err != nil {
		return nil, errors.Join(core.Errorf(core.InvalidConfig, "make a folder for sockets: %w", err).WithHint("let TMPDIR name a folder that you can write to"), h.Close())
	}
	return h, nil
}

// share makes the arena, unless batches are to go in messages.
func (h *Host) share() error {
	if h.SlabBytes < 0 || h.SlabsPerWorker < 0 {
		return core.Errorf(core.Internal, "%d slabs of %d bytes", h.SlabsPerWorker, h.SlabBytes)
	}
	h.SlabBytes = (h.SlabBytes + arena.Align - 1) &^ (arena.Align - 1)
	perWorker := h.SlabBytes * int64(h.SlabsPerWorker)
	size := perWorker * int64(h.Workers)
	portable := os.Getenv(EnvDataPlane) == "ipc"
	if portable && !h.InProcess {
		return nil
	}
	var err error
	if h.arena, err = arena.New(size); err != nil {
		h.Logger.Debug("no shared memory: batches go in messages", "reason", err)
		h.arena = nil
		if !h.InProcess {
			return nil
		}
		h.arena = arena.Private(size)
	}
	for i := range h.Workers {
		h.slabs = append(h.slabs, newSlabs(h.arena.Bytes, int64(i)*perWorker, h.SlabBytes, h.SlabsPerWorker))
	}
	return nil
}

// Columns opens columns for the given worker: the built-in ones in its
// process, those of other plugins in theirs, which are started if they do not
// run. inputs is the schema of the columns that others make.
func (h *Host) Columns(ctx context.Context, number int, specs []core.ColumnSpec, inputs *arrow.Schema) (core.Columns, error) {
	if number < 0 || number >= h.Workers {
		return nil, core.Errorf(core.Internal, "worker %d of %d", number, h.Workers)
	}
	specs = slices.Clone(specs)
	if !slices.ContainsFunc(specs, func(spec core.ColumnSpec) bool { return h.maker(spec) != nil }) {
		return h.builtin(ctx, number, specs, inputs, true)
	}
	return h.route(ctx, number, specs, inputs)
}

// builtin opens columns of built-in generators. Records are laid in slabs if
// slabbed.
func (h *Host) builtin(ctx context.Context, number int, specs []core.ColumnSpec, inputs *arrow.Schema, slabbed bool) (core.Columns, error) {
	c := &columns{schema: schemaOf(specs)}
	if h.slabs != nil && slabbed {
		c.slabs = h.slabs[number]
	}
	if h.InProcess {
		w, err := worker.Open(ctx, h.generator, specs, inputs)
		if err != nil {
			return nil, err
		}
		c.filler = local{w}
		return c, nil
	}
	p, err := h.process(ctx, fmt.Sprintf("worker %d (generators)", number+1))
	if err != nil {
		return nil, err
	}
	if err := c.open(ctx, p, specs, inputs); err != nil {
		return nil, err
	}
	return c, nil
}

func schemaOf(specs []core.ColumnSpec) *arrow.Schema {
	fields := make([]arrow.Field, len(specs))
	for i, spec := range specs {
		fields[i] = spec.Field
	}
	return arrow.NewSchema(fields, nil)
}

func openColumns(specs []core.ColumnSpec, schema, inputs *arrow.Schema) (*pluginpb.OpenColumns, error) {
	open := &pluginpb.OpenColumns{}
	for i, spec := range specs {
		if i > 0 && spec.Seed != open.Seed {
			return nil, core.Errorf(core.Internal, "columns of one set have the seeds %d and %d", open.Seed, spec.Seed)
		}
		open.Seed = spec.Seed
		open.Columns = append(open.Columns, &pluginpb.Column{Component: spec.Generator, Config: spec.Config, Uses: spec.Uses})
	}
	var err error
	if open.Schema, err = wire.EncodeSchema(schema); err != nil {
		return nil, err
	}
	open.Inputs, err = wire.EncodeSchema(inputs)
	return open, err
}

// Sink gives the sink of this name. One process serves all its writers; it is
// started with the first.
func (h *Host) Sink(name string) (core.Sink, error) {
	if p, offered := h.locked(sdk.KindSink, name); p != nil {
		return &sink{func(ctx context.Context) (*plugin, error) { return h.third(ctx, p, 0) }, name, offered}, nil
	}
	component, err := h.component(sdk.KindSink, name)
	if err != nil {
		return nil, err
	}
	if h.InProcess {
		return component.Sink(), nil
	}
	return &sink{func(ctx context.Context) (*plugin, error) { return h.process(ctx, "sink "+name) }, name, nil}, nil
}

// Shares tells whether batches of built-in components lie in shared memory.
func (h *Host) Shares() bool { return h.arena != nil }

// Describe lists the components.
func (h *Host) Describe() []sdk.Description {
	out := make([]sdk.Description, len(h.Components))
	for i, c := range h.Components {
		out[i] = c.Describe()
	}
	return out
}

func (h *Host) generator(name string) (core.Generator, error) {
	c, err := h.component(sdk.KindGenerator, name)
	if err != nil {
		return nil, err
	}
	return c.Generator(), nil
}

func (h *Host) component(kind sdk.Kind, name string) (sdk.Component, error) {
	var names []string
	for _, c := range h.Components {
		d := c.Describe()
		if d.Kind == kind && d.Name == name {
			return c, nil
		}
		if d.Kind == kind {
			names = append(names, d.Name)
		}
	}
	for _, p := range h.Plugins {
		for _, offered := range p.Components {
			if p.Kind == kind {
				names = append(names, offered.Name)
			}
		}
	}
	err := core.Errorf(core.InvalidConfig, "there is no %s %q", kind, name)
	if near, ok := spell.Nearest(name, names); ok {
		err = err.WithHint("did you mean %q?", near)
	}
	return nil, err
}

// process gives the process of built-in components of this name, starting it
// if nobody has.
func (h *Host) process(ctx context.Context, name string) (*plugin, error) {
	return h.once(ctx, name, func() (*plugin, error) {
		l := launch{
			name: name, path: h.Executable, args: []string{h.Executable}, env: environment(os.Environ()),
			sockets: h.sockets, start: builtinStart, log: h.Logger,
		}
		if h.arena != nil {
			l.share = h.arena.File()
		}
		p, err := start(ctx, l)
		if err == nil && l.share != nil && p.description.GetSharedMemory() {
			p.memory = wire.Region{Bytes: h.arena.Bytes}
		}
		return p, err
	})
}

// once gives the plugin of this name, which begin starts if nobody has.
func (h *Host) once(ctx context.Context, name string, begin func() (*plugin, error)) (*plugin, error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, core.Errorf(core.Internal, "the host of plugins is closed")
	}
	s, ok := h.plugins[name]
	if !ok {
		s = &starting{ready: make(chan struct{})}
		h.plugins[name] = s
	}
	h.mu.Unlock()
	if !ok {
		s.plugin, s.err = begin()
		close(s.ready)
	}
	select {
	case <-s.ready:
		return s.plugin, s.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close ends all processes and waits for them. Records that were handed out
// must have been released, and nobody may be using the host.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	started := h.plugins
	h.plugins = nil
	h.mu.Unlock()
	errs := make([]error, 0, len(started)+2)
	var wait sync.WaitGroup
	var mu sync.Mutex
	for _, s := range started {
		wait.Go(func() {
			<-s.ready
			if s.plugin == nil {
				return
			}
			err := s.plugin.close()
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	wait.Wait()
	if h.sockets != "" {
		errs = append(errs, os.RemoveAll(h.sockets))
	}
	idle := !slices.ContainsFunc(h.slabs, func(s *slabs) bool { return !s.idle() })
	if h.arena != nil && idle { // else somebody still reads it, and it ends with this process
		errs = append(errs, h.arena.Close())
		h.arena = nil
	}
	return errors.Join(errs...)
}
