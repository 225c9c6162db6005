package check_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// collection parses a schema.
func collection(t *testing.T, text string) *schema.Collection {
	t.Helper()
	var c schema.Collection
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// of makes a schema of a key, a vector of dim 2 and the fields given as JSON.
func of(t *testing.T, fields ...string) *schema.Collection {
	t.Helper()
	all := append([]string{`{"name":"id","type":"Int64","is_primary":true}`, `{"name":"v","type":"FloatVector","dim":2}`}, fields...)
	return collection(t, `{"collection_name":"c","fields":[`+strings.Join(all, ",")+`]}`)
}

// writeFile puts a file into a folder and gives its path.
func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeParquet writes rows, given as JSON, as a Parquet file.
func writeParquet(t *testing.T, path string, s *arrow.Schema, rows string) {
	t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(s, f, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(3)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteBuffered(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// columns makes an Arrow schema with the key and the vector, and more fields.
func columns(fields ...arrow.Field) *arrow.Schema {
	return arrow.NewSchema(append([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "v", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32), Nullable: true},
	}, fields...), nil)
}

func run(t *testing.T, path string, c *schema.Collection, o check.Options) *check.Report {
	t.Helper()
	set, err := dataset.Open(context.Background(), path, dataset.OpenOptions{Schema: c})
	if err != nil {
		t.Fatal(err)
	}
	report, err := check.Run(context.Background(), set, o)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, rule := range check.Rules() {
		known[rule.Name] = true
	}
	for _, p := range report.Problems {
		if !known[p.Rule] {
			t.Errorf("%s is no rule of the list", p.Rule)
		}
	}
	return report
}

// findings lists what was found as "severity rule place: message", one a line.
func findings(r *check.Report) string {
	var b strings.Builder
	for _, p := range r.Problems {
		for _, f := range p.Findings {
			b.WriteString(string(f.Severity) + " " + f.Rule + " " + f.String() + "\n")
		}
	}
	return b.String()
}

// expect wants each of the texts among the findings, and as many findings.
func expect(t *testing.T, r *check.Report, want []string) {
	t.Helper()
	found := findings(r)
	for _, text := range want {
		if !strings.Contains(found, text) {
			t.Errorf("no finding %q in\n%s", text, found)
		}
	}
	if n := strings.Count(found, "\n"); n != len(want) {
		t.Errorf("%d findings, want %d:\n%s", n, len(want), found)
	}
	if refused := strings.Contains("\n"+found, "\nerror "); refused != !r.OK || refused != (core.CodeOf(r.Err()) == core.InvalidData) {
		t.Errorf("OK is %v, the error %v, with\n%s", r.OK, r.Err(), found)
	}
}

const goodRows = `[{"id":1,"v":[1,0]},{"id":2,"v":[0,1]},{"id":3,"v":[1,1]},{"id":4,"v":[2,1]}]`

func TestOneBadFileAmongGoodOnes(t *testing.T) {
	good := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "x.parquet")
		writeParquet(t, path, columns(), goodRows)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	tests := []struct {
		name, file string
		content    func(t *testing.T) string
		want       string
	}{
		{"cut by 100 bytes", "b.parquet", func(t *testing.T) string { g := good(t); return g[:len(g)-100] }, "error file-readable b.parquet: the Parquet file is cut off"},
		{"zero bytes", "b.parquet", func(*testing.T) string { return "" }, "error file-empty b.parquet: the file has zero bytes"},
		{"JSON called Parquet", "b.parquet", func(*testing.T) string { return goodRows }, "error file-format b.parquet: the name says Parquet, the content is JSON"},
		{"Parquet called JSON", "b.json", good, "error file-format b.json: the name says JSON, the content is Parquet"},
		{"JSON without its end", "b.json", func(*testing.T) string { return `[{"id":7,"v":[1,0]},{"id":8,"v":[1,0]}` }, "error json-syntax b.json: byte 38: the file ends without the ]"},
		{"JSON cut in a row", "b.json", func(*testing.T) string { return `[{"id":7,"v":[1,0]},{"id":8,"v":[1,` }, "error json-syntax b.json: byte 35: the file ends in the middle of row 1"},
		{"a byte order mark", "b.json", func(*testing.T) string { return "\xef\xbb\xbf[" + `{"id":7,"v":[1,0]}]` }, "error json-bom b.json: the file begins with a byte order mark"},
		{"no rows", "b.json", func(*testing.T) string { return `[]` }, "error file-rows b.json: the file has no rows"},
		{"lines called .json", "b.json", func(*testing.T) string { return `{"id":7,"v":[1,0]}` + "\n" + `{"id":8,"v":[1,0]}` }, "error json-lines b.json: a .json file holds one array"},
		{"lines called .jsonl", "b.jsonl", func(*testing.T) string { return `{"id":7,"v":[1,0]}` + "\n" + `{"id":8,"v":[1,0]}` }, "warning json-lines b.jsonl: rows one after another"},
		{"wrong dim", "b.json", func(*testing.T) string { return `[{"id":7,"v":[1,0,5]}]` }, "error vector-dim b.json row 0 field v: 3 elements, dim is 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, test.file, test.content(t))
			if filepath.Ext(test.file) == ".parquet" {
				writeParquet(t, filepath.Join(dir, "a.parquet"), columns(), goodRows)
			} else {
				writeFile(t, dir, "a.json", goodRows)
			}
			expect(t, run(t, dir, of(t), check.Options{}), []string{test.want})
		})
	}
}

