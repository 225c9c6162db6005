package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/library"
)

// schemaList shows the fields, tags and other names, too, with --verbose.
type schemaList struct{}

// schemaLine is a schema in a list, as JSON.
type schemaLine struct {
	library.Entry
	Collection string   `json:"collection_name,omitempty"`
	Fields     int      `json:"fields"`
	Vectors    []string `json:"vectors"`
	Problem    string   `json:"problem,omitempty"`
}

// Run implements the command.
func (*schemaList) Run(a *app) error {
	listed, err := openLibrary().List()
	if err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(schemaLines(listed))
	}
	if a.verbose {
		for i, l := range listed {
			if i > 0 {
				fmt.Fprintln(a.stdout)
			}
			a.printDetails(l)
		}
		return nil
	}
	var rows [][]string
	for _, line := range schemaLines(listed) {
		rows = append(rows, []string{
			line.ID, fromWhere(line.Entry), strconv.Itoa(line.Fields), strings.Join(line.Vectors, " "),
			cmp.Or(line.Problem, line.Description),
		})
	}
	writeTable(a.stdout, a.width, []string{"NAME", "FROM", "FIELDS", "VECTORS", "DESCRIPTION"}, rows)
	for _, l := range listed {
		if l.Shadows != "" {
			a.say("%s: yours is used; it hides the built-in %s", l.ID, l.Shadows)
		}
	}
	a.say("next: milvus-ingest schema show NAME, or milvus-ingest generate --builtin NAME --preview")
	return nil
}

func schemaLines(listed []library.Listed) []schemaLine {
	lines := make([]schemaLine, len(listed))
	for i, l := range listed {
		lines[i] = schemaLine{Entry: l.Entry, Vectors: []string{}}
		if l.Err != nil {
			lines[i].Problem = "cannot be used: " + l.Err.Error()
		}
		if c := l.Collection; c != nil {
			lines[i].Collection, lines[i].Fields, lines[i].Vectors = c.Name, len(c.Fields), vectorsOf(c)
			lines[i].Description = cmp.Or(l.Description, c.Description)
		}
	}
	return lines
}

// vectorsOf lists the dims of a collection's vectors; of a sparse one there is
// none to tell.
func vectorsOf(c *schema.Collection) []string {
	dims := []string{}
	for _, f := range c.Fields {
		switch {
		case f.Type == schema.Sparse:
			dims = append(dims, "sparse")
		case f.Type.IsDense():
			dims = append(dims, strconv.Itoa(f.Dim))
		}
	}
	return dims
}

func fromWhere(e library.Entry) string {
	switch {
	case e.Hidden:
		return "built-in (hidden)"
	case e.Shadows != "":
		return "yours (hides it)"
	case e.Source == library.User:
		return "yours"
	}
	return string(e.Source)
}

// printDetails prints all that is known of a schema but its fields' details.
func (a *app) printDetails(l library.Listed) {
	line := schemaLines([]library.Listed{l})[0]
	fmt.Fprintf(a.stdout, "%s (%s)\n", l.ID, fromWhere(l.Entry))
	facts := [][2]string{
		{"Title", l.Title},
		{"Description", line.Description},
		{"Collection", line.Collection},
		{"Tags", strings.Join(l.Tags, ", ")},
		{"Other names", strings.Join(l.Aliases, ", ")},
		{"File", l.Path},
		{"Added", strings.TrimSpace(l.AddedAt + " " + fromFile(l.Origin))},
		{"Problem", line.Problem},
	}
	if l.Collection != nil {
		var names []string
		for _, f := range l.Collection.Fields {
			names = append(names, f.Name+" "+typeText(&f))
		}
		facts = append(facts, [2]string{"Fields", strings.Join(names, ", ")})
	}
	a.printFacts("  ", facts)
}

func fromFile(origin string) string {
	if origin == "" {
		return ""
	}
	return "from " + origin
}
