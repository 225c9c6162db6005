package file

import "io"

// A Target takes the bytes of one file, wherever it lies. One goroutine uses
// it. The first error stays: all that follows returns it again.
type Target interface {
	io.Writer
	// WriteShared writes p; until Flush returns, p must not change.
	WriteShared(p []byte) error
	// Tell is the number of bytes written.
	Tell() int64
	// Err is the first error of any Write. Ask it where somebody between may
	// have swallowed one.
	Err() error
	// Flush lets go of what was given to WriteShared.
	Flush() error
	// Commit makes the file visible under its name, once check, which may be
	// nil, has read back what was written. It returns the SHA-256 in
	// hexadecimal. Only Close follows.
	Commit(check func(r io.ReaderAt, size int64) error) (sum string, err error)
	// Close frees the file; without a Commit nothing stays of it.
	Close() error
}
