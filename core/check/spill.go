package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"
)

const (
	spillParts  = 256
	spillBuffer = 640 // records of a part that are held in memory
)

// spill sorts more records than memory holds: it deals them to parts by their
// first byte, each a temporary file once it is large, and sorts part by part.
type spill struct {
	dir   string
	parts [spillParts]part
	// err is the first failure of the disk.
	err error
}

type part struct {
	held []record
	file *os.File
	n    int
}

func newSpill(tempDir string) (*spill, error) {
	dir, err := os.MkdirTemp(tempDir, "milvus-ingest-keys-")
	if err != nil {
		return nil, fmt.Errorf("a folder for sorting keys: %w", err)
	}
	return &spill{dir: dir}, nil
}

func (s *spill) put(r record) error {
	p := &s.parts[r[0]]
	p.held = append(p.held, r)
	p.n++
	if len(p.held) < spillBuffer {
		return nil
	}
	if p.file == nil {
		if p.file, s.err = os.CreateTemp(s.dir, "part-"); s.err != nil {
			return s.err
		}
	}
	_, s.err = p.file.Write(bytesOf(p.held))
	p.held = p.held[:0]
	return s.err
}

// bytesOf sees records as bytes.
func bytesOf(records []record) []byte {
	if len(records) == 0 {
		return nil
	}
	return unsafe.Slice(&records[0][0], len(records)*len(record{}))
}

// sorted calls f for every run of records with the same key.
func (s *spill) sorted(ctx context.Context, f func([]record)) error {
	for i := range s.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := &s.parts[i]
		records := p.held
		if p.file != nil {
			all := make([]record, p.n)
			n := len(all) - len(p.held)
			if _, err := p.file.Seek(0, io.SeekStart); err != nil {
				return err
			}
			if _, err := io.ReadFull(p.file, bytesOf(all[:n])); err != nil {
				return fmt.Errorf("read back sorted keys: %w", err)
			}
			copy(all[n:], p.held)
			records = all
		}
		groups(records, f)
		p.held = nil
	}
	return nil
}

func (s *spill) close() error {
	var errs []error
	for i := range s.parts {
		if f := s.parts[i].file; f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
