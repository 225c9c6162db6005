package recipe

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/document"
)

// components are sinks as programs describe them.
func components() []Component {
	return []Component{
		{Name: "parquet", Summary: "Columns.", Config: []byte(`{"type":"object","additionalProperties":false,"properties":{
			"path":{"type":"string"},"overwrite":{"type":"boolean"},
			"compression":{"type":"string","enum":["none","snappy","zstd"],"default":"snappy"},
			"row_group_rows":{"type":"integer","minimum":0,"maximum":1000000},
			"compress_vectors":{"type":"boolean"}}}`)},
		{Name: "json", Summary: "Rows.", Config: []byte(`{"type":"object","additionalProperties":false,"properties":{"path":{"type":"string"},"overwrite":{"type":"boolean"}}}`)},
		{Name: "store", Summary: "A server.", Config: []byte(`{"type":"object","additionalProperties":false,"required":["uri"],"properties":{
			"uri":{"type":"string"},"token":{"type":"string"},"timeout":{"type":"number","minimum":0},"tls":{"type":"boolean"},
			"headers":{"type":"object","additionalProperties":{"type":"string"}},
			"hosts":{"type":"array","items":{"type":"string"}},
			"retry":{"type":"object","additionalProperties":false,"properties":{"times":{"type":"integer"}}}}}`)},
	}
}

const whole = `
description: A knowledge base
schema: schema.yaml
rows: 1e5
seed: 18446744073709551615
hooks: hooks.js
on_invalid: drop
files: {file_size: 256MB, rows_per_file: 5000}
sinks:
  lake: {sink: parquet, compression: zstd, out: lake}
  rows: json
  server: {sink: store, uri: "${URI}", token: "${TOKEN:-root}", timeout: 5}
profiles:
  small:
    lake: {compression: none, row_group_rows: 64}
    server: {headers: {Authorization: "Bearer ${KEY}"}, hosts: ["${HOST}", b], tls: "${TLS:-false}"}
environments:
  dev: {rows: 1000, seed: 0, sinks: [rows], files: {file_count: 3}}
  staging: {profile: small, sinks: [lake, server], workers: 2}
  prod:
`

