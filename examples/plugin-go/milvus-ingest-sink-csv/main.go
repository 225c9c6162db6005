// Command milvus-ingest-sink-csv writes a data set as a CSV file: a header, and
// a line for each row. Vectors, arrays and JSON are JSON in their cells.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Config is what the sink may be told.
type Config struct {
	Path      string `json:"path" help:"The file to write. Required."`
	Delimiter string `json:"delimiter" default:"," help:"What stands between the cells: one character."`
	Null      string `json:"null" default:"" help:"The cell of a row without a value."`
	Overwrite bool   `json:"overwrite" default:"false" help:"Replace the file if it exists."`
}

func component() sdk.Component {
	return sdk.Sink[Config]{
		Info: sdk.Info{
			Name: "csv", Version: "1.0.0", Summary: "A CSV file with a header.",
			Types: []string{
				"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array", "Timestamptz", "Geometry",
				"FloatVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "SparseFloatVector",
			},
		},
		Open: open,
	}
}

func main() { sdk.Serve(component()) }

func open(_ context.Context, spec core.WriteSpec, config Config) (core.Writer, error) {
	delimiter, size := utf8.DecodeRuneInString(config.Delimiter)
	if size == 0 || size != len(config.Delimiter) || delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == utf8.RuneError {
		return nil, core.Errorf(core.InvalidConfig, "delimiter is %q", config.Delimiter).WithField("delimiter").WithHint("use one character, such as ;")
	}
	var text bytes.Buffer
	lines := csv.NewWriter(&text)
	lines.Comma = delimiter
	cells := make([]string, 0, spec.Schema.NumFields())
	// line is the text of one line of cells.
	line := func(dst []byte) ([]byte, error) {
		text.Reset()
		err := lines.Write(cells)
		lines.Flush()
		return append(dst, text.Bytes()...), err
	}
	for _, field := range spec.Schema.Fields() {
		cells = append(cells, field.Name)
	}
	header, err := line(nil)
	if err != nil {
		return nil, err
	}
	file, err := sdk.CreateFile(config.Path, config.Overwrite)
	if err != nil {
		return nil, err
	}
	return sdk.FileWriter(spec, file, string(header), func(dst []byte, row sdk.Row) ([]byte, error) {
		cells = cells[:0]
		for _, field := range row.Fields() {
			cell, err := cellOf(row.Value(field.Name), config.Null)
			if err != nil {
				return dst, core.Errorf(core.InvalidData, "%w", err).WithField(field.Name)
			}
			cells = append(cells, cell)
		}
		return line(dst)
	}), nil
}

// cellOf is a value as the text of a cell.
func cellOf(value any, null string) (string, error) {
	switch v := value.(type) {
	case nil:
		return null, nil
	case string:
		if !utf8.ValidString(v) {
			return "", fmt.Errorf("a text that is not UTF-8: %.40q", v)
		}
		return v, nil
	case json.RawMessage:
		if !json.Valid(v) {
			return "", fmt.Errorf("no JSON: %.40q", string(v))
		}
		return string(v), nil
	case float64:
		return fmt.Sprint(v), finite(v)
	case float32:
		return fmt.Sprint(v), finite(float64(v))
	case sdk.Sparse:
		places := make(map[uint32]float32, len(v))
		for _, e := range v {
			places[e.Index] = e.Value
		}
		text, err := json.Marshal(places)
		return string(text), err
	default:
		text, err := json.Marshal(value)
		return string(text), err
	}
}

func finite(v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%v is no number", v)
	}
	return nil
}
