package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/schema/library"
)

type schemaAdd struct {
	ID          string   `arg:"" help:"Name to keep the schema by."`
	File        string   `arg:"" help:"Schema file, JSON or YAML."`
	Description string   `help:"What the schema is for."`
	Tags        []string `placeholder:"A,B" help:"Words to find it by."`
	Overwrite   bool     `help:"Replace a schema of yours of that name."`
}

// Run implements the command.
func (c *schemaAdd) Run(a *app) error {
	entry, warnings, err := openLibrary().Add(c.ID, c.File, library.Addition{
		Description: c.Description, Tags: trimmed(c.Tags), Overwrite: c.Overwrite, At: time.Now(),
	})
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		a.say("warning: %s", warning)
	}
	if a.output == "json" {
		return a.printJSON(entry)
	}
	fmt.Fprintf(a.stdout, "schema %s is kept in %s\n", entry.ID, entry.Path)
	if entry.Shadows != "" {
		a.say("from now on it is used instead of the built-in %s; schema remove %s brings that back", entry.Shadows, entry.ID)
	}
	a.say("next: milvus-ingest schema show %s, or milvus-ingest generate --builtin %s --preview", entry.ID, entry.ID)
	return nil
}

// trimmed drops spaces around words, and empty words.
func trimmed(words []string) []string {
	var kept []string
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}

type schemaRemove struct {
	ID  string `arg:"" help:"Name of a schema of yours."`
	Yes bool   `short:"y" help:"Do not ask."`
}

// Run implements the command.
func (c *schemaRemove) Run(a *app) error {
	lib := openLibrary()
	if _, err := lib.Removable(c.ID); err != nil {
		return err
	}
	if !c.Yes {
		if err := a.confirm(fmt.Sprintf("remove the schema %s?", c.ID)); err != nil {
			return err
		}
	}
	entry, err := lib.Remove(c.ID)
	if err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(entry)
	}
	fmt.Fprintf(a.stdout, "schema %s is removed\n", entry.ID)
	if entry.Shadows != "" {
		a.say("the built-in %s is used again", entry.Shadows)
	}
	return nil
}
