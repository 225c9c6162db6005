package plugintest

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// laysInMemory fills a slab that has room, and one that has none, and compares
// both with what comes in messages.
func laysInMemory(ctx context.Context, t *Trial) error {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	description, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if !description.GetSharedMemory() || p.arena == nil {
		return Skip("it does not say that it can share memory, or the system cannot")
	}
	want, err := t.make(ctx, 0, t.opening(1), some())
	if err != nil {
		return err
	}
	o := t.opening(1)
	o.memory = &pluginpb.Memory{Descriptor_: 3, Bytes: int64(len(p.arena.Bytes))}
	c, err := t.open(ctx, p, o)
	if err != nil {
		return fmt.Errorf("open with shared memory: %w", err)
	}
	defer c.cancel()
	for _, slab := range []*pluginpb.Extent{{Offset: 64 << 10, Length: sharedBytes / 2}, {Offset: 64, Length: 64}} {
		got, err := c.fillSlab(some(), t.Case.given(some()), slab)
		if err != nil {
			return fmt.Errorf("a slab of %d bytes: %w", slab.GetLength(), err)
		}
		if at := where(want[0], got, some().Start); at != "" {
			return wrong("sent and laid in a slab of %d bytes, %s", slab.GetLength(), at)
		}
	}
	return c.close()
}

// fillSlab asks for rows in a slab; they may come in the message instead.
func (c *columns) fillSlab(rows core.Rows, inputs arrow.Record, slab *pluginpb.Extent) (arrow.Array, error) {
	request, err := spanOf(rows, inputs)
	if err != nil {
		return nil, err
	}
	request.GetSpan().Slab = slab
	response, err := c.ask(request)
	if err != nil {
		return nil, err
	}
	batch := response.GetBatch()
	if len(batch.GetIpc()) > 0 {
		return c.read(batch, rows)
	}
	from := slab.GetOffset()
	region := wire.Region{Bytes: c.process.arena.Bytes[from:][:slab.GetLength()], Offset: from}
	record, err := wire.Read(batch, c.schema, region, memory.NewBufferBytes)
	if err != nil {
		return nil, err
	}
	if record.NumRows() != int64(rows.N) {
		return nil, wrong("asked for %d rows it lays down %d", rows.N, record.NumRows())
	}
	return record.Column(0), nil
}
