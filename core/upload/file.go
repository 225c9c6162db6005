package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// content is what an object will hold. It can be read through, to know it, and
// sent.
type content interface {
	sum(ctx context.Context, progress func(int64)) (*bucket.Digest, error)
	send(ctx context.Context, b *bucket.Bucket, key string, o bucket.PutOptions) (bucket.Object, error)
}

// file brings one data file into the bucket.
func (j *Job) file(ctx context.Context, b *bucket.Bucket, f *dataset.DataFile) (_ Object, err error) {
	o := Object{Name: f.Name, Key: j.key(f.Name), Rows: f.Rows}
	if j.rewrites(f) {
		return j.bring(ctx, b, o, rewritten{j, f})
	}
	body, err := j.set.Body(f, j.leaveOut)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return j.bring(ctx, b, o, stored{body})
}

// bring sends an object if the bucket has not got it.
func (j *Job) bring(ctx context.Context, b *bucket.Bucket, o Object, c content) (Object, error) {
	progress := j.o.Progress
	digest, err := c.sum(ctx, func(n int64) { progress.Read.Add(n) })
	if err != nil {
		return o, fmt.Errorf("%s: %w", o.Name, err)
	}
	o.Bytes, o.SHA256 = digest.Bytes, digest.SHA256
	there, ok, err := b.Stat(ctx, o.Key)
	switch {
	case err != nil:
		return o, err
	case ok && there.Bytes == o.Bytes && there.SHA256 == o.SHA256:
		progress.Skipped.Add(o.Bytes)
		o.State = Skipped
		return o, nil
	case j.o.DryRun:
		o.State = Planned
		return o, nil
	}
	put, err := c.send(ctx, b, o.Key, bucket.PutOptions{
		StorageClass: j.o.StorageClass, ContentType: contentType(o.Name), Digest: digest,
		Progress: func(n int64) { progress.Sent.Add(n) },
	})
	if err != nil {
		return o, err
	}
	o.State, o.Compared = Sent, put.Compared
	j.o.Log.Debug("stored", "key", o.Key, "bytes", o.Bytes, "compared", o.Compared)
	return o, nil
}

func contentType(name string) string {
	if dataset.FormatOf(name) == "parquet" {
		return "application/vnd.apache.parquet"
	}
	return "application/json"
}

// stored is content that can be read anywhere.
type stored struct{ bucket.Body }

func (s stored) sum(ctx context.Context, progress func(int64)) (*bucket.Digest, error) {
	return bucket.Sum(ctx, s.Body, progress)
}

func (s stored) send(ctx context.Context, b *bucket.Bucket, key string, o bucket.PutOptions) (bucket.Object, error) {
	return b.Put(ctx, key, s.Body, o)
}

// rewritten is a JSON file without some of its keys. It is written twice: to
// know it, and to send it.
type rewritten struct {
	job  *Job
	file *dataset.DataFile
}

func (r rewritten) sum(ctx context.Context, progress func(int64)) (*bucket.Digest, error) {
	sum, size := sha256.New(), int64(0)
	counted := writer(func(p []byte) (int, error) {
		size += int64(len(p))
		progress(int64(len(p)))
		return sum.Write(p)
	})
	err := r.job.set.Rewrite(ctx, r.file, r.job.leaveOut, counted)
	return &bucket.Digest{SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: size}, err
}

func (r rewritten) send(ctx context.Context, b *bucket.Bucket, key string, o bucket.PutOptions) (_ bucket.Object, err error) {
	w := b.Create(ctx, key, o)
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := r.job.set.Rewrite(ctx, r.file, r.job.leaveOut, w); err != nil {
		return bucket.Object{}, err
	}
	if w.SHA256() != o.Digest.SHA256 {
		return bucket.Object{}, core.Errorf(core.Conflict, "%s was changed while it was read", r.file.Name).
			WithHint("see that nobody writes to it, and run this again")
	}
	return w.Commit(ctx)
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

var _ io.Writer = writer(nil)

// meta brings meta.json into the bucket: it tells of the objects as they are.
func (j *Job) meta(ctx context.Context, b *bucket.Bucket, r *Result) (Object, error) {
	files := make([]dataset.File, len(r.Objects))
	for i, o := range r.Objects {
		files[i] = dataset.File{Path: o.Name, Rows: o.Rows, Bytes: o.Bytes, SHA256: o.SHA256}
		for _, listed := range j.set.Meta.Files {
			if listed.Path == o.Name {
				files[i].Rows, files[i].FirstRow = listed.Rows, listed.FirstRow
			}
		}
	}
	data, err := j.set.ProjectMeta(j.schema, j.leaveOut, files)
	if err != nil {
		return Object{}, err
	}
	o := Object{Name: dataset.MetaName, Key: j.key(dataset.MetaName), Rows: -1}
	return j.bring(ctx, b, o, stored{bytes.NewReader(data)})
}
