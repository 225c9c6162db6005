// Package minio stores a data set in a bucket of an S3 store, as objects that
// Milvus imports. Nothing lies on a disk in between: what is made goes out in
// parts, and an object appears when it is whole.
package minio

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	sinkjson "github.com/zilliz/milvus-ingest/sinks/json"
	"github.com/zilliz/milvus-ingest/sinks/parquet"
)

// Config is the sink's configuration.
type Config struct {
	Place  string `json:"place" help:"s3://bucket/prefix/: where the objects go. The bucket is made where it is missing. Required."`
	Object string `json:"object" help:"Name of the object below the prefix. The run decides it."`
	Format string `json:"format" default:"parquet" enum:"parquet,json" help:"Format of the objects."`
	AutoID string `json:"auto_id" default:"omit" enum:"omit,keep" help:"The column of a key that Milvus makes: Milvus refuses files that have it."`

	Compression     string `json:"compression" default:"snappy" enum:"none,snappy,zstd" help:"Parquet: how columns are compressed. Dense vectors are not, unless compress_vectors is set."`
	CompressVectors bool   `json:"compress_vectors" default:"false" help:"Parquet: compress dense vectors too."`
	RowGroupRows    int    `json:"row_group_rows" default:"0" help:"Parquet: rows of a row group; 0 makes each batch one."`

	EndpointURL     string `json:"endpoint_url" help:"The store, such as http://localhost:9000; without one it is AWS."`
	AccessKeyID     string `json:"access_key_id" help:"Access key. Without one, what AWS keeps in your home folder counts."`
	SecretAccessKey string `json:"secret_access_key" help:"Secret key: write ${MINIO_SECRET_KEY}, so that it stands in no file."`
	SessionToken    string `json:"session_token" help:"Token of temporary credentials."`
	Region          string `json:"region" help:"Region of the bucket (MinIO needs none)."`
	Addressing      string `json:"addressing" default:"auto" enum:"auto,path,virtual" help:"Where the bucket's name stands in addresses."`
	Checksums       string `json:"checksums" default:"auto" enum:"auto,required,supported" help:"When checksums go with requests: some stores refuse those that are not required."`
	CABundle        string `json:"ca_bundle" help:"File of certificates to trust, instead of the system's."`
	NoVerifySSL     bool   `json:"no_verify_ssl" default:"false" help:"Take any certificate of the store."`
	StorageClass    string `json:"storage_class" help:"Storage class of the objects; without one it is the bucket's."`
	Concurrency     int    `json:"concurrency" default:"2" help:"Parts of an object that are sent at once; each takes 16 MiB of memory."`
	Overwrite       bool   `json:"overwrite" default:"false" help:"Replace objects that are there."`
}

// Components is the sink of this package.
func Components() []sdk.Component {
	return []sdk.Component{sdk.Sink[Config]{
		Info: sdk.Info{
			Name:    "minio",
			Summary: "Objects in a bucket of MinIO, S3 or another store that speaks as S3 does, ready to be imported by Milvus.",
			Types: []string{
				"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array", "Timestamptz", "Geometry",
				"FloatVector", "BinaryVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "SparseFloatVector",
			},
		},
		Open: open,
	}}
}

// connect opens the bucket of a configuration, and tells the prefix in it.
func (c *Config) connect(ctx context.Context, create bool) (*bucket.Bucket, string, error) {
	place, err := bucket.ParseLocation(c.Place)
	if err != nil {
		return nil, "", core.OfField(err, "place")
	}
	if c.Concurrency < 1 {
		return nil, "", core.Errorf(core.InvalidConfig, "%d parts at once", c.Concurrency).WithField("concurrency").WithHint("give a positive number")
	}
	b, err := bucket.Open(ctx, bucket.Options{
		Endpoint: c.EndpointURL, Bucket: place.Bucket, AccessKey: c.AccessKeyID, SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken,
		Region: c.Region, Addressing: c.Addressing, Checksums: c.Checksums, CAFile: c.CABundle, Insecure: c.NoVerifySSL,
		Concurrency: c.Concurrency + 1, // one more is being filled
	}, create)
	return b, place.Key, err
}

func open(ctx context.Context, spec core.WriteSpec, config Config) (core.Writer, error) {
	if config.Object == "" {
		config.Object = "data." + config.Format
	}
	b, prefix, err := config.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	key, err := bucket.CleanKey(bucket.Join(prefix, config.Object))
	if err == nil {
		err = config.vacant(ctx, b, key)
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	left := leftOut(spec.Schema, config)
	spec.Schema = without(spec.Schema, left)
	o := &object{bucket: b, key: key, ctx: ctx, stream: b.Create(ctx, key, bucket.PutOptions{StorageClass: config.StorageClass})}
	uri := bucket.Location{Bucket: b.Name, Key: key}.String()
	inner := core.Writer(nil)
	if config.Format == "json" {
		inner = sinkjson.Encode(o, uri, spec)
	} else {
		inner, err = parquet.Encode(o, uri, spec, parquet.Config{
			Compression: config.Compression, CompressVectors: config.CompressVectors, RowGroupRows: config.RowGroupRows,
		})
	}
	if err != nil {
		return nil, err
	}
	return &writer{Writer: inner, schema: spec.Schema, left: left}, nil
}

// vacant refuses an object that is there.
func (c *Config) vacant(ctx context.Context, b *bucket.Bucket, key string) error {
	if c.Overwrite {
		return nil
	}
	if _, there, err := b.Stat(ctx, key); err != nil || !there {
		return err
	}
	return core.Errorf(core.Conflict, "%s exists", bucket.Location{Bucket: b.Name, Key: key}).
		WithHint("choose another prefix, or replace it with \"overwrite\": true")
}

// leftOut are the columns that Milvus would refuse.
func leftOut(s *arrow.Schema, config Config) []int {
	var left []int
	for i, f := range s.Fields() {
		if value, ok := f.Metadata.GetValue(core.MetaAutoID); ok && value == "true" && config.AutoID != "keep" {
			left = append(left, i)
		}
	}
	return left
}

func without(s *arrow.Schema, left []int) *arrow.Schema {
	var fields []arrow.Field
	for i, f := range s.Fields() {
		if !slices.Contains(left, i) {
			fields = append(fields, f)
		}
	}
	metadata := s.Metadata()
	return arrow.NewSchema(fields, &metadata)
}

// writer leaves columns out of what it hands on.
type writer struct {
	core.Writer
	schema *arrow.Schema
	left   []int
}

// Write implements core.Writer.
func (w *writer) Write(ctx context.Context, batch arrow.Record) error {
	if len(w.left) == 0 {
		return w.Writer.Write(ctx, batch)
	}
	var columns []arrow.Array
	for i, column := range batch.Columns() {
		if !slices.Contains(w.left, i) {
			columns = append(columns, column)
		}
	}
	if len(columns) != w.schema.NumFields() {
		return core.Errorf(core.Internal, "a batch has %d columns, the object %d", len(columns), w.schema.NumFields())
	}
	rest := array.NewRecord(w.schema, columns, batch.NumRows())
	defer rest.Release()
	return w.Writer.Write(ctx, rest)
}
