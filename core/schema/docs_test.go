package schema

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentationHasTheTables keeps what docs/schema.md and
// docs/schema.json tell the same as the rule table; -update writes it anew.
func TestTheDocumentationHasTheTables(t *testing.T) {
	golden(t, "../../docs/schema.json", string(JSONSchema()))
	const path = "../../docs/schema.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{
		"collection keys": keyTable(collectionKeys()),
		"field keys":      keyTable(fieldKeys()),
		"struct keys":     keyTable(structKeys()),
		"index keys":      keyTable(indexKeys()),
		"function keys":   keyTable(functionKeys()),
		"dynamic keys":    keyTable(dynamicKeys()),
		"types":           typeTable(),
		"indexes":         indexTable(),
		"versions":        versionTable(),
	}
	text := string(data)
	for name, table := range tables {
		block := regexp.MustCompile(`(?s)<!-- begin ` + name + ` -->\n.*?<!-- end ` + name + ` -->`)
		if !block.MatchString(text) {
			t.Errorf("%s has no place for the table of %s", path, name)
		}
		text = block.ReplaceAllLiteralString(text, "<!-- begin "+name+" -->\n"+table+"<!-- end "+name+" -->")
	}
	golden(t, path, text)
}

// TestTheExamplesOfTheDocumentationWork parses every example of schema.md.
func TestTheExamplesOfTheDocumentationWork(t *testing.T) {
	data, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```(json|yaml)\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(examples) < 3 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, example := range examples {
		c, err := Parse("example."+example[1], []byte(example[2]))
		if err != nil {
			t.Errorf("%v in\n%s", err, example[2])
			continue
		}
		expect(t, Check(c, Version{}))
	}
}

func keyTable(keys []key) string {
	typed := false
	for _, k := range keys {
		typed = typed || k.types != nil
	}
	var b strings.Builder
	row := func(name, holds, on, def, help string) {
		if typed {
			holds += " | " + on
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, holds, def, help)
	}
	row("key", "holds", "on", "default", "meaning")
	row("---", "---", "---", "---", "---")
	for _, k := range keys {
		name := "`" + k.name + "`"
		for _, alias := range k.aliases {
			name += ", `" + alias + "`"
		}
		on := "every type"
		if k.types != nil {
			on = words(k.types)
		}
		row(name, k.valueText(FloatVector), on, k.def, k.help)
	}
	return b.String()
}

func typeTable() string {
	var b strings.Builder
	b.WriteString("| type | values | required keys | example |\n| --- | --- | --- | --- |\n")
	for _, t := range Types() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", t, summaryOf(t), strings.Join(requiredBy(t), ", "), exampleOf(t))
	}
	return b.String()
}

func indexTable() string {
	var b strings.Builder
	b.WriteString("| type | indexes | metrics |\n| --- | --- | --- |\n")
	for _, t := range Types() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", t, strings.Join(indexTypes(t), ", "), strings.Join(metricsOf(t), ", "))
	}
	return b.String()
}

func versionTable() string {
	var b strings.Builder
	b.WriteString("| since Milvus | feature |\n| --- | --- |\n")
	for _, f := range features() {
		fmt.Fprintf(&b, "| %s | %s |\n", f.since, f.what)
	}
	b.WriteString("| 2.4 | more than one vector field |\n| 2.5 | BM25 functions |\n")
	return b.String()
}