func TestFoldersAreReadInOrderAndWhole(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"2", "10", "1"} {
		writeFile(t, dir, name+".json", strings.ReplaceAll(`[{"id":N,"v":[1,0]}]`, "N", []string{"2", "3", "1"}[i]))
	}
	writeFile(t, dir, ".hidden.json", "not JSON")
	writeFile(t, dir, "readme.txt", "not data")
	outside := writeFile(t, t.TempDir(), "x.json", goodRows)
	if err := os.Symlink(outside, filepath.Join(dir, "link.json")); err != nil {
		t.Skip("no links here: ", err)
	}
	r := run(t, dir, of(t), check.Options{})
	expect(t, r, []string{"note file-ignored link.json: the link leads out of the folder"})
	if len(r.Files) != 3 || r.Files[2].Name != "10.json" || r.Rows != 3 {
		t.Errorf("files %+v", r.Files)
	}
	writeParquet(t, filepath.Join(dir, "11.parquet"), columns(), `[{"id":9,"v":[1,0]}]`)
	expect(t, run(t, dir, of(t), check.Options{}), []string{"note file-ignored", "error file-mixed 11.parquet: a parquet file beside json files"})
}

func TestFilesAreComparedWithMeta(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, dir, "data.json", goodRows)
	meta := &dataset.Meta{
		Schema: of(t), Version: "1.0", Generation: dataset.Generation{TotalRows: 4},
		Files: []dataset.File{{Path: "data.json", Rows: 4, Bytes: int64(len(goodRows)), SHA256: "17a3f7a5"}},
	}
	save := func() {
		t.Helper()
		if err := dataset.WriteMeta(dir, meta); err != nil {
			t.Fatal(err)
		}
	}
	save()
	expect(t, run(t, dir, nil, check.Options{}), []string{"error file-meta data.json: its SHA-256 is"})
	meta.Files[0].SHA256 = ""
	save()
	expect(t, run(t, dir, nil, check.Options{}), nil)
	writeFile(t, dir, "data.json", `[{"id":1,"v":[1,0]}]`)
	writeFile(t, dir, "more.json", goodRows)
	expect(t, run(t, dir, nil, check.Options{}), []string{
		"error file-meta data.json: 20 bytes, meta.json tells of 77",
		"error file-meta data.json: 1 rows, meta.json tells of 4",
		"error set-rows data set: 1 rows could be read, meta.json tells of 4",
		"error file-listed more.json: meta.json does not tell of this file",
	})
	if err := os.Rename(path, filepath.Join(dir, "..", filepath.Base(dir)+".away")); err != nil {
		t.Fatal(err)
	}
	found := findings(run(t, dir, nil, check.Options{}))
	if !strings.Contains(found, "data.json: meta.json tells of this file, and it is not there") {
		t.Error(found)
	}
}
