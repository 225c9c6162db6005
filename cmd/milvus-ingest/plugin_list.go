package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type pluginList struct {
	Kind string `enum:"generator,sink," default:"" help:"Only generators, or only sinks."`
}

// pluginLine is a component, as JSON.
type pluginLine struct {
	Name    string   `json:"name"`
	Kind    sdk.Kind `json:"kind"`
	Version string   `json:"version,omitempty"`
	Summary string   `json:"summary,omitempty"`
	// State is "built-in", that of a locked plugin, or "not locked".
	State   string `json:"state"`
	Problem string `json:"problem,omitempty"`
	Path    string `json:"path,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

const (
	stateBuiltin  = "built-in"
	stateUnlocked = "not locked"
)

// Run implements the command.
func (c *pluginList) Run(_ context.Context, a *app) error {
	lines, err := a.pluginLines()
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l pluginLine) bool { return c.Kind != "" && string(l.Kind) != c.Kind })
	if a.output == "json" {
		return a.printJSON(lines)
	}
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{l.Name, string(l.Kind), l.Version, l.State, l.Summary})
		if l.Problem != "" {
			a.say("%s: %s", l.Name, l.Problem)
		}
	}
	writeTable(a.stdout, a.width, []string{"NAME", "KIND", "VERSION", "STATE", "SUMMARY"}, rows)
	for _, l := range lines {
		if l.State == stateUnlocked {
			a.say("%s %s is not locked, and does not run: milvus-ingest plugin add %s", l.Kind, l.Name, l.Name)
		}
	}
	a.say("next: milvus-ingest plugin info NAME")
	return nil
}

// pluginLines lists plugins of others before what is built in.
func (a *app) pluginLines() ([]pluginLine, error) {
	lock, err := a.lock()
	if err != nil {
		return nil, err
	}
	found, err := searchPlugins()
	if err != nil {
		return nil, err
	}
	lines := []pluginLine{}
	for _, p := range lock.Plugins() {
		state, problem := p.State()
		for _, offered := range p.Components {
			line := pluginLine{
				Name: offered.Name, Kind: p.Kind, Version: offered.Version, Summary: offered.Summary,
				State: string(state), Path: p.Path, SHA256: p.SHA256,
			}
			if problem != nil {
				line.Problem = strings.Join(append([]string{problem.Error()}, hints(problem)...), "; ")
			}
			lines = append(lines, line)
		}
		found = slices.DeleteFunc(found, func(e trust.Executable) bool { return e.Kind == p.Kind && e.Name == p.Name })
	}
	for _, e := range found {
		lines = append(lines, pluginLine{Name: e.Name, Kind: e.Kind, State: stateUnlocked, Path: e.Path})
	}
	for _, d := range described() {
		lines = append(lines, pluginLine{Name: d.Name, Kind: d.Kind, Version: d.Version, Summary: d.Summary, State: stateBuiltin})
	}
	return lines, nil
}

type pluginInfo struct {
	Name string `arg:"" help:"Name of a generator or sink, or of a plugin."`
}

// pluginFacts is all that is known of a component, as JSON.
type pluginFacts struct {
	pluginLine
	Types        []string        `json:"field_types"`
	Options      []trust.Option  `json:"options"`
	ConfigSchema json.RawMessage `json:"config_schema,omitempty"`
	Files        []trust.File    `json:"files,omitempty"`
	Env          []pluginEnv     `json:"env,omitempty"`
}

// pluginEnv is a variable that a plugin would like to read.
type pluginEnv struct {
	Name    string `json:"name"`
	Granted bool   `json:"granted"`
	Set     bool   `json:"set"`
}

// Run implements the command.
func (c *pluginInfo) Run(_ context.Context, a *app) error {
	all, err := a.pluginFacts()
	if err != nil {
		return err
	}
	var names []string
	var chosen []pluginFacts
	for _, f := range all {
		family, _, _ := strings.Cut(f.Name, ".")
		if f.Name == c.Name || f.State != stateBuiltin && family == c.Name {
			chosen = append(chosen, f)
		}
		names = append(names, f.Name)
	}
	if len(chosen) == 0 {
		return noSuchPlugin(c.Name, names)
	}
	if a.output == "json" {
		return a.printJSON(chosen)
	}
	for i, f := range chosen {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		a.showPlugin(f)
	}
	return nil
}

// pluginFacts lists all that pluginLines does, but for what is not locked and
// was never asked what it is.
func (a *app) pluginFacts() ([]pluginFacts, error) {
	lines, err := a.pluginLines()
	if err != nil {
		return nil, err
	}
	lock, err := a.lock()
	if err != nil {
		return nil, err
	}
	builtin := described()
	var all []pluginFacts
	for _, line := range lines {
		f := pluginFacts{pluginLine: line, Types: []string{}, Options: []trust.Option{}}
		if p, offered := lock.Find(line.Kind, line.Name); line.State != stateBuiltin && p != nil {
			f.Types, f.ConfigSchema, f.Files = offered.Types, offered.ConfigSchema, p.Files
			f.Env = envOf(offered.Env, p.Grants)
		} else if i := slices.IndexFunc(builtin, func(d sdk.Description) bool { return d.Name == line.Name && d.Kind == line.Kind }); i >= 0 {
			f.Types, f.ConfigSchema = builtin[i].Types, builtin[i].ConfigSchema
		}
		f.Options = append(f.Options, trust.Options(f.ConfigSchema)...)
		all = append(all, f)
	}
	return all, nil
}

func envOf(wanted, grants []string) []pluginEnv {
	var all []pluginEnv
	for _, name := range wanted {
		_, set := os.LookupEnv(name)
		all = append(all, pluginEnv{name, slices.Contains(grants, name), set})
	}
	return all
}

func (a *app) showPlugin(f pluginFacts) {
	fmt.Fprintf(a.stdout, "%s (%s, %s)\n", f.Name, f.Kind, f.State)
	var files, env []string
	for _, file := range f.Files {
		files = append(files, file.Path)
	}
	for _, v := range f.Env {
		state := "not granted"
		if v.Granted {
			state = "granted"
		}
		if v.Granted && !v.Set {
			state = "granted, not set"
		}
		env = append(env, v.Name+" ("+state+")")
	}
	a.printFacts("  ", [][2]string{
		{"Summary", f.Summary},
		{"Version", f.Version},
		{"Field types", strings.Join(f.Types, ", ")},
		{"Environment", strings.Join(env, ", ")},
		{"File", f.Path},
		{"SHA-256", f.SHA256},
		{"With", strings.Join(files, ", ")},
		{"Problem", f.Problem},
	})
	if len(f.Options) == 0 {
		return
	}
	var rows [][]string
	for _, o := range f.Options {
		kind := o.Type
		if len(o.Enum) > 0 {
			kind = strings.Trim(fmt.Sprint(o.Enum), "[]")
		}
		standard := strings.Trim(string(o.Default), `"`)
		if o.Required {
			standard = "(required)"
		}
		rows = append(rows, []string{o.Name, cmp.Or(kind, "any"), standard, o.Description})
	}
	fmt.Fprintln(a.stdout)
	writeTable(a.stdout, a.width, []string{"OPTION", "TYPE", "DEFAULT", "MEANING"}, rows)
}
