package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestValuesOfJSONFiles(t *testing.T) {
	tests := []struct {
		name   string
		schema string // of the whole collection; empty: fields
		fields []string
		rows   []string
		want   []string
	}{
		{
			name:   "keys of all digits stay exact",
			fields: []string{`{"name":"x","type":"Int64","min":9007199254740993,"max":9223372036854775807}`},
			rows:   []string{`"x":9007199254740993`, `"x":9007199254740992`, `"x":9223372036854775807`, `"x":9223372036854775808`, `"x":1.0`},
			want: []string{
				"error value-range a.json row 1 field x: 9007199254740992 is not from", "error value-type a.json row 3 field x: 9223372036854775808 is no value of int64",
				"error value-type a.json row 4 field x: 1.0 is no value",
			},
		},
		{
			name:   "a literal NaN",
			fields: []string{`{"name":"x","type":"Float"}`},
			rows:   []string{`"x":NaN`, `"x":0.5`, `"x":1e99`},
			want:   []string{"error json-nan a.json row 0 field x", "error json-syntax a.json row 0", "error value-type a.json row 2 field x: 1e99 is no value"},
		},
		{
			name:   "JSON of all kinds",
			fields: []string{`{"name":"x","type":"JSON"}`},
			rows:   []string{`"x":{"a":1}`, `"x":"{\"a\":1}"`, `"x":"plain"`, `"x":[1,2]`, `"x":7`, `"x":null`, `"x":{"a":"\ud800"}`},
			want: []string{
				`row 2 field x: "plain" is no JSON`, "warning json-root a.json row 3", "warning json-root a.json row 4", "error value-null a.json row 5", "warning json-surrogate a.json row 6",
			},
		},
		{
			name:   "sparse vectors",
			fields: []string{`{"name":"x","type":"SparseFloatVector"}`},
			rows:   []string{`"x":{"25":0.5,"78":1}`, `"x":{"indices":[1],"values":[2]}`, `"x":[[1,0.5]]`, `"x":{"25":"a"}`, `"x":7`},
			want:   []string{"row 3 field x: at byte 9: a number is expected", "row 4 field x: a sparse vector is an object"},
		},
		{
			name: "other vectors",
			fields: []string{
				`{"name":"x","type":"BinaryVector","dim":16}`, `{"name":"y","type":"Float16Vector","dim":2}`, `{"name":"z","type":"Int8Vector","dim":2}`,
			},
			rows: []string{`"x":[0,255],"y":[0.5,1],"z":[-128,127]`, `"x":[0,256],"y":[0.5],"z":[0,1.5]`, `"x":[0,1,2],"y":[null,1],"z":"a"`},
			want: []string{
				"error value-type a.json row 1 field x: element 1, 256, is no value of BinaryVector", "error vector-dim a.json row 1 field y: 1 elements, dim is 2",
				"error value-type a.json row 1 field z: element 1, 1.5,", "error vector-dim a.json row 2 field x: 3 bytes, dim 16 needs 2",
				"error element-null a.json row 2 field y: element 0 is null", `error value-type a.json row 2 field z: "a" is no list`,
			},
		},
		{
			name:   "arrays and the lack of a key",
			fields: []string{`{"name":"x","type":"Array","element_type":"Int8","max_capacity":2}`},
			rows:   []string{`"x":[1,2]`, `"x":[1,200]`, `"x":[1,null]`, `"y":1,"x":[1,2,3]`, ``},
			want: []string{
				"row 1 field x: element 1: 200 is no value of int8", "error element-null a.json row 2 field x: element 1 is null", "error column-unknown a.json row 3 field y",
				"error array-capacity a.json row 3 field x: 3 elements", "error column-missing a.json row 4 field x: the row has no such key",
			},
		},
		{
			name: "arrays of structs",
			fields: []string{
				`{"name":"x","type":"Array","element_type":"Struct","max_capacity":2,"struct_fields":[{"name":"a","type":"Int32"},{"name":"b","type":"VarChar","max_length":9}]}`,
			},
			rows: []string{`"x":[{"a":1,"b":"s"}]`, `"x":[]`, `"x":[{"a":1}]`, `"x":[{"a":"1","b":"s"}]`},
			want: []string{"error column-missing a.json row 2 field x: element 0: the struct has no b", `error value-type a.json row 3 field x: element 0: a: "1" is no value of int32`},
		},
		{
			name:   "dynamic fields and $meta",
			schema: `{"collection_name":"c","enable_dynamic_field":true,"fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"v","type":"FloatVector","dim":2}]}`,
			rows:   []string{`"x":6,"$meta":{"y":8}`, `"x":6,"$meta":{"x":8}`, `"$meta":"{\"z\":1}"`, `"$meta":[1]`, `"$meta":{"id":1}`, ``},
			want:   []string{"row 1 field $meta: duplicate key x", "row 3 field $meta: [1] is no JSON object", `row 4 field $meta: the key "id" is the name of a field`},
		},
		{
			name: "the output of a function",
			schema: `{"collection_name":"c","fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"v","type":"FloatVector","dim":2},
				{"name":"text","type":"VarChar","max_length":9},{"name":"bm","type":"SparseFloatVector"}],
				"functions":[{"name":"f","type":"BM25","input_field_names":["text"],"output_field_names":["bm"]}]}`,
			rows: []string{`"text":"a"`, `"text":"b","bm":{"1":2}`},
			want: []string{"error column-function a.json row 1 field bm: Milvus makes this field by the function f"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := of(t, test.fields...)
			if test.schema != "" {
				c = collection(t, test.schema)
			}
			var rows []string
			for i, row := range test.rows {
				rows = append(rows, strings.TrimSuffix(fmt.Sprintf(`{"id":%d,"v":[1,0],%s`, i, row), ",")+"}")
			}
			for _, form := range []string{"[%s]", `{"rows":[%s]}`, " [\n%s\n] \n"} {
				path := writeFile(t, t.TempDir(), "a.json", fmt.Sprintf(form, strings.Join(rows, ", ")))
				expect(t, run(t, path, c, check.Options{Limit: 20}), test.want)
			}
		})
	}
}

