// Package export reads a live collection into a data set that every command
// reads: all rows, all types, and the schema with its indexes and properties.
//
// Rows come in the order of their keys. What is done of an export that was
// interrupted is known by the last key of each file, so that it can go on
// behind it.
package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Options say where a collection goes.
type Options struct {
	// Dir is the data set's folder. It must be empty, or hold an unfinished
	// export of the same collection where Resume is set.
	Dir    string
	Resume bool
	// Format names the sink, and the files: data.FORMAT.
	Format string
	Sink   core.Sink
	// Config is the sink's configuration for a file.
	Config func(path string) json.RawMessage
	// FileBytes is how large the rows of a file may be in memory.
	FileBytes int64
	// Version is that of the program.
	Version string
	// Progress is called with the rows that were stored since the last call;
	// it may be nil.
	Progress func(rows int64)
}

// Result is what was exported.
type Result struct {
	Meta *dataset.Meta
	// Before and After are the rows of the collection before and after the
	// reading.
	Before, After int64
	// Taken is the number of rows that an earlier run had stored.
	Taken int64
}

// Changed tells that rows were written or deleted while the collection was
// read, as far as their number tells.
func (r *Result) Changed() bool {
	rows := r.Meta.Generation.TotalRows
	return rows != r.Before || rows != r.After
}

// Run exports the collection, which must be loaded. What it stored when it
// fails can be resumed.
func Run(ctx context.Context, c *collection.Collection, o Options) (*Result, error) {
	before, err := c.Count(ctx, "")
	if err != nil {
		return nil, err
	}
	e := &export{Options: o, collection: c, schema: complete(c.Schema)}
	if err := e.begin(ctx, before); err != nil {
		return nil, err
	}
	taken := e.state.rows()
	if err := e.read(ctx); err != nil {
		return nil, err
	}
	after, err := c.Count(ctx, "")
	if err != nil {
		return nil, err
	}
	if rows := e.state.rows(); rows < min(e.state.Before, after) {
		return nil, core.Errorf(core.Internal, "%d rows were read of a collection that had %d before and %d after", rows, e.state.Before, after).
			WithHint("export it again while nobody writes to it")
	}
	meta, err := e.finish()
	if err != nil {
		return nil, err
	}
	return &Result{Meta: meta, Before: e.state.Before, After: after, Taken: taken}, nil
}

// The largest limits of Milvus.
const (
	mostLength   = 65535
	mostCapacity = 4096
)

// complete fills in limits that the server does not tell (Milvus Lite keeps
// none of the elements of arrays): a schema without them is none.
func complete(told *schema.Collection) *schema.Collection {
	c := *told
	c.Fields = slices.Clone(told.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Type == schema.Array && f.ElementType == schema.VarChar && f.MaxLength == 0 {
			f.MaxLength = mostLength
		}
		if f.Type == schema.Array && f.MaxCapacity == 0 {
			f.MaxCapacity = mostCapacity
		}
	}
	return &c
}

// export is one run.
type export struct {
	Options
	collection *collection.Collection
	schema     *schema.Collection
	state      state

	writer core.Writer
	part   part
	bytes  int64
}

func (e *export) begin(ctx context.Context, rows int64) error {
	found, err := dataset.Look(e.Dir)
	if err != nil {
		return err
	}
	switch {
	case e.Resume && found == dataset.Unfinished:
		return e.takeUp(ctx)
	case found != dataset.Empty:
		return core.Errorf(core.Conflict, "%s holds a data set, or an unfinished one", e.Dir).
			WithHint("name another folder, go on with --resume, or replace it with --force")
	}
	now, err := e.collection.Server.Now(ctx)
	if err != nil && !collection.IsUnsupported(err) {
		return err
	}
	e.state = state{Source: source(e.collection, now), Schema: e.schema, Format: e.Format, Before: rows}
	if err := os.MkdirAll(filepath.Join(e.Dir, "data."+e.Format), 0o755); err != nil {
		return fmt.Errorf("make %s: %w", e.Dir, err)
	}
	return e.state.save(e.Dir)
}

