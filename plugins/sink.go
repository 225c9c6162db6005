package plugins

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// sink implements core.Sink in a plugin's process, which is started with the
// first writer.
type sink struct {
	process func(context.Context) (*plugin, error)
	name    string
	locked  *trust.Component // nil where it is built in
}

// Open implements core.Sink.
func (s *sink) Open(ctx context.Context, spec core.WriteSpec) (core.Writer, error) {
	if s.locked != nil {
		if err := trust.Check(s.locked.ConfigSchema, spec.Config); err != nil {
			return nil, fmt.Errorf("sink %s: %w", s.name, err)
		}
	}
	p, err := s.process(ctx)
	if err != nil {
		return nil, err
	}
	schema, err := wire.EncodeSchema(spec.Schema)
	if err != nil {
		return nil, err
	}
	w := &writer{arena: p.memory}
	open := &pluginpb.OpenWriter{
		Component: s.name, Config: spec.Config, Schema: schema, RunId: spec.RunID,
		Start: spec.Rows.Start, Rows: int64(spec.Rows.N), Memory: memoryOf(w.arena),
	}
	request := &pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Open{Open: open}}
	if err := w.open(ctx, p, pluginpb.NewSinkClient(p.conn).Write, request, " while it opened a writer"); err != nil {
		return nil, err
	}
	w.next = spec.Rows.Start
	return w, nil
}

// writer implements core.Writer in a plugin's process.
type writer struct {
	call[pluginpb.WriteRequest, pluginpb.WriteResponse]
	arena wire.Region
	next  int64
}

// Write implements core.Writer.
func (w *writer) Write(ctx context.Context, batch arrow.Record) error {
	if len(w.arena.Bytes) > 0 {
		if described, ok := wire.Describe(batch, w.arena); ok {
			return w.send(ctx, described)
		}
	}
	return w.copy(ctx, batch)
}

// copy sends a batch by its bytes, halved until it fits a message.
func (w *writer) copy(ctx context.Context, batch arrow.Record) error {
	raw, err := wire.EncodeIPC(batch)
	if err != nil {
		return err
	}
	rows := batch.NumRows()
	if len(raw) <= wire.MaxIPC {
		return w.send(ctx, &pluginpb.Batch{Rows: rows, Ipc: raw})
	}
	if rows <= 1 {
		return core.Errorf(core.InvalidData, "the row takes %d bytes, over the %d MiB of a message", len(raw), wire.MaxMessage>>20).
			WithRow(w.next).WithHint("shorten its values")
	}
	for _, half := range [][2]int64{{0, rows / 2}, {rows / 2, rows}} {
		part := batch.NewSlice(half[0], half[1])
		err := w.copy(ctx, part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) send(ctx context.Context, batch *pluginpb.Batch) error {
	request := &pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Batch{Batch: batch}}
	last := w.next + batch.GetRows()
	if _, err := w.ask(ctx, request, fmt.Sprintf(" while it wrote rows %d to %d", w.next, last-1)); err != nil {
		return atRow(err, w.next)
	}
	w.next = last
	return nil
}

// Commit implements core.Writer.
func (w *writer) Commit(ctx context.Context) ([]core.Artifact, error) {
	request := &pluginpb.WriteRequest{Request: &pluginpb.WriteRequest_Commit{Commit: &pluginpb.Commit{}}}
	response, err := w.ask(ctx, request, " while it committed")
	if err != nil {
		return nil, err
	}
	return wire.Artifacts(response.GetArtifacts()), nil
}

// Close implements core.Writer.
func (w *writer) Close() error { return w.close() }

func memoryOf(shared wire.Region) *pluginpb.Memory {
	if len(shared.Bytes) == 0 {
		return nil
	}
	return &pluginpb.Memory{Descriptor_: inherited, Bytes: int64(len(shared.Bytes))}
}
