// Package file writes a file that is either whole or not there: under a hidden
// temporary name, hashed on the way, renamed when it is complete.
package file

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/zilliz/milvus-ingest/core"
)

// Disk is what a File needs of an *os.File.
type Disk interface {
	io.Writer
	io.ReaderAt
	Sync() error
	Close() error
}

// Options say how a file is made.
type Options struct {
	// Overwrite replaces what has the final name.
	Overwrite bool
	// Wrap stands between the File and its disk; nil for nothing.
	Wrap func(Disk) Disk
}

// chunkBytes is the size in which writes reach the disk. A shared write of at
// least directBytes goes there as it is.
const (
	chunkBytes  = 1 << 20
	directBytes = 64 << 10
)

// File is a file that is being written. One goroutine uses it. The first error
// stays: all that follows returns it again.
type File struct {
	path  string
	temp  string
	opts  Options
	disk  Disk
	hash  *hasher
	chunk []byte
	size  int64
	err   error
	ended bool
}

// Create begins a file that gets the name path when it is committed.
func Create(path string, opts Options) (*File, error) {
	f := &File{path: path, opts: opts}
	if err := f.vacant(); err != nil {
		return nil, err
	}
	dir, name := filepath.Split(path)
	for n := 0; ; n++ {
		f.temp = filepath.Join(dir, fmt.Sprintf(".%s.tmp-%d-%d", name, os.Getpid(), n))
		disk, err := os.OpenFile(f.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, explain(err)
		}
		f.disk = disk
		break
	}
	if opts.Wrap != nil {
		f.disk = opts.Wrap(f.disk)
	}
	f.hash = startHash()
	return f, nil
}

// vacant tells whether the final name may be taken.
func (f *File) vacant() error {
	info, err := os.Lstat(f.path)
	switch {
	case f.path == "":
		return core.Errorf(core.InvalidConfig, "the file to write has no name").WithField("path")
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return explain(err)
	case info.IsDir():
		return core.Errorf(core.Conflict, "%s is a folder", f.path).WithHint("choose another name, or remove the folder")
	case !f.opts.Overwrite:
		return core.Errorf(core.Conflict, "%s exists", f.path).WithHint("choose another place, or replace it with --force")
	default:
		return nil
	}
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && f.err == nil; {
		if f.chunk == nil {
			f.chunk = f.hash.chunk()
		}
		n := min(len(rest), cap(f.chunk)-len(f.chunk))
		f.chunk = append(f.chunk, rest[:n]...)
		rest = rest[n:]
		if len(f.chunk) == cap(f.chunk) {
			f.flush()
		}
	}
	if f.err != nil {
		return 0, f.err
	}
	f.size += int64(len(p))
	return len(p), nil
}

// WriteShared writes p without a copy if it is large: until Flush returns, p
// must not change.
func (f *File) WriteShared(p []byte) error {
	if len(p) < directBytes {
		_, err := f.Write(p)
		return err
	}
	f.flush()
	f.put(p, false)
	if f.err == nil {
		f.size += int64(len(p))
	}
	return f.err
}

// Tell is the number of bytes written.
func (f *File) Tell() int64 { return f.size }

// Err is the first error of any Write. Ask it where somebody between may have
// swallowed one.
func (f *File) Err() error { return f.err }

// Flush hands all that was written to the system. After it the slices given to
// WriteShared may change.
func (f *File) Flush() error {
	f.flush()
	f.hash.wait()
	return f.err
}

func (f *File) flush() {
	if len(f.chunk) > 0 {
		f.put(f.chunk, true)
		f.chunk = nil
	}
}

// put hashes and writes p at the same time. The hasher takes a chunk to its
// store, from which this goroutine takes it again only after the write.
func (f *File) put(p []byte, isChunk bool) {
	if f.err != nil {
		return
	}
	f.hash.add(p, isChunk)
	if _, err := f.disk.Write(p); err != nil {
		f.err = explain(err)
	}
}

// Commit completes the file: check may read back what was written; then the
// bytes are made durable and the file gets its name. It returns the SHA-256 in
// hexadecimal. Only Close follows.
func (f *File) Commit(check func(r io.ReaderAt, size int64) error) (string, error) {
	if err := f.Flush(); err != nil {
		return "", err
	}
	if check != nil {
		if err := check(f.disk, f.size); err != nil {
			return "", err
		}
	}
	if err := f.disk.Sync(); err != nil {
		return "", explain(err)
	}
	err := f.disk.Close()
	f.disk = nil
	if err != nil {
		return "", explain(err)
	}
	// Somebody may have taken the name meanwhile.
	if err := f.vacant(); err != nil {
		return "", err
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		return "", explain(err)
	}
	f.temp = ""
	return hex.EncodeToString(f.hash.sum()), syncFolder(filepath.Dir(f.path))
}

// syncFolder makes a new name durable, where folders can be synced.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return explain(err)
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some network file systems sync no folders
	}
	return explain(errors.Join(err, folder.Close()))
}

// Close frees the file; without a successful Commit nothing stays of it.
func (f *File) Close() error {
	if f.ended {
		return nil
	}
	f.ended = true
	f.hash.stop()
	var err error
	if f.disk != nil {
		err = f.disk.Close()
	}
	if f.temp != "" {
		err = errors.Join(err, os.Remove(f.temp))
	}
	return explain(err)
}

// explain gives an error of the system its class and what mends it.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return core.Errorf(core.Exhausted, "the disk is full: %w", err).WithHint("free some space, or choose a place on another disk")
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return core.Errorf(core.InvalidConfig, "%w", err).WithHint("choose a folder that you may write to")
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return core.Errorf(core.InvalidConfig, "%w", err).WithHint("make the folder first, or choose another")
	default:
		return core.Errorf(core.Unavailable, "%w", err)
	}
}
