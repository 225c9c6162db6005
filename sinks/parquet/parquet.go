// Package parquet stores a data set as Parquet files that Milvus imports and
// that pyarrow, pandas and DuckDB read alike. Dense vectors are written as
// pages of our own, straight from the batch; the rest is the library's work.
package parquet

import (
	"context"
	"errors"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/internal/file"
)

// Config is the sink's configuration.
type Config struct {
	Path            string `json:"path" help:"The file to write. It appears under this name when it is whole. Required."`
	Compression     string `json:"compression" default:"snappy" enum:"none,snappy,zstd" help:"How columns are compressed. Dense vectors are not, unless compress_vectors is set."`
	CompressVectors bool   `json:"compress_vectors" default:"false" help:"Compress dense vectors too. Random ones do not shrink; vectors with repeated values may."`
	RowGroupRows    int    `json:"row_group_rows" default:"0" help:"Rows of a row group; 0 makes each batch one."`
	Overwrite       bool   `json:"overwrite" default:"false" help:"Replace the file if it exists."`
}

// Components is the sink of this package.
func Components() []sdk.Component {
	return []sdk.Component{sdk.Sink[Config]{
		Info: sdk.Info{
			Name:    "parquet",
			Summary: "A Parquet file that Milvus imports and that pandas, pyarrow and DuckDB read.",
			Types: []string{
				"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array", "Timestamptz", "Geometry",
				"FloatVector", "BinaryVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "SparseFloatVector",
			},
		},
		Open: func(_ context.Context, spec core.WriteSpec, config Config) (core.Writer, error) {
			return open(spec, config, nil)
		},
	}}
}

// maxGroups is how many row groups a file can number.
const maxGroups = 1<<15 - 1

// writer is one file. What belongs to a row group that is not complete waits
// in pending, copied.
type writer struct {
	spec    core.WriteSpec
	config  Config
	uri     string
	file    file.Target
	encoder *encoder
	pending []arrow.Record
	waiting int64 // rows of pending
	// text is how many bytes of text pending has, by column; mostText how many
	// it can have: what offsets of 32 bits reach.
	text     []int64
	mostText int64
	rows     int64 // rows written
}

func open(spec core.WriteSpec, config Config, wrap func(file.Disk) file.Disk) (core.Writer, error) {
	if err := config.check(spec); err != nil {
		return nil, err
	}
	f, err := file.Create(config.Path, file.Options{Overwrite: config.Overwrite, Wrap: wrap})
	if err != nil {
		return nil, err
	}
	return Encode(f, config.Path, spec, config)
}

// Encode writes a Parquet file to a target, which it closes; uri is where that
// is. The path of the configuration is of no use.
func Encode(target file.Target, uri string, spec core.WriteSpec, config Config) (core.Writer, error) {
	err := config.check(spec)
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	e, err := newEncoder(target, spec.Schema, config)
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	return &writer{spec: spec, config: config, uri: uri, file: target, encoder: e, mostText: math.MaxInt32}, nil
}

func (c *Config) check(spec core.WriteSpec) error {
	if c.RowGroupRows < 0 {
		return core.Errorf(core.InvalidConfig, "%d rows in a row group", c.RowGroupRows).
			WithField("row_group_rows").WithHint("give a positive number, or 0 for a row group a batch")
	}
	if n := c.RowGroupRows; n > 0 && (spec.Rows.N+n-1)/n > maxGroups {
		return core.Errorf(core.InvalidConfig, "%d rows in row groups of %d make more than %d of them", spec.Rows.N, n, maxGroups).
			WithField("row_group_rows").WithHint("make the row groups larger, or the files smaller")
	}
	return nil
}

// Write implements core.Writer.
func (w *writer) Write(ctx context.Context, batch arrow.Record) error {
	if !sameTypes(batch.Schema(), w.spec.Schema) {
		return core.Errorf(core.Internal, "a batch has the columns %s, the file %s", batch.Schema(), w.spec.Schema)
	}
	for at, n := int64(0), batch.NumRows(); at < n; {
		room := n - at
		if w.config.RowGroupRows > 0 {
			room = min(room, int64(w.config.RowGroupRows)-w.waiting)
		}
		piece := batch.NewSlice(at, at+room)
		err := w.add(ctx, piece)
		piece.Release()
		if err != nil {
			return err
		}
		at += room
	}
	// The batch's memory is filled anew when this returns.
	return w.file.Flush()
}

