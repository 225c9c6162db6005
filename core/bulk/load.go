package bulk

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/upload"
)

// Load brings a whole data set into a collection by import, from the look at
// what is there to the count at the end.
type Load struct {
	Server *collection.Server
	// Set is uploaded to Prefix of Bucket, as far as it is not there; nil
	// where Files name what is in the bucket already.
	Set    *dataset.Set
	Bucket *bucket.Bucket
	Prefix string
	Files  []File
	// Schema makes the collection where it is missing; with a Set it is the
	// set's.
	Schema *schema.Collection
	// Name is the collection's; "" takes that of the schema.
	Name string
	// Prepare says how the collection is made, and which fields are sent.
	Prepare collection.PrepareOptions
	// Upload says how files are sent; Fields and Exclude are those of Prepare.
	Upload upload.Options
	Options
	RunOptions
	// SkipBad leaves files out that cannot be imported.
	SkipBad bool
	// Thorough reads every value before anything is sent, of data sets of our
	// own, too.
	Thorough bool

	// Uploading is told of the bytes there are before the first is sent; Stage
	// of what is waited for, also of the rows that are imported; Note of what
	// the user should know. Each may be nil.
	Uploading func(total int64)
	Stage     func(stage Stage, done, total int64)
	Note      func(text string)

	job      *upload.Job
	importer *Importer
	there    *collection.Collection
	result   *LoadResult
}

// The stages before Finish: the collection is prepared, and the server imports.
const (
	Preparing Stage = "prepare"
	Rows      Stage = "import"
)

// LoadResult is what a Load did.
type LoadResult struct {
	Server     string `json:"server"`
	Database   string `json:"database,omitempty"`
	Collection string `json:"collection"`
	// Made tells that the collection was not there before.
	Made bool `json:"made"`
	Over Over `json:"over"`
	// Place is where the files are.
	Place string `json:"place"`
	// Uploaded is what was sent and what was there; nil without a data set.
	Uploaded *upload.Result `json:"uploaded,omitempty"`
	// Skipped are files that were left out, with the reasons.
	Skipped map[string]string `json:"files_skipped,omitempty"`
	*Result
	// After is how many rows a strong count finds, -1 where they were not
	// counted; Estimate is what the statistics say.
	After    int64 `json:"rows_after"`
	Estimate int64 `json:"rows_estimate"`
	// Seconds of each part, and of all.
	SecondsUpload float64 `json:"seconds_upload"`
	SecondsImport float64 `json:"seconds_import"`
	SecondsFinish float64 `json:"seconds_finish"`
	Seconds       float64 `json:"seconds"`
}

// Check tells all that is wrong before anything is sent or changed.
func (l *Load) Check(ctx context.Context) error {
	l.result = &LoadResult{Server: l.Server.Address, Database: l.Server.Database(), Result: &Result{}, After: -1, Place: bucket.Location{Bucket: l.Options.Bucket, Key: l.Prefix}.String()}
	if l.Set != nil {
		l.Schema = l.Set.Schema
	}
	if l.Schema != nil {
		projected, err := l.projected()
		if err != nil {
			return err
		}
		l.Name = cmp.Or(l.Name, projected.Name)
	}
	if l.Name == "" {
		return core.Errorf(core.InvalidConfig, "no collection is named").WithHint("name one with --collection-name")
	}
	l.result.Collection = l.Name
	var err error
	if l.importer, err = New(ctx, l.Server, l.Options); err != nil {
		return err
	}
	l.result.Over = l.importer.Over
	if err := l.checkCollection(ctx); err != nil {
		return err
	}
	if l.Set == nil {
		return errors.Join(errors.Join(Oversized(l.Files)...), l.statFiles(ctx))
	}
	if err := l.checkSet(ctx); err != nil {
		return err
	}
	l.Upload.Fields, l.Upload.Exclude = l.Prepare.Fields, l.Prepare.Exclude
	l.job, err = upload.Prepare(l.Set, l.Prefix, l.Upload)
	return err
}

// projected is the schema of what is imported.
func (l *Load) projected() (*schema.Collection, error) {
	return l.Schema.Project(l.Prepare.Fields, l.Prepare.Exclude)
}

// statFiles looks at the objects that are to be imported; without a bucket the
// server will tell which are not there.
func (l *Load) statFiles(ctx context.Context) error {
	if l.Bucket == nil {
		return nil
	}
	var problems []error
	for n, f := range l.Files {
		o, ok, err := l.Bucket.Stat(ctx, f.Key)
		if err == nil && !ok {
			err = core.Errorf(core.InvalidConfig, "%s is not in the bucket", bucket.Location{Bucket: l.Bucket.Name, Key: f.Key}).
				WithHint("milvus-ingest upload DIR s3://%s/prefix/ brings files there", l.Bucket.Name)
		}
		problems = append(problems, err)
		l.Files[n].Bytes, l.Files[n].SHA256 = o.Bytes, o.SHA256
	}
	return errors.Join(problems...)
}

