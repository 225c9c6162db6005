package main

import (
	"os"
	"path/filepath"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/core/userdir"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type pluginCommand struct {
	List   pluginList   `cmd:"" help:"List generators and sinks: the built-in ones and those of plugins."`
	Info   pluginInfo   `cmd:"" help:"Show a generator or sink: its options, types and environment."`
	Add    pluginAdd    `cmd:"" help:"Lock a plugin: look at what it is, and let it run as it is now."`
	Remove pluginRemove `cmd:"" help:"Take a plugin out of the lock. Its file stays."`
	Test   pluginTest   `cmd:"" help:"Hold an executable to the contract of plugins."`
	New    pluginNew    `cmd:"" help:"Write a plugin that builds, runs and passes its tests."`
}

// lock reads the plugins that may run. A lock in the current folder counts
// only if the user names it: who brings a folder must not bring what runs.
func (a *app) lock() (*trust.Lock, error) {
	path := a.lockFile
	if path == "" && userdir.Path() == "" {
		return &trust.Lock{}, nil
	}
	if path == "" {
		path = filepath.Join(userdir.Path(), trust.FileName)
	}
	return trust.Read(path)
}

// pluginFolders are where plugins are looked for by their names.
func pluginFolders() []string {
	var folders []string
	if dir := os.Getenv("MILVUS_INGEST_PLUGIN_DIR"); dir != "" {
		folders = append(folders, dir)
	}
	if dir := userdir.Path(); dir != "" {
		folders = append(folders, filepath.Join(dir, "plugins"))
	}
	return folders
}

// searchPlugins lists the executables in the folders of plugins; of two with
// the same name the first counts.
func searchPlugins() ([]trust.Executable, error) {
	var all []trust.Executable
	seen := map[string]bool{}
	for _, folder := range pluginFolders() {
		found, err := trust.Search(folder)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if key := string(e.Kind) + e.Name; !seen[key] {
				seen[key] = true
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// described lists what is built in.
func described() []sdk.Description {
	var all []sdk.Description
	for _, component := range components() {
		d := component.Describe()
		if d.Version == "" {
			d.Version = version()
		}
		all = append(all, d)
	}
	return all
}

// noSuchPlugin says that there is no plugin of a name, and which is meant.
func noSuchPlugin(name string, names []string) error {
	err := core.Errorf(core.InvalidConfig, "there is no plugin %q", name)
	if near, ok := spell.Nearest(name, names); ok {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("see milvus-ingest plugin list")
}