func sameTypes(a, b *arrow.Schema) bool {
	if a.NumFields() != b.NumFields() {
		return false
	}
	for i, f := range a.Fields() {
		if f.Name != b.Field(i).Name || !arrow.TypeEqual(f.Type, b.Field(i).Type) {
			return false
		}
	}
	return true
}

// add takes rows of one row group: it writes them if they are the whole of it.
func (w *writer) add(ctx context.Context, rows arrow.Record) error {
	whole := w.config.RowGroupRows == 0 || rows.NumRows() == int64(w.config.RowGroupRows)
	last := int64(w.spec.Rows.N) > 0 && w.rows+w.waiting+rows.NumRows() == int64(w.spec.Rows.N)
	if len(w.pending) == 0 && (whole || last) {
		return w.group(ctx, rows)
	}
	copied, err := join([]arrow.Record{rows})
	if err != nil {
		return err
	}
	if err := w.roomFor(copied); err != nil {
		copied.Release()
		return err
	}
	w.pending = append(w.pending, copied)
	w.waiting += copied.NumRows()
	if w.waiting == int64(w.config.RowGroupRows) || last {
		return w.flush(ctx)
	}
	return nil
}

// roomFor refuses rows whose text does not fit the row group any more, before
// the rest of the group takes the machine's memory.
func (w *writer) roomFor(rows arrow.Record) error {
	if w.text == nil {
		w.text = make([]int64, rows.NumCols())
	}
	for i, column := range rows.Columns() {
		w.text[i] += textBytes(column.Data())
		if w.text[i] > w.mostText {
			return core.Errorf(core.Exhausted, "its %d rows of a row group have more than %d bytes of text", w.waiting+rows.NumRows(), w.mostText).
				WithField(rows.ColumnName(i)).WithRow(w.spec.Rows.Start + w.rows).WithHint("make the row groups smaller (--row-group-size)")
		}
	}
	return nil
}

// textBytes is the size of the texts of an array that join has made.
func textBytes(data arrow.ArrayData) (size int64) {
	if buffers := data.Buffers(); data.DataType().ID() == arrow.STRING && len(buffers) == 3 && buffers[2] != nil {
		size = int64(buffers[2].Len())
	}
	for _, child := range data.Children() {
		size += textBytes(child)
	}
	return size
}

// flush writes what is pending as a row group. The bytes are the same however
// batches cut it.
func (w *writer) flush(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	group, err := join(w.pending)
	if err != nil {
		return err
	}
	defer group.Release()
	w.release()
	if err := w.group(ctx, group); err != nil {
		return err
	}
	return w.file.Flush()
}

func (w *writer) group(ctx context.Context, rows arrow.Record) error {
	if err := w.encoder.group(ctx, rows, w.spec.Rows.Start+w.rows); err != nil {
		return err
	}
	w.rows += rows.NumRows()
	return nil
}

func (w *writer) release() {
	for _, record := range w.pending {
		record.Release()
	}
	w.pending, w.waiting = nil, 0
	clear(w.text)
}

// join copies records into one.
func join(records []arrow.Record) (arrow.Record, error) {
	schema := records[0].Schema()
	columns := make([]arrow.Array, schema.NumFields())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	var rows int64
	for _, record := range records {
		rows += record.NumRows()
	}
	for i := range columns {
		pieces := make([]arrow.Array, len(records))
		for j, record := range records {
			pieces[j] = record.Column(i)
		}
		var err error
		if columns[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			return nil, core.Errorf(core.Exhausted, "join the batches of a row group: %w", err).
				WithField(schema.Field(i).Name).WithHint("make the row groups smaller (--row-group-size)")
		}
	}
	return array.NewRecord(schema, columns, rows), nil
}

// Commit implements core.Writer.
func (w *writer) Commit(ctx context.Context) ([]core.Artifact, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	if n := int64(w.spec.Rows.N); n > 0 && n != w.rows {
		return nil, core.Errorf(core.Internal, "the file has %d rows, not %d", w.rows, n)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.encoder.footer(); err != nil {
		return nil, err
	}
	sum, err := w.file.Commit(w.encoder.check)
	if err != nil {
		return nil, err
	}
	return []core.Artifact{{
		URI: w.uri, Rows: w.rows, Bytes: w.file.Tell(), SHA256: sum, Columns: w.encoder.stats(),
	}}, nil
}

// Close implements core.Writer.
func (w *writer) Close() error {
	w.release()
	return w.file.Close()
}
