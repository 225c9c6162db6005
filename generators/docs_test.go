package generators

import (
	"bytes"
	"encoding/json"
	flags "flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

var update = flags.Bool("update", false, "write the generated parts of docs/generators")

const pages = "../docs/generators"

// TestDocs holds the pages of the generators to their form: the tables of
// options are made of the configurations, and the examples work.
func TestDocs(t *testing.T) {
	named := map[string]bool{"README": true}
	for _, component := range Builtin() {
		d := component.Describe()
		named[d.Name] = true
		t.Run(d.Name, func(t *testing.T) {
			page := readPage(t, d.Name)
			checkForm(t, d.Name, page)
			own := component.(shared).Component.Describe().ConfigSchema
			checkPart(t, d.Name, page, "options", optionTable(t, own)+
				"\nIt also has the [options of all generators](README.md#options-of-all-generators).\n")
			runExample(t, d, page)
		})
	}
	files, err := filepath.Glob(pages + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".md"); !named[name] {
			t.Errorf("%s is the page of no generator", file)
		}
	}
}

func TestDocsIndex(t *testing.T) {
	var index strings.Builder
	index.WriteString("| generator | makes | for |\n|---|---|---|\n")
	for _, component := range Builtin() {
		d := component.Describe()
		fmt.Fprintf(&index, "| [%s](%s.md) | %s | %s |\n", d.Name, d.Name, d.Summary, strings.Join(d.Types, ", "))
	}
	page := readPage(t, "README")
	page = checkPart(t, "README", page, "generators", index.String())
	checkPart(t, "README", page, "options", optionTable(t, sdk.ConfigSchema[Shared]()))
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(pages, name+".md"))
	if err != nil {
		t.Fatalf("%s has no page: %v", name, err)
	}
	return string(page)
}

func checkForm(t *testing.T, name, page string) {
	t.Helper()
	lines := strings.SplitN(page, "\n", 4)
	if len(lines) < 4 || lines[0] != "# "+name || lines[1] != "" || lines[2] == "" {
		t.Errorf("the page does not begin with \"# %s\", an empty line and a sentence", name)
	}
	at := 0
	for _, heading := range []string{"\n## Example\n", "\n## Limits\n"} {
		next := strings.Index(page[at:], heading)
		if next < 0 {
			t.Errorf("the page lacks %q, or has it in another order", strings.TrimSpace(heading))
			return
		}
		at += next
	}
}

// checkPart compares what stands between two marks with what should, and
// writes it with -update. It gives the page as it should be.
func checkPart(t *testing.T, name, page, mark, want string) string {
	t.Helper()
	open, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	before, rest, ok := strings.Cut(page, open)
	have, after, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Errorf("the page lacks %s…%s", open, end)
		return page
	case have == want:
		return page
	case !*update:
		t.Errorf("the part %s is not current: run go test ./generators -run TestDocs -update", mark)
		return page
	}
	page = before + open + want + end + after
	if err := os.WriteFile(filepath.Join(pages, name+".md"), []byte(page), 0o644); err != nil {
		t.Error(err)
	}
	return page
}

func optionTable(t *testing.T, config json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	options := optionsOf(config)
	if len(options) == 0 {
		return "It has no options of its own.\n"
	}
	b.WriteString("| option | type | default | meaning |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(options)) {
		var o struct {
			Type        string
			Description string
			Default     json.RawMessage
			Enum        []string
			Items       struct{ Type string }
		}
		if err := json.Unmarshal(options[name], &o); err != nil {
			t.Fatal(err)
		}
		if o.Description == "" {
			t.Errorf("the option %s has no help", name)
		}
		kind := o.Type
		switch {
		case kind == "array" && o.Items.Type != "":
			kind = "array of " + o.Items.Type
		case kind == "":
			kind = "any"
		case len(o.Enum) > 0:
			kind = strings.Join(o.Enum, ", ")
		}
		fallback := ""
		if o.Default != nil {
			fallback = "`" + string(o.Default) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, kind, fallback, strings.ReplaceAll(o.Description, "|", "\\|"))
	}
	return b.String()
}

// runExample fills rows by the example of a page.
func runExample(t *testing.T, d sdk.Description, page string) {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) == 0 {
		t.Error("the page has no example in JSON")
		return
	}
	var field schema.Field
	decoder := json.NewDecoder(bytes.NewReader([]byte(blocks[0][1])))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&field); err != nil {
		t.Fatalf("the example is no field of a schema: %v", err)
	}
	if field.Generator != d.Name || !slices.Contains(d.Types, string(field.Type)) {
		t.Errorf("the example is a %s field of generator %q", field.Type, field.Generator)
	}
	s := sample{generator: field.Generator, params: string(field.Params), uses: field.Uses}
	if s.params == "" {
		s.params = "{}"
	}
	o := open(t, memory.DefaultAllocator, 1, field.Arrow(), s)
	defer o.close()
	values := o.fill(0, 100)
	defer values.Release()
	checkValues(t, field.Arrow(), s, values)
}
