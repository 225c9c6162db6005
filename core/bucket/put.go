package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/zilliz/milvus-ingest/core"
)

// PutOptions say how an object is stored.
type PutOptions struct {
	StorageClass, ContentType string
	// Digest is what Sum learned of the body; nil: Put reads it through
	// first.
	Digest *Digest
	// Progress is called with the bytes that were sent since the last call,
	// from several goroutines; negative when a part is sent again.
	Progress func(int64)
}

// noteKey is the key of the metadata in which Put notes the SHA-256.
const noteKey = "sha256"

// Put stores an object, in parts where it is large, and looks at what the store
// holds then: size and hash. An upload that fails or is cancelled leaves no
// parts behind, unless the store does not answer any more; those that earlier
// uploads to the same key left are removed.
func (b *Bucket) Put(ctx context.Context, key string, body Body, o PutOptions) (Object, error) {
	if o.Digest == nil {
		var err error
		if o.Digest, err = Sum(ctx, body, nil); err != nil {
			return Object{}, fmt.Errorf("store %s: %w", key, err)
		}
	}
	if o.Digest.Bytes != body.Size() {
		return Object{}, fmt.Errorf("store %s: %w", key, changed())
	}
	size := b.partBytes(body.Size())
	u := &upload{bucket: b, key: key, o: o}
	var sent sent
	var err error
	if body.Size() <= size {
		sent, err = u.whole(ctx, body)
	} else {
		sent, err = u.inParts(ctx, body, size)
	}
	if err != nil {
		return Object{}, b.explain(ctx, err, "store %s", key)
	}
	return b.compare(ctx, key, sent)
}

// partBytes is the size of an object's parts: whole blocks, and no more than
// 10,000 of them.
func (b *Bucket) partBytes(size int64) int64 {
	const most = 10_000
	part := max(b.o.PartBytes, (size+most-1)/most)
	return (part + blockBytes - 1) / blockBytes * blockBytes
}

// upload is one object on its way.
type upload struct {
	bucket *Bucket
	key    string
	o      PutOptions
}

// noted is the SHA-256 of the object, if it is known beforehand.
func (u *upload) noted() string {
	if u.o.Digest == nil {
		return ""
	}
	return u.o.Digest.SHA256
}

// take waits for a buffer of n bytes; give returns it.
func (b *Bucket) take(ctx context.Context, n int64) ([]byte, error) {
	select {
	case buffer := <-b.buffers:
		if int64(cap(buffer)) < n {
			buffer = make([]byte, n)
		}
		return buffer[:n], nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *Bucket) give(buffer []byte) { b.buffers <- buffer }

// sent is what a store must hold after an upload. parts is 0 for an object in
// one piece.
type sent struct {
	bytes int64
	proof proof
	parts int
}

// whole stores the object by one request.
func (u *upload) whole(ctx context.Context, body Body) (sent, error) {
	data, err := u.bucket.take(ctx, body.Size())
	if err != nil {
		return sent{}, err
	}
	defer u.bucket.give(data)
	if err := u.read(body, data, 0); err != nil {
		return sent{}, err
	}
	return u.send(ctx, data, u.o.Digest.SHA256)
}

// read reads a piece of the body and sees that it is what Sum read.
func (u *upload) read(body Body, piece []byte, at int64) error {
	if err := readAt(body, piece, at); err != nil {
		return err
	}
	if !u.o.Digest.same(piece, at) {
		return changed()
	}
	return nil
}

// send stores data as the whole object.
func (u *upload) send(ctx context.Context, data []byte, sha256 string) (sent, error) {
	b := u.bucket
	proof := b.prove(data)
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.Name, Key: &u.key, Body: u.count(data), ContentLength: aws.Int64(int64(len(data))),
		ContentMD5: proof.md5(), ChecksumCRC32C: proof.crc32c(), Metadata: map[string]string{noteKey: sha256},
		ContentType: optional(u.o.ContentType), StorageClass: types.StorageClass(u.o.StorageClass),
	}, unsigned)
	return sent{int64(len(data)), proof, 0}, err
}

// unsigned leaves the SHA-256 of the content out of the signature: the proof,
// which is signed, covers it already.
func unsigned(s *s3.Options) {
	s.APIOptions = append(s.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
}

// compare looks at what is stored.
func (b *Bucket) compare(ctx context.Context, key string, sent sent) (Object, error) {
	o, head, err := b.stat(ctx, key)
	if err != nil {
		return Object{}, b.explain(ctx, err, "look at %s", key)
	}
	wrong := func(format string, args ...any) (Object, error) {
		return Object{}, core.Errorf(core.Unavailable, "the store holds another %s than was sent: "+format, append([]any{key}, args...)...).
			WithHint("run this again; if it stays, try --checksums required, and look at proxies between here and the store")
	}
	if o.Bytes != sent.bytes {
		return wrong("%d bytes, not %d", o.Bytes, sent.bytes)
	}
	got, want, name := sent.proof.told(head, sent.parts)
	if got != want {
		return wrong("its %s is %s, not %s", name, got, want)
	}
	if o.Compared = "size"; name != "" {
		o.Compared += " and " + name
	}
	return o, nil
}

// count is data as a body that tells the progress.
func (u *upload) count(data []byte) io.ReadSeeker {
	progress := u.o.Progress
	if progress == nil {
		progress = func(int64) {}
	}
	return &counted{in: bytes.NewReader(data), progress: progress}
}

// counted tells how much of it was read, and takes back what is read again.
type counted struct {
	in       *bytes.Reader
	progress func(int64)
	told     int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.told += int64(n)
	c.progress(int64(n))
	return n, err
}

func (c *counted) Seek(offset int64, whence int) (int64, error) {
	at, err := c.in.Seek(offset, whence)
	if err == nil && at < c.told {
		c.progress(at - c.told)
		c.told = at
	}
	return at, err
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// notThere tells whether an error means that an object is missing.
func notThere(err error) bool {
	var missing *types.NotFound
	var noKey *types.NoSuchKey
	return errors.As(err, &missing) || errors.As(err, &noKey) || code(err) == "NoSuchKey" || code(err) == "NotFound"
}
