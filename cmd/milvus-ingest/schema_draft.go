package main

import (
	_ "embed" // for the template
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed schema_init.yaml.tmpl
var schemaTemplate string

// draft writes the commented schema that the flags ask for.
func (c *schemaInit) draft() (string, error) {
	t, err := template.New("schema").Funcs(template.FuncMap{
		"quote": strconv.Quote,
		"has":   func(word string) bool { return slices.Contains(c.With, word) },
	}).Parse(schemaTemplate)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, c)
	return b.String(), err
}

// extraNames lists what --with takes; the template knows what they add.
func extraNames() []string {
	return []string{"bm25", "category", "dynamic", "metadata", "nullable", "number", "partition", "sparse", "tags", "time"}
}
