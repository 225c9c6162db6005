package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/document"
)

// goodFiles are the schemas of testdata that have no problem.
func goodFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	var good []string
	for _, file := range files {
		if ext := filepath.Ext(file); (ext == ".json" || ext == ".yaml") && !strings.Contains(file, "broken") {
			good = append(good, file)
		}
	}
	if len(good) < 2 {
		t.Fatalf("only %v in testdata", good)
	}
	return good
}

func TestASchemaIsTheSameAfterWritingAndReading(t *testing.T) {
	for _, file := range goodFiles(t) {
		c, err := ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := c.ToYAML()
		if err != nil {
			t.Fatal(err)
		}
		for ext, data := range map[string][]byte{".json": asJSON, ".yaml": asYAML} {
			again, err := Parse("again"+ext, data)
			if err != nil {
				t.Errorf("%s as %s: %v\n%s", file, ext, err, data)
				continue
			}
			c.from, again.from = nil, nil
			if !reflect.DeepEqual(c, again) || !c.Equal(again) {
				t.Errorf("%s is another after writing it as %s:\n%s", file, ext, data)
			}
		}
		var decoded Collection
		if err := json.Unmarshal(asJSON, &decoded); err != nil || !decoded.Equal(c) {
			t.Errorf("%s is another after json.Unmarshal (%v)", file, err)
		}
	}
}

