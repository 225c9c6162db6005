// Package arena gives memory that processes share, and an allocator that
// fills a slab of it.
package arena

import (
	"fmt"
	"os"
)

// Align is what every allocation begins at a multiple of.
const Align = 64

// Arena is one unnamed file, mapped: children inherit its descriptor. Its
// pages take memory only once they are touched.
type Arena struct {
	Bytes []byte
	file  *os.File
}

// New makes an arena. Where memory cannot be shared it is an error.
func New(size int64) (*Arena, error) {
	file, err := anonymous(size)
	if err != nil {
		return nil, fmt.Errorf("shared memory of %d bytes: %w", size, err)
	}
	bytes, err := mapFile(file, size, true)
	if err != nil {
		_ = file.Close() // the error to tell is the other
		return nil, fmt.Errorf("map shared memory of %d bytes: %w", size, err)
	}
	return &Arena{Bytes: bytes, file: file}, nil
}

// Private is an arena of this process alone, for where nothing is shared.
func Private(size int64) *Arena { return &Arena{Bytes: make([]byte, size)} }

// File is the file that children inherit; nil for a private arena.
func (a *Arena) File() *os.File { return a.file }

// Close gives the memory back; nobody may use it any more.
func (a *Arena) Close() error {
	if a.file == nil {
		return nil
	}
	err := unmap(a.Bytes)
	a.Bytes = nil
	if closeErr := a.file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Map maps the inherited descriptor fd, to read or also to write. The memory
// stays mapped to the end of the process.
func Map(fd int, size int64, write bool) ([]byte, error) {
	file, err := duplicate(fd)
	if err != nil {
		return nil, fmt.Errorf("shared memory: descriptor %d: %w", fd, err)
	}
	defer func() { _ = file.Close() }() // the mapping does not need it
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("shared memory: %w", err)
	}
	if size <= 0 || info.Size() < size {
		return nil, fmt.Errorf("shared memory: file of %d bytes, but %d told", info.Size(), size)
	}
	bytes, err := mapFile(file, size, write)
	if err != nil {
		return nil, fmt.Errorf("map shared memory: %w", err)
	}
	return bytes, nil
}
