package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/upload"
)

type uploadCommand struct {
	Local string `arg:"" optional:"" name:"local" help:"Folder of a data set, or one Parquet or JSON file."`
	Place string `arg:"" optional:"" name:"place" help:"s3://bucket/prefix/: where it goes."`

	LocalPath string `placeholder:"DIR" help:"The same as LOCAL."`
	S3Path    string `name:"s3-path" placeholder:"PREFIX" help:"The prefix, with the bucket in --bucket; or the same as PLACE."`
	Bucket    string `env:"MINIO_BUCKET" placeholder:"NAME" help:"Bucket of --s3-path; it is made where it is missing."`

	Schema  string `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin string `xor:"schema" placeholder:"ID" help:"Schema of the library."`

	fieldFlags
	AutoID string `name:"auto-id" enum:"omit,keep" default:"omit" help:"The column of a key that Milvus makes: ${enum}. Milvus refuses files that have it."`

	StorageClass string   `placeholder:"NAME" help:"Storage class of the objects, such as STANDARD_IA (default: the bucket's)."`
	Concurrency  int      `default:"4" placeholder:"N" help:"Parts that are sent at once; each takes the memory of a part."`
	PartSize     byteSize `default:"16MiB" placeholder:"SIZE" help:"Size of a part, at least 5MiB."`
	DryRun       bool     `help:"Show what would be sent, and send nothing."`
	NoProgress   bool     `help:"Show no progress."`

	storeFlags `group:"Store"`
}

// Help tells how the command is used.
func (*uploadCommand) Help() string {
	return `The objects are what Milvus imports: columns that it would refuse are left out on
the way, without a copy on the disk.
  milvus-ingest upload ./data s3://bucket/prefix/ --endpoint-url http://localhost:9000
  milvus-ingest upload --local-path ./data --bucket bucket --s3-path prefix/
What the bucket has already is not sent again. Keys come from MINIO_ACCESS_KEY and
MINIO_SECRET_KEY, or from where AWS looks for them.`
}

// Run implements the command.
func (c *uploadCommand) Run(ctx context.Context, a *app) error {
	local, place, err := c.places()
	if err != nil {
		return err
	}
	var given *schema.Collection
	if c.Schema != "" || c.Builtin != "" {
		if given, err = a.findSchema(c.Schema, c.Builtin); err != nil {
			return err
		}
	}
	options, err := c.options(a, place.Bucket)
	if err != nil {
		return err
	}
	options.Concurrency, options.PartBytes = c.Concurrency, int64(c.PartSize)
	set, err := dataset.Open(ctx, local, dataset.OpenOptions{Schema: given})
	if err != nil {
		return err
	}
	a.tellFindings(set)
	var progress upload.Progress
	job, err := upload.Prepare(set, place.Key, upload.Options{
		Fields: c.fieldFlags.Fields, Exclude: c.ExcludeFields, KeepAutoID: c.AutoID == "keep",
		StorageClass: c.StorageClass, DryRun: c.DryRun, Progress: &progress, Log: a.log,
	})
	if err != nil {
		return err
	}
	b, err := bucket.Open(ctx, options, !c.DryRun)
	if err != nil {
		return err
	}
	defer b.Close()
	began := time.Now()
	stop := a.watchBytes(&progress, job.Bytes(), c.NoProgress)
	result, err := job.Run(ctx, b)
	stop()
	if err != nil {
		return a.unfinished(err)
	}
	return a.summarizeUpload(c, b, local, place, result, time.Since(began))
}

// unfinished says that an upload can be taken up.
func (a *app) unfinished(err error) error {
	return errors.Join(err, core.Errorf(core.CodeOf(err), "the upload is unfinished: objects that are whole stay").
		WithHint("run the same command again: it sends what is missing"))
}

// places are where the data set is, and where it goes.
func (c *uploadCommand) places() (local string, place bucket.Location, err error) {
	var problems []error
	wrong := func(hint, format string, args ...any) {
		problems = append(problems, core.Errorf(core.InvalidConfig, format, args...).WithHint("%s", hint))
	}
	// With --local-path a single argument is the place.
	if c.LocalPath != "" && c.Local != "" && c.Place == "" && strings.Contains(c.Local, "://") {
		c.Local, c.Place = "", c.Local
	}
	switch local = c.Local + c.LocalPath; {
	case c.Local != "" && c.LocalPath != "":
		wrong("give one of them", "the data set is given twice: %s and --local-path %s", c.Local, c.LocalPath)
	case local == "":
		wrong("milvus-ingest upload DIR s3://bucket/prefix/", "no data set is given")
	}
	switch {
	case c.Place != "" && c.S3Path != "":
		wrong("give one of them", "the place is given twice: %s and --s3-path %s", c.Place, c.S3Path)
	case c.Place != "" || strings.Contains(c.S3Path, "://"):
		place, err = bucket.ParseLocation(c.Place + c.S3Path)
	case c.Bucket == "" || c.S3Path == "": // a root is written to by who says so
		wrong("milvus-ingest upload DIR s3://bucket/prefix/; if the place comes from a variable, the variable is empty", "no place is given")
	default:
		place.Bucket = c.Bucket
		place.Key, err = bucket.CleanKey(c.S3Path)
	}
	return local, place, errors.Join(errors.Join(problems...), err)
}

// tellFindings tells what was found of a data set that does not stop it.
func (a *app) tellFindings(set *dataset.Set) {
	for _, f := range set.Findings {
		if f.Severity != dataset.Error {
			a.say("%s: %s", f.Severity, f)
		}
	}
}
