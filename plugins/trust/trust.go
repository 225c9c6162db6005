// Package trust decides which executables may run as plugins: those that the
// user has named and locked, as they were when they were locked, and that
// nobody else can change. It starts nothing.
//
//	lock, err := trust.Read(path)
//	plugin, component := lock.Find(sdk.KindGenerator, "geo.city")
//	file, err := plugin.Open()
package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// prefix begins the name of every executable that is a plugin.
const prefix = "milvus-ingest-"

// Executable is a file whose name says that it is a plugin.
type Executable struct {
	Kind sdk.Kind `json:"kind"`
	Name string   `json:"name"`
	Path string   `json:"path"`
}

// Named reads the kind and the name of a plugin from those of its executable.
func Named(path string) (Executable, error) {
	base := filepath.Base(path)
	if runtime.GOOS == "windows" {
		base = strings.TrimSuffix(base, ".exe")
	}
	for _, kind := range []sdk.Kind{sdk.KindGenerator, sdk.KindSink} {
		name, ok := strings.CutPrefix(base, prefix+string(kind)+"-")
		if ok && regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(name) {
			return Executable{kind, name, path}, nil
		}
	}
	return Executable{}, core.Errorf(core.PluginFailed, "%s: %q is no name of a plugin's executable", path, filepath.Base(path)).
		WithHint("call it milvus-ingest-generator-NAME or milvus-ingest-sink-NAME; NAME has lower-case letters, digits and -")
}

// Search lists the executables in a folder of plugins. A folder that does not
// exist has none; one that others can write to is refused.
func Search(folder string) ([]Executable, error) {
	if folder == "" {
		return nil, nil
	}
	if !filepath.IsAbs(folder) {
		return nil, core.Errorf(core.PluginFailed, "the folder of plugins %q is relative: plugins are never looked for in the current folder", folder).
			WithHint("set MILVUS_INGEST_PLUGIN_DIR to a whole path")
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, core.Errorf(core.PluginFailed, "list plugins: %w", err)
	}
	var found []Executable
	for _, entry := range entries {
		if e, err := Named(filepath.Join(folder, entry.Name())); err == nil && !entry.IsDir() {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found, Guard(folder)
}

// Admit checks that an executable offers what its name says, and takes no name
// that is built in.
func Admit(e Executable, offered []sdk.Description, builtin []sdk.Description) error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, core.Errorf(core.PluginFailed, format, args...))
	}
	if len(offered) == 0 {
		wrong("%s offers nothing", e.Path)
	}
	for _, o := range offered {
		family, _, _ := strings.Cut(o.Name, ".")
		switch {
		case o.Kind != e.Kind:
			wrong("%s offers the %s %q, though its name says that it is a %s", e.Path, o.Kind, o.Name, e.Kind)
		case family != e.Name:
			wrong("%s offers %q: a plugin of this name may offer %s, and %s.ANYTHING", e.Path, o.Name, e.Name, e.Name)
		case slices.ContainsFunc(builtin, func(b sdk.Description) bool {
			taken, _, _ := strings.Cut(b.Name, ".")
			return b.Kind == o.Kind && taken == family
		}):
			wrong("%s %q: the name %s is taken by what is built in", o.Kind, o.Name, family)
		}
	}
	return errors.Join(problems...)
}

// quote makes a word that a shell takes as it is.
func quote(word string) string {
	if regexp.MustCompile(`^[\w@%+=:,./\\-]+$`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
