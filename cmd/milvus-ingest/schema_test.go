package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/library"
)

func TestTheSeedsSchemaCommands(t *testing.T) {
	isolate(t)
	file := filepath.Join("testdata", "knowledge_base.json")
	if got := must(t, "schema", "help", "--field-type", "Array").stdout; !strings.Contains(got, "max_capacity") {
		t.Errorf("help of Array: %s", got)
	}
	if got := must(t, "schema", "help", "--field-type", "JSON").stdout; !strings.Contains(got, "JSON") {
		t.Errorf("help of JSON: %s", got)
	}
	must(t, "schema", "add", "knowledge_base", file, "--description", "智能客服知识库模式", "--tags", "客服,FAQ, 语义搜索,多语言")
	shown := must(t, "schema", "show", "knowledge_base")
	for _, want := range []string{"question_embedding", "FloatVector(768)", "智能客服知识库模式", "客服, FAQ, 语义搜索, 多语言", "Array<VarChar(50)>[10]"} {
		if !strings.Contains(shown.stdout, want) {
			t.Errorf("nothing is shown of %s:\n%s", want, shown.stdout)
		}
	}
	if !strings.Contains(shown.stderr, "yours is used") {
		t.Errorf("nothing is said of the built-in: %s", shown.stderr)
	}
}

func TestUserSchemasComeAndGo(t *testing.T) {
	dir := isolate(t)
	file := tiny(t, dir)
	for _, step := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"list"}, exitDone, "knowledge_base", ""},
		{[]string{"add", "simple", file}, exitDone, "schema simple is kept in", "instead of the built-in simple"},
		{[]string{"add", "simple", file}, exitUsage, "", "--overwrite"},
		{[]string{"add", "simple", file, "--overwrite"}, exitDone, "is kept", ""},
		{[]string{"add", "../simple", file}, exitUsage, "", "does not begin with a letter"},
		{[]string{"add", "other", filepath.Join(dir, "none.json")}, exitUsage, "", "none.json"},
		{[]string{"list"}, exitDone, "built-in (hidden)", "it hides the built-in simple"},
		{[]string{"show", "simple"}, exitDone, "FloatVector(8)", "yours is used"},
		{[]string{"remove", "simple"}, exitUsage, "", "--yes"},
		{[]string{"remove", "simple", "--yes"}, exitDone, "is removed", "the built-in simple is used again"},
		{[]string{"remove", "simple", "--yes"}, exitUsage, "", "built in and cannot be removed"},
		{[]string{"remove", "knowledgebas", "--yes"}, exitUsage, "", "did you mean knowledge_base?"},
		{[]string{"show", "simple"}, exitDone, "FloatVector(128)", ""},
		{[]string{"show", "ecommerce"}, exitDone, "product_catalog", "the built-in product_catalog is used"},
		{[]string{"show", "prodct_catalog"}, exitUsage, "", "did you mean product_catalog?"},
		{[]string{"help", "--field-type", "Arry"}, exitUsage, "", "did you mean Array?"},
	} {
		r := ingest(t, append([]string{"schema"}, step.args...)...)
		if r.code != step.code || !strings.Contains(r.stdout, step.stdout) || !strings.Contains(r.stderr, step.stderr) {
			t.Errorf("schema %v: code %d, want %d\n%s%s", step.args, r.code, step.code, r.stdout, r.stderr)
		}
	}
}

