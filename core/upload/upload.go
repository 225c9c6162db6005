// Package upload brings a data set into a bucket, as objects that Milvus can
// import: columns that the server would refuse are left out on the way. What
// the bucket holds already is not sent again.
package upload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// MostFileBytes is the largest file that Milvus imports.
const MostFileBytes = 16 << 30

// filesAtOnce is how many files are read and sent at the same time; how many
// parts are is the bucket's business.
const filesAtOnce = 3

// Options say what is sent, and how.
type Options struct {
	// Fields and Exclude leave fields out (see schema.Collection.Project).
	Fields, Exclude []string
	// KeepAutoID sends the column of a key that Milvus makes, too: servers
	// refuse it unless they are told otherwise.
	KeepAutoID bool
	// StorageClass is that of the objects; "" is the bucket's own.
	StorageClass string
	// DryRun sends nothing and tells what would be sent.
	DryRun bool
	// Progress may be nil.
	Progress *Progress
	Log      *slog.Logger
}

// Progress counts bytes while Run works.
type Progress struct {
	// Read are those that were read to compare them, Sent those that were
	// sent, Skipped those that the bucket has.
	Read, Sent, Skipped atomic.Int64
}

// The states of an Object.
const (
	Sent    = "sent"
	Skipped = "skipped" // the bucket has it
	Planned = "planned" // a dry run would send it
)

// Object is one object of the result.
type Object struct {
	// Name is the file's, relative to the set.
	Name   string `json:"name"`
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Rows is the number of rows; -1 where it is not known.
	Rows  int64  `json:"rows"`
	State string `json:"state"`
	// Compared says what was compared of what is stored; "" where nothing was
	// sent.
	Compared string `json:"compared,omitempty"`
}

// Result is what is in the bucket.
type Result struct {
	// Schema is that of the objects: without the fields that are left out by
	// name.
	Schema *schema.Collection `json:"-"`
	// LeftOut are the columns that the objects lack.
	LeftOut []string `json:"left_out,omitempty"`
	// Objects are those of the data files, in the order of the set.
	Objects []Object `json:"objects"`
	// Meta is meta.json; nil where the set has none.
	Meta *Object `json:"meta,omitempty"`
	// Others are keys of data files below the prefix that are none of the
	// set's, at most a few.
	Others []string `json:"others,omitempty"`
}

// Job is an upload that was checked and can be run.
type Job struct {
	set      *dataset.Set
	prefix   string
	o        Options
	schema   *schema.Collection
	leaveOut []string
	total    int64
}

// Run is Prepare and Job.Run in one.
func Run(ctx context.Context, set *dataset.Set, b *bucket.Bucket, prefix string, o Options) (*Result, error) {
	job, err := Prepare(set, prefix, o)
	if err != nil {
		return nil, err
	}
	return job.Run(ctx, b)
}

// Prepare checks all that can be checked before anything is sent. The prefix
// may end with a slash, or not.
func Prepare(set *dataset.Set, prefix string, o Options) (*Job, error) {
	if err := set.Err(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = &Progress{}
	}
	j := &Job{set: set, prefix: prefix, o: o}
	var err error
	if j.schema, err = set.Schema.Project(o.Fields, o.Exclude); err != nil {
		return nil, err
	}
	j.leaveOut = j.leave()
	problems := []error{}
	for _, f := range set.Files {
		if _, err := bucket.CleanKey(j.key(f.Name)); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", f.Name, err))
		}
		bytes, err := j.size(f)
		j.total += bytes
		if err == nil && bytes > MostFileBytes {
			err = core.Errorf(core.InvalidData, "%s has %.1f GB, and Milvus imports no file above 16 GB", f.Name, float64(bytes)/1e9).
				WithHint("make smaller files: generate --file-size 8GB")
		}
		problems = append(problems, err)
	}
	return j, errors.Join(problems...)
}

// size is how many bytes are sent of a file, or about that.
func (j *Job) size(f *dataset.DataFile) (int64, error) {
	if j.rewrites(f) {
		return f.Bytes, nil
	}
	body, err := j.set.Body(f, j.leaveOut)
	if err != nil {
		return 0, err
	}
	return body.Size(), body.Close()
}

// Bytes is about how many bytes the objects have.
func (j *Job) Bytes() int64 { return j.total }

// Schema is that of the objects.
func (j *Job) Schema() *schema.Collection { return j.schema }

// LeftOut are the columns of the data set that the objects will lack.
func (j *Job) LeftOut() []string { return j.leaveOut }

// leave lists the columns that are in the files and are not sent.
func (j *Job) leave() []string {
	var names []string
	for _, f := range j.set.Schema.Fields {
		if j.schema.Field(f.Name) == nil || f.AutoID && !j.o.KeepAutoID || j.set.Schema.FunctionOf(f.Name) != nil {
			names = append(names, f.Name)
		}
	}
	if j.set.Schema.EnableDynamic && !j.schema.EnableDynamic {
		names = append(names, core.DynamicField)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !j.mayHave(name) })
}

// mayHave tells whether a file may have a column: of JSON files only reading
// all of them would tell.
func (j *Job) mayHave(name string) bool {
	return slices.ContainsFunc(j.set.Files, func(f *dataset.DataFile) bool {
		if f.Format == "json" {
			return j.set.Schema.FunctionOf(name) == nil
		}
		return slices.ContainsFunc(f.Columns, func(c arrow.Field) bool { return c.Name == name })
	})
}

// rewrites tells whether the file is written anew on its way.
func (j *Job) rewrites(f *dataset.DataFile) bool { return f.Format == "json" && len(j.leaveOut) > 0 }

func (j *Job) key(name string) string { return bucket.Join(j.prefix, name) }

// Run brings the objects into the bucket: data files first, several at once,
// meta.json last.
func (j *Job) Run(ctx context.Context, b *bucket.Bucket) (*Result, error) {
	r := &Result{Schema: j.schema, LeftOut: j.leaveOut, Objects: make([]Object, len(j.set.Files))}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(filesAtOnce)
	for i, f := range j.set.Files {
		group.Go(func() (err error) {
			if inner.Err() != nil {
				return inner.Err()
			}
			r.Objects[i], err = j.file(inner, b, f)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if j.set.Meta != nil && !j.set.IsFile() {
		meta, err := j.meta(ctx, b, r)
		if err != nil {
			return nil, err
		}
		r.Meta = &meta
	}
	return r, j.others(ctx, b, r)
}

// others looks for data files that somebody who imports the prefix as a whole
// would import, too.
func (j *Job) others(ctx context.Context, b *bucket.Bucket, r *Result) error {
	const mostListed, mostTold = 10_000, 5
	listed := 0
	prefix := bucket.Join(j.prefix, "")
	for o, err := range b.List(ctx, prefix) {
		if listed++; err != nil || listed > mostListed || len(r.Others) == mostTold {
			return err
		}
		ours := slices.ContainsFunc(r.Objects, func(x Object) bool { return x.Key == o.Key }) || o.Key == j.key(dataset.MetaName)
		if !ours && dataset.FormatOf(o.Key) != "" {
			r.Others = append(r.Others, o.Key)
		}
	}
	return nil
}
