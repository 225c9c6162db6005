package dataset_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// manyColumns writes a file whose columns have one leaf and many, dictionaries,
// nulls and several row groups.
func manyColumns(t testing.TB, path string, rows int) {
	t.Helper()
	inner := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32}, arrow.Field{Name: "b", Type: arrow.ListOf(arrow.BinaryTypes.String)})
	s := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "title", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "nested", Type: arrow.ListOf(inner), Nullable: true},
		{Name: "vector", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)},
		{Name: "last", Type: arrow.PrimitiveTypes.Float64},
	}, nil)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(int64(rows)/3))
	w, err := pqarrow.NewFileWriter(s, f, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	var text strings.Builder
	for i := range rows {
		title := fmt.Sprintf("%q", fmt.Sprint("t", i%7))
		if i%5 == 0 {
			title = "null"
		}
		fmt.Fprintf(&text, `{"id": %d, "title": %s, "nested": [{"a": %d, "b": ["x", "y%d"]}], "vector": [%d, 0.5], "last": %d.25}`+"\n", i, title, i, i, i, i)
	}
	decoder := json.NewDecoder(strings.NewReader(text.String()))
	decoder.UseNumber()
	for range rows {
		if err := b.UnmarshalJSON(next(t, decoder)); err != nil {
			t.Fatal(err)
		}
	}
	record := b.NewRecord()
	defer record.Release()
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func next(t testing.TB, d *json.Decoder) []byte {
	t.Helper()
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

func tableOf(t testing.TB, path string) arrow.Table {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(data), nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(table.Release)
	return table
}

// projected writes what is sent of the only file of a set.
func projected(t testing.TB, path string, leaveOut ...string) (string, error) {
	t.Helper()
	set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{Schema: parse(t, `{"fields": []}`)})
	if err != nil {
		t.Fatal(err)
	}
	body, err := set.Body(set.Files[0], leaveOut)
	if err != nil {
		return "", err
	}
	defer body.Close()
	out := filepath.Join(t.TempDir(), "out.parquet")
	data, err := io.ReadAll(io.NewSectionReader(body, 0, body.Size()))
	if err != nil || int64(len(data)) != body.Size() {
		t.Fatalf("%d bytes of %d: %v", len(data), body.Size(), err)
	}
	// Parts are read in any order and size.
	for at := int64(0); at < body.Size(); at += 997 {
		p := make([]byte, 1500)
		n, err := body.ReadAt(p, at)
		if !bytes.Equal(p[:n], data[at:at+int64(n)]) || n < len(p) && err != io.EOF { //nolint:errorlint // as io.ReaderAt has it
			t.Fatalf("read %d at %d: %v", n, at, err)
		}
	}
	return out, os.WriteFile(out, data, 0o600)
}

func TestColumnsAreLeftOutWithoutTouchingOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.parquet")
	manyColumns(t, path, 3000)
	whole := tableOf(t, path)
	var files []string
	for _, leaveOut := range [][]string{{"id"}, {"nested"}, {"last"}, {"id", "vector", "last"}, {"title", "nested", "vector", "last"}, {}, {"none"}} {
		out, err := projected(t, path, leaveOut...)
		if err != nil {
			t.Fatalf("without %v: %v", leaveOut, err)
		}
		files = append(files, out)
		got := tableOf(t, out)
		at := 0
		for i, f := range whole.Schema().Fields() {
			if slices.Contains(leaveOut, f.Name) {
				continue
			}
			if got.Schema().Field(at).Name != f.Name || !array.ChunkedEqual(got.Column(at).Data(), whole.Column(i).Data()) {
				t.Errorf("without %v: column %s is another", leaveOut, f.Name)
			}
			at++
		}
		if at != int(got.NumCols()) || got.NumRows() != whole.NumRows() {
			t.Errorf("without %v: %d columns, %d rows", leaveOut, got.NumCols(), got.NumRows())
		}
	}
	othersRead(t, path, files)
}

