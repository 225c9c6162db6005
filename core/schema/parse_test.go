package schema

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func TestTheSeedsKnowledgeBaseHasNoProblem(t *testing.T) {
	c, err := ParseFile("testdata/knowledge_base.json")
	if err != nil {
		t.Fatal(err)
	}
	if problems := Check(c, Version{}); len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	if c.Name != "knowledge_base" || len(c.Fields) != 12 {
		t.Errorf("parsed %q with %d fields, want knowledge_base with 12", c.Name, len(c.Fields))
	}
	if f := c.Field("tags"); f.ElementType != VarChar || f.MaxCapacity != 10 || f.MaxLength != 50 {
		t.Errorf("tags is %+v", f)
	}
	if f := c.Field("confidence_score"); f.Min != "0.0" || f.Max != "1.0" {
		t.Errorf("confidence_score is bounded by %q and %q", f.Min, f.Max)
	}
}

func TestParseTakesFormatAndNameFromTheFile(t *testing.T) {
	const jsonList = `[{"name":"id","type":"Int64","is_primary":true},{"name":"v","type":"FloatVector","dim":4}]`
	const yamlWhole = "collection_name: c\nfields:\n- {name: id, type: Int64, is_primary: true}\n- {name: v, type: FloatVector, dim: 4}\n"
	tests := []struct{ file, data, want string }{
		{"dir/my-docs.json", jsonList, "my_docs"},
		{"2024 资料.json", jsonList, "_2024___"},
		{"资料.json", jsonList, "collection"},
		{"list", jsonList, "list"},
		{"list.yaml", jsonList, "list"},
		{"", jsonList, "collection"},
		{"whole.yml", yamlWhole, "c"},
		{"whole", yamlWhole, "c"},
		{"bom.json", "\xef\xbb\xbf" + jsonList, "bom"},
		{"bom.yaml", "\xef\xbb\xbf" + yamlWhole, "c"},
		{"named.json", `{"name": "other", "fields":` + jsonList + `}`, "other"},
	}
	for _, test := range tests {
		c, err := Parse(test.file, []byte(test.data))
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
			continue
		}
		if c.Name != test.want || len(c.Fields) != 2 || c.Fields[1].Dim != 4 {
			t.Errorf("%s: parsed %q with fields %+v, want name %q", test.file, c.Name, c.Fields, test.want)
		}
	}
}

func TestProblemsAreErrorsOfConfiguration(t *testing.T) {
	_, err := Parse("x.json", []byte(`{"fields": 3}`))
	if core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("the code of %v is %s", err, core.CodeOf(err))
	}
	if _, err := ParseFile("testdata/none.json"); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("the code of %v is %s", err, core.CodeOf(err))
	}
	if _, err := ParseFile("testdata"); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("the code of %v is %s", err, core.CodeOf(err))
	}
}

func TestAllProblemsComeAtOnceInTheOrderOfLines(t *testing.T) {
	_, err := ParseFile("testdata/broken.yaml")
	var problems Problems
	ok := errors.As(err, &problems)
	if !ok {
		t.Fatalf("no problems: %v", err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, strings.TrimPrefix(p.String(), "testdata/broken.yaml:"))
	}
	golden(t, "testdata/broken.txt", strings.Join(lines, "\n")+"\n")
}

// golden compares with a file, or writes it anew with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s\nwrite it anew with: go test ./core/schema -update", path, got, want)
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	c, err := Parse("big.json", []byte(`[
		{"name": "id", "type": "Int64", "is_primary": true,
		 "enum_values": [9007199254740993, 9007199254740994, 9223372036854775807, -9223372036854775808]},
		{"name": "n", "type": "Int64", "min": -9223372036854775808, "max": 9223372036854775807, "default_value": 9007199254740993},
		{"name": "small", "type": "Int32", "min": 1e1, "max": 20.0, "enum_values": [10.0, 2e1]},
		{"name": "v", "type": "FloatVector", "dim": 4}]`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"enum_values":[9007199254740993,9007199254740994,9223372036854775807,-9223372036854775808]`,
		`"min":-9223372036854775808,"max":9223372036854775807`, `"default_value":9007199254740993`,
		`"min":10,"max":20,"enum_values":[10,20]`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}
