package sdk

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/internal/worker"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Generate implements pluginpb.GeneratorServer: one set of open columns.
func (s *server) Generate(stream pluginpb.Generator_GenerateServer) error {
	ctx, done, err := s.begin(stream.Context())
	if err != nil {
		return err
	}
	defer done()
	return wire.Status(s.generate(ctx, stream))
}

func (s *server) generate(ctx context.Context, stream pluginpb.Generator_GenerateServer) (err error) {
	request, err := stream.Recv()
	if err != nil {
		return err
	}
	if request.GetOpen() == nil {
		return core.Errorf(core.PluginFailed, "the first request of a Generate stream must be open")
	}
	columns, err := s.openColumns(ctx, request.GetOpen())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	if err := stream.Send(&pluginpb.GenerateResponse{}); err != nil {
		return err
	}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		batch, err := columns.fill(ctx, request.GetSpan())
		if err != nil {
			return err
		}
		if err := stream.Send(&pluginpb.GenerateResponse{Batch: batch}); err != nil {
			return err
		}
	}
}

// columns is the open columns of one stream.
type columns struct {
	*worker.Worker
	inputs *arrow.Schema
	memory wire.Region
}

func (s *server) openColumns(ctx context.Context, open *pluginpb.OpenColumns) (*columns, error) {
	schema, err := wire.DecodeSchema(open.GetSchema())
	if err != nil {
		return nil, err
	}
	if schema == nil || schema.NumFields() != len(open.GetColumns()) {
		return nil, core.Errorf(core.PluginFailed, "open: %d columns, but a schema %v", len(open.GetColumns()), schema)
	}
	c := &columns{}
	if c.inputs, err = wire.DecodeSchema(open.GetInputs()); err != nil {
		return nil, err
	}
	if c.memory, err = s.memory(open.GetMemory(), true); err != nil {
		return nil, err
	}
	specs := make([]core.ColumnSpec, len(open.GetColumns()))
	for i, column := range open.GetColumns() {
		specs[i] = core.ColumnSpec{
			Generator: column.GetComponent(), Field: schema.Field(i), Config: column.GetConfig(),
			Seed: open.GetSeed(), Uses: column.GetUses(),
		}
	}
	c.Worker, err = worker.Open(ctx, s.generator, specs, c.inputs)
	return c, err
}

func (c *columns) fill(ctx context.Context, span *pluginpb.Span) (*pluginpb.Batch, error) {
	if span == nil || span.GetRows() < 0 || span.GetRows() > 1<<31-1 {
		return nil, core.Errorf(core.PluginFailed, "expected a span, got %v", span)
	}
	var inputs arrow.Record
	if span.GetInputs() != nil && c.inputs != nil {
		var err error
		if inputs, err = read(span.GetInputs(), c.inputs, c.memory); err != nil {
			return nil, err
		}
		defer inputs.Release()
		if inputs.NumRows() != span.GetRows() {
			return nil, core.Errorf(core.PluginFailed, "inputs of %d rows for a span of %d", inputs.NumRows(), span.GetRows()).WithRow(span.GetStart())
		}
	}
	slab := wire.Region{}
	if at := span.GetSlab(); at != nil {
		size := int64(len(c.memory.Bytes))
		if at.GetOffset() < 0 || at.GetLength() < 0 || at.GetOffset() > size || at.GetLength() > size-at.GetOffset() {
			return nil, core.Errorf(core.PluginFailed, "the slab %v is outside the memory of %d bytes", at, size)
		}
		slab = wire.Region{Bytes: c.memory.Bytes[at.GetOffset():][:at.GetLength():at.GetLength()], Offset: at.GetOffset()}
	}
	return c.Fill(ctx, core.Rows{Start: span.GetStart(), N: int(span.GetRows())}, inputs, slab)
}

// read reads a batch of the host's; the memory stays the host's.
func read(batch *pluginpb.Batch, schema *arrow.Schema, from wire.Region) (arrow.Record, error) {
	if batch.GetIpc() != nil {
		return wire.DecodeIPC(batch.GetIpc(), schema)
	}
	return wire.Read(batch, schema, from, memory.NewBufferBytes)
}
