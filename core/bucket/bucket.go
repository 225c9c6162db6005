// Package bucket is a bucket of an S3 store, or of one that speaks as S3 does:
// MinIO, Ceph, R2, OSS, COS and others.
//
// Bytes are checked on their way: each request carries a proof of what it
// sends, which the store compares, and what is stored is looked at afterwards.
// The proof is a CRC32C for AWS and MinIO and an MD5, which every store knows,
// for others. The check sums that the SDK adds by itself do not work with every
// store, so they are left out where a store is not AWS.
package bucket

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/zilliz/milvus-ingest/core"
)

// Options say where a bucket is and how to log in.
type Options struct {
	// Endpoint is a URL, or host:port; "" is AWS.
	Endpoint string
	Bucket   string
	// AccessKey and SecretKey; both empty: the standard AWS credential chain.
	AccessKey, SecretKey, SessionToken string
	// Region; "" is the one of the AWS configuration, or the one that the
	// store tells, or us-east-1.
	Region string
	// Addressing is "path", "virtual" or "auto": path with an Endpoint that is
	// not of AWS.
	Addressing string
	// Checksums is "auto" (when required, but for AWS and MinIO), "required"
	// or "supported".
	Checksums string
	// CAFile has certificates to trust, instead of the system's.
	CAFile string
	// Insecure takes any certificate.
	Insecure bool
	// Timeout bounds the connection and each answer; 0: 30 seconds.
	Timeout time.Duration
	// Concurrency is how many parts are under way at once; 0: 4. Each takes
	// the memory of a part.
	Concurrency int
	// PartBytes is the size of a part; 0: 16 MiB. It is raised where an object
	// would have more than 10,000 of them.
	PartBytes int64
	Log       *slog.Logger
}

const (
	defaultTimeout     = 30 * time.Second
	defaultConcurrency = 4
	defaultPartBytes   = 16 << 20
	// leastPartBytes is the least that stores take of all parts but the last.
	leastPartBytes = 5 << 20
	defaultRegion  = "us-east-1"
)

// complete fills in what is not said, and tells what is wrong.
func (o *Options) complete() error {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.PartBytes == 0 {
		o.PartBytes = defaultPartBytes
	}
	if o.PartBytes < leastPartBytes {
		return core.Errorf(core.InvalidConfig, "parts of %d bytes: stores take no parts below 5 MiB", o.PartBytes)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := checkName(o.Bucket); err != nil {
		return err
	}
	return o.checkEndpoint()
}

// Bucket is a bucket of a store that answered. It is safe for concurrent use.
type Bucket struct {
	Name string
	// Store is the store's address, for messages.
	Store  string
	o      Options
	client *s3.Client
	web    *http.Client
	// crc tells that the store takes CRC32C as a proof.
	crc bool
	// buffers holds one buffer for each part that may be under way; nil until
	// it is needed.
	buffers chan []byte
}

// Object is what a store tells of an object.
type Object struct {
	Key   string
	Bytes int64
	ETag  string
	// SHA256 is what Put noted; "" where the object is not ours, and in lists,
	// which do not tell it.
	SHA256       string
	LastModified time.Time
	// Compared says what was compared of the stored object: "size and CRC32C",
	// "size and MD5", or "size" where the store tells neither.
	Compared string
}
