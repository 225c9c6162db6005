// Package json stores a data set as a JSON file: an array with an object for
// each row, written as the rows come.
package json

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/internal/file"
	"github.com/zilliz/milvus-ingest/sinks/internal/text"
)

// Config is the sink's configuration.
type Config struct {
	Path      string `json:"path" help:"The file to write. It appears under this name when it is whole. Required."`
	Overwrite bool   `json:"overwrite" default:"false" help:"Replace the file if it exists."`
}

// Components is the sink of this package.
func Components() []sdk.Component {
	return []sdk.Component{sdk.Sink[Config]{
		Info: sdk.Info{
			Name:    "json",
			Summary: "A JSON file that Milvus imports: an array with an object for each row.",
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

// pieceBytes is about how much text is gathered before it goes to the file.
const pieceBytes = 64 << 10

// writer is one file.
type writer struct {
	spec    core.WriteSpec
	uri     string
	file    file.Target
	floats  *text.Floats
	columns []core.ColumnStat
	names   [][]byte // `"name":` of each column
	text    []byte
	rows    int64
}

func open(spec core.WriteSpec, config Config, wrap func(file.Disk) file.Disk) (core.Writer, error) {
	f, err := file.Create(config.Path, file.Options{Overwrite: config.Overwrite, Wrap: wrap})
	if err != nil {
		return nil, err
	}
	return Encode(f, config.Path, spec), nil
}

// Encode writes a JSON file to a target, which it closes; uri is where that is.
func Encode(target file.Target, uri string, spec core.WriteSpec) core.Writer {
	w := &writer{spec: spec, uri: uri, file: target, floats: text.NewFloats(), text: []byte("[")}
	for _, field := range spec.Schema.Fields() {
		name, _ := text.AppendString(nil, field.Name)
		w.names = append(w.names, append(name, ':'))
		w.columns = append(w.columns, core.ColumnStat{Name: field.Name})
	}
	return w
}

// Write implements core.Writer.
func (w *writer) Write(ctx context.Context, batch arrow.Record) error {
	if int(batch.NumCols()) != len(w.names) {
		return core.Errorf(core.Internal, "a batch has %d columns, the file %d", batch.NumCols(), len(w.names))
	}
	columns, err := w.bind(batch)
	if err != nil {
		return err
	}
	for i := range int(batch.NumRows()) {
		if w.rows > 0 {
			w.text = append(w.text, ',')
		}
		w.text = append(w.text, '\n')
		if err := w.row(columns, i); err != nil {
			return err
		}
		w.rows++
		if len(w.text) >= pieceBytes {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.put(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// put hands the text to the file.
func (w *writer) put() error {
	_, err := w.file.Write(w.text)
	w.text = w.text[:0]
	return err
}

// Commit implements core.Writer.
func (w *writer) Commit(ctx context.Context) ([]core.Artifact, error) {
	if n := int64(w.spec.Rows.N); n > 0 && n != w.rows {
		return nil, core.Errorf(core.Internal, "the file has %d rows, not %d", w.rows, n)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.text = append(w.text, "\n]\n"...)
	if err := w.put(); err != nil {
		return nil, err
	}
	sum, err := w.file.Commit(nil)
	if err != nil {
		return nil, err
	}
	return []core.Artifact{{
		URI: w.uri, Rows: w.rows, Bytes: w.file.Tell(), SHA256: sum, Columns: w.columns,
	}}, nil
}

// Close implements core.Writer.
func (w *writer) Close() error { return w.file.Close() }
