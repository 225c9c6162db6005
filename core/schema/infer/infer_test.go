package infer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fieldsOf writes fields shortly: "id Int64 key", "v FloatVector(8)".
func fieldsOf(c *schema.Collection) string {
	var lines []string
	for _, f := range c.Fields {
		copied := f
		copied.Name, copied.Type, copied.Description = "", "", ""
		raw, err := json.Marshal(copied)
		if err != nil {
			return err.Error()
		}
		rest := strings.TrimSuffix(strings.TrimPrefix(string(raw), `{"name":"","type":""`), "}")
		lines = append(lines, strings.TrimSpace(f.Name+" "+string(f.Type)+" "+strings.TrimPrefix(rest, ",")))
	}
	return strings.Join(lines, "\n")
}

func expect(t *testing.T, path, want string, notes ...string) *schema.Collection {
	t.Helper()
	c, got, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	if problems := schema.Check(c, schema.Version{}); problems.Err() != nil {
		t.Errorf("the schema has problems: %v", problems)
	}
	if fields := fieldsOf(c); fields != strings.TrimSpace(want) {
		t.Errorf("fields:\n%s\nwant:\n%s\nnotes: %s", fields, want, strings.Join(got, "\n"))
	}
	for _, note := range notes {
		if !strings.Contains(strings.Join(got, "\n"), note) {
			t.Errorf("no note says %q:\n%s", note, strings.Join(got, "\n"))
		}
	}
	return c
}

const vector8 = `[0.5,1,-2,3.25,0,0,1,1]`

func TestJSON(t *testing.T) {
	rows := `{"id": 9007199254740993, "title": "The name of the rose", "price": 3, "v": ` + vector8 + `, "tags": ["a", "b"], "extra": null},
	         {"id": 9007199254740994, "title": "数据库", "price": 2.5, "v": ` + vector8 + `, "tags": [], "late": true}`
	want := `
id Int64 "is_primary":true
title VarChar "max_length":32
price Double "min":2.5,"max":3
v FloatVector "dim":8
tags Array "max_length":16,"max_capacity":16,"element_type":"VarChar"
extra VarChar "nullable":true,"max_length":256
late Bool "nullable":true`
	for name, text := range map[string]string{
		"array.json":      "[" + rows + "]",
		"rows.json":       `{"rows": [` + rows + `]}`,
		"lines.jsonl":     strings.Replace(rows, "},", "}\n", 1),
		"mark.json":       bom + "[" + rows + "]",
		"no_ending":       "[" + rows + "]",
		"objects.ndjson":  strings.Replace(rows, "},", "}", 1),
		"after_rows.json": `{"rows": [` + rows + `], "more": 1}`,
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, write(t, name, text), want, "looked at all 2 rows", "id: taken for the primary key", "extra: all 2 rows")
		})
	}
}

