package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// addPlugins finds the makers of a plan's columns: the names of generators
// and the options of those of plugins are checked, and which plugins take part
// is noted.
func (a *app) addPlugins(plan *dataset.Plan) error {
	builtin := map[string]bool{}
	var names []string
	for _, d := range described() {
		if d.Kind == sdk.KindGenerator {
			builtin[d.Name] = true
			names = append(names, d.Name)
		}
	}
	lock, err := a.lock()
	if err != nil {
		return err
	}
	for _, p := range lock.Plugins() {
		for _, offered := range p.Components {
			if p.Kind == sdk.KindGenerator {
				names = append(names, offered.Name)
			}
		}
	}
	plan.Plugins = nil
	var problems []error
	for _, column := range plan.Columns {
		if builtin[column.Generator] {
			continue
		}
		p, offered := lock.Find(sdk.KindGenerator, column.Generator)
		if p == nil {
			problems = append(problems, a.unlocked(column.Generator, names).WithField(column.Name))
			continue
		}
		if err := trust.Check(offered.ConfigSchema, column.Params); err != nil {
			for _, problem := range flatten(err) {
				problems = append(problems, core.OfField(problem, column.Name))
			}
		}
		plan.Plugins = notePlugin(plan.Plugins, p)
	}
	return errors.Join(problems...)
}

// notePlugin adds a plugin to those that take part, unless it is there.
func notePlugin(all []dataset.Plugin, p *trust.Plugin) []dataset.Plugin {
	for _, have := range all {
		if have.Name == p.Name && have.Kind == string(p.Kind) {
			return all
		}
	}
	note := dataset.Plugin{Name: p.Name, Kind: string(p.Kind), Version: p.Version, SHA256: p.SHA256}
	for _, f := range p.Files {
		note.Files = append(note.Files, dataset.PluginFile{Name: filepath.Base(f.Path), SHA256: f.SHA256})
	}
	return append(all, note)
}

// unlocked is the error of a generator that is not built in and not locked.
func (a *app) unlocked(name string, names []string) *core.Error {
	family, _, _ := strings.Cut(name, ".")
	found, _ := searchPlugins() // what cannot be searched is told by plugin list
	for _, e := range found {
		if e.Kind == sdk.KindGenerator && e.Name == family {
			return core.Errorf(core.PluginFailed, "the plugin %s is not locked", e.Path).
				WithHint("if you trust it: milvus-ingest plugin add %s", e.Name)
		}
	}
	if lock, err := trust.Read(trust.FileName); err == nil && a.lockFile == "" {
		if p, _ := lock.Find(sdk.KindGenerator, name); p != nil {
			return core.Errorf(core.PluginFailed, "the generator %q is of a plugin that only the %s of this folder locks", name, trust.FileName).
				WithHint("if you trust who wrote it: --lock %s", trust.FileName)
		}
	}
	err := core.Errorf(core.InvalidConfig, "there is no generator %q", name)
	if near, ok := spell.Nearest(name, names); ok {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("see milvus-ingest plugin list, and add plugins with milvus-ingest plugin add PATH")
}

// samePlugins refuses to go on with a run that other plugins have begun.
func (a *app) samePlugins(begun []dataset.Plugin) error {
	if len(begun) == 0 {
		return nil
	}
	lock, err := a.lock()
	if err != nil {
		return err
	}
	var problems []error
	for _, was := range begun {
		is := "none"
		for _, p := range lock.Plugins() {
			if p.Name == was.Name && string(p.Kind) == was.Kind {
				is = fmt.Sprint(notePlugin(nil, &p)[0])
			}
		}
		if is != fmt.Sprint(was) {
			problems = append(problems, core.Errorf(core.Conflict, "the interrupted run was begun with another plugin %s: SHA-256 %s…", was.Name, was.SHA256[:min(12, len(was.SHA256))]).
				WithHint("lock that one again: milvus-ingest plugin add PATH, or start anew with --force"))
		}
	}
	return errors.Join(problems...)
}
