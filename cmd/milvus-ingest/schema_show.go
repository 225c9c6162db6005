package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/library"
	"github.com/zilliz/milvus-ingest/generators"
)

type schemaShow struct {
	ID     string `arg:"" help:"Name of the schema (see schema list)."`
	Format string `enum:"table,json,yaml" default:"table" help:"table to read, json or yaml to keep in a file and change: ${enum}."`
}

// shownSchema is all of a schema, as JSON.
type shownSchema struct {
	library.Entry
	Schema     *schema.Collection  `json:"schema"`
	Generators []generators.Choice `json:"generators"`
}

// Run implements the command.
func (c *schemaShow) Run(a *app) error {
	found, err := openLibrary().Get(c.ID)
	if err != nil {
		return err
	}
	switch c.Format {
	case "json":
		return a.printJSON(found.Collection)
	case "yaml":
		text, err := found.Collection.ToYAML()
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(text)
		return err
	}
	choices := generators.Choose(found.Collection)
	if a.output == "json" {
		return a.printJSON(shownSchema{Entry: found.Entry, Schema: found.Collection, Generators: choices})
	}
	a.sayWhich(c.ID, found.Entry)
	a.showSchema(found)
	fmt.Fprintln(a.stdout)
	a.showChoices(choices)
	a.say("next: milvus-ingest generate --builtin %s --total-rows 10 --preview", found.ID)
	return nil
}

func (a *app) showSchema(found library.Schema) {
	c := found.Collection
	fmt.Fprintf(a.stdout, "%s (%s)\n", found.ID, fromWhere(found.Entry))
	a.printFacts("  ", [][2]string{
		{"Title", found.Title},
		{"Description", cmp.Or(found.Description, c.Description)},
		{"Collection", c.Name},
		{"Partitions", countText(c.NumPartitions)},
		{"Shards", countText(c.NumShards)},
		{"Hooks", c.Hooks},
		{"Language", c.Language},
		{"Tags", strings.Join(found.Tags, ", ")},
		{"Other names", strings.Join(found.Aliases, ", ")},
		{"File", found.Path},
	})
	fmt.Fprintln(a.stdout)
	var rows [][]string
	for i := range c.Fields {
		f := &c.Fields[i]
		rows = append(rows, []string{f.Name, typeText(f), factsText(c, f), f.Description})
	}
	writeTable(a.stdout, a.width, []string{"FIELD", "TYPE", "FACTS", "DESCRIPTION"}, rows)
	if len(c.DynamicFields) > 0 {
		fmt.Fprintln(a.stdout)
		a.showDynamic(c)
	}
}

func countText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (a *app) showDynamic(c *schema.Collection) {
	var rows [][]string
	for _, d := range c.DynamicFields {
		share := "every row"
		if d.Probability != nil && *d.Probability < 1 {
			share = fmt.Sprintf("%g %% of rows", 100**d.Probability)
		}
		rows = append(rows, []string{d.Name, string(d.Type), share, valuesText(d)})
	}
	writeTable(a.stdout, a.width, []string{"DYNAMIC FIELD", "TYPE", "IN", "VALUES"}, rows)
}

func valuesText(d schema.DynamicField) string {
	var parts []string
	if d.Min != "" || d.Max != "" {
		parts = append(parts, fmt.Sprintf("%s to %s", d.Min, d.Max))
	}
	for _, v := range d.Values {
		parts = append(parts, strings.Trim(string(v), `"`))
	}
	return strings.Join(parts, " | ")
}

// showChoices tells how the values would be made, and why so.
func (a *app) showChoices(choices []generators.Choice) {
	var rows [][]string
	for _, choice := range choices {
		params := strings.TrimSpace(string(choice.Params))
		if params == "{}" || params == "null" {
			params = ""
		}
		rows = append(rows, []string{choice.Field, choice.Generator, choice.Why, strings.Join(choice.Uses, " "), params})
	}
	writeTable(a.stdout, a.width, []string{"FIELD", "GENERATOR", "WHY", "READS", "PARAMETERS"}, rows)
}
