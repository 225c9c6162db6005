package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/internal/worker"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Write implements pluginpb.SinkServer: one writer.
func (s *server) Write(stream pluginpb.Sink_WriteServer) error {
	ctx, done, err := s.begin(stream.Context())
	if err != nil {
		return err
	}
	defer done()
	return wire.Status(s.write(ctx, stream))
}

func (s *server) write(ctx context.Context, stream pluginpb.Sink_WriteServer) (err error) {
	request, err := stream.Recv()
	if err != nil {
		return err
	}
	w, err := s.openWriter(ctx, request.GetOpen())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := stream.Send(&pluginpb.WriteResponse{}); err != nil {
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
		response, err := w.answer(ctx, request)
		if err != nil {
			return err
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

// writer is the open writer of one stream.
type writer struct {
	core.Writer
	sink   string
	schema *arrow.Schema
	memory wire.Region
	next   int64 // row that the next batch begins with
	rows   int64
}

func (s *server) openWriter(ctx context.Context, open *pluginpb.OpenWriter) (w *writer, err error) {
	if open == nil {
		return nil, core.Errorf(core.PluginFailed, "the first request of a Write stream must be open")
	}
	component, err := s.find(KindSink, open.GetComponent())
	if err != nil {
		return nil, err
	}
	w = &writer{sink: open.GetComponent(), next: open.GetStart()}
	if w.schema, err = wire.DecodeSchema(open.GetSchema()); err != nil {
		return nil, err
	}
	if w.schema == nil {
		return nil, core.Errorf(core.PluginFailed, "open: no schema")
	}
	if w.memory, err = s.memory(open.GetMemory(), false); err != nil {
		return nil, err
	}
	defer worker.Recover(&err, "sink "+w.sink, "", core.NoRow)
	w.Writer, err = component.Sink().Open(ctx, core.WriteSpec{
		Sink: open.GetComponent(), Schema: w.schema, Config: open.GetConfig(), RunID: open.GetRunId(),
		Rows: core.Rows{Start: open.GetStart(), N: int(open.GetRows())},
	})
	return w, err
}

func (w *writer) answer(ctx context.Context, request *pluginpb.WriteRequest) (_ *pluginpb.WriteResponse, err error) {
	who := fmt.Sprintf("sink %s after %d rows", w.sink, w.rows)
	defer worker.Recover(&err, who, "", w.next)
	switch {
	case request.GetBatch() != nil:
		record, err := read(request.GetBatch(), w.schema, w.memory)
		if err != nil {
			return nil, err
		}
		defer record.Release()
		if err := w.Write(ctx, record); err != nil {
			return nil, err
		}
		w.next += record.NumRows()
		w.rows += record.NumRows()
		return &pluginpb.WriteResponse{Rows: w.rows}, nil
	case request.GetCommit() != nil:
		artifacts, err := w.Commit(ctx)
		if err != nil {
			return nil, err
		}
		return &pluginpb.WriteResponse{Rows: w.rows, Artifacts: wire.FromArtifacts(artifacts)}, nil
	default:
		return nil, core.Errorf(core.PluginFailed, "expected a batch or a commit, got %T", request.GetRequest())
	}
}

func (w *writer) close() (err error) {
	defer worker.Recover(&err, "sink "+w.sink, "", core.NoRow)
	return w.Writer.Close()
}
