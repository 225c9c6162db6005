package sample

import (
	"errors"
	"os"
	"syscall"

	"github.com/zilliz/milvus-ingest/sinks/internal/file"
)

// Full is a disk that takes so many bytes and no more.
type Full struct {
	Room int
	// Unsynced is what Sync fails with; nil for no failure.
	Unsynced error
}

// Wrap puts the full disk before another one.
func (f Full) Wrap(disk file.Disk) file.Disk { return &full{disk, f} }

type full struct {
	file.Disk
	Full
}

func (d *full) Write(p []byte) (int, error) {
	n := min(len(p), d.Room)
	d.Room -= n
	if n < len(p) {
		return n, &os.PathError{Op: "write", Path: "data", Err: syscall.ENOSPC}
	}
	return d.Disk.Write(p)
}

func (d *full) Sync() error { return errors.Join(d.Unsynced, d.Disk.Sync()) }
