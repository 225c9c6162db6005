package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Stat looks at an object; ok is false where there is none.
func (b *Bucket) Stat(ctx context.Context, key string) (o Object, ok bool, err error) {
	o, _, err = b.stat(ctx, key)
	if notThere(err) {
		return Object{}, false, nil
	}
	return o, err == nil, b.explain(ctx, err, "look at %s", key)
}

func (b *Bucket) stat(ctx context.Context, key string) (Object, *s3.HeadObjectOutput, error) {
	in := &s3.HeadObjectInput{Bucket: &b.Name, Key: &key}
	if b.crc {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	head, err := b.client.HeadObject(ctx, in)
	if err != nil {
		return Object{}, nil, err
	}
	return Object{
		Key: key, Bytes: aws.ToInt64(head.ContentLength), ETag: bare(head.ETag),
		SHA256: head.Metadata[noteKey], LastModified: aws.ToTime(head.LastModified),
	}, head, nil
}

// List lists the objects below a prefix, in the order of their keys.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, b.explain(ctx, err, "list %s", Location{b.Name, prefix}))
				return
			}
			for _, o := range page.Contents {
				found := Object{Key: aws.ToString(o.Key), Bytes: aws.ToInt64(o.Size), ETag: bare(o.ETag), LastModified: aws.ToTime(o.LastModified)}
				if !yield(found, nil) {
					return
				}
			}
		}
	}
}

// Delete removes objects; those that are not there are no error. Each is a
// request of its own: not all stores know the one that removes many.
func (b *Bucket) Delete(ctx context.Context, keys ...string) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(b.o.Concurrency, 4))
	for _, key := range keys {
		group.Go(func() error {
			_, err := b.client.DeleteObject(inner, &s3.DeleteObjectInput{Bucket: &b.Name, Key: &key})
			if notThere(err) {
				err = nil
			}
			return b.explain(inner, err, "remove %s", key)
		})
	}
	return group.Wait()
}

// Get reads an object from an offset on. A connection that breaks on the way is
// made again, as long as the object is the same.
func (b *Bucket) Get(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	r := &reader{b: b, ctx: ctx, key: key, at: offset}
	if err := r.open(); err != nil {
		return nil, b.explain(ctx, err, "read %s", key)
	}
	return r, nil
}

// reader reads an object.
type reader struct {
	b    *Bucket
	ctx  context.Context
	key  string
	at   int64
	size int64
	etag *string
	body io.ReadCloser
	stop context.CancelFunc
	// breaks counts the connections that broke since bytes came last.
	breaks int
}

// open asks for the rest of the object.
func (r *reader) open() error {
	ctx, stop := context.WithCancel(r.ctx)
	in := &s3.GetObjectInput{Bucket: &r.b.Name, Key: &r.key, IfMatch: r.etag}
	if r.at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.at))
	}
	out, err := r.b.client.GetObject(ctx, in)
	if code(err) == "InvalidRange" && r.etag == nil { // nothing is behind the offset
		stop()
		r.body, r.stop, r.size = io.NopCloser(eof{}), func() {}, r.at
		return nil
	}
	if err != nil {
		stop()
		return err
	}
	r.body, r.stop, r.etag = out.Body, stop, out.ETag
	r.size = r.at + aws.ToInt64(out.ContentLength)
	return nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (r *reader) Read(p []byte) (int, error) {
	for {
		// A store that sends no more would hold us for ever.
		timer := time.AfterFunc(r.b.o.Timeout, r.stop)
		n, err := r.body.Read(p)
		timely := timer.Stop()
		r.at += int64(n)
		switch {
		case n > 0:
			r.breaks = 0
			return n, nil
		case err == nil || errors.Is(err, io.EOF) && r.at >= r.size:
			return n, err
		case r.ctx.Err() != nil || r.breaks >= 3:
			if !timely && r.ctx.Err() == nil {
				err = context.DeadlineExceeded // it was us who ended it
			}
			return 0, r.b.explain(r.ctx, err, "read %s at byte %d", r.key, r.at)
		}
		r.breaks++
		r.stop()
		_ = r.body.Close() // it broke
		if err := r.open(); err != nil {
			return 0, r.b.explain(r.ctx, err, "read on %s at byte %d", r.key, r.at)
		}
	}
}

func (r *reader) Close() error {
	r.stop()
	if err := r.body.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("close %s: %w", r.key, err)
	}
	return nil
}
