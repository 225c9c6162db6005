package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/scripts"
)

type scriptNew struct {
	File       string `arg:"" optional:"" help:"File to write (default: hooks.js, or hooks.ts)."`
	Typescript bool   `help:"Write TypeScript."`
	Force      bool   `help:"Replace files that exist."`
}

// Run implements the command.
func (c *scriptNew) Run(a *app) error {
	if c.File == "" {
		c.File = "hooks.js"
		if c.Typescript {
			c.File = "hooks.ts"
		}
	}
	switch extension := filepath.Ext(c.File); {
	case extension == ".ts" && !strings.HasSuffix(c.File, ".d.ts"):
		c.Typescript = true
	case extension != ".js" || c.Typescript:
		return core.Errorf(core.InvalidConfig, "%s: the name of a hook file ends in .js, or .ts for TypeScript", c.File)
	}
	types := filepath.Join(filepath.Dir(c.File), "hooks.d.ts")
	err := writeWhole(c.File, []byte(scripts.Starter(c.Typescript)), c.Force)
	if err == nil {
		err = writeWhole(types, []byte(scripts.Types()), true) // ours alone, and the same for all
	}
	if err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(map[string]string{"file": c.File, "types": types})
	}
	fmt.Fprintf(a.stdout, "%s\n%s\n", c.File, types)
	a.say("next: milvus-ingest script test %s --builtin %s", c.File, scripts.StarterSchema)
	return nil
}
