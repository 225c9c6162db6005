package plugins

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/internal/worker"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// closeTime is how long a plugin may take to close a stream's columns or writer.
const closeTime = 5 * time.Second

// filler fills slabs: a stream to a plugin's process, or a worker in this one.
type filler interface {
	// fill makes the rows; slab may be nil. broken tells that the slab may
	// still be written to.
	fill(ctx context.Context, rows core.Rows, inputs arrow.Record, slab *slab) (batch *pluginpb.Batch, broken bool, err error)
	close() error
}

// columns implements core.Columns over a filler.
type columns struct {
	filler
	schema *arrow.Schema
	slabs  *slabs
}

// open opens the columns in a plugin's process.
func (c *columns) open(ctx context.Context, p *plugin, specs []core.ColumnSpec, inputs *arrow.Schema) error {
	r := &remote{}
	if len(p.memory.Bytes) == 0 {
		c.slabs = nil
	}
	open, err := openColumns(specs, c.schema, inputs)
	if err != nil {
		return err
	}
	open.Memory = memoryOf(p.memory)
	request := &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Open{Open: open}}
	if p.tls { // a plugin of others makes few columns: they are worth naming
		r.names = strings.Join(fieldNames(c.schema), ", ")
	}
	if err := r.call.open(ctx, p, pluginpb.NewGeneratorClient(p.conn).Generate, request, r.while("opened columns")); err != nil {
		return err
	}
	c.filler = r
	return nil
}

func fieldNames(schema *arrow.Schema) []string {
	names := make([]string, schema.NumFields())
	for i, field := range schema.Fields() {
		names[i] = field.Name
	}
	return names
}

// Fill implements core.Columns.
func (c *columns) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Record, error) {
	slab, err := c.slabs.take(ctx)
	if err != nil {
		return nil, err
	}
	batch, broken, err := c.fill(ctx, rows, inputs, slab)
	if broken {
		slab.lose()
		return nil, err
	}
	defer slab.drop()
	if err != nil {
		return nil, err
	}
	record, err := c.read(batch, slab)
	if err == nil {
		err = checkRecord(record, rows)
	}
	if err != nil {
		if record != nil {
			record.Release()
		}
		return nil, fmt.Errorf("rows %d to %d: %w", rows.Start, rows.End()-1, err)
	}
	return record, nil
}

// Close implements core.Columns.
func (c *columns) Close() error { return c.close() }

func (c *columns) read(batch *pluginpb.Batch, slab *slab) (arrow.Record, error) {
	switch {
	case batch == nil:
		return nil, core.Errorf(core.PluginFailed, "the answer has no batch")
	case batch.GetIpc() != nil:
		record, err := wire.DecodeIPC(batch.GetIpc(), c.schema)
		if err != nil {
			return nil, err
		}
		defer record.Release()
		return withSchema(record, c.schema), nil
	case slab == nil:
		return wire.Read(batch, c.schema, wire.Region{}, memory.NewBufferBytes)
	default:
		return wire.Read(batch, c.schema, slab.Region, slab.wrap)
	}
}

// checkRecord holds a plugin to the contract of core.Columns.
func checkRecord(record arrow.Record, rows core.Rows) error {
	if record.NumRows() != int64(rows.N) {
		return core.Errorf(core.PluginFailed, "the answer has %d rows, not %d", record.NumRows(), rows.N)
	}
	for i, field := range record.Schema().Fields() {
		if !field.Nullable && record.Column(i).NullN() > 0 {
			return core.Errorf(core.PluginFailed, "null in a field that is not nullable").WithField(field.Name).WithRow(rows.Start)
		}
	}
	return nil
}

// local is a filler in this process.
type local struct{ *worker.Worker }

func (l local) fill(ctx context.Context, rows core.Rows, inputs arrow.Record, slab *slab) (*pluginpb.Batch, bool, error) {
	region := wire.Region{}
	if slab != nil {
		region = slab.Region
	}
	batch, err := l.Fill(ctx, rows, inputs, region)
	return batch, false, err
}

func (l local) close() error { return l.Close() }

// remote is a filler in a plugin's process.
type remote struct {
	call[pluginpb.GenerateRequest, pluginpb.GenerateResponse]
	names string // of the columns, if they are to be named
}

func (r *remote) while(did string) string {
	if r.names != "" {
		did += " of " + r.names
	}
	return " while it " + did
}

func (r *remote) fill(ctx context.Context, rows core.Rows, inputs arrow.Record, slab *slab) (*pluginpb.Batch, bool, error) {
	span := &pluginpb.Span{Start: rows.Start, Rows: int64(rows.N)}
	if slab != nil {
		span.Slab = &pluginpb.Extent{Offset: slab.Offset, Length: int64(len(slab.Bytes))}
	}
	if inputs != nil {
		var err error
		if span.Inputs, err = message(inputs, r.plugin.memory); err != nil {
			return nil, false, err
		}
	}
	request := &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Span{Span: span}}
	response, err := r.ask(ctx, request, r.while(fmt.Sprintf("made rows %d to %d", rows.Start, rows.End()-1)))
	if err != nil {
		return nil, true, atRow(err, rows.Start)
	}
	return response.GetBatch(), false, nil
}

// message is a batch as it goes to a plugin: by its place if it lies in
// memory that both share, else by its bytes.
func message(record arrow.Record, shared wire.Region) (*pluginpb.Batch, error) {
	if len(shared.Bytes) > 0 {
		if batch, ok := wire.Describe(record, shared); ok {
			return batch, nil
		}
	}
	raw, err := wire.EncodeIPC(record)
	if err != nil {
		return nil, err
	}
	return &pluginpb.Batch{Rows: record.NumRows(), Ipc: raw}, nil
}
