package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// State is what has become of a plugin since it was locked.
type State string

// The states of a plugin.
const (
	OK      State = "ok"
	Changed State = "changed" // another file
	Missing State = "missing" // not there any more
	Unsafe  State = "unsafe"  // others can change it
)

// Open opens the executable, if it and all files of the plugin are what was
// locked. The file is the one that was looked at, whatever its path leads to
// by then.
func (p *Plugin) Open() (*os.File, error) {
	file, _, err := p.open()
	return file, err
}

// State tells what Open would find, and why it would refuse.
func (p *Plugin) State() (State, error) {
	file, state, err := p.open()
	if err != nil {
		return state, err
	}
	return state, file.Close()
}

func (p *Plugin) open() (*os.File, State, error) {
	for _, f := range p.Files {
		file, state, err := p.same(f)
		if err != nil {
			return nil, state, err
		}
		if err := file.Close(); err != nil {
			return nil, Missing, err
		}
	}
	return p.same(File{p.Path, p.SHA256})
}

func (p *Plugin) same(f File) (*os.File, State, error) {
	file, sum, err := Hash(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Missing, core.Errorf(core.PluginFailed, "plugin %s: %s, which was locked, is not there any more", p.Name, f.Path).
			WithHint("if it was moved, lock it where it is now: %s", p.addCommand("NEW-PATH"))
	case err != nil:
		return nil, Unsafe, err
	case sum != f.SHA256:
		_ = file.Close() // it was only read
		return nil, Changed, core.Errorf(core.PluginFailed, "plugin %s: %s has changed since it was locked: its SHA-256 is %s…, not %s…", p.Name, f.Path, sum[:12], f.SHA256[:12]).
			WithHint("if you trust it as it is now, lock it anew: %s", p.addCommand(p.Path))
	}
	return file, OK, nil
}

// addCommand is the command that locks the plugin as it is now, with the same
// files and grants.
func (p *Plugin) addCommand(path string) string {
	words := []string{"milvus-ingest plugin add", quote(path)}
	for _, f := range p.Files {
		words = append(words, "--with", quote(f.Path))
	}
	for _, name := range p.Grants {
		words = append(words, "--grant", name)
	}
	return strings.Join(append(words, "--lock", quote(p.lock)), " ")
}

// Hash opens a file that nobody else can change and gives the SHA-256 of its
// content. An error means that there is nothing to close.
func Hash(path string) (*os.File, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", core.Errorf(core.PluginFailed, "%w", err)
	}
	sum, err := hash(file, path)
	if err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, sum, nil
}

func hash(file *os.File, path string) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", core.Errorf(core.PluginFailed, "%w", err)
	}
	if !info.Mode().IsRegular() {
		return "", core.Errorf(core.PluginFailed, "%s is no file", path)
	}
	if err := Guard(path); err != nil {
		return "", err
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", core.Errorf(core.PluginFailed, "read %s: %w", path, err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// Absolute gives the whole path of a file that the user has named.
func Absolute(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", core.Errorf(core.PluginFailed, "%s: %w", path, err)
	}
	if _, err := os.Stat(abs); err != nil {
		return "", core.Errorf(core.PluginFailed, "%w", err)
	}
	return abs, nil
}
