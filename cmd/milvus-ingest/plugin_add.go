package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type pluginAdd struct {
	Plugin string   `arg:"" help:"Path of an executable milvus-ingest-generator-NAME or milvus-ingest-sink-NAME, or the NAME of one in the folder of plugins."`
	With   []string `sep:"none" placeholder:"FILE" help:"Further file that the plugin is made of, such as a module that a script imports: it is locked, too. May be repeated."`
	Grant  []string `sep:"none" placeholder:"NAME" help:"Environment variable that the plugin asks for and may read. May be repeated; values are never stored."`
}

// Help tells what locking is, and what it is not.
func (*pluginAdd) Help() string {
	return `The executable is started once and asked what it is. Its SHA-256 is written to plugins.lock.json, in the
user's data folder or where --lock says; from then on exactly this file runs, and no other.
The hash is of the files that are named: what a script imports is covered by --with alone.`
}

// Run implements the command.
func (c *pluginAdd) Run(ctx context.Context, a *app) error {
	executable, err := c.executable()
	if err != nil {
		return err
	}
	lock, err := a.lock()
	if err != nil {
		return err
	}
	if lock.Path() == "" {
		return core.Errorf(core.InvalidConfig, "there is no folder for the lock of plugins").WithHint("name a file with --lock FILE")
	}
	plugin, err := c.inspect(ctx, a, executable)
	if err != nil {
		return err
	}
	if err := lock.Put(*plugin); err != nil {
		return err
	}
	return a.showAdded(plugin, lock.Path())
}

// executable is what the argument means.
func (c *pluginAdd) executable() (trust.Executable, error) {
	if !strings.ContainsRune(c.Plugin, '/') && !strings.ContainsRune(c.Plugin, filepath.Separator) {
		found, err := searchPlugins()
		if err != nil {
			return trust.Executable{}, err
		}
		if i := slices.IndexFunc(found, func(e trust.Executable) bool {
			return e.Name == c.Plugin || filepath.Base(e.Path) == c.Plugin
		}); i >= 0 {
			return found[i], nil
		}
		if _, err := os.Stat(c.Plugin); err == nil { // it does not run unless it is meant
			return trust.Executable{}, core.Errorf(core.InvalidConfig, "%s is in no folder of plugins", c.Plugin).
				WithHint("for the one in this folder: milvus-ingest plugin add .%c%s", filepath.Separator, c.Plugin)
		}
		var names []string
		for _, e := range found {
			names = append(names, e.Name)
		}
		return trust.Executable{}, noSuchPlugin(c.Plugin, names)
	}
	path, err := trust.Absolute(c.Plugin)
	if err != nil {
		return trust.Executable{}, err
	}
	return trust.Named(path)
}

