//go:build unix

package main

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// freeBytes is the space that the disk of a path has left; the path need not
// exist yet.
func freeBytes(path string) (int64, bool) {
	path, err := filepath.Abs(path)
	if err != nil {
		return 0, false
	}
	for {
		var s unix.Statfs_t
		if unix.Statfs(path, &s) == nil {
			return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // the types differ from system to system
		}
		parent := filepath.Dir(path)
		if parent == path {
			return 0, false
		}
		path = parent
	}
}
