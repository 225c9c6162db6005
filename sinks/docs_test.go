package sinks_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks"
)

var update = flag.Bool("update", false, "write the options into the pages")

// TestPagesTellTheOptions compares the table of each page with the sink's
// configuration.
func TestPagesTellTheOptions(t *testing.T) {
	for _, component := range sinks.Builtin() {
		d := component.Describe()
		path := filepath.Join("..", "docs", "sinks", d.Name+".md")
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, opened := strings.Cut(string(page), "<!-- options -->")
		_, after, closed := strings.Cut(rest, "<!-- /options -->")
		if !opened || !closed || !strings.HasPrefix(before, "# "+d.Name+"\n\n"+d.Summary+"\n") {
			t.Errorf("%s does not begin with the name and the summary, or has no place for the options", path)
			continue
		}
		want := before + "<!-- options -->\n" + table(t, d) + "<!-- /options -->" + after
		if want == string(page) {
			continue
		}
		if !*update {
			t.Errorf("%s tells of other options; go test ./sinks -update writes them", path)
		} else if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// table lists the options of a sink.
func table(t *testing.T, d sdk.Description) string {
	t.Helper()
	var schema struct {
		Properties map[string]struct {
			Type        string
			Description string
			Default     json.RawMessage
			Enum        []string
		}
	}
	if err := json.Unmarshal(d.ConfigSchema, &schema); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString("| option | type | default | meaning |\n|---|---|---|---|\n")
	for _, name := range names {
		p := schema.Properties[name]
		kind := p.Type
		if len(p.Enum) > 0 {
			kind = "`" + strings.Join(p.Enum, "`, `") + "`"
		}
		standard := strings.Trim(string(p.Default), `"`)
		if standard != "" {
			standard = "`" + standard + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, kind, standard, p.Description)
	}
	return b.String()
}

func TestEverySinkDescribesItself(t *testing.T) {
	for _, component := range sinks.Builtin() {
		d := component.Describe()
		if component.Sink() == nil || component.Generator() != nil || d.Kind != sdk.KindSink || len(d.Types) == 0 {
			t.Errorf("%+v", d.Info)
		}
	}
}
