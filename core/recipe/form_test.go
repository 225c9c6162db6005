package recipe

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zilliz/milvus-ingest/core/document"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema(components())))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("pipeline.json", raw); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("pipeline.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEditorsJudgeAsTheParser holds the JSON Schema to the same verdicts.
func TestEditorsJudgeAsTheParser(t *testing.T) {
	s := compiled(t)
	const head = "schema: s\nsinks: {a: json}\n"
	tests := []struct {
		data string
		good bool
	}{
		{whole, true},
		{head, true},
		{head + "rows: ~\nfiles: ~\nprofiles: ~\non_invalid: ~\nenvironments: {dev: ~}", true},
		{head + "$schema: pipeline.schema.json", true},
		{head + "files: {file_size: 64}", true},
		{"schema: s\nsinks: {a: {sink: parquet, row_group_rows: '${N:-64}', compression: ~}}", true},
		{"sinks: {a: json}", false},
		{"schema: ~\nsinks: {a: json}", false},
		{"schema: s", false},
		{"schema: s\nsinks: {}", false},
		{"schema: s\nsinks: {a: jsn}", false},
		{"schema: s\nsinks: {'a b': json}", false},
		{"schema: s\nsinks: {a: {sink: json, compression: none}}", false},
		{"schema: s\nsinks: {a: {sink: parquet, compression: gzip}}", false},
		{"schema: s\nsinks: {a: {sink: parquet, path: x}}", false},
		{head + "row: 5", false},
		{head + "rows: 0", false},
		{head + "rows: '5'", false},
		{head + "workers: 2000", false},
		{head + "on_invalid: dorp", false},
		{head + "files: {file_siz: 5}", false},
		{head + "environments: {dev: {sinks: []}}", false},
		{head + "environments: {dev: {schema: x}}", false},
	}
	for _, test := range tests {
		n, problems := document.Read("p.yaml", []byte(test.data))
		if problems != nil {
			t.Fatal(problems)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(n.Raw()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); (err == nil) != test.good {
			t.Errorf("the JSON Schema says %v of\n%s", err, test.data)
		}
		if _, err := Parse("p.yaml", []byte(test.data), components()); (err == nil) != test.good {
			t.Errorf("the parser says %v of\n%s", err, test.data)
		}
	}
}

// FuzzParse holds the parser to its promises on any input: it ends, problems
// lie within the file, and what it accepts can be chosen and filled without a
// value that is shown.
func FuzzParse(f *testing.F) {
	f.Add(".yaml", []byte(whole))
	f.Add(".yaml", []byte("a: &a {<<: *a}\n"))
	f.Add(".json", []byte(`{"schema":"s","sinks":{"a":{"sink":"store","uri":"${A}${B:-$${"}}}`))
	f.Add(".yaml", []byte("schema: s\nsinks: {a: {sink: store, retry: {times: '${N}'}}}\nprofiles: {p: {a: {hosts: [x]}}}\nenvironments: {e: {profile: p}}"))
	f.Fuzz(func(t *testing.T, ext string, data []byte) {
		if ext != ".json" && ext != ".yaml" {
			ext = ""
		}
		r, err := Parse("p"+ext, data, components())
		if err != nil {
			var problems document.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("the error is %v", err)
			}
			within(t, problems, data)
			return
		}
		env := ""
		if len(r.Environments) > 0 {
			env = r.Environments[0].Name
		}
		c, err := r.Choose(env, components())
		if err != nil || len(c.Outlets) == 0 {
			t.Fatalf("%+v: %v", c, err)
		}
		const value = "\x01never shown\x02"
		secrets, problems := c.Fill(func(string) (string, bool) { return value, true })
		within(t, problems, data)
		for _, o := range c.Outlets {
			if strings.Contains(string(o.Shown), "never shown") && !bytes.Contains(data, []byte("never shown")) || strings.Contains(problems.Error(), value) {
				t.Fatalf("a value is shown: %s, %v", o.Shown, problems)
			}
		}
		if problems == nil && len(secrets) == 0 && string(c.Outlets[0].Options) == "" {
			t.Fatal("an outlet without options")
		}
	})
}

func within(t *testing.T, problems document.Problems, data []byte) {
	t.Helper()
	lines := bytes.Count(data, []byte("\n")) + 1
	for _, p := range problems {
		if p.Message != "the file is too large" && (p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(data)+1) {
			t.Fatalf("outside the file of %d lines: %+v", lines, p)
		}
	}
}
