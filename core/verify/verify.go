// Package verify compares a data set with the live collection that it was
// brought into: counts, every row, exact lookups and searches.
//
// Rows are streamed from both sides, so the memory it takes depends on neither.
// Rows with keys are looked up by key and compared field by field; where the
// server makes the keys rows are compared by their content.
package verify

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Level says how much is compared.
type Level string

// The levels.
const (
	Count  Level = "count"  // the number of rows
	Scalar Level = "scalar" // all rows, without their vectors
	Full   Level = "full"   // all rows, all fields
)

// Options say how to verify.
type Options struct {
	Level Level
	// Fields and Exclude leave fields out (see schema.Collection.Project).
	Fields, Exclude []string
	// Workers is how many requests are on their way at once; 0: four, or one a
	// core where there are more.
	Workers int
	// MaxDifferences bounds the differences that are told in detail; all are
	// counted.
	MaxDifferences int
	// Sample is the number of rows that are looked up and searched for, of
	// each vector field; 0: none.
	Sample int
	// MinRecall is the least share of the nearest rows that searches must
	// find.
	MinRecall float64
	// AllowExtra takes rows that only the collection has for no difference: the
	// data set is a part of what it holds.
	AllowExtra bool
	// Wait is how long rows may take to be seen after they were loaded.
	Wait time.Duration
	// Tolerance is the difference of floats that counts as none, relative to
	// the larger one; 0: they must be the same bits.
	Tolerance float64
	// Progress is told what is done now, of how many rows (-1: not known), and
	// how many more were compared since. It may be nil, and called from
	// several goroutines.
	Progress func(stage string, total, more int64)
}

// run is one verification.
type run struct {
	o      Options
	set    *dataset.Set
	c      *collection.Collection
	wanted *schema.Collection // the schema of the data set, without what is left out
	key    *schema.Field
	fields []*schema.Field // what is compared; the key is not among them
	lite   bool
	report *Report
	found  findings
	fresh  uint64 // when the rows were counted: nothing from before may be missing
}

// Run compares a data set with a collection. The report tells all; its Err is
// what becomes of it.
func Run(ctx context.Context, set *dataset.Set, c *collection.Collection, o Options) (*Report, error) {
	begin := time.Now()
	o.Workers = cmp.Or(o.Workers, max(4, runtime.GOMAXPROCS(0)))
	r := &run{o: o, set: set, c: c, lite: c.Server.Kind == collection.Lite}
	r.found.most = o.MaxDifferences
	r.report = &Report{
		Server: c.Server.Address, Kind: string(c.Server.Kind), Version: c.Server.Version.String(), Collection: c.Name,
		DataSet: set.Path, Level: o.Level, AllowExtra: o.AllowExtra,
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if err := r.verify(ctx); err != nil {
		return nil, err
	}
	r.report.take(&r.found)
	r.report.Seconds = time.Since(begin).Seconds()
	return r.report, nil
}

// prepare finds out what can be compared.
func (r *run) prepare(ctx context.Context) error {
	if err := r.set.Err(); err != nil {
		return err
	}
	var err error
	if r.wanted, err = r.set.Schema.Project(r.o.Fields, r.o.Exclude); err != nil {
		return err
	}
	if r.key = r.c.Schema.Primary(); r.key == nil {
		return core.Errorf(core.Internal, "the server tells of no key of %s", r.c.Name)
	}
	if r.report.ByContent = r.key.AutoID; r.report.ByContent && r.o.Tolerance > 0 {
		r.report.note("rows were compared by their content, so that the tolerance of floats does not count")
	}
	state, _, err := r.c.Loaded(ctx)
	if err != nil {
		return err
	}
	if state != collection.Loaded {
		return core.Errorf(core.Conflict, "the collection %s is not loaded, so nothing of it can be read", r.c.Name).
			WithHint("load it first, or give --load")
	}
	return r.chooseFields()
}

// chooseFields finds the fields to compare, and tells of all that the
// collection has not.
func (r *run) chooseFields() error {
	stored := r.wanted.Stored()
	if r.wanted.EnableDynamic {
		stored = append(stored, &schema.Field{Name: core.DynamicField, Type: schema.JSON, Nullable: true})
	}
	var missing []string
	var problems []error
	for _, f := range stored {
		theirs := r.c.Schema.Field(f.Name)
		switch {
		case f.Name == core.DynamicField && r.c.Schema.EnableDynamic:
		case theirs == nil || r.c.Schema.FunctionOf(f.Name) != nil:
			missing = append(missing, f.Name)
			continue
		case theirs.Arrow().Type.Fingerprint() != f.Arrow().Type.Fingerprint():
			problems = append(problems, core.Errorf(core.InvalidData, "the data set has it as %s, the collection as %s", f.Arrow().Type, theirs.Arrow().Type).
				WithField(f.Name))
		}
		if f.IsPrimary || f.Name == r.key.Name {
			continue
		}
		if r.o.Level == Full || (r.o.Level == Scalar && !f.Type.IsVector()) {
			r.fields = append(r.fields, f)
		}
	}
	if len(missing) > 0 {
		problems = append(problems, core.Errorf(core.InvalidData, "the collection %s has no %s", r.c.Name, strings.Join(missing, ", ")).
			WithHint("leave them out as the load did, with --exclude-fields %s", strings.Join(missing, ",")))
	}
	if !r.report.ByContent && !slices.ContainsFunc(stored, func(f *schema.Field) bool { return f.Name == r.key.Name }) {
		problems = append(problems, core.Errorf(core.InvalidData, "the data set does not have the key %s of the collection %s", r.key.Name, r.c.Name))
	}
	for _, f := range r.fields {
		r.report.Fields = append(r.report.Fields, f.Name)
	}
	return errors.Join(problems...)
}

// verify goes through all that the level asks for.
func (r *run) verify(ctx context.Context) error {
	if err := r.count(ctx); err != nil {
		return err
	}
	if r.o.Level == Count {
		return r.extras(ctx)
	}
	if r.report.ByContent {
		if err := r.compareContent(ctx); err != nil {
			return err
		}
	} else {
		if err := r.compareKeys(ctx); err != nil {
			return err
		}
		if err := r.extras(ctx); err != nil {
			return err
		}
	}
	if r.o.Sample == 0 || r.report.Rows.DataSet == 0 {
		return nil
	}
	return r.probe(ctx)
}

func (r *run) tell(stage string, total, more int64) {
	if r.o.Progress != nil {
		r.o.Progress(stage, total, more)
	}
}

func names(fields ...*schema.Field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name
	}
	return list
}