// inspect starts the executable, and gives what the lock is to say of it.
func (c *pluginAdd) inspect(ctx context.Context, a *app, e trust.Executable) (_ *trust.Plugin, err error) {
	p := &trust.Plugin{Name: e.Name, Kind: e.Kind, Path: e.Path}
	file, sum, err := trust.Hash(e.Path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	p.SHA256 = sum
	if p.Files, err = hashAll(c.With); err != nil {
		return nil, err
	}
	host, err := plugins.NewHost(plugins.Options{Logger: a.log})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	description, err := host.DescribeFile(ctx, file)
	if err != nil {
		return nil, err
	}
	if err := trust.Admit(e, description.Components, described()); err != nil {
		return nil, err
	}
	p.SharedMemory = description.SharedMemory
	p.Version = description.Components[0].Version
	for _, d := range description.Components {
		p.Components = append(p.Components, trust.Component{
			Name: d.Name, Version: d.Version, Summary: d.Summary, Types: d.Types, Env: d.Env, ConfigSchema: jsonOf(d.ConfigSchema),
		})
	}
	p.Grants, err = c.grants(p)
	return p, err
}

// jsonOf leaves out what is no JSON.
func jsonOf(raw []byte) []byte {
	if !json.Valid(raw) {
		return nil
	}
	return raw
}

func hashAll(paths []string) ([]trust.File, error) {
	var files []trust.File
	for _, path := range paths {
		path, err := trust.Absolute(path)
		if err != nil {
			return nil, err
		}
		file, sum, err := trust.Hash(path)
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		files = append(files, trust.File{Path: path, SHA256: sum})
	}
	return files, nil
}

// grants are the variables that the user grants, each of which the plugin
// must have asked for.
func (c *pluginAdd) grants(p *trust.Plugin) ([]string, error) {
	wanted := wantedEnv(p)
	var problems []error
	for _, name := range c.Grant {
		if !slices.Contains(wanted, name) {
			problem := core.Errorf(core.InvalidConfig, "--grant %s: the plugin does not ask for it", name)
			if len(wanted) > 0 {
				problem = problem.WithHint("it asks for %s", strings.Join(wanted, ", "))
			}
			problems = append(problems, problem)
		}
	}
	granted := slices.Clone(c.Grant)
	slices.Sort(granted)
	return slices.Compact(granted), errors.Join(problems...)
}

func wantedEnv(p *trust.Plugin) []string {
	var wanted []string
	for _, offered := range p.Components {
		wanted = append(wanted, offered.Env...)
	}
	slices.Sort(wanted)
	return slices.Compact(wanted)
}

func (a *app) showAdded(p *trust.Plugin, lock string) error {
	if a.output == "json" {
		return a.printJSON(map[string]any{"plugin": p, "lock": lock})
	}
	for _, offered := range p.Components {
		a.showPlugin(pluginFacts{
			pluginLine: pluginLine{
				Name: offered.Name, Kind: p.Kind, Version: offered.Version, Summary: offered.Summary, State: "locked",
				Path: p.Path, SHA256: p.SHA256,
			},
			Types: offered.Types, Files: p.Files, Env: envOf(offered.Env, p.Grants), Options: trust.Options(offered.ConfigSchema),
		})
		fmt.Fprintln(a.stdout)
	}
	fmt.Fprintf(a.stdout, "Written to %s.\n", lock)
	if len(p.Files) == 0 && isScript(p.Path) {
		a.say("it is a script: only this one file is locked; lock what it imports of yours with --with FILE")
	}
	for _, name := range wantedEnv(p) {
		if !slices.Contains(p.Grants, name) {
			a.say("it would like to read %s: milvus-ingest plugin add %s --grant %s", name, p.Path, name)
		}
	}
	if p.Kind == sdk.KindGenerator {
		a.say(`next: write "generator": %q for a field of a schema`, p.Components[0].Name)
	}
	return nil
}

// isScript tells whether a file is run by an interpreter.
func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // it was only read
	head := make([]byte, 2)
	n, _ := f.Read(head) // what is empty is no script
	return string(head[:n]) == "#!"
}

type pluginRemove struct {
	Name string `arg:"" help:"Name of the plugin."`
	Kind string `enum:"generator,sink," default:"" help:"Only the generator, or only the sink, of that name."`
}

// Run implements the command.
func (c *pluginRemove) Run(a *app) error {
	lock, err := a.lock()
	if err != nil {
		return err
	}
	var names, removed []string
	for _, p := range lock.Plugins() {
		names = append(names, p.Name)
		if p.Name != c.Name || c.Kind != "" && string(p.Kind) != c.Kind {
			continue
		}
		if _, err := lock.Remove(p.Kind, p.Name); err != nil {
			return err
		}
		removed = append(removed, fmt.Sprintf("%s %s", p.Kind, p.Name))
	}
	if len(removed) == 0 {
		return noSuchPlugin(c.Name, names)
	}
	if a.output == "json" {
		return a.printJSON(map[string]any{"removed": removed, "lock": lock.Path()})
	}
	fmt.Fprintf(a.stdout, "Removed from %s: %s.\n", lock.Path(), strings.Join(removed, ", "))
	return nil
}