// read brings all rows that are not there yet into files.
func (e *export) read(ctx context.Context) (err error) {
	defer func() {
		if e.writer != nil {
			err = errors.Join(err, e.writer.Close())
		}
	}()
	if e.state.Complete {
		return nil
	}
	read := collection.Read{Timestamp: e.state.Timestamp}
	if n := len(e.state.Parts); n > 0 {
		read.After = e.state.Parts[n-1].after(e.schema.Primary())
	}
	for batch, err := range e.collection.Rows(ctx, read) {
		if err != nil {
			return err
		}
		if err := e.write(ctx, batch); err != nil {
			return err
		}
	}
	if err := e.commit(ctx); err != nil {
		return err
	}
	e.state.Complete = true
	return e.state.save(e.Dir)
}

// write adds a batch to the file that is open, and to new ones behind it.
func (e *export) write(ctx context.Context, batch arrow.Record) error {
	rows := batch.NumRows()
	if rows == 0 {
		return nil
	}
	rowBytes := max(pipeline.Size(batch)/rows, 1)
	for at := int64(0); at < rows; {
		room := (e.FileBytes - e.bytes) / rowBytes
		if e.writer != nil && room <= 0 {
			if err := e.commit(ctx); err != nil {
				return err
			}
			continue
		}
		n := min(max(room, 1), rows-at)
		piece := batch.NewSlice(at, at+n)
		err := e.add(ctx, piece, n*rowBytes)
		piece.Release()
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

// add adds rows to the file that is open, or to a new one.
func (e *export) add(ctx context.Context, rows arrow.Record, size int64) error {
	if e.writer == nil {
		if err := e.open(ctx, rows.Schema()); err != nil {
			return err
		}
	}
	if err := e.writer.Write(ctx, rows); err != nil {
		return fmt.Errorf("%s: %w", e.part.Path, err)
	}
	e.bytes += size
	e.part.Rows += rows.NumRows()
	last, err := keyAt(rows, e.schema.Primary(), int(rows.NumRows())-1)
	if err != nil {
		return err
	}
	e.part.Last = last
	if e.Progress != nil {
		e.Progress(rows.NumRows())
	}
	return nil
}

func (e *export) open(ctx context.Context, columns *arrow.Schema) (err error) {
	e.part = part{Path: path.Join("data."+e.Format, fmt.Sprintf("part-%05d.%s", len(e.state.Parts), e.Format))}
	e.writer, err = e.Sink.Open(ctx, core.WriteSpec{
		Sink: e.Format, Schema: columns, RunID: e.collection.Name, Rows: core.Rows{Start: e.state.rows()},
		Config: e.Config(filepath.Join(e.Dir, filepath.FromSlash(e.part.Path))),
	})
	return err
}

// commit finishes the file that is open, and notes it.
func (e *export) commit(ctx context.Context) error {
	if e.writer == nil {
		return nil
	}
	artifacts, err := e.writer.Commit(ctx)
	err = errors.Join(err, e.writer.Close())
	e.writer, e.bytes = nil, 0
	if err != nil {
		return fmt.Errorf("%s: %w", e.part.Path, err)
	}
	if len(artifacts) != 1 || artifacts[0].Rows != e.part.Rows {
		return core.Errorf(core.Internal, "%s: %d rows were given, stored is %v", e.part.Path, e.part.Rows, artifacts)
	}
	e.part.Artifact = artifacts[0]
	e.state.Parts = append(e.state.Parts, e.part)
	return e.state.save(e.Dir)
}

// keyAt is the key of a row as text.
func keyAt(batch arrow.Record, key *schema.Field, row int) (string, error) {
	for i, f := range batch.Schema().Fields() {
		if f.Name != key.Name {
			continue
		}
		switch keys := batch.Column(i).(type) {
		case *array.Int64:
			return fmt.Sprint(keys.Value(row)), nil
		case *array.String:
			return keys.Value(row), nil
		}
	}
	return "", core.Errorf(core.Internal, "a batch without its key").WithField(key.Name)
}