// othersRead lets pyarrow and DuckDB read the files.
func othersRead(t *testing.T, whole string, files []string) {
	t.Helper()
	python := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if python == "" {
		t.Log("MILVUS_INGEST_TEST_PYTHON names no Python with pyarrow and duckdb")
		return
	}
	script := `
import sys, pyarrow.parquet as pq, duckdb
whole = pq.read_table(sys.argv[1])
for path in sys.argv[2:]:
    t = pq.read_table(path); t.validate(full=True)
    assert t.cast(whole.select(t.schema.names).schema).equals(whole.select(t.schema.names)), path
    assert duckdb.sql(f"select * from '{path}'").to_arrow_table().num_rows == whole.num_rows
    assert pq.ParquetFile(path).metadata.num_row_groups == pq.ParquetFile(sys.argv[1]).metadata.num_row_groups`
	if out, err := exec.CommandContext(t.Context(), python, append([]string{"-c", script, whole}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWhatCannotBeProjectedIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.parquet")
	manyColumns(t, path, 30)
	if _, err := projected(t, path, "id", "title", "nested", "vector", "last"); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("nothing would be left: %v", err)
	}
	set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{Schema: parse(t, `{"fields": []}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Body(set.Files[0], nil); core.CodeOf(err) != core.Conflict {
		t.Errorf("a file that shrank: %v", err)
	}
}

// Damaged footers are errors, never a file with other rows.
func TestDamagedFootersAreNotProjected(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.parquet")
	manyColumns(t, path, 300)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(good) - 9; at > len(good)-900; at -= 7 {
		bad := slices.Clone(good)
		bad[at] ^= 0x3f
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{Schema: parse(t, `{"fields": []}`)})
		if err != nil || set.Err() != nil {
			continue
		}
		body, err := set.Body(set.Files[0], []string{"id"})
		if err != nil {
			continue
		}
		if _, err := io.ReadAll(io.NewSectionReader(body, 0, body.Size())); err != nil {
			t.Errorf("byte %d: %v", at, err)
		}
		body.Close()
	}
}

func TestJSONIsRewrittenExactly(t *testing.T) {
	c := `{"enable_dynamic_field": true, "fields": [{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true}, {"name": "x", "type": "JSON"}]}`
	for _, test := range []struct {
		name, in, want string
		leaveOut       []string
	}{
		{"data.json", `[{"id": 9007199254740993, "x": {"id":  1, "big": 123456789012345678901}, "more": 1e400}]`, "[\n" + `{"x":{"id":  1, "big": 123456789012345678901},"more":1e400}` + "\n]\n", []string{"id"}},
		{"data.json", `{"rows": [ {"id":1,"x":"\u00e9\"}"} , {"x":[1.0,-0.0],"id":2} ]}`, "{\"rows\":[\n" + `{"x":"\u00e9\"}"}` + ",\n" + `{"x":[1.0,-0.0]}` + "\n]}\n", []string{"id"}},
		{"data.json", `[{"x": 1, "$meta": {"a": 1}, "b": 2}]`, "[\n" + `{"x":1}` + "\n]\n", []string{"$meta"}},
		{"data.json", `[]`, "[\n\n]\n", []string{"id"}},
		{"data.jsonl", `{"id":1,"x":2}` + "\n" + `{"id":2,"x":3}`, `{"x":2}` + "\n" + `{"x":3}` + "\n", []string{"id"}},
		{"data.json", `[{"id":1,"x":{"id":2}},{"id"`, "cut off", []string{"id"}},
		{"data.json", `[{"id":1,"x":NaN}]`, "row 0", []string{"id"}},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, []byte(test.in), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{Schema: parse(t, c)})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = set.Rewrite(t.Context(), set.Files[0], test.leaveOut, &out)
		if err == nil && out.String() != test.want || err != nil && (core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s becomes %s, %v", test.in, &out, err)
		}
	}
}

func FuzzRewrittenRowsKeepTheirOtherKeys(f *testing.F) {
	f.Add(`{"id":1,"x":[{"id":2}],"y":"}"}`)
	f.Add(`{"x":{},"id":null}`)
	f.Fuzz(func(t *testing.T, row string) {
		var before map[string]json.RawMessage
		if json.Unmarshal([]byte(row), &before) != nil || before == nil {
			return
		}
		path := filepath.Join(t.TempDir(), "data.json")
		if err := os.WriteFile(path, []byte("["+row+"]"), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{Schema: parse(t, `{"fields": []}`)})
		if err != nil || set.Err() != nil {
			return
		}
		var out bytes.Buffer
		if set.Rewrite(t.Context(), set.Files[0], []string{"id"}, &out) != nil {
			return
		}
		var after []map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &after); err != nil || len(after) != 1 {
			t.Fatalf("%s became %s: %v", row, &out, err)
		}
		delete(before, "id")
		if len(before) != len(after[0]) {
			t.Fatalf("%s became %s", row, &out)
		}
		for key, value := range before {
			if !bytes.Equal(value, after[0][key]) {
				t.Fatalf("%s became %s: key %q", row, &out, key)
			}
		}
	})
}
