package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/library"
	"github.com/zilliz/milvus-ingest/core/userdir"
)

type schemaCommand struct {
	List       schemaList       `cmd:"" help:"List the built-in schemas and yours."`
	Show       schemaShow       `cmd:"" help:"Show a schema, and how its values would be made."`
	Add        schemaAdd        `cmd:"" help:"Check a schema file and keep it by a name."`
	Remove     schemaRemove     `cmd:"" help:"Remove a schema of yours."`
	Help       schemaHelp       `cmd:"" help:"Explain what can be written in a schema."`
	JSONSchema schemaJSONSchema `cmd:"" name:"json-schema" help:"Print the JSON Schema of schema files, for editors."`
	Init       schemaInit       `cmd:"" help:"Write a new schema file: asks, or takes flags."`
	Infer      schemaInfer      `cmd:"" help:"Guess the schema of a Parquet, JSON, CSV or NPY file."`
}

func openLibrary() *library.Library { return library.Open(userdir.Path()) }

// findSchema reads the schema file or, where no file is named, finds the
// schema of that name in the library.
func (a *app) findSchema(file, id string) (*schema.Collection, error) {
	if file == "" {
		found, err := openLibrary().Get(id)
		if err != nil {
			return nil, err
		}
		a.sayWhich(id, found.Entry)
		return found.Collection, nil
	}
	c, err := schema.ParseFile(file)
	if _, missing := os.Stat(file); err != nil && errors.Is(missing, fs.ErrNotExist) {
		if _, inLibrary := openLibrary().Get(file); inLibrary == nil {
			return nil, core.Errorf(core.InvalidConfig, "there is no file %s", file).
				WithHint("the library has a schema of that name: --builtin %s", file)
		}
	}
	return c, err
}

// sayWhich tells which schema a name stands for, where that is not plain.
func (a *app) sayWhich(id string, e library.Entry) {
	switch {
	case e.Shadows != "":
		a.say("schema %s: yours is used, not the built-in %s", id, e.Shadows)
	case e.ID != id:
		a.say("schema %s: the built-in %s is used", id, e.ID)
	}
}
