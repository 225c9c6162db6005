package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// id tells components apart.
type id struct {
	kind sdk.Kind
	name string
}

// idsOf are the ids of components.
func idsOf(components []sdk.Component) map[id]bool {
	ids := map[id]bool{}
	for _, c := range components {
		d := c.Describe()
		ids[id{d.Kind, d.Name}] = true
	}
	return ids
}

// locked gives the plugin of others that offers a component, nil where there
// is none. What is built in comes first.
func (h *Host) locked(kind sdk.Kind, name string) (*trust.Plugin, *trust.Component) {
	if len(h.Plugins) == 0 || h.builtins()[id{kind, name}] {
		return nil, nil
	}
	for i := range h.Plugins {
		p := &h.Plugins[i]
		for j := range p.Components {
			if p.Kind == kind && p.Components[j].Name == name {
				return p, &p.Components[j]
			}
		}
	}
	return nil, nil
}

// maker is the plugin of others that makes a column, nil where none does.
func (h *Host) maker(spec core.ColumnSpec) *trust.Plugin {
	p, _ := h.locked(sdk.KindGenerator, spec.Generator)
	return p
}

// third gives the process of a plugin of others, starting it if nobody has:
// one for each worker, one for a sink.
func (h *Host) third(ctx context.Context, p *trust.Plugin, number int) (*plugin, error) {
	name := fmt.Sprintf("%s %s", p.Kind, p.Name)
	if p.Kind == sdk.KindGenerator && h.Workers > 1 {
		name += fmt.Sprintf(" (worker %d)", number+1)
	}
	return h.once(ctx, name, func() (*plugin, error) {
		file, err := p.Open()
		if err != nil {
			return nil, err
		}
		l := h.foreign(name, file, p.Grants)
		shared := h.privateArena(p)
		if shared != nil {
			l.share = shared.File()
		}
		started, err := start(ctx, l)
		err = errors.Join(err, file.Close())
		if err != nil {
			if shared != nil {
				err = errors.Join(err, shared.Close())
			}
			return nil, err
		}
		started.own = shared
		if shared != nil && started.description.GetSharedMemory() {
			started.memory = wire.Region{Bytes: shared.Bytes}
			started.slabs = newSlabs(shared.Bytes, 0, h.SlabBytes, h.SlabsPerWorker)
		}
		return started, nil
	})
}

// foreign is how a plugin of others is started.
func (h *Host) foreign(name string, file *os.File, grants []string) launch {
	return launch{
		name: name, path: startable(file), args: []string{file.Name()}, env: granted(os.Environ(), grants),
		sockets: h.sockets, tls: true, start: h.StartTimeout, answer: h.CallTimeout, log: h.Logger,
	}
}

// privateArena is memory that a generator of others shares with the host
// alone; nil where it does not know how, or there is none.
func (h *Host) privateArena(p *trust.Plugin) *arena.Arena {
	if !p.SharedMemory || p.Kind != sdk.KindGenerator || os.Getenv(EnvDataPlane) == "ipc" {
		return nil
	}
	a, err := arena.New(h.SlabBytes * int64(h.SlabsPerWorker))
	if err != nil {
		h.Logger.Debug("no shared memory: batches go in messages", "plugin", p.Name, "reason", err)
		return nil
	}
	return a
}

// foreignColumns opens columns in the process of a plugin of others, after
// their configurations have been checked by what was locked of them.
func (h *Host) foreignColumns(ctx context.Context, number int, p *trust.Plugin, specs []core.ColumnSpec, inputs *arrow.Schema, slabbed bool) (core.Columns, error) {
	var problems []error
	for _, spec := range specs {
		_, offered := h.locked(sdk.KindGenerator, spec.Generator)
		if err := trust.Check(offered.ConfigSchema, spec.Config); err != nil {
			problems = append(problems, core.OfField(err, spec.Field.Name))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	running, err := h.third(ctx, p, number)
	if err != nil {
		return nil, err
	}
	c := &columns{schema: schemaOf(specs)}
	if slabbed {
		c.slabs = running.slabs
	}
	if err := c.open(ctx, running, specs, inputs); err != nil {
		return nil, err
	}
	return c, nil
}

// Check asks a component for all that is wrong with a configuration; schema
// is that of the column or of the rows, and may be nil. Plugins of others are
// checked by what was locked of them before they are started.
func (h *Host) Check(ctx context.Context, kind sdk.Kind, name string, config json.RawMessage, schema *arrow.Schema) error {
	foreign, offered := h.locked(kind, name)
	var p *plugin
	var err error
	switch {
	case foreign != nil:
		if err := trust.Check(offered.ConfigSchema, config); err != nil {
			return err
		}
		p, err = h.third(ctx, foreign, 0)
	case kind == sdk.KindSink:
		p, err = h.process(ctx, "sink "+name)
	default:
		p, err = h.process(ctx, "worker 1 (generators)")
	}
	if err != nil {
		return err
	}
	raw, err := wire.EncodeSchema(schema)
	if err != nil {
		return err
	}
	const when = " while it checked a configuration"
	ctx, cancel := p.limited(ctx, p.answer, when)
	defer cancel()
	response, err := pluginpb.NewPluginClient(p.conn).Check(ctx, &pluginpb.CheckRequest{
		Kind: string(kind), Component: name, Config: config, Schema: raw,
	})
	if err != nil {
		return p.explain(ctx, err, when)
	}
	problems := make([]error, len(response.GetProblems()))
	for i, problem := range response.GetProblems() {
		problems[i] = wire.FromProblem(problem)
	}
	return errors.Join(problems...)
}

// Description is what a plugin tells of itself.
type Description struct {
	Components   []sdk.Description
	SharedMemory bool
}

// DescribeFile starts an executable that may not be locked, asks it what it is
// and ends it. file has been opened by trust.Hash. Nothing is granted to it.
func (h *Host) DescribeFile(ctx context.Context, file *os.File) (_ *Description, err error) {
	if h.sockets == "" {
		return nil, core.Errorf(core.Internal, "a host in process starts nothing")
	}
	p, err := start(ctx, h.foreign(filepath.Base(file.Name()), file, nil))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	d := &Description{SharedMemory: p.description.GetSharedMemory()}
	for _, c := range p.description.GetComponents() {
		d.Components = append(d.Components, sdk.Description{
			Info: sdk.Info{Name: c.GetName(), Version: c.GetVersion(), Summary: c.GetSummary(), Types: c.GetFieldTypes(), Env: c.GetEnv()},
			Kind: sdk.Kind(c.GetKind()), ConfigSchema: json.RawMessage(c.GetConfigSchema()),
		})
	}
	return d, nil
}