func parsed(t *testing.T, name, data string) *Recipe {
	t.Helper()
	r, err := Parse(name, []byte(data), components())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFileIsReadAsItStands(t *testing.T) {
	r := parsed(t, "p.yaml", whole)
	if r.Schema != "schema.yaml" || *r.Rows != 100_000 || *r.Seed != 1<<64-1 || *r.Hooks != "hooks.js" || *r.OnInvalid != "drop" ||
		*r.Files.Size != 256<<20 || *r.Files.PerFile != 5000 || r.Files.Count != nil || r.Description != "A knowledge base" {
		t.Errorf("the recipe is %+v", r)
	}
	if len(r.Sinks) != 3 || r.Sinks[1].Component.Text != "json" || *r.Sinks[0].Out != "lake" || len(r.Environments) != 3 {
		t.Errorf("the recipe is %+v", r)
	}
}

func TestJSONAndYAMLAreTheSame(t *testing.T) {
	tree, problems := document.Read("p.yaml", []byte(whole))
	if problems != nil {
		t.Fatal(problems)
	}
	a, b := parsed(t, "p.yaml", whole), parsed(t, "p.json", string(tree.Raw()))
	for _, env := range []string{"dev", "staging", "prod"} {
		x, errX := a.Choose(env, components())
		y, errY := b.Choose(env, components())
		if errX != nil || errY != nil || len(x.Outlets) != len(y.Outlets) || *x.Rows != *y.Rows {
			t.Fatal(errX, errY, x, y)
		}
		for i := range x.Outlets {
			if string(x.Outlets[i].Shown) != string(y.Outlets[i].Shown) {
				t.Errorf("%s and %s", x.Outlets[i].Shown, y.Outlets[i].Shown)
			}
		}
	}
}

func TestWhatIsWrongIsNamedWithItsLineAndMend(t *testing.T) {
	const head = "schema: s.yaml\nsinks:\n  a: json\n"
	tests := []struct {
		name, data string
		want       []string
	}{
		{"an empty file", "", []string{"1:1: the file is empty"}},
		{"a list", "[1]", []string{"1:1: here stands a list; expected an object"}},
		{"nothing that is needed", "rows: 5", []string{"1:1: schema is missing", "1:1: sinks is missing"}},
		{"an unknown key", head + "row: 5", []string{`4:1: unknown key "row"; mend: did you mean "rows"?`}},
		{"an unknown key with a bad value", head + "wrokers: many", []string{`4:1: unknown key "wrokers"`, `4:10: workers holds the text "many"; expected a whole number above 0`}},
		{"a key in two spellings", head + "rows: 5\ntotal_rows: 6", []string{`5:1: "total_rows" is given twice, as "rows", too`}},
		{"a number in quotes", head + "rows: '5'", []string{"4:7: rows holds the text \"5\"; expected a whole number above 0; mend: write 5 without quotes"}},
		{"numbers out of bounds", head + "rows: 0\nfirst_row: -1\nworkers: 5000\nseed: -1\nbatch_size: 0.5", []string{
			"4:7: rows is 0; expected a whole number above 0", "5:12: first_row is -1; expected a whole number, 0 or more",
			"6:10: workers is 5000; expected at most 1024", "7:7: seed is -1; expected a whole number from 0 to 18446744073709551615", "8:13: batch_size is 0.5",
		}},
		{"a word that is none", head + "on_invalid: dorp", []string{`4:13: unknown on_invalid "dorp"; mend: did you mean "drop"?`}},
		{"a size that is none", head + "files: {file_size: 12 parsecs}", []string{"4:20: file_size holds the text \"12 parsecs\"; expected a size such as 256MB"}},
		{"files cut in two ways", head + "files: {rows_per_file: 5, file_count: 2}", []string{"4:8: rows_per_file and file_count exclude each other"}},
		{"a reference outside of options", head + "out: ${HOME}/x", []string{`4:6: out holds "${HOME}/x"; expected a text without references`}},
		{"no sinks", "schema: s\nsinks: {}", []string{"2:8: sinks is empty"}},
		{"a sink without a component", "schema: s\nsinks:\n  a: {compression: none}", []string{"3:6: sinks.a.sink is missing"}},
		{"an unknown component", "schema: s\nsinks:\n  a: {sink: paquet}\n  b: jsn", []string{`3:13: unknown sink "paquet"; mend: did you mean "parquet"?`, `4:6: unknown sink "jsn"; mend: did you mean "json"?`}},
		{"an unknown option", "schema: s\nsinks:\n  a: {sink: parquet, compresion: none}", []string{`3:22: unknown option "compresion"; mend: did you mean "compression"?`}},
		{"an option that the run decides", "schema: s\nsinks:\n  a: {sink: parquet, path: /x, overwrite: true}", []string{`3:22: path is decided by the run; mend: remove it; "out" names the folder`, "3:32: overwrite is decided by the run"}},
		{"options of wrong kinds", "schema: s\nsinks:\n  a: {sink: parquet, compression: gzip, row_group_rows: 1.5, compress_vectors: 3}", []string{
			`compression holds the text "gzip"; expected one of none, snappy, zstd`, "row_group_rows holds 1.5; expected a whole number", "compress_vectors holds 3; expected true or false",
		}},
		{"options out of bounds", "schema: s\nsinks:\n  a: {sink: parquet, row_group_rows: 1000001}\n  b: {sink: store, timeout: -1}", []string{"expected at most 1000000", "timeout is -1; expected at least 0"}},
		{"options within options", "schema: s\nsinks:\n  b: {sink: store, retry: {tims: 3}, hosts: [1]}", []string{`3:28: unknown option "tims"; mend: did you mean "times"?`, "hosts holds 1; expected a text"}},
		{"a reference that is not closed", "schema: s\nsinks:\n  b: {sink: store, uri: \"${URI\"}", []string{"3:25: a reference is not closed; expected ${NAME} or ${NAME:-default}; mend: write $${"}},
		{"a reference to no variable", "schema: s\nsinks:\n  b: {sink: store, uri: \"${a b}\"}", []string{"3:25: ${a b} is no reference"}},
		{"a name that is no folder", "schema: s\nsinks:\n  ../a: json", []string{`3:3: "../a" is no name; expected letters, digits, _ and -`}},
		{"names that differ in case", "schema: s\nsinks:\n  a: json\n  A: json", []string{"4:3: a and A differ in their case alone"}},
		{"one folder for two", "schema: s\nsinks:\n  a: {sink: json, out: x}\n  b: {sink: json, out: ./x}", []string{"3:3: the sinks a and b write to the same folder, x"}},
		{"an environment with an unknown sink", head + "environments: {dev: {sinks: [b, a, a]}}", []string{`4:30: unknown sink of this file "b"`, "4:36: the sink a is given twice"}},
		{"an environment with a sink as text", head + "environments: {dev: {sinks: a}}", []string{"4:29: sinks holds the text \"a\"; expected a list of names; mend: put it in brackets: [a]"}},
		{"an environment without sinks", head + "environments: {dev: {sinks: []}}", []string{"4:29: sinks is empty"}},
		{"an unknown profile", head + "profiles: {fast: {a: {}}}\nenvironments: {dev: {profile: fats}}", []string{`5:31: unknown profile "fats"; mend: did you mean "fast"?`}},
		{"a profile for an unknown sink", head + "profiles: {fast: {b: {}}}", []string{`4:19: unknown sink of this file "b"`}},
		{"a profile with an unknown option", head + "profiles: {fast: {a: {compression: none, sink: parquet}}}", []string{`4:23: unknown option "compression"`, `4:42: a profile cannot change "sink"`}},
		{"all at once", "rows: 0\nsinks:\n  a: {sink: jsn}\nenviroments: {}", []string{"1:1: schema is missing", "1:7: rows is 0", `3:13: unknown sink "jsn"`, `4:1: unknown key "enviroments"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("p.yaml", []byte(test.data), components())
			var problems document.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("the error is %v", err)
			}
			text := problems.Error()
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if len(problems) > len(test.want)+1 {
				t.Errorf("too many problems:\n%s", text)
			}
			if problems[0].File != "p.yaml" {
				t.Errorf("the file is %q", problems[0].File)
			}
		})
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+",", i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	const head = `{"schema":"s","sinks":{"a":"json"},`
	tests := []struct{ name, data string }{
		{"unknown keys", head + many(100_000, `"k%d":1`) + "}"},
		{"many sinks", `{"schema":"s","sinks":{` + many(100_000, `"s%d":"jsn"`) + "}}"},
		{"many options", `{"schema":"s","sinks":{"a":{"sink":"json",` + many(100_000, `"o%d":1`) + "}}}"},
		{"many names", head + `"environments":{"e":{"sinks":[` + many(100_000, `"x%d"`) + "]}}}"},
		{"many environments", head + `"environments":{` + many(100_000, `"e%d":{"sinks":["x"]}`) + "}}"},
		{"a profile of many sinks", head + `"profiles":{"p":{` + many(100_000, `"x%d":{}`) + "}}}"},
		{"a text of references", `{"schema":"s","sinks":{"a":{"sink":"json","o":"` + strings.Repeat("${A}", 500_000) + `"}}}`},
		{"a long key", `{"` + strings.Repeat("k", 4<<20) + `":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun := time.Now()
			if _, err := Parse("p.json", []byte(test.data), components()); err == nil {
				t.Error("it was accepted")
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
