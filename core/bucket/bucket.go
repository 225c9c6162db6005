// Package bucket is a bucket of an S3 store, or of one that speaks as S3 does:
// MinIO, Ceph, R2, OSS, COS and others.
package bucket

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// Options say where a bucket is and how to log in.
type Options struct {
	// Endpoint is a URL, or host:port; "" is AWS.
	Endpoint string
	Bucket   string
	// AccessKey and SecretKey; both empty: the standard AWS credential chain.
	AccessKey, SecretKey, SessionToken string
	// Region; "" is the one of the AWS configuration, or us-east-1.
	Region string
	// Addressing is "path", "virtual" or "auto": path with an Endpoint that is
	// not of AWS.
	Addressing string
	// Checksums is "auto" (when required, but for AWS), "required" or
	// "supported".
	Checksums string
	// Insecure takes any certificate.
	Insecure bool
	// Timeout bounds the connection and each answer; 0: 30 seconds.
	Timeout time.Duration
	// Concurrency is how many parts are under way at once; 0: 8.
	Concurrency int
	Log         *slog.Logger
}

// Bucket is a bucket of a store that answered. It is safe for concurrent use.
type Bucket struct {
	Name string
	o    Options
}

// Object is what a store tells of an object.
type Object struct {
	Key   string
	Bytes int64
	ETag  string
	// SHA256 is what Put noted; "" where the object is not ours.
	SHA256       string
	LastModified time.Time
}

// Location is a bucket with a prefix or key: s3://bucket/a/b/.
type Location struct{ Bucket, Key string }

var errNotYet = core.Errorf(core.Internal, "not written yet")

// ParseLocation reads s3://bucket/prefix/ (also s3a://). It tells all that is
// wrong: another scheme, a bucket name that no store takes, "..", backslashes;
// empty segments are dropped.
func ParseLocation(s string) (Location, error) { return Location{}, errNotYet }

// Open connects and makes sure that the bucket is there; create makes it where
// it is missing. Errors tell bad address, refused, no answer, TLS, login, no
// such bucket, wrong region apart, each with the mend.
func Open(ctx context.Context, o Options, create bool) (*Bucket, error) { return nil, errNotYet }

// Body is what Put sends. It is read again when a request is repeated, parts
// of it at once.
type Body interface {
	io.ReaderAt
	Size() int64
}

// PutOptions say how an object is stored.
type PutOptions struct {
	StorageClass, ContentType string
	// Progress is called with the bytes that were sent since the last call,
	// from several goroutines; negative when a part is sent again.
	Progress func(int64)
}

// Put stores an object, in parts where it is large, and looks at what the store
// holds then: size and hash. An upload that fails or is cancelled leaves no
// parts behind.
func (b *Bucket) Put(ctx context.Context, key string, body Body, o PutOptions) (Object, error) {
	return Object{}, errNotYet
}

// Stat looks at an object; ok is false where there is none.
func (b *Bucket) Stat(ctx context.Context, key string) (o Object, ok bool, err error) {
	return Object{}, false, errNotYet
}

// Get reads an object from an offset on.
func (b *Bucket) Get(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	return nil, errNotYet
}

// List lists the objects below a prefix, in the order of their keys.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) { yield(Object{}, errNotYet) }
}

// Delete removes objects; those that are not there are no error.
func (b *Bucket) Delete(ctx context.Context, keys ...string) error { return errNotYet }
