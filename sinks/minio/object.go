package minio

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/zilliz/milvus-ingest/core/bucket"
)

// object is one object as the target of a file: its bytes leave in parts while
// it is being made.
type object struct {
	bucket *bucket.Bucket
	key    string
	ctx    context.Context
	stream *bucket.Writer
	err    error
	ended  bool
}

// Write implements io.Writer.
func (o *object) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.stream.Write(p)
	}
	if o.err != nil {
		return 0, o.err
	}
	return len(p), nil
}

// WriteShared implements file.Target: p is copied into a part.
func (o *object) WriteShared(p []byte) error {
	_, err := o.Write(p)
	return err
}

func (o *object) Tell() int64  { return o.stream.Tell() }
func (o *object) Err() error   { return o.err }
func (o *object) Flush() error { return o.err }

// Commit implements file.Target. The check reads from the store, so the object
// is there before it; one that fails it is removed.
func (o *object) Commit(check func(r io.ReaderAt, size int64) error) (string, error) {
	if o.err != nil {
		return "", o.err
	}
	stored, err := o.stream.Commit(o.ctx)
	if err != nil || check == nil {
		return stored.SHA256, err
	}
	if err := check(remote{o}, stored.Bytes); err != nil {
		return "", errors.Join(err, o.bucket.Delete(o.ctx, o.key))
	}
	return stored.SHA256, nil
}

// Close implements file.Target.
func (o *object) Close() error {
	if o.ended {
		return nil
	}
	o.ended = true
	err := o.stream.Close()
	o.bucket.Close()
	return err
}

// remote reads the object where it is stored.
type remote struct{ *object }

// ReadAt implements io.ReaderAt.
func (r remote) ReadAt(p []byte, at int64) (n int, err error) {
	in, err := r.bucket.Get(r.ctx, r.key, at)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if n, err = io.ReadFull(in, p); errors.Is(err, io.ErrUnexpectedEOF) {
		return n, io.EOF
	}
	if err != nil {
		err = fmt.Errorf("read back %s: %w", r.key, err)
	}
	return n, err
}
