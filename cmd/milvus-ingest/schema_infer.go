package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/infer"
	"github.com/zilliz/milvus-ingest/core/whole"
)

type schemaInfer struct {
	File  string `arg:"" help:"Data file: Parquet, JSON, CSV or NPY."`
	Out   string `placeholder:"FILE" help:"Write the schema there (.json, or .yaml) instead of printing it."`
	Name  string `help:"Name of the collection (default: the file's)."`
	Force bool   `help:"Replace the file that exists."`
}

// Run implements the command.
func (c *schemaInfer) Run(a *app) error {
	if err := mayWrite(c.Out, c.Force); err != nil {
		return err
	}
	collection, notes, err := infer.File(c.File)
	if err != nil {
		return err
	}
	if c.Name != "" {
		collection.Name = c.Name
		if err := schema.Check(collection, schema.Version{}).Err(); err != nil {
			return err
		}
	}
	if c.Out != "" {
		text, err := schemaText(collection, c.Out)
		if err == nil {
			err = writeWhole(c.Out, text, c.Force)
		}
		if err != nil {
			return err
		}
	}
	if a.output == "json" {
		return a.printJSON(map[string]any{"schema": collection, "notes": notes, "file": c.Out})
	}
	for _, note := range notes {
		a.say("note: %s", note)
	}
	if c.Out == "" {
		return a.printJSON(collection)
	}
	fmt.Fprintln(a.stdout, c.Out)
	a.say("next: milvus-ingest generate --schema %s --preview", shellWord(c.Out))
	return nil
}

// schemaText writes a schema as the ending of the file's name asks.
func schemaText(c *schema.Collection, path string) ([]byte, error) {
	if slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(path))) {
		return c.ToYAML()
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	return append(raw, '\n'), err
}

// mayWrite refuses a file that exists, before any work is done for it.
func mayWrite(path string, force bool) error {
	if path == "" || force {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return exists(path)
	}
	return nil
}

func exists(path string) error {
	return core.Errorf(core.Conflict, "%s exists", path).WithHint("add --force to replace it")
}

// writeWhole writes a file under a temporary name first, so that it is whole
// or not there, and makes its folder.
func writeWhole(path string, text []byte, force bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return core.Errorf(core.InvalidConfig, "make the folder of %s: %w", path, err)
	}
	write := whole.Create
	if force {
		write = whole.Write
	}
	err := write(path, text)
	if errors.Is(err, fs.ErrExist) {
		return exists(path)
	}
	if err != nil {
		return core.Errorf(core.InvalidConfig, "write %s: %w", path, err)
	}
	return nil
}