func TestColumnsOfParquetFiles(t *testing.T) {
	const head = `{"collection_name":"c","fields":[{"name":"id","type":"Int64","is_primary":true%s},{"name":"v","type":"FloatVector","dim":2}%s`
	tests := []struct {
		name, schema string
		column       arrow.Field
		value        string
		o            check.Options
		want         []string
	}{
		{
			"a dynamic value outside of $meta", fmt.Sprintf(head, "", `],"enable_dynamic_field":true}`),
			field("x", text), `"a"`,
			check.Options{},
			[]string{"error column-unknown a.parquet field x: the schema has no such field"},
		},
		{
			"$meta that is no object", fmt.Sprintf(head, "", `],"enable_dynamic_field":true}`),
			field("$meta", text), `"[1,2]"`,
			check.Options{},
			[]string{"error meta-form a.parquet row 0 field $meta: [1,2] is no JSON object"},
		},
		{
			"$meta that is no JSON", fmt.Sprintf(head, "", `],"enable_dynamic_field":true}`),
			field("$meta", text), `"not json"`,
			check.Options{},
			[]string{`error meta-form a.parquet row 0 field $meta: "not json" is no JSON object`},
		},
		{
			"a key that Milvus makes", fmt.Sprintf(head, `,"auto_id":true`, `,{"name":"x","type":"VarChar","max_length":9}]}`),
			field("x", text), `"a"`,
			check.Options{},
			[]string{"error column-auto-id a.parquet field id: Milvus makes this key"},
		},
		{
			"a key that Milvus makes, to be dropped", fmt.Sprintf(head, `,"auto_id":true`, `,{"name":"x","type":"VarChar","max_length":9}]}`),
			field("x", text), `"a"`,
			check.Options{DropAutoID: true},
			[]string{"note column-auto-id a.parquet field id"},
		},
		{
			"the output of a function",
			fmt.Sprintf(head, "", `,{"name":"t","type":"VarChar","max_length":9},{"name":"x","type":"SparseFloatVector"}],"functions":[{"name":"f","type":"BM25","input_field_names":["t"],"output_field_names":["x"]}]}`),
			field("x", text), `"{}"`,
			check.Options{},
			[]string{"error column-function a.parquet field x", "error column-missing a.parquet field t"},
		},
		{
			"a vector that an old server does not know", fmt.Sprintf(head, "", `,{"name":"x","type":"SparseFloatVector"}]}`),
			field("x", text), `"{\"1\":1}"`,
			check.Options{Target: schema.Version{Major: 2, Minor: 3}},
			[]string{"warning schema field x"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.parquet")
			writeParquet(t, path, columns(test.column), fmt.Sprintf(`[{"id":1,"v":[1,0],%q:%s}]`, test.column.Name, test.value))
			found := findings(run(t, path, collection(t, test.schema), test.o))
			for _, want := range test.want {
				if !strings.Contains(found, want) {
					t.Errorf("no %q in\n%s", want, found)
				}
			}
		})
	}
}

func TestKeysAreUniqueOverAllFiles(t *testing.T) {
	rows := func(keys ...string) string {
		var all []string
		for _, key := range keys {
			all = append(all, fmt.Sprintf(`{"id":%s,"v":[1,0]}`, key))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	texts := `{"collection_name":"c","fields":[{"name":"id","type":"VarChar","max_length":9,"is_primary":true},{"name":"v","type":"FloatVector","dim":2}]}`
	tests := []struct {
		name, schema string
		files        []string
		want         []string
	}{
		{"rising", "", []string{rows("1", "2"), rows("3", "9")}, nil},
		{"in any order", "", []string{rows("5", "2"), rows("9", "1")}, nil},
		{"twice in a file", "", []string{rows("5", "2", "5")}, []string{"error key-unique 0.json row 2 field id: the key 5 is that of row 0 too"}},
		{"in two files", "", []string{rows("1", "2"), rows("2", "3")}, []string{"error key-unique 1.json row 0 field id: the key 2 is that of row 1 of 0.json too"}},
		{"three times", "", []string{rows("7", "7", "7")}, []string{"row 1 field id: the key 7 is that of row 0", "row 2 field id: the key 7 is that of row 0"}},
		{"texts", texts, []string{rows(`"b"`, `"a"`), rows(`"c"`, `"b"`)}, []string{"error key-unique 1.json row 1 field id: the key is that of row 0 of 0.json too"}},
		{"texts that rise", texts, []string{rows(`"a"`, `"b"`), rows(`"ba"`, `"c"`)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := of(t)
			if test.schema != "" {
				c = collection(t, test.schema)
			}
			dir := t.TempDir()
			for i, content := range test.files {
				writeFile(t, dir, fmt.Sprintf("%d.json", i), content)
			}
			expect(t, run(t, dir, c, check.Options{}), test.want)
		})
	}
}

func TestManyKeysAreSortedOnDisk(t *testing.T) {
	const n = 300_000 // more than the parts hold in memory
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\":%d,\"v\":[1,0]}\n", (i*7919+5)%(n-1)) // n-1 is not a multiple: one key is there twice
	}
	temp := t.TempDir()
	path := writeFile(t, t.TempDir(), "a.jsonl", b.String())
	r := run(t, path, of(t), check.Options{TempDir: temp})
	expect(t, r, []string{"warning json-lines", "error key-unique a.jsonl row 299999 field id: the key 5 is that of row 0 too"})
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
