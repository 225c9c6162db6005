package plugintest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"google.golang.org/grpc"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// processes are those that checks share: most use the first; those that
// compare two use the second, too.
type processes struct {
	start func(context.Context) (*Process, error)
	mu    sync.Mutex
	open  [2]*Process
}

func newProcesses(start func(context.Context) (*Process, error)) *processes {
	return &processes{start: start}
}

// get gives a shared process, starting it anew where it has died.
func (p *processes) get(ctx context.Context, i int) (*Process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[i] != nil && p.open[i].Ended(0) {
		p.open[i].Close()
		p.open[i] = nil
	}
	if p.open[i] == nil {
		var err error
		if p.open[i], err = p.start(ctx); err != nil {
			return nil, err
		}
	}
	return p.open[i], nil
}

func (p *processes) close() {
	for _, process := range p.open {
		if process != nil {
			process.Close()
		}
	}
}

// stream is one stream of requests that have one response each.
type stream[Request, Response any] struct {
	grpc.BidiStreamingClient[Request, Response]
	process *Process
	cancel  context.CancelFunc
}

func (s *stream[Request, Response]) dial(ctx context.Context, p *Process,
	open func(context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Request, Response], error),
) (err error) {
	ctx, s.cancel = context.WithCancel(ctx) //nolint:gosec // who closes the stream calls it
	s.process = p
	s.BidiStreamingClient, err = open(ctx)
	return p.explain(err)
}

func (s *stream[Request, Response]) ask(request *Request) (*Response, error) {
	if err := s.Send(request); err != nil && !errors.Is(err, io.EOF) { // io.EOF: Recv tells why
		return nil, s.process.explain(err)
	}
	response, err := s.Recv()
	if errors.Is(err, io.EOF) {
		return nil, core.Errorf(core.PluginFailed, "it ended the stream instead of answering")
	}
	return response, s.process.explain(err)
}

// close ends the stream as a host does, and waits for the plugin's end of it.
func (s *stream[Request, Response]) close() error {
	defer s.cancel()
	if err := s.CloseSend(); err != nil {
		return s.process.explain(err)
	}
	for {
		_, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.process.explain(err)
		}
	}
}

// columns is an open column.
type columns struct {
	stream[pluginpb.GenerateRequest, pluginpb.GenerateResponse]
	schema *arrow.Schema
}

// opening is how a column is opened.
type opening struct {
	field  arrow.Field
	config string
	seed   uint64
	uses   []arrow.Field
	memory *pluginpb.Memory
}

// open opens a column of the component.
func (t *Trial) open(ctx context.Context, p *Process, o opening) (*columns, error) {
	c := &columns{schema: arrow.NewSchema([]arrow.Field{o.field}, nil)}
	open := &pluginpb.OpenColumns{Seed: o.seed, Memory: o.memory, Columns: []*pluginpb.Column{{Component: t.Name, Config: []byte(o.config)}}}
	var err error
	if open.Schema, err = wire.EncodeSchema(c.schema); err != nil {
		return nil, err
	}
	if len(o.uses) > 0 {
		if open.Inputs, err = wire.EncodeSchema(arrow.NewSchema(o.uses, nil)); err != nil {
			return nil, err
		}
	}
	for _, use := range o.uses {
		open.Columns[0].Uses = append(open.Columns[0].Uses, use.Name)
	}
	if err := c.dial(ctx, p, pluginpb.NewGeneratorClient(p.conn).Generate); err != nil {
		return nil, err
	}
	if _, err := c.ask(&pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Open{Open: open}}); err != nil {
		c.cancel()
		return nil, err
	}
	return c, nil
}

func spanOf(rows core.Rows, inputs arrow.Record) (*pluginpb.GenerateRequest, error) {
	span := &pluginpb.Span{Start: rows.Start, Rows: int64(rows.N)}
	if inputs != nil {
		raw, err := wire.EncodeIPC(inputs)
		if err != nil {
			return nil, err
		}
		span.Inputs = &pluginpb.Batch{Rows: inputs.NumRows(), Ipc: raw}
	}
	return &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Span{Span: span}}, nil
}

// fill asks for rows and holds the answer to the form of a batch.
func (c *columns) fill(rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	request, err := spanOf(rows, inputs)
	if err != nil {
		return nil, err
	}
	response, err := c.ask(request)
	if err != nil {
		return nil, fmt.Errorf("rows %d to %d: %w", rows.Start, rows.End()-1, err)
	}
	if len(response.GetBatch().GetIpc()) == 0 {
		return nil, core.Errorf(core.PluginFailed, "the answer has no batch of Arrow IPC, though no memory is shared")
	}
	return c.read(response.GetBatch(), rows)
}

// read reads the batch of a message.
func (c *columns) read(batch *pluginpb.Batch, rows core.Rows) (arrow.Array, error) {
	record, err := wire.DecodeIPC(batch.GetIpc(), c.schema)
	if err != nil {
		return nil, err
	}
	defer record.Release()
	if record.NumRows() != int64(rows.N) || batch.GetRows() != int64(rows.N) {
		return nil, core.Errorf(core.PluginFailed, "asked for %d rows it says %d and gives %d", rows.N, batch.GetRows(), record.NumRows())
	}
	values := record.Column(0)
	values.Retain()
	return values, nil
}

// writer is an open writer.
type writer struct {
	stream[pluginpb.WriteRequest, pluginpb.WriteResponse]
	rows int64
}

func (t *Trial) openWriter(ctx context.Context, p *Process, schema *arrow.Schema, config string, rows core.Rows) (*writer, error) {
	raw, err := wire.EncodeSchema(schema)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	if err := w.dial(ctx, p, pluginpb.NewSinkClient(p.conn).Write); err != nil {
		return nil, err
	}
	open := &pluginpb.OpenWriter{Component: t.Name, Config: []byte(config), Schema: raw, RunId: "plugintest", Start: rows.Start, Rows: int64(rows.N)}
	if _, err := w.ask(&pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Open{Open: open}}); err != nil {
		w.cancel()
		return nil, err
	}
	return w, nil
}

func (w *writer) write(batch arrow.Record) error {
	raw, err := wire.EncodeIPC(batch)
	if err != nil {
		return err
	}
	response, err := w.ask(&pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Batch{Batch: &pluginpb.Batch{Rows: batch.NumRows(), Ipc: raw}}})
	if err != nil {
		return err
	}
	w.rows += batch.NumRows()
	if response.GetRows() != w.rows {
		return core.Errorf(core.PluginFailed, "it has taken %d rows and says %d", w.rows, response.GetRows())
	}
	return nil
}

func (w *writer) commit() ([]core.Artifact, error) {
	response, err := w.ask(&pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Commit{Commit: &pluginpb.Commit{}}})
	if err != nil {
		return nil, err
	}
	artifacts := wire.Artifacts(response.GetArtifacts())
	var rows int64
	for _, a := range artifacts {
		rows += a.Rows
		if a.URI == "" {
			return nil, core.Errorf(core.PluginFailed, "an artifact has no URI")
		}
	}
	if rows != w.rows {
		return nil, core.Errorf(core.PluginFailed, "it was given %d rows, and its artifacts have %d", w.rows, rows)
	}
	return artifacts, nil
}

// refused holds a refusal to its code.
func refused(err error, codes ...core.Code) error {
	switch {
	case err == nil:
		return core.Errorf(core.PluginFailed, "it was not refused")
	case !slices.Contains(codes, core.CodeOf(err)):
		return core.Errorf(core.PluginFailed, "it was refused as %s, not as %s: %w", core.CodeOf(err), codes[0], err)
	}
	return nil
}
