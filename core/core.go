// Package core holds the words of the toolkit: what a generator, a column, a
// sink and a batch are. It knows nothing of processes, gRPC or JavaScript, and
// imports Arrow alone.
//
// A data set is a pure function of (schema, hooks, seed): row i is the same
// whatever the size of the batches, the number of workers, the files, the
// format or the machine.
package core

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Epoch is what a data set takes for "now" unless its schema says otherwise:
// the clock of the machine must not change the rows of a seed.
func Epoch() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Rows is a span of a data set: the rows Start, Start+1, …, Start+N-1.
type Rows struct {
	Start int64
	N     int
}

// AttemptRows is the distance between a row and those that may stand in for it
// when it is not accepted: beyond every row of a data set. Attempt a of row r
// is row r + a·AttemptRows.
const AttemptRows = 1 << 48

// End is the row after the last one of the span.
func (r Rows) End() int64 { return r.Start + int64(r.N) }

// A Generator makes the values of one kind of field.
type Generator interface {
	// Open prepares one column. It refuses a configuration or a type that it
	// cannot serve with a *Error of code InvalidConfig. The host calls it once
	// a column and worker, maybe from several goroutines at once.
	Open(ctx context.Context, spec ColumnSpec) (Column, error)
}

// A Column is a function from row numbers to values: the same span gives the
// same values whatever was asked before. One goroutine uses it at a time.
type Column interface {
	// Fill returns exactly rows.N values of the field's type. inputs holds
	// the columns that this one reads (ColumnSpec.Uses), for the same rows;
	// it is nil where there are none, and the caller keeps it. The caller
	// releases the array.
	Fill(ctx context.Context, rows Rows, inputs arrow.Record) (arrow.Array, error)
	// Close frees what Open took. Nothing is called after it.
	Close() error
}

// Columns is a set of open columns that are filled together in one place: in
// this process or in a plugin's. One goroutine uses it at a time.
type Columns interface {
	// Fill returns one record with rows.N values of every column, in the
	// order in which they were opened. inputs holds the columns that others
	// made for the same rows, or is nil. The caller releases the record; its
	// memory may be shared with another process and is filled anew after
	// that, so Fill waits when too many records are held.
	Fill(ctx context.Context, rows Rows, inputs arrow.Record) (arrow.Record, error)
	// Close ends the set; the records that were handed out must have been
	// released.
	Close() error
}

// ColumnSpec is all that a generator gets to know of its column.
type ColumnSpec struct {
	// Generator is the generator's name, such as "text.faq".
	Generator string
	// Field has the column's name, its Arrow type and, in its metadata, the
	// facts that Milvus needs (see the Meta constants).
	Field arrow.Field
	// Config is the generator's configuration, a JSON object.
	Config json.RawMessage
	// Seed is the data set's. A column derives its own stream from it with
	// rng.Field(seed, name).
	Seed uint64
	// Uses names the columns whose values Fill gets as inputs.
	Uses []string
	// Inputs is the schema of those columns; nil where there are none.
	Inputs *arrow.Schema
	// Mem is where large buffers should be allocated: it may be memory that
	// the sink reads without a copy. Buffers of 1 MiB and more may hold what
	// was there before: write all of them. Never nil once a column is opened.
	Mem memory.Allocator
}

// A Sink stores batches somewhere.
type Sink interface {
	// Open prepares one writer; it refuses what it cannot store. It may be
	// called from several goroutines at once, once for each part of a run.
	Open(ctx context.Context, spec WriteSpec) (Writer, error)
}

// A Writer takes the batches of one part of a run, in row order. One
// goroutine uses it.
type Writer interface {
	// Write stores or buffers a batch. What it keeps after it returns it must
	// copy: the batch's memory is filled anew.
	Write(ctx context.Context, batch arrow.Record) error
	// Commit makes all that was written durable and visible under its final
	// name and says where it is. It is called at most once; only Close
	// follows.
	Commit(ctx context.Context) ([]Artifact, error)
	// Close frees resources; without a Commit before it, it discards all
	// that was written.
	Close() error
}

// WriteSpec is all that a sink gets to know of one part of a run.
type WriteSpec struct {
	// Sink is the sink's name, such as "parquet".
	Sink string
	// Schema is the schema of the batches.
	Schema *arrow.Schema
	// Config is the sink's configuration, a JSON object.
	Config json.RawMessage
	// RunID is the same for all parts of a run.
	RunID string
	// Rows are the rows of the whole part, which batches bring piece by
	// piece; N is 0 where it is not known beforehand.
	Rows Rows
}

// An Artifact is one thing that a sink has stored: a file, an object, a
// collection.
type Artifact struct {
	URI    string `json:"uri"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"`
	// Columns says what each column took, where the sink knows.
	Columns []ColumnStat `json:"columns,omitempty"`
}

// ColumnStat is what a sink learned of a column while it stored it.
type ColumnStat struct {
	Name string `json:"name"`
	// Nulls is the number of rows without a value.
	Nulls int64 `json:"nulls"`
	// Bytes is the column's share of the artifact, as stored.
	Bytes int64 `json:"bytes"`
}

// Keys of Arrow field metadata that carry what Milvus knows of a field. All
// values are text; flags are "true" or absent.
const (
	MetaType         = "milvus.type"          // "FloatVector"
	MetaDim          = "milvus.dim"           // "768"
	MetaMaxLength    = "milvus.max_length"    // bytes of a VarChar, or of an array's elements
	MetaMaxCapacity  = "milvus.max_capacity"  // elements of an array
	MetaElementType  = "milvus.element_type"  // "VarChar"
	MetaPrimaryKey   = "milvus.primary_key"   // flag
	MetaAutoID       = "milvus.auto_id"       // flag
	MetaPartitionKey = "milvus.partition_key" // flag
	MetaNullable     = "milvus.nullable"      // flag
	MetaDynamic      = "milvus.dynamic"       // flag: the $meta column
)

// DynamicField is the name of the column that holds a row's dynamic fields.
const DynamicField = "$meta"
