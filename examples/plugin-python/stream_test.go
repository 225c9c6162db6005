package pluginpython

import (
	"bytes"
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// stream is a Generate stream with open columns.
type stream struct {
	grpc.BidiStreamingClient[pluginpb.GenerateRequest, pluginpb.GenerateResponse]
	cancel context.CancelFunc
}

// generate opens columns; specs have their Field, Generator, Config and Uses.
func (h *host) generate(t testing.TB, specs []core.ColumnSpec, inputs *arrow.Schema, memory *pluginpb.Memory) (*stream, error) {
	t.Helper()
	open := &pluginpb.OpenColumns{Seed: 1<<64 - 7, Memory: memory, Inputs: encodeSchema(t, inputs)}
	var fields []arrow.Field
	for _, spec := range specs {
		fields = append(fields, spec.Field)
		open.Columns = append(open.Columns, &pluginpb.Column{Component: spec.Generator, Config: spec.Config, Uses: spec.Uses})
	}
	open.Schema = encodeSchema(t, arrow.NewSchema(fields, nil))
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s, err := pluginpb.NewGeneratorClient(h.conn).Generate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&stream{s, cancel}).ask(t, &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Open{Open: open}})
	return &stream{s, cancel}, err
}

func (s *stream) ask(t testing.TB, request *pluginpb.GenerateRequest) (*pluginpb.Batch, error) {
	t.Helper()
	if err := s.Send(request); err != nil {
		t.Fatal(err)
	}
	response, err := s.Recv()
	return response.GetBatch(), err
}

func (s *stream) span(t testing.TB, span *pluginpb.Span) (*pluginpb.Batch, error) {
	t.Helper()
	return s.ask(t, &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Span{Span: span}})
}

// rows makes rows and decodes them.
func (s *stream) rows(t testing.TB, start, n int64, inputs arrow.Record) arrow.Record {
	t.Helper()
	span := &pluginpb.Span{Start: start, Rows: n}
	if inputs != nil {
		span.Inputs = &pluginpb.Batch{Rows: n, Ipc: encode(t, inputs)}
	}
	batch, err := s.span(t, span)
	if err != nil {
		t.Fatalf("%v", err)
	}
	record := decode(t, batch.GetIpc())
	if batch.GetRows() != n || record.NumRows() != n {
		t.Fatalf("%d rows, told as %d, instead of %d", record.NumRows(), batch.GetRows(), n)
	}
	return record
}

func encodeSchema(t testing.TB, schema *arrow.Schema) []byte {
	t.Helper()
	if schema == nil {
		return nil
	}
	var out bytes.Buffer
	if err := ipc.NewWriter(&out, ipc.WithSchema(schema)).Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encode(t testing.TB, record arrow.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(record.Schema()))
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode(t testing.TB, raw []byte) arrow.Record {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatalf("no batch: %v", r.Err())
	}
	record := r.Record()
	record.Retain()
	t.Cleanup(record.Release)
	return record
}

// problems are the details of a failed call.
func problems(t testing.TB, err error) []*pluginpb.Problem {
	t.Helper()
	var out []*pluginpb.Problem
	for _, detail := range status.Convert(err).Details() {
		p, ok := detail.(*pluginpb.Problem)
		if !ok {
			t.Fatalf("a detail is %T: %v", detail, detail)
		}
		out = append(out, p)
	}
	return out
}

func vectors(name string, dim int) arrow.Field {
	return arrow.Field{
		Name: name, Type: arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32), //nolint:gosec // small
		Metadata: arrow.NewMetadata([]string{core.MetaType}, []string{"FloatVector"}),
	}
}
