package sdk_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func TestValuesOfEveryType(t *testing.T) {
	tests := []struct {
		field        schema.Field
		values, want string // want is the JSON of Value
	}{
		{schema.Field{Type: schema.Bool}, `[true]`, `true`},
		{schema.Field{Type: schema.Int8}, `[-3]`, `-3`},
		{schema.Field{Type: schema.Int16}, `[-3]`, `-3`},
		{schema.Field{Type: schema.Int32}, `[-3]`, `-3`},
		{schema.Field{Type: schema.Int64}, `[9007199254740993]`, `9007199254740993`},
		{schema.Field{Type: schema.Float}, `[0.1]`, `0.1`},
		{schema.Field{Type: schema.Double}, `[0.1]`, `0.1`},
		{schema.Field{Type: schema.VarChar, Nullable: true}, `[null]`, `null`},
		{schema.Field{Type: schema.VarChar}, `["数据"]`, `"数据"`},
		{schema.Field{Type: schema.JSON}, `["{\"a\": 1}"]`, `{"a":1}`},
		{schema.Field{Type: schema.FloatVector, Dim: 2}, `[[0.5, 1]]`, `[0.5,1]`},
		{schema.Field{Type: schema.Float16, Dim: 2}, `["ADwAwA=="]`, `[1,-2]`},
		{schema.Field{Type: schema.BFloat16, Dim: 2}, `["gD8AwA=="]`, `[1,-2]`},
		{schema.Field{Type: schema.Int8Vector, Dim: 2}, `[[-1, 1]]`, `[-1,1]`},
		{schema.Field{Type: schema.BinaryVector, Dim: 8}, `["/w=="]`, `"/w=="`},
		{schema.Field{Type: schema.Sparse}, `[[{"index": 7, "value": 0.5}]]`, `[{"index":7,"value":0.5}]`},
		{schema.Field{Type: schema.Array, ElementType: schema.Int64}, `[[1, 2]]`, `[1,2]`},
		{schema.Field{Type: schema.Array, ElementType: schema.VarChar}, `[["a"]]`, `["a"]`},
		{schema.Field{Type: schema.Array, ElementType: schema.Struct, StructFields: []schema.Field{
			{Name: "a", Type: schema.Int8, Nullable: true}, {Name: "v", Type: schema.FloatVector, Dim: 1},
		}}, `[[{"a": null, "v": [3]}]]`, `[{"a":null,"v":[3]}]`},
	}
	for _, test := range tests {
		t.Run(string(test.field.Type+test.field.ElementType), func(t *testing.T) {
			test.field.Name = "f"
			record := recordOf(t, test.field, test.values)
			err := sdk.EachRow(record, 0, func(row sdk.Row) error {
				got, err := json.Marshal(row.Value("f"))
				if string(got) != test.want {
					t.Errorf("it is %s, want %s", got, test.want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func recordOf(t *testing.T, field schema.Field, values string) arrow.Record {
	t.Helper()
	f := field.Arrow()
	a, _, err := array.FromJSON(memory.DefaultAllocator, f.Type, strings.NewReader(values), array.WithUseNumber())
	if err != nil {
		t.Fatal(err)
	}
	return array.NewRecord(arrow.NewSchema([]arrow.Field{f}, nil), []arrow.Array{a}, int64(a.Len()))
}

func TestRowsReadBothNumbersAndNulls(t *testing.T) {
	record := recordOf(t, schema.Field{Name: "n", Type: schema.Int16, Nullable: true}, `[4, null]`)
	record = record.NewSlice(0, 2)
	var sum float64
	err := sdk.EachRow(record, 7, func(row sdk.Row) error {
		sum += row.Float("n") + float64(row.Int("n"))
		if row.IsNull("n") != (row.Number() == 8) || row.Fields()[0].Name != "n" {
			t.Errorf("row %d", row.Number())
		}
		return nil
	})
	if err != nil || sum != 8 {
		t.Errorf("sum %v (%v)", sum, err)
	}
	for name, read := range map[string]func(sdk.Row){
		"a Bool":             func(r sdk.Row) { r.Bool("n") },
		"text":               func(r sdk.Row) { r.Text("n") },
		"a vector of floats": func(r sdk.Row) { r.Vector("n") },
	} {
		err := sdk.EachRow(record, 7, func(row sdk.Row) error { read(row); return nil })
		if err == nil || !strings.Contains(err.Error(), "field n: row 7: it is Int16, and was read as "+name) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestFilesAppearWhenTheyAreWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.txt")
	write := func(overwrite bool, text string, commit bool) error {
		f, err := sdk.CreateFile(path, overwrite)
		if err != nil {
			return err
		}
		defer func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := f.Write([]byte(text)); err != nil || !commit {
			return err
		}
		artifact, err := f.Commit(1)
		if artifact.Bytes != int64(len(text)) || artifact.URI != path || len(artifact.SHA256) != 64 {
			t.Errorf("artifact %+v", artifact)
		}
		return err
	}
	steps := []struct {
		name              string
		overwrite, commit bool
		code              core.Code
		left              string // content of the file, or "" where there is none
	}{
		{"without a commit nothing is left", false, false, "", ""},
		{"a commit gives the name", false, true, "", "a commit gives the name"},
		{"a name that is taken is refused", false, true, core.Conflict, "a commit gives the name"},
		{"an overwriting writer leaves it until its commit", true, false, "", "a commit gives the name"},
		{"and replaces it then", true, true, "", "and replaces it then"},
	}
	for _, step := range steps {
		err := write(step.overwrite, step.name, step.commit)
		if (err != nil) != (step.code != "") || err != nil && core.CodeOf(err) != step.code {
			t.Errorf("%s: %v", step.name, err)
		}
		text, _ := os.ReadFile(path)
		entries, _ := os.ReadDir(dir)
		if string(text) != step.left || len(entries) > 1 {
			t.Errorf("%s: there is %q in %v", step.name, text, entries)
		}
	}
	if _, err := sdk.CreateFile("", false); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("no path: %v", err)
	}
	if _, err := sdk.CreateFile(filepath.Join(dir, "no", "folder"), false); core.CodeOf(err) != core.Unavailable {
		t.Errorf("no folder: %v", err)
	}
}