func TestJSONKinds(t *testing.T) {
	for name, test := range map[string]struct{ values, want, note string }{
		"sparse vectors by index":          {`{"1": 0.5, "4294967295": 1} ; {"7": 2}`, `x SparseFloatVector`, ""},
		"sparse vectors by two lists":      {`{"indices": [1], "values": [0.5]} ; {"indices": [], "values": []}`, `x SparseFloatVector`, ""},
		"objects":                          {`{"a": 1} ; {"b": {"c": []}}`, `x JSON`, ""},
		"objects as text":                  {`"{\"a\": 1}" ; "{}"`, `x JSON`, "taken for JSON"},
		"sparse vectors as text":           {`"{\"1\": 0.5}" ; "{\"7\": 2}"`, `x SparseFloatVector`, "sparse"},
		"geometry":                         {`"POINT (1 2)" ; "polygon((0 0, 1 1, 1 0, 0 0))"`, `x Geometry`, "Geometry"},
		"times stay text":                  {`"2026-01-02T03:04:05Z" ; "2026-01-02T03:04:06Z"`, `x VarChar "max_length":32`, "times"},
		"numbers and texts":                {`1 ; "one"`, `x JSON`, "1 whole numbers and 1 texts"},
		"an array of numbers and texts":    {`[1, "a"] ; [2]`, `x JSON`, "arrays of"},
		"arrays of arrays":                 {`[[1]] ; [[2]]`, `x JSON`, "arrays of"},
		"arrays with a null":               {`[1, null] ; [2]`, `x Array "max_capacity":16,"element_type":"Int64","min":1,"max":2`, "null"},
		"arrays of flags":                  {`[true] ; [true, false]`, `x Array "max_capacity":16,"element_type":"Bool"`, ""},
		"few numbers, always as many":      {`[1.5, 2] ; [3, 4]`, `x Array "max_capacity":16,"element_type":"Double","min":1.5,"max":4`, "if it is a vector"},
		"whole numbers, always as many":    {`[1,2,3,4,5,6,7,8] ; [1,2,3,4,5,6,7,300]`, `x Array "max_capacity":16,"element_type":"Int64","min":1,"max":300`, "if it is a vector"},
		"empty arrays":                     {`[] ; []`, `x Array "max_length":16,"max_capacity":16,"element_type":"VarChar"`, "empty"},
		"a key that comes twice":           {`1, "x": "a" ; 2, "x": 3`, `x Int64 "min":1,"max":2`, "twice, the first time x in row 0"},
		"numbers that are no JSON":         {`NaN ; 2.5`, `x Double "nullable":true`, "read as null"},
		"infinities":                       {`-Infinity ; Infinity`, `x VarChar "nullable":true,"max_length":256`, "read as null"},
		"a text that says NaN":             {`"NaN \" NaN" ; "Infinity"`, `x VarChar "max_length":16`, ""},
		"flags and numbers":                {`true ; 1`, `x JSON`, "1 flags and 1 whole numbers"},
		"whole numbers over 64 bits":       {`18446744073709551615 ; 1`, `x Double "min":1,"max":1.8446744073709552e+19`, ""},
		"the least and the greatest Int64": {`-9223372036854775808 ; 9223372036854775807`, `x Int64 "min":-9223372036854775808,"max":9223372036854775807`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, _ := strings.Cut(test.values, " ; ")
			text := `[{"id": 1, "x": ` + a + `, "vec": ` + vector8 + `}, {"id": 2, "x": ` + b + `, "vec": ` + vector8 + `}]`
			expect(t, write(t, "f.json", text), "id Int64 \"is_primary\":true\n"+test.want+"\nvec FloatVector \"dim\":8", test.note)
		})
	}
}

func TestVectorsByName(t *testing.T) {
	for name, test := range map[string]struct{ values, want string }{
		"code_vector":    {`[1, 200] ; [255, 0]`, `code_vector BinaryVector "dim":16`},
		"int8_embedding": {`[1, -128] ; [127, 0]`, `int8_embedding Int8Vector "dim":2`},
		"fp16_vector":    {`[1, 200, 0, 60] ; [255, 0, 0, 60]`, `fp16_vector Float16Vector "dim":2`},
		"bf16_vector":    {`[1, 200, 0, 60] ; [255, 0, 0, 60]`, `bf16_vector BFloat16Vector "dim":2`},
		"emb":            {`[1.5, 200] ; [255, 0]`, `emb FloatVector "dim":2`},
	} {
		a, b, _ := strings.Cut(test.values, " ; ")
		text := `[{"` + name + `": ` + a + `, "pk": "a"}, {"` + name + `": ` + b + `, "pk": "b"}]`
		expect(t, write(t, "f.json", text), test.want+"\npk VarChar \"is_primary\":true,\"max_length\":16")
	}
}

func TestDynamicFieldsOfMeta(t *testing.T) {
	c := expect(t, write(t, "f.json", `[
		{"id": 1, "v": [1, 2.5], "$meta": {"colour": "red", "size": 3, "id": 7, "bad key": 1}},
		{"id": 2, "v": [1, 2.5], "$meta": "{\"colour\": \"blue\"}"}]`),
		"id Int64 \"is_primary\":true\nv FloatVector \"dim\":2", `"bad key" is left out`, `"id" is left out`)
	raw, err := json.Marshal(c.DynamicFields)
	if want := `[{"name":"colour","type":"String","probability":1},{"name":"size","type":"Int","probability":0.5}]`; err != nil || !c.EnableDynamic || string(raw) != want {
		t.Errorf("dynamic fields %s, want %s (%v)", raw, want, err)
	}
}

