package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
)

// Writer stores an object whose content is made piece by piece. The object
// appears when it is whole. One goroutine uses it.
type Writer struct {
	u     *upload
	ctx   context.Context
	group *errgroup.Group
	// parts is nil as long as everything fits one part.
	parts *multipart
	data  []byte // of the part that is being filled
	sent  int
	size  int64
	sum   hash.Hash
	ended bool
}

// Create begins an object. ctx is that of the whole upload: when it ends,
// Write fails. A Digest in the options says what will be written: its SHA-256
// is noted. Each open Writer holds one of the bucket's Concurrency buffers.
func (b *Bucket) Create(ctx context.Context, key string, o PutOptions) *Writer {
	w := &Writer{u: &upload{bucket: b, key: key, o: o}, sum: sha256.New()}
	w.group, w.ctx = errgroup.WithContext(ctx)
	return w
}

// mostParts is how many parts an object can have.
const mostParts = 10_000

// Write implements io.Writer. It waits while as many parts as may be are under
// way.
func (w *Writer) Write(p []byte) (int, error) {
	w.sum.Write(p)
	for rest := p; len(rest) > 0; {
		if w.data == nil {
			data, err := w.u.bucket.take(w.ctx, w.u.bucket.o.PartBytes)
			if err != nil {
				return 0, w.failed(err)
			}
			w.data = data[:0]
		}
		n := min(len(rest), cap(w.data)-len(w.data))
		w.data = append(w.data, rest[:n]...)
		rest = rest[n:]
		if len(rest) > 0 { // more follows: it is not the last part
			if err := w.part(); err != nil {
				return 0, w.failed(err)
			}
		}
	}
	w.size += int64(len(p))
	return len(p), nil
}

// failed prefers the error of a part, which ended the context, to that of the
// context.
func (w *Writer) failed(err error) error {
	if w.ctx.Err() != nil {
		err = errors.Join(w.group.Wait(), context.Cause(w.ctx))
	}
	return w.u.bucket.explain(context.WithoutCancel(w.ctx), err, "store %s", w.u.key)
}

// part sends the part that is full.
func (w *Writer) part() error {
	if w.parts == nil {
		var err error
		if w.parts, err = w.u.begin(w.ctx, w.u.noted()); err != nil {
			return err
		}
		w.parts.grow(mostParts)
	}
	i, data := w.sent, w.data
	if i == mostParts {
		return core.Errorf(core.Exhausted, "it has more than %d parts of %d bytes", mostParts, w.u.bucket.o.PartBytes).
			WithHint("make smaller files (generate --file-size)")
	}
	w.sent, w.data = i+1, nil
	w.group.Go(func() error {
		defer w.u.bucket.give(data)
		return w.parts.send(w.ctx, i, data)
	})
	return nil
}

// Tell is how many bytes were written.
func (w *Writer) Tell() int64 { return w.size }

// SHA256 is that of what was written.
func (w *Writer) SHA256() string { return hex.EncodeToString(w.sum.Sum(nil)) }

// Commit completes the object and looks at what is stored. Only Close follows.
func (w *Writer) Commit(ctx context.Context) (Object, error) {
	if w.ended {
		return Object{}, core.Errorf(core.Internal, "%s has ended", w.u.key)
	}
	sent, err := w.finish(ctx)
	if err != nil {
		return Object{}, w.u.bucket.explain(ctx, err, "store %s", w.u.key)
	}
	w.ended = true
	o, err := w.u.bucket.compare(ctx, w.u.key, sent)
	o.SHA256 = w.SHA256()
	return o, err
}

func (w *Writer) finish(ctx context.Context) (sent, error) {
	if w.parts == nil {
		defer w.free()
		_ = w.group.Wait() // nothing is in it; its context ends
		return w.u.send(ctx, w.data, w.SHA256())
	}
	err := w.part()
	if err == nil {
		err = w.group.Wait()
	}
	if err != nil {
		return sent{}, err // Close discards
	}
	m := w.parts
	m.parts, m.proofs, m.bytes = m.parts[:w.sent], m.proofs[:w.sent], w.size
	w.parts = nil
	return m.end(ctx, nil)
}

// free hands back the buffer that is being filled.
func (w *Writer) free() {
	if w.data != nil {
		w.u.bucket.give(w.data)
		w.data = nil
	}
}

// Close frees the writer; without a Commit nothing stays of the object.
func (w *Writer) Close() error {
	if w.ended {
		return nil
	}
	w.ended = true
	w.free()
	// What is under way is of no use any more.
	w.group.Go(func() error { return errDiscarded })
	if err := w.group.Wait(); err != nil && !errors.Is(err, errDiscarded) {
		w.u.bucket.o.Log.Debug("an upload had failed", "key", w.u.key, "error", err)
	}
	if w.parts != nil {
		w.parts.discard(w.ctx)
	}
	return nil
}

var errDiscarded = fmt.Errorf("the object is discarded")
