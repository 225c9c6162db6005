package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/upload"
)

type toImportCommand struct {
	Path string `arg:"" optional:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file: the same as --local-path."`

	LocalPath string   `placeholder:"DIR" help:"Folder of a data set, or one file. What the bucket has not got is uploaded first."`
	Files     []string `placeholder:"KEY,…" help:"Files that are in the bucket already, as s3://bucket/key or as keys."`
	S3Path    string   `name:"s3-path" placeholder:"PREFIX" help:"Prefix of the files in the bucket; or s3://bucket/prefix/."`
	Bucket    string   `env:"MINIO_BUCKET" placeholder:"NAME" help:"Bucket that Milvus reads from, that of its own configuration."`
	Schema    string   `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin   string   `xor:"schema" placeholder:"ID" help:"Schema of the library."`
	fieldFlags

	CollectionName string `aliases:"collection" placeholder:"NAME" help:"Collection (default: that of the schema)."`
	Partition      string `placeholder:"NAME" help:"Partition that gets the rows; it is made where it is missing. Not with a partition key."`
	dropFlags
	makeFlags

	Wait          bool     `help:"Wait until the rows are imported, indexed, loaded and counted."`
	Timeout       waitTime `placeholder:"TIME" help:"Longest time to wait, in seconds or as 10m (default: no limit)."`
	Resume        bool     `xor:"again" help:"Go on where an earlier import of the same files ended: none is loaded twice."`
	Again         bool     `xor:"again" help:"Load files that were imported before once more."`
	SkipBad       bool     `help:"Leave files out that cannot be imported; without it nothing is sent if there is one."`
	Check         bool     `help:"Read every value before anything is sent; data sets of other tools are read anyway."`
	MaxConcurrent int      `default:"8" placeholder:"N" help:"Import jobs that are under way at once."`
	FilesPerJob   int      `placeholder:"N" help:"Most files of a job (default: 1024, or one with Milvus 2.3)."`
	StorageClass  string   `placeholder:"NAME" help:"Storage class of the objects (default: the bucket's)."`
	ClusterID     string   `placeholder:"ID" help:"Cluster of Zilliz Cloud, if the URI does not name it."`
	NoProgress    bool     `help:"Show no progress."`

	serverFlags
	storeFlags `group:"Store"`
}

// Help tells how the command is used.
func (*toImportCommand) Help() string {
	return `Milvus reads the files itself, from the bucket of its own configuration: give that
one. What it lacks is uploaded first.
  milvus-ingest to-milvus import --local-path ./data --bucket B --s3-path p/ --wait
  milvus-ingest to-milvus import --files s3://B/p/a.parquet --collection-name C --wait
Jobs are noted before they are sent: after any interruption the same command with
--resume goes on, and loads nothing twice.`
}

// Run implements the command.
func (c *toImportCommand) Run(ctx context.Context, a *app) (err error) {
	load, done, err := c.load(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := load.Check(ctx); err != nil {
		return err
	}
	if err := c.ask(ctx, a, load.Server, load.Name); err != nil {
		return err
	}
	var counts upload.Progress
	watch := &importWatch{uploaded: &counts}
	load.Upload.Progress, load.Uploading, load.Stage = &counts, watch.uploading, watch.stage
	load.Options.Tell, load.Options.Wait = watch.job, watch.full
	stop := a.follow(c.NoProgress, watch.line)
	within, cancel := c.Timeout.bound(ctx)
	defer cancel()
	result, err := load.Do(within)
	stop()
	if err != nil {
		return errors.Join(c.Timeout.passed(within, ctx, err), a.halfImported(result))
	}
	return a.reportImport(c, result)
}

// passed says of an error that comes of the time that ran out that it does.
func (s waitTime) passed(within, ctx context.Context, err error) error {
	if ctx.Err() != nil || within.Err() == nil || core.CodeOf(err) == core.Unavailable {
		return err
	}
	return core.Errorf(core.Unavailable, "not done in %s: %w", time.Duration(s), err).
		WithHint("the same command with --resume goes on; --timeout gives it more time")
}

// bound ends the context after the time; 0 is no limit.
func (s waitTime) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(s))
}

// load is all that the command line asks for; done closes what it opened.
func (c *toImportCommand) load(ctx context.Context, a *app) (load *bulk.Load, done func() error, err error) {
	policy, err := c.policy()
	if err != nil {
		return nil, nil, err
	}
	local, place, err := c.places()
	if err != nil {
		return nil, nil, err
	}
	var given *schema.Collection
	if c.Schema != "" || c.Builtin != "" {
		if given, err = a.findSchema(c.Schema, c.Builtin); err != nil {
			return nil, nil, err
		}
	}
	store, err := c.storeFlags.options(a, place.Bucket)
	if err != nil {
		return nil, nil, err
	}
	load = &bulk.Load{
		Schema: given, Name: c.CollectionName, Prefix: place.Key,
		Prepare: collection.PrepareOptions{Drop: c.DropIfExists, MoveAlias: c.MoveAlias, Fields: c.fieldFlags.Fields, Exclude: c.ExcludeFields, Index: policy},
		Upload:  upload.Options{StorageClass: c.StorageClass, Log: a.log},
		Options: bulk.Options{
			FilesPerJob: c.FilesPerJob, Concurrent: c.MaxConcurrent, Bucket: place.Bucket,
			Source: bulk.Source{
				Endpoint: store.Endpoint, Bucket: place.Bucket, AccessKey: store.AccessKey, SecretKey: store.SecretKey,
				SessionToken: store.SessionToken, Cluster: c.ClusterID,
			},
		},
		RunOptions: bulk.RunOptions{NoWait: !c.Wait, Partition: c.Partition, Mode: c.mode()},
		SkipBad:    c.SkipBad, Thorough: c.Check,
		Note: func(text string) { a.say("note: %s", text) },
	}
	if local != "" {
		if load.Set, err = dataset.Open(ctx, local, dataset.OpenOptions{Schema: given}); err != nil {
			return nil, nil, err
		}
		a.tellFindings(load.Set)
	}
	load.Prepare.Consistency = c.consistency(load.Set)
	if load.Server, err = c.dial(ctx, a); err != nil {
		return nil, nil, err
	}
	if err := c.openStore(ctx, load, store); err != nil {
		return nil, nil, errors.Join(err, load.Server.Close())
	}
	return load, load.Server.Close, nil
}

func (c *toImportCommand) mode() bulk.Mode {
	switch {
	case c.Resume:
		return bulk.Resume
	case c.Again:
		return bulk.Again
	}
	return bulk.Fresh
}

// openStore opens the bucket. One that is not there is not made: it is no
// bucket that Milvus reads. For files that are there the store is needed only
// to look at them, which can be done where it is named.
func (c *toImportCommand) openStore(ctx context.Context, load *bulk.Load, store bucket.Options) (err error) {
	for _, key := range c.Files {
		load.Files = append(load.Files, bulk.File{Key: key, Rows: -1})
	}
	if load.Set == nil && store.Endpoint == "" && store.AccessKey == "" {
		return nil
	}
	load.Bucket, err = bucket.Open(ctx, store, false)
	return err
}

// places are where the data set is, "" where the files are in the bucket, and
// where it goes. c.Files are keys afterwards.
func (c *toImportCommand) places() (local string, place bucket.Location, err error) {
	var problems []error
	wrong := func(hint, format string, args ...any) {
		problems = append(problems, core.Errorf(core.InvalidConfig, format, args...).WithHint("%s", hint))
	}
	local = c.Path + c.LocalPath
	switch {
	case c.Path != "" && c.LocalPath != "":
		wrong("give one of them", "the data set is given twice: %s and --local-path %s", c.Path, c.LocalPath)
	case local == "" && len(c.Files) == 0:
		wrong("give --local-path DIR, or --files with what is in the bucket", "nothing to import is given")
	case local != "" && len(c.Files) > 0:
		wrong("give --local-path for a folder here, or --files for what is in the bucket", "both a folder of this machine and --files are given")
	}
	place.Bucket = c.Bucket
	if strings.Contains(c.S3Path, "://") {
		place, err = bucket.ParseLocation(c.S3Path)
	} else {
		place.Key, err = bucket.CleanKey(c.S3Path)
	}
	problems = append(problems, err)
	if len(c.Files) > 0 {
		c.Files, place.Bucket, err = bulk.Keys(place.Bucket, c.Files)
		problems = append(problems, err)
	}
	if place.Bucket == "" {
		wrong("give --bucket NAME, the bucket of Milvus's own configuration", "no bucket is given")
	}
	return local, place, errors.Join(problems...)
}

// importWatch is how far an import is.
type importWatch struct {
	uploaded *upload.Progress

	mu          sync.Mutex
	bytes       int64
	name        bulk.Stage
	done, total int64
	began       time.Time
	jobs        map[string]bulk.Status
	waiting     bool
}

func (w *importWatch) uploading(total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes = total
}

func (w *importWatch) stage(name bulk.Stage, done, total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name != w.name {
		w.began = time.Now()
	}
	w.name, w.done, w.total = name, done, total
}

func (w *importWatch) job(s bulk.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs == nil {
		w.jobs = map[string]bulk.Status{}
	}
	w.jobs[s.ID], w.waiting = s, false
}

func (w *importWatch) full(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = true
}

// line is the progress in one line.
func (w *importWatch) line(elapsed time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.name == "" && w.bytes > 0 && len(w.jobs) == 0:
		return "upload " + bytesLine(w.uploaded.Sent.Load(), w.uploaded.Skipped.Load(), w.uploaded.Read.Load(), w.bytes, elapsed)
	case w.name == bulk.Preparing && len(w.jobs) == 0, w.name == "" && len(w.jobs) == 0:
		return "preparing the collection"
	case w.name == bulk.Indexing, w.name == bulk.Loading, w.name == bulk.Counting:
		return fmt.Sprintf("%s: %s of %s", w.name, inThousands(w.done), inThousands(w.total))
	}
	states := map[bulk.State]int{}
	for _, s := range w.jobs {
		states[s.State]++
	}
	line := fmt.Sprintf("import: %s rows, %s", inThousands(w.done), jobsInWords(states))
	if w.total > 0 {
		line = fmt.Sprintf("import: %s of %s rows, %s/s, %s", inThousands(w.done), inThousands(w.total),
			inThousands(int64(float64(w.done)/max(time.Since(w.began).Seconds(), 1e-3))), jobsInWords(states))
	}
	if w.waiting {
		line += "; the server takes no more jobs for now"
	}
	return line
}

func jobsInWords(states map[bulk.State]int) string {
	var words []string
	for _, s := range []bulk.State{bulk.Pending, bulk.Importing, bulk.Completed, bulk.Failed} {
		if states[s] > 0 {
			words = append(words, fmt.Sprintf("%d %s", states[s], strings.ToLower(string(s))))
		}
	}
	return "jobs: " + strings.Join(words, ", ")
}
