package dataset_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func parse(t testing.TB, text string) *schema.Collection {
	t.Helper()
	var c schema.Collection
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// rowsOf reads a whole set and gives its rows as JSON, and what was found.
func rowsOf(t testing.TB, path string, c *schema.Collection, o dataset.ReadOptions) (rows []string, found []string) {
	t.Helper()
	set, err := dataset.Open(context.Background(), path, dataset.OpenOptions{Schema: c})
	if err != nil {
		t.Fatal(err)
	}
	o.Report = func(f dataset.Finding) { found = append(found, f.Rule+" "+f.String()) }
	next := map[string]int64{}
	for b, err := range set.Rows(context.Background(), o) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Row != next[b.File.Name] {
			t.Fatalf("%s: a batch begins at row %d, want %d", b.File.Name, b.Row, next[b.File.Name])
		}
		next[b.File.Name] += b.NumRows()
		text, err := b.Record.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var some []json.RawMessage
		if err := json.Unmarshal(text, &some); err != nil {
			t.Fatal(err)
		}
		for _, row := range some {
			rows = append(rows, string(row))
		}
	}
	return rows, found
}

func TestOtherWritersFilesAreRead(t *testing.T) {
	bulk, err := schema.ParseFile("testdata/bulkwriter-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	const second = `"a":[1,-1],"b":"AD+APwBAgD8=","bin":"VVU=","h":"ADgAPABAADw=","id":9007199254740995,"j":"{\"a\":1}","n":null,"s":"文本1",` +
		`"sp":[{"index":3,"value":0.5},{"index":25,"value":1.25}],"v":[1,1,2,3]}`
	tests := []struct {
		path   string
		schema *schema.Collection
		rows   int
		row    int
		want   string
	}{
		{"bulkwriter-parquet", bulk, 4, 1, second},
		{"bulkwriter-json", bulk, 4, 1, second},
		{"python-parquet", nil, 10, 9, `"id":4,`},
		{"python-json", nil, 3, 2, `"h":null,"id":3,`},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			rows, found := rowsOf(t, filepath.Join("testdata", test.path), test.schema, dataset.ReadOptions{})
			for _, f := range found { // the Python tool writes float16 as bytes into JSON
				if !strings.Contains(f, "vector-dim") || test.path != "python-json" {
					t.Errorf("found %s", f)
				}
			}
			if len(rows) != test.rows {
				t.Fatalf("%d rows, want %d", len(rows), test.rows)
			}
			got := strings.ReplaceAll(rows[test.row], " ", "")
			got = strings.ReplaceAll(strings.ReplaceAll(got, `\n`, ""), `\"`, `"`)
			if !strings.Contains(got, strings.ReplaceAll(test.want, `\"`, `"`)) || !strings.Contains(got, `"$meta":"{"`) {
				t.Errorf("row %d is %s\nwant %s", test.row, got, test.want)
			}
		})
	}
}

const spellings = `
import sys, pyarrow as pa, pyarrow.parquet as pq
dir = sys.argv[1]
v = [[1.0, 2.0], None, [0.5, -0.0], [3.0, 4.0], [5.0, 6.0]]
b = [[1, 2, 3, 4], None, [0, 255, 7, 8], [9, 9, 9, 9], [1, 1, 1, 1]]
s = ["a", None, "数据", "", "e"]
ids = pa.array([1, 2, 3, 4, 5], pa.int64())
def write(name, vt, bt, st, **kw):
    def make(values, t):
        return pa.array(values, pa.string()).dictionary_encode() if t == "dict" else pa.array(values, t)
    bv = [None if x is None else bytes(x) for x in b] if pa.types.is_binary(bt) or pa.types.is_fixed_size_binary(bt) or pa.types.is_large_binary(bt) else b
    t = pa.table({"id": ids, "v": make(v, vt), "b": make(bv, bt), "s": make(s, st)})
    pq.write_table(t, f"{dir}/{name}.parquet", **kw)
L, LL, F = pa.list_, pa.large_list, pa.float32()
write("plain", L(F), L(pa.uint8()), pa.string())
write("groups", L(F), L(pa.uint8()), pa.string(), row_group_size=2)
write("pages-v2", L(F), L(pa.uint8()), pa.string(), data_page_version="2.0", compression="zstd")
write("pages-small", L(F), L(pa.uint8()), pa.string(), data_page_size=1, write_batch_size=1)
write("no-dictionary", L(F), L(pa.uint8()), pa.string(), use_dictionary=False, compression="none")
write("delta", L(F), L(pa.uint8()), pa.string(), use_dictionary=False, column_encoding={"v.list.element": "PLAIN", "b.list.element": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY", "id": "DELTA_BINARY_PACKED"})
write("large", LL(F), LL(pa.uint8()), pa.large_string(), compression="gzip")
write("fixed", pa.list_(F, 2), pa.list_(pa.uint8(), 4), pa.string(), compression="brotli")
write("double", L(pa.float64()), L(pa.int64()), "dict")
write("binary", L(F), pa.binary(), pa.string())
write("fixed-binary", L(pa.float16()), pa.binary(4), pa.large_string())
`

func TestEverySpellingOfParquetIsTheSameData(t *testing.T) {
	python := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if python == "" {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with pyarrow")
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, "-c", spellings, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := parse(t, `{"collection_name":"c","fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"v","type":"FloatVector","dim":2,"nullable":true},
		{"name":"b","type":"BFloat16Vector","dim":2,"nullable":true},{"name":"s","type":"VarChar","max_length":9,"nullable":true}]}`)
	want := []string{
		`{"b":"AQIDBA==","id":1,"s":"a","v":[1,2]}`, `{"b":null,"id":2,"s":null,"v":null}`, `{"b":"AP8HCA==","id":3,"s":"数据","v":[0.5,-0]}`,
		`{"b":"CQkJCQ==","id":4,"s":"","v":[3,4]}`, `{"b":"AQEBAQ==","id":5,"s":"e","v":[5,6]}`,
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(files) != 11 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		for _, size := range []int64{1, 100, 0} {
			t.Run(filepath.Base(path), func(t *testing.T) {
				rows, found := rowsOf(t, path, c, dataset.ReadOptions{BatchBytes: size})
				if got := strings.Join(rows, "\n"); got != strings.Join(want, "\n") || len(found) > 0 {
					t.Errorf("got\n%s\nwith %v", got, found)
				}
			})
		}
	}
}
