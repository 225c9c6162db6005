package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/zilliz/milvus-ingest/plugins/scaffold"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type pluginNew struct {
	Kind    string `arg:"" enum:"generator,sink" help:"generator or sink."`
	Name    string `arg:"" help:"Name of the plugin: lower-case letters, digits and -."`
	Lang    string `enum:"go,python" default:"go" help:"Language: ${enum}."`
	Dir     string `placeholder:"DIR" help:"Folder to write to (default: the plugin's name)."`
	Module  string `placeholder:"PATH" help:"Go: path of the module (default: the executable's name)."`
	Replace string `placeholder:"DIR" help:"Go: build with the source of milvus-ingest in this folder instead of a published version."`
}

// Run implements the command.
func (c *pluginNew) Run(a *app) error {
	project := scaffold.Project{Kind: sdk.Kind(c.Kind), Name: c.Name, Lang: c.Lang, Module: c.Module}
	wanted := []sdk.Description{{Info: sdk.Info{Name: c.Name}, Kind: project.Kind}}
	if err := trust.Admit(trust.Executable{Kind: project.Kind, Name: c.Name, Path: project.Executable()}, wanted, described()); err != nil {
		return err
	}
	if regexp.MustCompile(`^v\d+\.\d+\.\d+(-[a-z]+\.\d+)?$`).MatchString(version()) {
		project.Version = version()
	}
	if c.Replace != "" {
		source, err := trust.Absolute(c.Replace)
		if err != nil {
			return err
		}
		project.Replace = source
	}
	dir := c.Dir
	if dir == "" {
		dir = c.Name
	}
	files, err := scaffold.Write(dir, project)
	if err != nil {
		return err
	}
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = filepath.Join(dir, file)
	}
	if a.output == "json" {
		return a.printJSON(map[string]any{"dir": dir, "executable": project.Executable(), "files": paths})
	}
	fmt.Fprintln(a.stdout, strings.Join(paths, "\n"))
	a.say("next: cd %s, make, milvus-ingest plugin add ./%s; README.md tells more", dir, project.Executable())
	return nil
}
