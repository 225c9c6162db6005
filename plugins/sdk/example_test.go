package sdk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// plate is the configuration of a generator: its tags are the JSON Schema, the
// help and the defaults that users see.
type plate struct {
	Region string `json:"region" default:"HH" help:"Letters that every plate begins with."`
}

// A generator of number plates; main would be sdk.Serve(plates()).
func plates() sdk.Component {
	return sdk.Generator[plate]{
		Info: sdk.Info{Name: "plate", Version: "1.0.0", Summary: "Number plates of cars.", Types: []string{"VarChar"}},
		Open: func(_ context.Context, spec core.ColumnSpec, config plate) (core.Column, error) {
			return sdk.PerRow(spec, func(_ int64, s *rng.Source) string {
				return fmt.Sprintf("%s-%c%c %d", config.Region, 'A'+rune(s.IntN(26)), 'A'+rune(s.IntN(26)), s.Between(1, 9999))
			})
		},
	}
}

func Example_generator() {
	field := schema.Field{Name: "plate", Type: schema.VarChar, MaxLength: 12}
	column, err := plates().Generator().Open(context.Background(), core.ColumnSpec{
		Generator: "plate", Field: field.Arrow(), Seed: 42, Config: []byte(`{"region": "B"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer column.Close()
	values, err := column.Fill(context.Background(), core.Rows{Start: 1000, N: 3}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer values.Release()
	fmt.Println(values)
	// Output: ["B-QX 2932" "B-ZT 2644" "B-DN 4007"]
}

// A sink of tab-separated lines; main would be sdk.Serve(lines()).
func lines() sdk.Component {
	type config struct {
		Path string `json:"path" help:"The file to write. Required."`
	}
	return sdk.Sink[config]{
		Info: sdk.Info{Name: "lines", Version: "1.0.0", Summary: "Lines of text.", Types: []string{"Int64", "VarChar"}},
		Open: func(_ context.Context, spec core.WriteSpec, c config) (core.Writer, error) {
			file, err := sdk.CreateFile(c.Path, false)
			if err != nil {
				return nil, err
			}
			return sdk.FileWriter(spec, file, "id\tname\n", func(dst []byte, row sdk.Row) ([]byte, error) {
				if strings.ContainsAny(row.Text("name"), "\t\n") {
					return dst, core.Errorf(core.InvalidData, "a name with a tab or a new line").WithField("name")
				}
				return fmt.Appendf(dst, "%d\t%s\n", row.Int("id"), row.Text("name")), nil
			}), nil
		},
	}
}

func Example_sink() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "names.tsv")
	batch := people("Ada", "Grace")
	writer, err := lines().Sink().Open(context.Background(), core.WriteSpec{
		Schema: batch.Schema(), Config: fmt.Appendf(nil, `{"path": %q}`, path),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer writer.Close() // without Commit, nothing is left
	if err := writer.Write(context.Background(), batch); err != nil {
		fmt.Println(err)
		return
	}
	artifacts, err := writer.Commit(context.Background())
	text, _ := os.ReadFile(path)
	fmt.Printf("%s%d rows, %d bytes, %v", text, artifacts[0].Rows, artifacts[0].Bytes, err)
	// Output:
	// id	name
	// 1	Ada
	// 2	Grace
	// 2 rows, 22 bytes, <nil>
}

// people are rows with an id and a name.
func people(names ...string) arrow.Record {
	collection := schema.Collection{Fields: []schema.Field{
		{Name: "id", Type: schema.Int64, IsPrimary: true}, {Name: "name", Type: schema.VarChar, MaxLength: 100},
	}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, collection.Arrow())
	defer b.Release()
	for i, name := range names {
		b.Field(0).(*array.Int64Builder).Append(int64(i + 1))
		b.Field(1).(*array.StringBuilder).Append(name)
	}
	return b.NewRecord()
}

// A column that reads another: the initials of a name.
func ExampleFromInputs() {
	people := people("Ada Lovelace", "Grace Brewster Hopper")
	field := schema.Field{Name: "initials", Type: schema.VarChar, MaxLength: 8}
	column, err := sdk.FromInputs(core.ColumnSpec{
		Generator: "initials", Field: field.Arrow(), Uses: []string{"name"}, Inputs: people.Schema(),
	}, func(row sdk.Row, _ *rng.Source) (string, error) {
		var initials string
		for _, word := range strings.Fields(row.Text("name")) {
			initials += word[:1]
		}
		return initials, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := column.Fill(context.Background(), core.Rows{N: 2}, people)
	fmt.Println(values, err)
	// Output: ["AL" "GBH"] <nil>
}

// A vector of the unit circle, and a fifth of the rows without one.
func ExamplePerRowOrNull() {
	field := schema.Field{Name: "place", Type: schema.FloatVector, Dim: 2, Nullable: true}
	column, err := sdk.PerRowOrNull(core.ColumnSpec{Generator: "circle", Field: field.Arrow(), Seed: 1},
		func(row int64, s *rng.Source) ([]float32, bool) {
			return []float32{float32(row), 1}, !s.Bool(0.2)
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := column.Fill(context.Background(), core.Rows{N: 4}, nil)
	fmt.Println(values, err)
	// Output: [[0 1] (null) [2 1] [3 1]] <nil>
}

// Errors carry what went wrong, where, and what mends it, all the way to the
// user's terminal.
func ExampleEachRow() {
	err := sdk.EachRow(people("Ada", "", "Grace"), 100, func(row sdk.Row) error {
		if row.Text("name") == "" {
			return core.Errorf(core.InvalidData, "no name").WithField("name").WithHint("give the field another generator")
		}
		return nil
	})
	fmt.Println(err)
	err = sdk.EachRow(people("Ada"), 100, func(row sdk.Row) error {
		fmt.Println(row.Float("name"))
		return nil
	})
	fmt.Println(err)
	// Output:
	// field name: row 101: no name
	// field name: row 100: it is VarChar, and was read as a whole number
}
