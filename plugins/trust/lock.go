package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// FileName is how a lock is usually called.
const FileName = "plugins.lock.json"

// version is that of the form of the file.
const version = 1

// Lock lists the plugins that may run.
type Lock struct {
	path    string
	plugins []Plugin
}

// Plugin is an executable as it was when the user locked it.
type Plugin struct {
	Name    string   `json:"name"`
	Kind    sdk.Kind `json:"kind"`
	Version string   `json:"version,omitempty"`
	// Path is that of the executable; in the file it is relative to the lock's
	// folder if it lies below it.
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	// Files are further files that the plugin is made of.
	Files []File `json:"files,omitempty"`
	// Grants names the environment variables that the plugin may read.
	Grants []string `json:"grants,omitempty"`
	// SharedMemory tells whether it takes batches in shared memory.
	SharedMemory bool        `json:"shared_memory,omitempty"`
	Components   []Component `json:"components"`

	lock string
}

// File is a file that a plugin is made of.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Component is what a plugin offers.
type Component struct {
	Name         string          `json:"name"`
	Version      string          `json:"version,omitempty"`
	Summary      string          `json:"summary,omitempty"`
	Types        []string        `json:"field_types,omitempty"`
	Env          []string        `json:"env,omitempty"`
	ConfigSchema json.RawMessage `json:"config_schema,omitempty"`
}

type lockFile struct {
	Version int      `json:"version"`
	Plugins []Plugin `json:"plugins"`
}

// Read reads a lock; one that does not exist is empty. A lock that others can
// write to is refused.
func Read(path string) (*Lock, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, core.Errorf(core.PluginFailed, "find the lock: %w", err)
	}
	l := &Lock{path: path}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = Guard(path)
	}
	if err != nil {
		return nil, core.Errorf(core.PluginFailed, "read the lock: %w", err)
	}
	var file lockFile
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, l.unreadable("%w", err)
	}
	if file.Version != version {
		return nil, l.unreadable("version %d is not known, only %d", file.Version, version)
	}
	for _, p := range file.Plugins {
		if p.Name == "" || p.Path == "" || len(p.SHA256) != 64 {
			return nil, l.unreadable("the plugin %q has no name, path or SHA-256", p.Name)
		}
		p.Path, p.lock = l.from(p.Path), path
		for i := range p.Files {
			p.Files[i].Path = l.from(p.Files[i].Path)
		}
		l.plugins = append(l.plugins, p)
	}
	return l, nil
}

func (l *Lock) unreadable(format string, args ...any) error {
	return core.Errorf(core.PluginFailed, "%s: %w", l.path, fmt.Errorf(format, args...)).
		WithHint("remove the file and add the plugins again: milvus-ingest plugin add PATH")
}

// Path is that of the lock's file.
func (l *Lock) Path() string { return l.path }

// Plugins lists all, by kind and name.
func (l *Lock) Plugins() []Plugin { return slices.Clone(l.plugins) }

// Find gives the plugin that offers a component; nil where there is none.
func (l *Lock) Find(kind sdk.Kind, component string) (*Plugin, *Component) {
	for i := range l.plugins {
		p := &l.plugins[i]
		for j := range p.Components {
			if p.Kind == kind && p.Components[j].Name == component {
				return p, &p.Components[j]
			}
		}
	}
	return nil, nil
}

// Put adds a plugin, in the place of one of the same kind and name, and
// writes the file.
func (l *Lock) Put(p Plugin) error {
	p.lock = l.path
	l.plugins = append(l.without(p.Kind, p.Name), p)
	slices.SortFunc(l.plugins, func(a, b Plugin) int {
		return strings.Compare(string(a.Kind)+a.Name, string(b.Kind)+b.Name)
	})
	return l.write()
}

// Remove takes a plugin out and writes the file. It tells whether there was
// one.
func (l *Lock) Remove(kind sdk.Kind, name string) (bool, error) {
	rest := l.without(kind, name)
	if len(rest) == len(l.plugins) {
		return false, nil
	}
	l.plugins = rest
	return true, l.write()
}

func (l *Lock) without(kind sdk.Kind, name string) []Plugin {
	return slices.DeleteFunc(slices.Clone(l.plugins), func(p Plugin) bool { return p.Kind == kind && p.Name == name })
}

// write replaces the file, whole or not at all.
func (l *Lock) write() (err error) {
	file := lockFile{Version: version, Plugins: l.Plugins()}
	for i := range file.Plugins {
		p := &file.Plugins[i]
		p.Path, p.Files = l.to(p.Path), slices.Clone(p.Files)
		for j := range p.Files {
			p.Files[j].Path = l.to(p.Files[j].Path)
		}
	}
	raw, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return core.Errorf(core.Internal, "encode the lock: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return core.Errorf(core.Unavailable, "write the lock: %w", err)
	}
	temporary := l.path + ".tmp"
	defer func() {
		if err != nil {
			_ = os.Remove(temporary) // it may not be there
			err = core.Errorf(core.Unavailable, "write the lock: %w", err)
		}
	}()
	if err := os.WriteFile(temporary, append(raw, '\n'), 0o644); err != nil { //nolint:gosec // others may read it
		return err
	}
	return os.Rename(temporary, l.path)
}

// from is a path of the file.
func (l *Lock) from(path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.path), path)
}

// to is a path as the file has it.
func (l *Lock) to(path string) string {
	if below, err := filepath.Rel(filepath.Dir(l.path), path); err == nil && filepath.IsLocal(below) {
		return filepath.ToSlash(below)
	}
	return path
}
