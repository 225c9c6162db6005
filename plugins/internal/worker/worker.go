// Package worker fills slabs with columns. A plugin's process does it for a
// host, and a host does it itself where it runs without processes.
package worker

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Worker is a set of open columns that fill slabs. One goroutine uses it.
type Worker struct {
	set  *core.Set
	slab *arena.Slab
}

// Open opens the columns. Generators that panic are errors that name the
// column and the rows.
func Open(ctx context.Context, lookup func(name string) (core.Generator, error), specs []core.ColumnSpec, inputs *arrow.Schema) (*Worker, error) {
	w := &Worker{slab: &arena.Slab{}}
	for i := range specs {
		specs[i].Mem = w.slab
	}
	guarded := func(name string) (core.Generator, error) {
		g, err := lookup(name)
		return guard{g, name}, err
	}
	var err error
	w.set, err = core.OpenSet(ctx, guarded, specs, inputs)
	return w, err
}

// Fill makes the rows and lays them in the slab; what does not fit comes as
// IPC bytes.
func (w *Worker) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record, slab wire.Region) (*pluginpb.Batch, error) {
	w.slab.Reset(slab.Bytes)
	record, err := w.set.Fill(ctx, rows, inputs)
	if err != nil {
		return nil, err
	}
	defer record.Release()
	if len(slab.Bytes) > 0 {
		if batch, ok := wire.Place(record, slab, w.slab.Take); ok {
			return batch, nil
		}
	}
	raw, err := wire.EncodeIPC(record)
	if err != nil {
		return nil, err
	}
	if len(raw) > wire.MaxIPC {
		return nil, core.Errorf(core.Exhausted, "%d rows take %d MiB, over the %d MiB of a message",
			rows.N, len(raw)>>20, wire.MaxMessage>>20).WithRow(rows.Start).WithHint("make batches smaller: --batch-size")
	}
	return &pluginpb.Batch{Rows: record.NumRows(), Ipc: raw}, nil
}

// Schema is the schema of the columns.
func (w *Worker) Schema() *arrow.Schema { return w.set.Schema() }

// Close closes the columns.
func (w *Worker) Close() error { return w.set.Close() }

// guard turns panics of a generator into errors.
type guard struct {
	core.Generator
	name string
}

// Open implements core.Generator.
func (g guard) Open(ctx context.Context, spec core.ColumnSpec) (_ core.Column, err error) {
	defer Recover(&err, "generator "+g.name, spec.Field.Name, core.NoRow)
	column, err := g.Generator.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &guardedColumn{column, g.name, spec.Field.Name}, nil
}

type guardedColumn struct {
	core.Column
	generator, field string
}

// Fill implements core.Column.
func (c *guardedColumn) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (_ arrow.Array, err error) {
	who := fmt.Sprintf("generator %s in rows %d to %d", c.generator, rows.Start, rows.End()-1)
	defer Recover(&err, who, c.field, core.NoRow) // which of the rows it was is not known
	return c.Column.Fill(ctx, rows, inputs)
}

// Close implements core.Column.
func (c *guardedColumn) Close() (err error) {
	defer Recover(&err, "generator "+c.generator, c.field, core.NoRow)
	return c.Column.Close()
}

// Recover turns a panic, where it is deferred, into an error with the stack.
func Recover(err *error, who, field string, row int64) {
	if r := recover(); r != nil {
		*err = core.Errorf(core.PluginFailed, "%s panicked: %v\n%s", who, r, debug.Stack()).WithField(field).WithRow(row)
	}
}