func TestSchemaAddShowsAllProblemsOfAFile(t *testing.T) {
	file := filepath.Join(isolate(t), "bad.json")
	text := `{"fields": [{"name": "id", "type": "Int64"}, {"name": "t", "type": "Varchr"}, {"name": "v", "type": "FloatVector"}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := ingest(t, "schema", "add", "bad", file)
	for _, want := range []string{"VarChar", "dim", "primary", "bad.json:1:46", "expected one of Bool"} {
		if r.code != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("code %d, nothing is said of %s:\n%s", r.code, want, r.stderr)
		}
	}
}

func TestWhatShowPrintsIsASchemaAgain(t *testing.T) {
	isolate(t)
	for _, id := range []string{"knowledge_base", "rag_chunks", "all_types"} {
		var read []*schema.Collection
		for _, format := range []string{"json", "yaml"} {
			text := must(t, "schema", "show", id, "--format", format).stdout
			c, err := schema.Parse("shown."+format, []byte(text))
			if err != nil {
				t.Fatalf("%s as %s: %v", id, format, err)
			}
			read = append(read, c)
		}
		if !read[0].Equal(read[1]) {
			t.Errorf("%s differs between JSON and YAML", id)
		}
	}
}

func TestSchemaCommandsPrintJSON(t *testing.T) {
	dir := isolate(t)
	file := tiny(t, dir)
	for _, args := range [][]string{
		{"list"},
		{"show", "all_types"},
		{"add", "mine", file},
		{"show", "mine"},
		{"remove", "mine", "--yes"},
		{"help"},
		{"help", "--field-type", "varchar"},
		{"json-schema"},
		{"init", "--name", "fresh", "--out", filepath.Join(dir, "fresh.yaml")},
	} {
		r := must(t, append([]string{"--output", "json", "schema"}, args...)...)
		if !json.Valid([]byte(r.stdout)) {
			t.Errorf("schema %v: no JSON:\n%s", args, r.stdout)
		}
	}
}

func TestSchemaTablesFitTheWidth(t *testing.T) {
	isolate(t)
	t.Setenv("COLUMNS", "72")
	for _, args := range [][]string{{"list"}, {"list", "--verbose"}, {"show", "knowledge_base"}, {"show", "rag_chunks"}, {"help", "--format", "brief"}} {
		r := must(t, append([]string{"schema"}, args...)...)
		for line := range strings.Lines(r.stdout) {
			if width := runewidth.StringWidth(strings.TrimRight(line, "\n")); width > 72 {
				t.Errorf("schema %v: %d cells: %s", args, width, line)
			}
		}
	}
}

func TestListVerboseTellsTheFields(t *testing.T) {
	isolate(t)
	got := must(t, "schema", "list", "--verbose").stdout
	for _, want := range []string{"text_sparse SparseFloatVector", "full_text_search", "hybrid search"} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("nothing is told of %s", want)
		}
	}
}

func TestSchemaInitWritesSchemasThatPass(t *testing.T) {
	dir := isolate(t)
	for _, extra := range append(extraNames(), strings.Join(extraNames(), ","), "") {
		for _, key := range []string{"auto", "int64", "varchar"} {
			args := []string{"schema", "init", "--name", "articles", "--dim", "384", "--key", key, "--out", "-"}
			if extra != "" {
				args = append(args, "--with", extra)
			}
			c, err := schema.Parse("articles.yaml", []byte(must(t, args...).stdout))
			if err != nil {
				t.Errorf("%s, %s: %v", extra, key, err)
				continue
			}
			for _, word := range strings.Split(extra, ",") {
				plain := must(t, "schema", "init", "--name", "articles", "--out", "-").stdout
				if text := must(t, args...).stdout; word != "" && len(text) <= len(plain) {
					t.Errorf("%s adds nothing:\n%s", word, text)
				}
			}
			if problems := schema.Check(c, schema.Version{}); len(problems) > 0 || c.Name != "articles" || c.Field("embedding").Dim != 384 {
				t.Errorf("%s, %s: %s, %v", extra, key, c.Name, problems)
			}
		}
	}
	out := filepath.Join(dir, "new", "articles.yaml")
	must(t, "schema", "init", "--name", "articles", "--out", out)
	if r := ingest(t, "schema", "init", "--name", "articles", "--out", out); r.code != exitUsage || !strings.Contains(r.stderr, "--force") {
		t.Errorf("a file that exists: code %d, %s", r.code, r.stderr)
	}
	must(t, "schema", "init", "--name", "other", "--out", out, "--force")
	if c, err := schema.ParseFile(out); err != nil || c.Name != "other" {
		t.Errorf("replaced by %+v (%v)", c, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}

func TestSchemaInitRefusesWhatItDoesNotKnow(t *testing.T) {
	isolate(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{}, "--name articles"},
		{[]string{"--name", "has space"}, "has space"},
		{[]string{"--name", "a", "--with", "tag,bm52"}, "did you mean tags?"},
		{[]string{"--name", "a", "--with", "tag,bm52"}, "did you mean bm25?"},
		{[]string{"--name", "a", "--dim", "40000"}, "40000"},
	} {
		r := ingest(t, append([]string{"schema", "init", "--out", "-"}, test.args...)...)
		if r.code != exitUsage || !strings.Contains(r.stderr, test.want) || r.stdout != "" {
			t.Errorf("init %v: code %d, %s%s", test.args, r.code, r.stdout, r.stderr)
		}
	}
}

func TestSchemaInitAsks(t *testing.T) {
	for name, test := range map[string]struct {
		answers string
		want    schemaInit
	}{
		"defaults": {"\n\n\n\n", schemaInit{Name: "articles", Dim: 768, Key: "auto", With: []string{"category", "tags", "metadata"}}},
		"answers":  {"docs\nmany\n-1\n1024\nvarchar\nbm25, time\n", schemaInit{Name: "docs", Dim: 1024, Key: "varchar", With: []string{"bm25", "time"}}},
	} {
		var c schemaInit
		var asked strings.Builder
		if err := c.ask(strings.NewReader(test.answers), &asked); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Name != test.want.Name || c.Dim != test.want.Dim || c.Key != test.want.Key || !slices.Equal(c.With, test.want.With) {
			t.Errorf("%s: %+v, want %+v\n%s", name, c, test.want, asked.String())
		}
		if _, err := c.text(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var c schemaInit
	if err := c.ask(strings.NewReader("docs\n"), &strings.Builder{}); err == nil {
		t.Error("answers that end were taken")
	}
}

func TestSchemaInferWritesASchema(t *testing.T) {
	dir := isolate(t)
	data := filepath.Join(dir, "items.csv")
	if err := os.WriteFile(data, []byte("id,v\n1,\"[0.5, 1]\"\n2,\"[0.25, 1]\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := must(t, "schema", "infer", data)
	if c, err := schema.Parse("inferred.json", []byte(r.stdout)); err != nil || c.Field("v").Dim != 2 || !strings.Contains(r.stderr, "note: id:") {
		t.Errorf("inferred %+v (%v), notes %s", c, err, r.stderr)
	}
	for _, ending := range []string{"json", "yaml"} {
		out := filepath.Join(dir, "inferred."+ending)
		must(t, "schema", "infer", data, "--out", out, "--name", "goods")
		if c, err := schema.ParseFile(out); err != nil || c.Name != "goods" {
			t.Errorf("%s: %+v (%v)", ending, c, err)
		}
		if r := ingest(t, "schema", "infer", data, "--out", out); r.code != exitUsage || !strings.Contains(r.stderr, "--force") {
			t.Errorf("a file that exists: code %d, %s", r.code, r.stderr)
		}
	}
	if r := ingest(t, "schema", "infer", filepath.Join(dir, "none.csv")); r.code != exitUsage {
		t.Errorf("no file: code %d, %s", r.code, r.stderr)
	}
}

func TestASchemaFileThatIsANameInTheLibrary(t *testing.T) {
	isolate(t)
	_, err := (&app{stderr: &strings.Builder{}}).findSchema("knowledge_base", "")
	if err == nil || !slices.ContainsFunc(hints(err), func(h string) bool { return strings.Contains(h, "--builtin knowledge_base") }) {
		t.Errorf("error %v", err)
	}
	if _, err := (&app{stderr: &strings.Builder{}}).findSchema("", "none"); errors.Is(err, nil) {
		t.Error("an unknown schema was found")
	}
}

func TestTheDocumentNamesEverySchemaAndExtra(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "commands", "schema.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := library.Open("").List()
	if err != nil {
		t.Fatal(err)
	}
	names := extraNames()
	for _, l := range listed {
		names = append(append(names, l.ID), l.Aliases...)
	}
	for _, name := range names {
		if !strings.Contains(string(raw), "`"+name+"`") {
			t.Errorf("docs/commands/schema.md does not tell of %s", name)
		}
	}
	for _, name := range extraNames() {
		if field, ok := reflect.TypeFor[schemaInit]().FieldByName("With"); !ok || !strings.Contains(field.Tag.Get("help"), name) {
			t.Errorf("the help of --with does not tell of %s", name)
		}
	}
}
