// Package whole writes small files so that they are there whole or not at all.
package whole

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces a file, or makes it.
func Write(path string, data []byte) error {
	return place(path, data, os.Rename)
}

// Create makes a file; where there is one already the error is fs.ErrExist.
func Create(path string, data []byte) error {
	return place(path, data, func(from, to string) error {
		// A link, unlike a rename, does not replace what came there meanwhile.
		err := os.Link(from, to)
		switch {
		case err == nil:
			return os.Remove(from)
		case errors.Is(err, fs.ErrExist):
			return err
		default: // no links on this file system
			return os.Rename(from, to)
		}
	})
}

// place writes a file under a temporary name, sees it onto the disk, and gives
// it its name.
func place(path string, data []byte, name func(from, to string) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		if removed := os.Remove(f.Name()); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return name(f.Name(), path)
}