func TestKeys(t *testing.T) {
	const vec = `"v": [1, 2.5]`
	for name, test := range map[string]struct{ a, b, key string }{
		"id before user_id":           {`"user_id": 1, "id": "a"`, `"user_id": 2, "id": "b"`, "id"},
		"a name that ends in _id":     {`"n": 1, "doc_id": 5`, `"n": 2, "doc_id": 6`, "doc_id"},
		"an id that comes twice":      {`"id": 1, "row_id": 1`, `"id": 1, "row_id": 2`, "row_id"},
		"an id that is null":          {`"id": null`, `"id": 2`, "id_2"},
		"no name that says so":        {`"n": 1`, `"n": 2`, "id"},
		"an id with a fraction":       {`"id": 1.5`, `"id": 2.5`, "id_2"},
		"camel case":                  {`"docId": 1`, `"docId": 2`, "docId"},
		"an id of flags is no key":    {`"id": true`, `"id": false`, "id_2"},
		"a text that is an empty key": {`"id": ""`, `"id": "x"`, "id"},
	} {
		t.Run(name, func(t *testing.T) {
			c, notes, err := File(write(t, "f.json", `[{`+test.a+`,`+vec+`},{`+test.b+`,`+vec+`}]`))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Primary(); got == nil || got.Name != test.key {
				t.Errorf("key %+v, want %s\n%s", got, test.key, strings.Join(notes, "\n"))
			}
		})
	}
}

func TestNamesThatMilvusRefusesAreReplaced(t *testing.T) {
	c, notes, err := File(write(t, "2026 data-set.json", `[{"a b": 1, "a-b": 2, "名前": 3, "1st": 4, "_ok_": 5, "`+strings.Repeat("x", 300)+`": 6, "id": 1}]`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.Fields {
		names = append(names, f.Name)
	}
	want := "a_b a_b_2 field _1st _ok_ " + strings.Repeat("x", 200) + " id embedding"
	if got := strings.Join(names, " "); got != want || c.Name != "_2026_data_set" {
		t.Errorf("names %s of %s, want %s", got, c.Name, want)
	}
	if !strings.Contains(strings.Join(notes, "\n"), "a-b: named a_b_2") {
		t.Errorf("notes: %v", notes)
	}
}

func TestFewWordsAreAnEnumAndRepeatsAShare(t *testing.T) {
	var rows []string
	for i := range 200 {
		city := []string{"Oslo", "Rome", "Oslo", "Bern"}[i%4]
		name := "name " + strings.Repeat("x", i%50)
		rows = append(rows, `{"id": `+string(rune('0'+i/100))+`, "city": "`+city+`", "name": "`+name+`", "v": [0.5, 1]}`)
	}
	expect(t, write(t, "f.json", "["+strings.Join(rows, ",")+"]"), `
id_2 Int64 "is_primary":true,"auto_id":true
id Int64 "min":0,"max":1
city VarChar "max_length":16,"enum_values":["Oslo","Bern","Rome"]
name VarChar "max_length":128,"cardinality_ratio":0.25
v FloatVector "dim":2`, "city: 3 values in 200", "no column looks like a key")
}

func TestLanguages(t *testing.T) {
	for text, want := range map[string]string{
		"如何重置密码？请在设置中操作": "zh", "データベースの使い方": "ja", "데이터베이스 사용 방법": "ko", "Как сбросить пароль": "ru",
		"كيف أعيد تعيين كلمة المرور": "ar", "How to reset the password of an account": "en",
		"Wie kann ich das Passwort für mein Konto auf der Seite ändern": "de", "Qwrt zxcv": "",
	} {
		c, _, err := File(write(t, "f.json", `[{"id": 1, "text": "`+text+`", "v": [0.5, 1]}]`))
		if err != nil || c.Language != want {
			t.Errorf("%s: language %q, want %q (%v)", text, c.Language, want, err)
		}
	}
}

// numbered gives n different quoted names.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprintf("n%d", i))
	}
	return names
}