// checkCollection looks at the collection as it is, and whether it can be made.
func (l *Load) checkCollection(ctx context.Context) (err error) {
	if l.there, err = l.Server.Find(ctx, l.Name); err != nil {
		return err
	}
	if l.Schema == nil {
		if l.there == nil {
			return core.Errorf(core.InvalidConfig, "there is no collection %s, and no schema to make it of", l.Name).
				WithHint("give the schema with --schema FILE or --builtin ID")
		}
		// It is what it is: there is nothing to leave out.
		l.Schema, l.Prepare.Fields, l.Prepare.Exclude = l.there.Schema, nil, nil
		return nil
	}
	projected, err := l.projected()
	if err != nil {
		return err
	}
	if err := unparted(projected, l.Partition); err != nil {
		return err
	}
	lacks := l.Server.Lacks(projected)
	if err := errors.Join(lacks.Err(), l.Prepare.Index.Check(l.Server, projected)); err != nil {
		return err
	}
	for _, p := range lacks.Warnings() {
		l.note(p.String())
	}
	switch {
	case l.there == nil:
		return nil
	case !l.Prepare.Drop || l.RunOptions.Mode == Resume:
		return l.there.Fits(projected)
	}
	return l.there.Droppable(l.Name, l.Prepare.MoveAlias)
}

// Do carries it out, after Check. The result tells what was done, also where
// an error comes with it.
func (l *Load) Do(ctx context.Context) (*LoadResult, error) {
	begin := time.Now()
	defer l.importer.Close()
	err := l.do(ctx)
	l.result.Seconds = time.Since(begin).Seconds()
	return l.result, err
}

func (l *Load) do(ctx context.Context) error {
	begin := time.Now()
	if l.job != nil {
		if l.Uploading != nil {
			l.Uploading(l.job.Bytes())
		}
		uploaded, err := l.job.Run(ctx, l.Bucket)
		if err != nil {
			return errors.Join(err, core.Errorf(core.CodeOf(err), "nothing was imported: the upload is unfinished").
				WithHint("the same command again sends what is missing, and goes on"))
		}
		l.result.Uploaded, l.Files = uploaded, l.uploaded(uploaded)
	}
	l.result.SecondsUpload = time.Since(begin).Seconds()
	begin = time.Now()
	if l.Stage != nil {
		l.Stage(Preparing, 0, 0)
	}
	into, err := l.prepare(ctx)
	if err != nil {
		return err
	}
	l.importer.o.Tell, l.importer.o.Wait = l.counting(l.Options.Tell), l.Options.Wait
	l.result.Result, err = l.importer.Run(ctx, into, l.Files, l.RunOptions)
	l.result.SecondsImport = time.Since(begin).Seconds()
	if err != nil || l.NoWait {
		return err
	}
	begin = time.Now()
	err = l.finish(ctx, into)
	l.result.SecondsFinish = time.Since(begin).Seconds()
	return err
}

// uploaded are the objects as files to import.
func (l *Load) uploaded(r *upload.Result) []File {
	files := make([]File, len(r.Objects))
	for n, o := range r.Objects {
		files[n] = File{Key: o.Key, Bytes: o.Bytes, Rows: o.Rows, SHA256: o.SHA256}
	}
	return files
}

// prepare makes the collection, or finds it, and counts what is in it.
func (l *Load) prepare(ctx context.Context) (*collection.Collection, error) {
	o := l.Prepare
	if o.Drop && l.there != nil && l.RunOptions.Mode == Resume {
		// What an earlier run loaded is not dropped to go on with it.
		entries, err := l.importer.begun(l.there, l.RunOptions, l.Files)
		if err != nil {
			return nil, err
		}
		o.Drop = entries == 0
	}
	into, made, err := l.Server.Prepare(ctx, l.Name, l.Schema, o)
	if err != nil {
		return nil, err
	}
	l.result.Made = made
	if !made {
		projected, err := l.projected()
		if err != nil {
			return nil, err
		}
		if err := into.Index(ctx, o.Index.Over(l.Server, projected)); err != nil {
			return nil, err
		}
		if l.RunOptions.Before, err = Baseline(ctx, into, o.Index.None); err != nil {
			return nil, err
		}
	}
	if l.Partition == "" {
		return into, nil
	}
	if err := unparted(into.Schema, l.Partition); err != nil {
		return nil, err
	}
	return into, into.MakePartition(ctx, l.Partition)
}

// counting passes on what is told of jobs, and how many rows were imported
// altogether.
func (l *Load) counting(tell func(Status)) func(Status) {
	rows := map[string]int64{}
	total := rowsOf(l.Files)
	return func(s Status) {
		if tell != nil {
			tell(s)
		}
		if l.Stage == nil {
			return
		}
		rows[s.ID] = s.Rows
		var sum int64
		for _, n := range rows {
			sum += n
		}
		l.Stage(Rows, sum, total)
	}
}

// finish waits until all rows can be searched.
func (l *Load) finish(ctx context.Context, into *collection.Collection) (err error) {
	r := l.result
	if told := rowsOf(l.Files); told >= 0 && told != r.Rows {
		return core.Errorf(core.InvalidData, "the server imported %d rows of the %d in the files", r.Rows, told).
			WithHint("milvus-ingest to-milvus verify DIR tells which are missing")
	}
	if l.Prepare.Index.None {
		r.Estimate, err = into.Estimate(ctx)
		return err
	}
	if r.After, err = Finish(ctx, into, r.Before+r.Rows, l.Stage); err != nil {
		return err
	}
	r.Estimate, err = into.Estimate(ctx)
	return err
}