func TestWhatAnotherProgramWroteIsReadLeniently(t *testing.T) {
	var c Collection
	err := json.Unmarshal([]byte(`{"name": "c", "later": {"key": 1}, "fields": [
		{"name": "n", "type": "Int64", "min": null, "default_value": null, "force": true, "max": 9007199254740993}]}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Fields[0]; c.Name != "c" || f.Default != nil || f.Min != "" || f.Max != "9007199254740993" {
		t.Errorf("read %+v", c)
	}
	if err := json.Unmarshal([]byte(`{"fields": [{"name": "n", "type": "Int64", "dim": "x"}]}`), &c); err == nil || core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("the error is %v", err)
	}
	if err := json.Unmarshal([]byte(`[{"name": "n", "type": "Int64"}]`), &c); err != nil || c.Name != "" || len(c.Fields) != 1 {
		t.Errorf("read %+v (%v)", c, err)
	}
}

func TestTextsThatLookLikeSomethingElseStayTextsInYAML(t *testing.T) {
	c := &Collection{Name: "c", Fields: []Field{{
		Name: "s", Type: VarChar, MaxLength: 20, Description: "  spaces: and # marks\nand lines ",
		Enum: []json.RawMessage{
			[]byte(`"true"`), []byte(`"12"`), []byte(`"1e5"`), []byte(`"null"`), []byte(`"~"`), []byte(`"2024-01-01"`),
			[]byte(`"no"`), []byte(`"- x"`), []byte(`"中文"`), []byte(`"😀"`), []byte(`""`), []byte(`"0x1f"`), []byte(`"\u0007"`), []byte(`".inf"`),
		},
	}}}
	data, err := c.ToYAML()
	if err != nil {
		t.Fatal(err)
	}
	read, d := decode("c.yaml", data, strict)
	if len(d.problems) > 0 || !read.Equal(c) {
		t.Errorf("read %v with %v from\n%s", read, d.problems, data)
	}
}

// TestTheTableHasAllKeys holds the rule table and the structs together.
func TestTheTableHasAllKeys(t *testing.T) {
	tests := []struct {
		keys []key
		into any
	}{
		{collectionKeys(), &Collection{}},
		{fieldKeys(), &Field{}},
		{indexKeys(), &Index{}},
		{functionKeys(), &Function{}},
		{dynamicKeys(), &DynamicField{}},
	}
	for _, test := range tests {
		targets := targetsOf(test.into)
		for _, k := range test.keys {
			if _, ok := targets[k.name]; !ok {
				t.Errorf("%T has no place for the key %s", test.into, k.name)
			}
			delete(targets, k.name)
			if k.help == "" || !json.Valid([]byte(k.example)) {
				t.Errorf("the key %s of %T has help %q and example %s", k.name, test.into, k.help, k.example)
			}
		}
		for name := range targets {
			t.Errorf("the key %s of %T is not in the table", name, test.into)
		}
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func validate(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return schema.Validate(value)
}

func TestEditorsAcceptWhatTheParserAccepts(t *testing.T) {
	schema := compileSchema(t)
	for _, file := range goodFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n, problems := document.Read(file, data)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if err := validate(t, schema, n.Raw()); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, kind := range Types() {
		if err := validate(t, schema, exampleSchema(exampleOf(kind))); err != nil {
			t.Errorf("the example of %s: %v", kind, err)
		}
	}
}

func TestEditorsMarkWhatTheParserRefuses(t *testing.T) {
	schema := compileSchema(t)
	for _, data := range []string{
		`{}`, `[]`, `"text"`, `{"fields":[]}`,
		withFields(`{"name":"s","type":"VarChar"}`),
		withFields(`{"name":"s","type":"VarChar","max_lenght":5,"max_length":5}`),
		withFields(`{"name":"s","type":"VarChar","max_length":70000}`),
		withFields(`{"name":"s","type":"VarChar","max_length":7,"dim":3}`),
		withFields(`{"name":"s","type":"Foo"}`),
		withFields(`{"type":"Bool"}`),
		withFields(`{"name":"has space","type":"Bool"}`),
		withFields(`{"name":"b","type":"BinaryVector","dim":100}`),
		withFields(`{"name":"b","type":"FloatVector"}`),
		withFields(`{"name":"b","type":"SparseFloatVector","dim":5}`),
		withFields(`{"name":"a","type":"Array","element_type":"VarChar","max_capacity":5}`),
		withFields(`{"name":"a","type":"Array","element_type":"Struct","max_capacity":5}`),
		withFields(`{"name":"a","type":"Array","element_type":"Struct","max_capacity":5,"struct_fields":[{"name":"j","type":"JSON"}]}`),
		withFields(`{"name":"n","type":"Int8","default_value":null}`),
		withFields(`{"name":"n","type":"JSON","is_primary":true}`),
		withFields(`{"name":"n","type":"Int8","nullable":"yes"}`),
		`{"fields":[` + idField + `,` + vectorField + `],"dynamic_fields":[{"name":"x","type":"Int","min_length":3}]}`,
		`{"fields":[` + idField + `,` + vectorField + `],"functions":[{"name":"x"}]}`,
	} {
		if validate(t, schema, []byte(data)) == nil {
			t.Errorf("accepted: %s", data)
		}
		if _, err := Parse("x.json", []byte(data)); err == nil {
			t.Errorf("parsed: %s", data)
		}
	}
}

func TestHelpOfEveryType(t *testing.T) {
	for _, kind := range Types() {
		help := Help(kind)
		if help.Summary == "" {
			t.Errorf("%s has no summary", kind)
		}
		c, err := Parse("example.json", exampleSchema(help.Example))
		if err != nil {
			t.Errorf("the example of %s: %v", kind, err)
			continue
		}
		expect(t, Check(c, Version{}))
		if c.Fields[1].Type != kind {
			t.Errorf("the example of %s is a %s", kind, c.Fields[1].Type)
		}
		for _, text := range []string{help.Brief(), help.Detailed()} {
			for _, key := range requiredBy(kind) {
				if !strings.Contains(text, key) {
					t.Errorf("the help of %s does not speak of %s", kind, key)
				}
			}
			if !strings.Contains(text, string(kind)) || !strings.Contains(text, "nullable") {
				t.Errorf("the help of %s is %s", kind, text)
			}
		}
	}
	golden(t, "testdata/help_array.txt", Help(Array).Detailed())
}

func TestVersions(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "latest"}, {"latest", "latest"}, {"2.3", "2.3"}, {"v2.3.5", "2.3.5"}, {"2.6.1-beta", "2.6.1"}, {"2.4.x", "2.4"}, {"2.5.0", "2.5"},
	}
	for _, test := range tests {
		v, err := ParseVersion(test.text)
		if err != nil || v.String() != test.want {
			t.Errorf("%q is %s (%v), want %s", test.text, v, err, test.want)
		}
	}
	for _, text := range []string{"2", "two", "2.", "0.0.0", "2.3.5.6", "-2.3"} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("%q is %s", text, v)
		}
	}
	at := func(s string) Version { v, _ := ParseVersion(s); return v }
	if !at("2.3.5").Before(at("2.3")) || at("2.4").Before(at("2.3.9")) || at("latest").Before(at("3.0")) || !at("2.6").Before(at("3.0.1")) {
		t.Error("versions are in the wrong order")
	}
}

// exampleSchema is a small schema around a field.
func exampleSchema(field json.RawMessage) json.RawMessage {
	return fmt.Appendf(nil, `{"collection_name":"example","fields":[`+
		`{"name":"id","type":"Int64","is_primary":true,"auto_id":true},%s,`+
		`{"name":"embedding","type":"FloatVector","dim":768}]}`, field)
}
