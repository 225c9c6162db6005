package sdk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// File is a file that appears under its name when it is whole: a sink writes
// to it, and Commit gives it its name. Close without Commit removes what was
// written.
type File struct {
	path      string
	overwrite bool
	temporary *os.File
	buffered  *bufio.Writer
	hash      hash.Hash
	bytes     int64
}

// CreateFile begins a file. A path that is taken is a Conflict, unless it may
// be overwritten.
func CreateFile(path string, overwrite bool) (*File, error) {
	if path == "" {
		return nil, core.Errorf(core.InvalidConfig, "no path is given").WithField("path").WithHint(`give one: "path": "data/…"`)
	}
	f := &File{path: path, overwrite: overwrite, hash: sha256.New()}
	if err := f.free(); err != nil {
		return nil, err
	}
	var err error
	f.temporary, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return nil, core.Errorf(core.Unavailable, "create %s: %w", path, err).WithField("path")
	}
	f.buffered = bufio.NewWriterSize(io.MultiWriter(f.temporary, f.hash), 256<<10)
	return f, nil
}

// free refuses a path that is taken.
func (f *File) free() error {
	if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) || f.overwrite {
		return nil
	}
	return core.Errorf(core.Conflict, "%s is there already", f.path).WithField("path").
		WithHint("choose another path, or set overwrite")
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.buffered.Write(p)
	f.bytes += int64(n)
	return n, f.fault(err)
}

// Commit makes the file durable, gives it its name and says what it is.
func (f *File) Commit(rows int64) (core.Artifact, error) {
	if err := errors.Join(f.buffered.Flush(), f.temporary.Chmod(0o644), f.temporary.Sync(), f.temporary.Close()); err != nil {
		return core.Artifact{}, f.fault(err)
	}
	err := f.free() // it may have been taken meanwhile
	if err == nil {
		err = f.fault(os.Rename(f.temporary.Name(), f.path))
	}
	return core.Artifact{URI: f.path, Rows: rows, Bytes: f.bytes, SHA256: hex.EncodeToString(f.hash.Sum(nil))}, err
}

// Close removes what was not committed.
func (f *File) Close() error {
	closed := f.temporary.Close()
	if errors.Is(closed, os.ErrClosed) {
		closed = nil // by Commit
	}
	removed := os.Remove(f.temporary.Name())
	if errors.Is(removed, fs.ErrNotExist) {
		removed = nil // it has its name
	}
	return errors.Join(closed, removed)
}

func (f *File) fault(err error) error {
	if err == nil {
		return nil
	}
	return core.Errorf(core.Unavailable, "write %s: %w", f.path, err).WithField("path")
}

// FileWriter makes a writer of a function that appends a row to the text of a
// file; header begins the file.
func FileWriter(spec core.WriteSpec, f *File, header string, row func(dst []byte, row Row) ([]byte, error)) core.Writer {
	return &fileWriter{File: f, start: spec.Rows.Start, text: []byte(header), row: row}
}

type fileWriter struct {
	*File
	start, rows int64
	text        []byte
	row         func(dst []byte, row Row) ([]byte, error)
}

// Write implements core.Writer.
func (w *fileWriter) Write(ctx context.Context, batch arrow.Record) error {
	err := EachRow(batch, w.start+w.rows, func(row Row) (err error) {
		if row.i%patience == 0 {
			if err := errors.Join(ctx.Err(), w.flush()); err != nil {
				return err
			}
		}
		w.text, err = w.row(w.text, row)
		return err
	})
	w.rows += batch.NumRows()
	return err
}

func (w *fileWriter) flush() error {
	_, err := w.File.Write(w.text)
	w.text = w.text[:0]
	return err
}

// Commit implements core.Writer.
func (w *fileWriter) Commit(context.Context) ([]core.Artifact, error) {
	if err := w.flush(); err != nil {
		return nil, err
	}
	artifact, err := w.File.Commit(w.rows)
	return []core.Artifact{artifact}, err
}
