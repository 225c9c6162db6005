package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

type schemaHelp struct {
	FieldType string `placeholder:"TYPE" help:"Explain the fields of a type, such as VarChar, Array or FloatVector."`
	Format    string `enum:"brief,detailed," default:"" help:"brief or detailed (default: detailed of one type, brief of all)."`
}

// Run implements the command.
func (c *schemaHelp) Run(a *app) error {
	types := schema.Types()
	if c.FieldType != "" {
		t, err := typeNamed(c.FieldType)
		if err != nil {
			return err
		}
		types = []schema.Type{t}
	}
	var all []schema.TypeHelp
	for _, t := range types {
		all = append(all, schema.Help(t))
	}
	detailed := c.Format == "detailed" || c.Format == "" && c.FieldType != ""
	switch {
	case a.output == "json" && c.FieldType != "":
		return a.printJSON(all[0])
	case a.output == "json":
		return a.printJSON(map[string]any{"collection": schema.CollectionHelp(), "types": all})
	case c.FieldType == "":
		a.printCollectionHelp()
	}
	if !detailed {
		a.printBriefly(all)
		return nil
	}
	for i, help := range all {
		if i > 0 || c.FieldType == "" {
			fmt.Fprintln(a.stdout)
		}
		a.printTypeHelp(help)
	}
	return nil
}

func typeNamed(word string) (schema.Type, error) {
	var names []string
	for _, t := range schema.Types() {
		if strings.EqualFold(string(t), word) {
			return t, nil
		}
		names = append(names, string(t))
	}
	err := core.Errorf(core.InvalidConfig, "there is no field type %q", word)
	if near, ok := spell.Nearest(word, names); ok {
		return "", err.WithHint("did you mean %s? The types are %s", near, strings.Join(names, ", "))
	}
	return "", err.WithHint("the types are %s", strings.Join(names, ", "))
}

func (a *app) printCollectionHelp() {
	const intro = "A schema is a JSON or YAML file: an object with these keys, or just the list of fields."
	for _, line := range wrapWords(intro, a.width) {
		fmt.Fprintln(a.stdout, line)
	}
	fmt.Fprintln(a.stdout)
	a.printKeys("KEY", schema.CollectionHelp())
}

func (a *app) printBriefly(all []schema.TypeHelp) {
	var rows [][]string
	for _, help := range all {
		rows = append(rows, []string{string(help.Type), keyNames(help.Required), help.Summary})
	}
	fmt.Fprintln(a.stdout)
	writeTable(a.stdout, a.width, []string{"TYPE", "REQUIRED", "WHAT IT HOLDS"}, rows)
	a.say("more: milvus-ingest schema help --field-type TYPE, or --format detailed")
}

func keyNames(keys []schema.KeyHelp) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Key)
	}
	return strings.Join(names, ", ")
}

func (a *app) printTypeHelp(help schema.TypeHelp) {
	fmt.Fprintln(a.stdout, help.Type)
	for _, line := range append([]string{help.Summary}, help.Limits...) {
		for _, wrapped := range wrapWords(line, a.width-2) {
			fmt.Fprintln(a.stdout, "  "+wrapped)
		}
	}
	for _, part := range []struct {
		title string
		keys  []schema.KeyHelp
	}{{"REQUIRED", help.Required}, {"OPTIONAL", help.Optional}} {
		if len(part.keys) > 0 {
			fmt.Fprintln(a.stdout)
			a.printKeys(part.title, part.keys)
		}
	}
	fmt.Fprintln(a.stdout, "\nEXAMPLE")
	fmt.Fprintln(a.stdout, indented(help.Example))
}

// printKeys explains keys in lines as wide as the terminal: what a key means
// must not be cut off.
func (a *app) printKeys(title string, keys []schema.KeyHelp) {
	facts := make([][2]string, len(keys))
	for i, k := range keys {
		text := k.Help + " It takes " + k.Value
		if k.Default != "" {
			text += "; default: " + k.Default
		}
		facts[i] = [2]string{k.Key, text + "."}
	}
	fmt.Fprintln(a.stdout, title)
	a.printFacts("  ", facts)
}

// indented lays JSON out: an object that holds objects over several lines,
// a flat one in one line.
func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "  ", "  "); err != nil || !slices.ContainsFunc([]byte(raw[1:]), func(c byte) bool { return c == '{' }) {
		return "  " + strings.TrimSpace(string(raw))
	}
	return "  " + b.String()
}

type schemaJSONSchema struct{}

// Help tells what the JSON Schema is good for.
func (*schemaJSONSchema) Help() string {
	return `Editors check and complete schema files with it. Keep it in a file:
  milvus-ingest schema json-schema > milvus-ingest.schema.json
and begin YAML schemas with
  # yaml-language-server: $schema=milvus-ingest.schema.json`
}

// Run implements the command.
func (*schemaJSONSchema) Run(a *app) error {
	_, err := fmt.Fprintln(a.stdout, strings.TrimSpace(string(schema.JSONSchema())))
	return err
}
