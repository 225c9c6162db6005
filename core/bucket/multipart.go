package bucket

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// abortTime is how long the end of a failed upload may take.
const abortTime = 10 * time.Second

// multipart is an upload in parts. The store shows nothing of it before it is
// completed.
type multipart struct {
	*upload
	id     string
	parts  []types.CompletedPart
	proofs []proof
	bytes  int64
}

// inParts stores an object in parts of the given size.
func (u *upload) inParts(ctx context.Context, body Body, size int64) (sent, error) {
	m, err := u.begin(ctx, u.o.Digest.SHA256)
	if err != nil {
		return sent{}, err
	}
	m.bytes = body.Size()
	parts := int((body.Size() + size - 1) / size)
	m.grow(parts)
	group, inner := errgroup.WithContext(ctx)
	for i := range parts {
		at := int64(i) * size
		data, err := u.bucket.take(inner, min(size, body.Size()-at))
		if err != nil {
			break // the group tells why, or ctx
		}
		group.Go(func() error {
			defer u.bucket.give(data)
			if err := u.read(body, data, at); err != nil {
				return err
			}
			return m.send(inner, i, data)
		})
	}
	if err = group.Wait(); err == nil {
		err = ctx.Err()
	}
	return m.end(ctx, err)
}

// begin begins an upload in parts; those to the same key that others left are
// removed first.
func (u *upload) begin(ctx context.Context, sha256 string) (*multipart, error) {
	b := u.bucket
	b.sweep(ctx, u.key)
	in := &s3.CreateMultipartUploadInput{
		Bucket: &b.Name, Key: &u.key, ContentType: optional(u.o.ContentType), StorageClass: types.StorageClass(u.o.StorageClass),
		ChecksumAlgorithm: b.algorithm(),
	}
	if sha256 != "" {
		in.Metadata = map[string]string{noteKey: sha256}
	}
	out, err := b.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return nil, err
	}
	return &multipart{upload: u, id: aws.ToString(out.UploadId)}, nil
}

// Unfinished lists the ids of uploads below a prefix that nobody has
// completed, by key. MinIO tells of those alone whose key is the prefix.
func (b *Bucket) Unfinished(ctx context.Context, prefix string) (map[string][]string, error) {
	found := map[string][]string{}
	pages := s3.NewListMultipartUploadsPaginator(b.client, &s3.ListMultipartUploadsInput{Bucket: &b.Name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.explain(ctx, err, "list unfinished uploads")
		}
		for _, u := range page.Uploads {
			key := aws.ToString(u.Key)
			found[key] = append(found[key], aws.ToString(u.UploadId))
		}
	}
	return found, nil
}

// sweep removes what unfinished uploads to a key left in the store.
func (b *Bucket) sweep(ctx context.Context, key string) {
	left, err := b.Unfinished(ctx, key)
	if err != nil { // the store need not allow or know this
		b.o.Log.Debug("unfinished uploads cannot be listed", "key", key, "error", err)
		return
	}
	for _, id := range left[key] {
		err := b.abort(ctx, key, id)
		b.o.Log.Debug("an unfinished upload is removed", "key", key, "error", err)
	}
}

func (b *Bucket) abort(ctx context.Context, key, id string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.Name, Key: &key, UploadId: &id}, func(s *s3.Options) {
		s.RetryMaxAttempts = 2 // what does not answer was tried long enough before
	})
	return err
}

// grow makes room for n parts.
func (m *multipart) grow(n int) {
	for len(m.parts) < n {
		m.parts, m.proofs = append(m.parts, types.CompletedPart{}), append(m.proofs, proof{})
	}
}

// send stores part i, counted from 0.
func (m *multipart) send(ctx context.Context, i int, data []byte) error {
	b := m.bucket
	proof, number := b.prove(data), aws.Int32(int32(i+1)) //nolint:gosec // at most 10,000
	out, err := b.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &b.Name, Key: &m.key, UploadId: &m.id, PartNumber: number, Body: m.count(data),
		ContentLength: aws.Int64(int64(len(data))), ContentMD5: proof.md5(), ChecksumCRC32C: proof.crc32c(),
	}, unsigned)
	if err != nil {
		return err
	}
	m.proofs[i] = proof
	m.parts[i] = types.CompletedPart{ETag: out.ETag, PartNumber: number, ChecksumCRC32C: proof.crc32c()}
	return nil
}

// end completes the upload, or removes it where err or the completion tells
// that it failed.
func (m *multipart) end(ctx context.Context, err error) (sent, error) {
	b := m.bucket
	whole := sent{m.bytes, b.proveParts(m.proofs), len(m.proofs)}
	if err == nil {
		_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &b.Name, Key: &m.key, UploadId: &m.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: m.parts},
		})
		// An answer that was lost may have been a yes.
		if code(err) == "NoSuchUpload" {
			if o, compared := b.compare(ctx, m.key, whole); compared == nil && o.Compared != "size" {
				err = nil
			}
		}
	}
	if err != nil {
		m.discard(ctx)
		return sent{}, err
	}
	return whole, nil
}

// discard removes the upload; it does so when ctx has ended, too.
func (m *multipart) discard(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer stop()
	if err := m.bucket.abort(ctx, m.key, m.id); err != nil && code(err) != "NoSuchUpload" {
		// The next upload to this key removes it.
		m.bucket.o.Log.Debug("an unfinished upload stays in the store", "key", m.key, "error", err)
	}
}

// bare is an ETag without its quotes.
func bare(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }
