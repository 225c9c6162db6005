//go:build unix

package trust

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/zilliz/milvus-ingest/core"
)

// Guard refuses a file or folder that somebody else than the user and the
// administrator can change or exchange: itself, its folder, and the folders
// above.
func Guard(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return core.Errorf(core.PluginFailed, "%s: %w", path, err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return core.Errorf(core.PluginFailed, "%w", err)
	}
	var open, foreign []string
	for _, end := range []string{path, real} {
		for i, at := range chain(end) {
			info, err := os.Stat(at)
			if err != nil {
				return core.Errorf(core.PluginFailed, "%w", err)
			}
			near := i < 2 // what is exchanged in a sticky folder is one's own
			if writable(info) && (near || info.Mode()&os.ModeSticky == 0) && !slices.Contains(open, at) {
				open = append(open, at)
			}
			if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid != 0 && int(s.Uid) != os.Geteuid() && !slices.Contains(foreign, at) {
				foreign = append(foreign, at)
			}
		}
	}
	switch {
	case len(foreign) > 0:
		return core.Errorf(core.PluginFailed, "%s is not safe to run: %s belongs to another user", path, strings.Join(foreign, ", ")).
			WithHint("copy the plugin to a folder of your own")
	case len(open) > 0:
		return core.Errorf(core.PluginFailed, "%s is not safe to run: others can write to %s", path, strings.Join(open, ", ")).
			WithHint("chmod go-w %s", quoted(open))
	}
	return nil
}

// chain is a path with all folders above it.
func chain(path string) []string {
	all := []string{path}
	for filepath.Dir(path) != path {
		path = filepath.Dir(path)
		all = append(all, path)
	}
	return all
}

// writable tells whether others can write; the administrator's group may.
func writable(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	s, ok := info.Sys().(*syscall.Stat_t)
	return mode&0o002 != 0 || mode&0o020 != 0 && (!ok || s.Gid != 0)
}

func quoted(paths []string) string {
	words := make([]string, len(paths))
	for i, path := range paths {
		words[i] = quote(path)
	}
	return strings.Join(words, " ")
}
