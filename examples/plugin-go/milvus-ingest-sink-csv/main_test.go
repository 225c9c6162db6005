package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func TestMain(m *testing.M) {
	if sdk.Hosted() {
		sdk.Serve(component())
	}
	os.Exit(m.Run())
}

// TestContract reads back what was written, by a null that no value has.
func TestContract(t *testing.T) {
	plugintest.Sink(t, component(), `{"path": "{dir}/data.csv", "null": "\\N"}`, read)
}

// read reads a file back into the form of the batches.
func read(_ context.Context, stored plugintest.Stored) (arrow.Record, error) {
	file, err := os.Open(stored.Artifacts[0].URI)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	columns := make([]arrow.Array, stored.Schema.NumFields())
	for i, field := range stored.Schema.Fields() {
		values := make([]string, 0, len(lines))
		for _, line := range lines[1:] {
			value, err := asJSON(field, line[i])
			if err != nil {
				return nil, fmt.Errorf("cell %q of %s: %w", line[i], field.Name, err)
			}
			values = append(values, value)
		}
		all := strings.NewReader("[" + strings.Join(values, ",") + "]")
		if columns[i], _, err = array.FromJSON(memory.DefaultAllocator, field.Type, all, array.WithUseNumber()); err != nil {
			return nil, fmt.Errorf("column %s: %w", field.Name, err)
		}
	}
	return array.NewRecord(stored.Schema, columns, int64(len(lines)-1)), nil
}

// asJSON is a cell as Arrow reads it from JSON.
func asJSON(field arrow.Field, cell string) (string, error) {
	if cell == `\N` {
		return "null", nil
	}
	switch sdk.TypeOf(field) {
	case "VarChar", "String", "JSON", "Timestamptz", "Geometry":
		raw, err := json.Marshal(cell)
		return string(raw), err
	case "Float16Vector", "BFloat16Vector":
		return halves(field, cell)
	case "SparseFloatVector":
		return places(cell)
	default:
		return cell, nil
	}
}

// halves reads a vector of 16-bit numbers by making one of the same values.
func halves(field arrow.Field, cell string) (string, error) {
	var v []float32
	if err := json.Unmarshal([]byte(cell), &v); err != nil {
		return "", err
	}
	column, err := sdk.PerRow(core.ColumnSpec{Field: field}, func(int64, *rng.Source) []float32 { return v })
	if err != nil {
		return "", err
	}
	one, err := column.Fill(context.Background(), core.Rows{N: 1}, nil)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(one.(*array.FixedSizeBinary).Value(0))
	return string(raw), err
}

// places reads {"index": value}; a map has no order, the vector has.
func places(cell string) (string, error) {
	values := map[uint32]json.Number{}
	if err := json.Unmarshal([]byte(cell), &values); err != nil {
		return "", err
	}
	var entries []string
	for _, index := range slices.Sorted(maps.Keys(values)) {
		entries = append(entries, fmt.Sprintf(`{"index": %d, "value": %s}`, index, values[index]))
	}
	return "[" + strings.Join(entries, ",") + "]", nil
}

func TestWrongDelimitersAreRefused(t *testing.T) {
	for _, delimiter := range []string{``, `,,`, `\"`, `\n`} {
		config := fmt.Appendf(nil, `{"path": %q, "delimiter": "%s"}`, t.TempDir()+"/a.csv", delimiter)
		_, err := component().Sink().Open(t.Context(), core.WriteSpec{Schema: arrow.NewSchema(nil, nil), Config: config})
		var wrong *core.Error
		if !errors.As(err, &wrong) || wrong.Code != core.InvalidConfig || wrong.Field != "delimiter" {
			t.Errorf("delimiter %s gives %v", delimiter, err)
		}
	}
}