func TestFilesThatTellNothing(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"an empty array":            {"f.json", "[]", "no rows"},
		"an empty object":           {"f.json", `{"rows": []}`, "no rows"},
		"an empty JSON file":        {"f.json", "", "ends in the middle"},
		"an array cut short":        {"f.json", `[{"a": 1},`, "ends in the middle"},
		"a row cut short":           {"f.jsonl", "{\"a\": 1}\n{\"a\":", "ends in the middle"},
		"an array without its end":  {"f.json", `[{"a": 1}`, "ends in the middle"},
		"a number":                  {"f.json", "7", "expected an array of objects"},
		"an array of numbers":       {"f.json", "[1, 2]", "expected an object"},
		"no JSON":                   {"f.json", "[{]", "no valid JSON"},
		"rows that are an object":   {"f.json", `{"rows": {"a": 1}}`, "expected an array"},
		"too many keys":             {"f.json", "{" + strings.Join(numbered(1001), ": 1, ") + ": 1}", "more than 1000 columns"},
		"too many columns":          {"f.csv", strings.Join(numbered(1001), ",") + "\n1\n", "more than 1000 columns"},
		"an empty table":            {"f.csv", "", "empty"},
		"a table without rows":      {"f.csv", "a,b\n", "no rows"},
		"a quote without end":       {"f.csv", "a,b\n\"x,1\n", "no valid CSV"},
		"text named Parquet":        {"f.parquet", "hello", "no Parquet"},
		"a Parquet file cut short":  {"f.parquet", "PAR1 hello", "Parquet footer"},
		"an archive":                {"f.npz", "PK\x03\x04\x00\x00", "no Parquet"},
		"an NPY header cut short":   {"f.npy", npyMagic + "\x01\x00\x76\x00{'descr'", "cut short"},
		"an NPY file of objects":    {"f.npy", npy("|O", "(3,)"), "array of numbers"},
		"an NPY file of structures": {"f.npy", npy("[('a', '<f4')]", "(3,)"), "array of numbers"},
		"an NPY cube":               {"f.npy", npy("<f4", "(3, 4, 5)"), "3 dimensions"},
		"an NPY single value":       {"f.npy", npy("<f4", "()"), "single value"},
		"an NPY file without rows":  {"f.npy", npy("<f4", "(0, 4)"), "no rows"},
		"complex vectors":           {"f.npy", npy("<c8", "(3, 4)"), "c8"},
		"vectors too long":          {"f.npy", npy("<f4", "(3, 40000)"), "at most 32768"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := File(write(t, test.file, test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || core.CodeOf(err) == core.Internal {
				t.Errorf("error %v (%s), want %q", err, core.CodeOf(err), test.want)
			}
		})
	}
	if _, _, err := File(t.TempDir()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, _, err := File(filepath.Join(t.TempDir(), "none")); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("no file: %v", err)
	}
}

// fuzz holds File to its promise: whatever the bytes, an error that is not of
// our own making, or a schema without problems.
func fuzz(f *testing.F, name string) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, _, err := File(path)
		var problems schema.Problems
		switch {
		case errors.As(err, &problems):
			t.Errorf("the schema has problems: %v", err)
		case err != nil && core.CodeOf(err) == core.Internal:
			t.Errorf("an error without a code: %v", err)
		case err == nil && c.Primary() == nil:
			t.Error("no key")
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"id": 1, "v": [0.5, 1], "s": {"1": 2}}]`, `{"rows": [{"a": null}]}`, "{\"a\": \"x\"}\n{\"a\": 1e400}",
		`[{"$meta": {"k": [1]}, "名": "\ud800"}]`, `[{"bf16_vec": [1, 2], "x": [[]], "t": "POINT (1 2)"}]`, `{"rows": 1}`,
	} {
		f.Add([]byte(seed))
	}
	fuzz(f, "f.json")
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"id,v\n1,\"[0.5, 1]\"\n", "a;b\n1;x\n", "1,2\n3,4\n", "a,a,\n,,\n", "$meta,x\n\"{\"\"k\"\": 1}\",007\n"} {
		f.Add([]byte(seed))
	}
	fuzz(f, "f.csv")
}

func FuzzNPY(f *testing.F) {
	for _, shape := range []string{"(3, 4)", "(3,)", "()", "(99999999999999999999,)"} {
		for _, descr := range []string{"<f4", "|u1", "<U7", "<f2", "|b1"} {
			f.Add([]byte(npy(descr, shape)))
		}
	}
	fuzz(f, "f.npy")
}
