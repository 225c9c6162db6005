package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// Options say what to measure. Every combination of filter, top-k, parameters
// and load is a run.
type Options struct {
	Collection *collection.Collection
	// Set is the data set that the collection holds; nil: queries and truth
	// are of the rows of the collection.
	Set     *dataset.Set
	Version string // of this program
	// Fields are searched: one, or several whose hits are ranked together.
	// None: the first vector field, or the first text field for a text search.
	Fields []string
	// Weights rank the hits of several fields; none: by reciprocal rank.
	Weights []float64
	// Text searches the field that BM25 fills.
	Text bool
	// Metric is that of the field's index where it is "".
	Metric      string
	Queries     Queries
	Concurrency []int
	Rates       []float64
	Duration    time.Duration
	Count       int64
	Warmup      time.Duration
	TopK        []int
	Params      []map[string]string
	Filters     []string
	Shares      []float64 // filters that find these shares are looked for
	Output      []string
	Consistency string
	// TruthFile keeps the ground truth.
	TruthFile string
	// NoRecall measures no recall; NeedRecall ends the benchmark where it
	// cannot be.
	NoRecall, NeedRecall bool
	Thresholds           []Threshold
	Baseline             *Result
	// Insert inserts rows meanwhile; nil: none.
	Insert Inserter
	// Progress takes what is going on; it may be nil.
	Progress func(Progress)
}

// Inserter inserts rows while searches run.
type Inserter interface {
	// Rate is the number of rows a second.
	Rate() float64
	// Insert inserts until ctx ends or there are no more rows, and returns how
	// many it inserted; that ctx ended is no error.
	Insert(ctx context.Context) (rows int64, err error)
}

// Progress is what is going on.
type Progress struct {
	// Doing says what, such as "warming up".
	Doing string
	// Run is the number of the run, from 1, of Runs; 0 before them.
	Run, Runs int
	Setting   Setting
	Now       Now
	// Rows were compared for the ground truth.
	Rows int64
}

// bench is one Measure.
type bench struct {
	Options
	result *Result
	fields []*schema.Field
	// queries are those of each field, all of the same length.
	queries []arrow.Array
	filters []choice
	// answers are the truths of the filters; nil where there are none.
	answers []*truth.Answer
}

// Measure makes all runs. When ctx ends it returns what was measured until
// then, and the error.
func Measure(ctx context.Context, o Options) (*Result, error) {
	b := &bench{Options: o}
	begin := time.Now()
	if err := b.prepare(ctx, begin); err != nil {
		return nil, err
	}
	err := b.measure(ctx)
	b.result.Seconds = time.Since(begin).Seconds()
	b.result.Interrupted = ctx.Err() != nil
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	for _, t := range o.Thresholds {
		b.result.Thresholds = append(b.result.Thresholds, t.Judge(b.result))
	}
	return b.result, err
}

func (b *bench) tell(p Progress) {
	if b.Progress != nil {
		b.Progress(p)
	}
}

func (b *bench) warn(format string, args ...any) {
	b.result.Warnings = append(b.result.Warnings, fmt.Sprintf(format, args...))
}

// prepare finds out all that there is to know before the first search.
func (b *bench) prepare(ctx context.Context, begin time.Time) error {
	if err := b.choose(); err != nil {
		return err
	}
	b.tell(Progress{Doing: "counting rows"})
	rows, err := b.Collection.Count(ctx, "")
	if err != nil {
		return err
	}
	if rows == 0 {
		return core.Errorf(core.InvalidData, "the collection %s has no rows", b.Collection.Name).WithHint("insert or import a data set first")
	}
	first := b.fields[0]
	b.result = &Result{
		Version: b.Options.Version, Collection: b.Collection.Name, Rows: rows, Started: begin.UTC(),
		Server: fmt.Sprintf("%s %s", b.Collection.Server.Kind, b.Collection.Server.Version),
		Kind:   b.kind(), Field: first.Name, Metric: b.metric(first), Dim: first.Dim, Queries: b.Queries, Baseline: b.Baseline,
	}
	if first.Index != nil {
		b.result.Index = first.Index.Type
	}
	if len(b.fields) > 1 {
		b.result.Field, b.result.Index, b.result.Metric, b.result.Dim = strings.Join(b.Fields, " + "), "", "", 0
	}
	if b.Set != nil {
		b.result.Data = b.Set.Path
	}
	if b.Baseline != nil {
		b.Baseline.Baseline = nil
	}
	if err := b.ask(ctx); err != nil {
		return err
	}
	if err := b.narrow(ctx); err != nil {
		return err
	}
	return b.learn(ctx)
}

func (b *bench) kind() Kind {
	switch {
	case len(b.fields) > 1:
		return Hybrid
	case b.isText(b.fields[0]):
		return Text
	}
	return Vector
}

func (b *bench) isText(f *schema.Field) bool { return b.Collection.Schema.FunctionOf(f.Name) != nil }

func (b *bench) metric(f *schema.Field) string {
	if b.Metric != "" {
		return b.Metric
	}
	if f.Index != nil && f.Index.Metric != "" {
		return f.Index.Metric
	}
	return collection.DefaultMetric(b.Collection.Schema, f)
}

// choose finds the fields that are searched.
func (b *bench) choose() error {
	s := b.Collection.Schema
	for _, name := range b.Fields {
		f := s.Field(name)
		if f == nil || !f.Type.IsVector() {
			return core.Errorf(core.InvalidConfig, "the collection %s has no such vector field", b.Collection.Name).WithField(name)
		}
		b.fields = append(b.fields, f)
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; len(b.fields) == 0 && f.Type.IsVector() && b.isText(f) == b.Text {
			b.fields = append(b.fields, f)
		}
	}
	switch {
	case len(b.fields) == 0 && b.Text:
		return core.Errorf(core.InvalidConfig, "the collection %s has no field that BM25 fills", b.Collection.Name)
	case len(b.fields) == 0:
		return core.Errorf(core.InvalidConfig, "the collection %s has no vector field", b.Collection.Name)
	case len(b.Weights) > 0 && len(b.Weights) != len(b.fields):
		return core.Errorf(core.InvalidConfig, "%d weights for %d fields", len(b.Weights), len(b.fields)).WithHint("give one weight for each field of --hybrid")
	}
	return nil
}

// ask makes the queries.
func (b *bench) ask(ctx context.Context) error {
	b.tell(Progress{Doing: "choosing queries"})
	q := &querier{c: b.Collection, set: b.Set, spec: b.Queries}
	least := b.Queries.Count
	for _, f := range b.fields {
		queries, err := q.of(ctx, f)
		if err != nil {
			return err
		}
		b.queries = append(b.queries, queries)
		least = min(least, queries.Len())
	}
	for i := range b.queries {
		b.queries[i] = array.NewSlice(b.queries[i], 0, int64(least))
	}
	b.result.Queries.Count = least
	if b.Queries.Source != Planted {
		b.result.Queries.Noise = 0
	}
	return nil
}

// narrow finds the filters, and the share of the rows that each finds.
func (b *bench) narrow(ctx context.Context) error {
	for _, filter := range b.Filters {
		n, err := b.Collection.Count(ctx, filter)
		if err != nil {
			return core.Errorf(core.CodeOf(err), "filter %q: %w", filter, err)
		}
		b.filters = append(b.filters, choice{filter, float64(n) / float64(b.result.Rows)})
	}
	if len(b.Shares) > 0 {
		b.tell(Progress{Doing: "looking for filters"})
		s, err := newSelector(ctx, b.Collection, b.result.Rows)
		if err != nil {
			return err
		}
		for _, share := range b.Shares {
			c, err := s.filter(ctx, share)
			if err != nil {
				return err
			}
			if off(c.share, share) > 2*closeTo {
				b.warn("no filter finds %g %% of the rows: %s finds %.3g %%", 100*share, c.filter, 100*c.share)
			}
			b.filters = append(b.filters, c)
		}
	}
	if len(b.filters) == 0 {
		b.filters = []choice{{}}
	}
	return nil
}

// learn finds out what the searches should find.
func (b *bench) learn(ctx context.Context) error {
	if b.NoRecall || b.result.Kind != Vector && !b.NeedRecall && b.TruthFile == "" {
		return nil
	}
	err := b.exact(ctx)
	if err == nil || b.NeedRecall || b.TruthFile != "" || ctx.Err() != nil || core.CodeOf(err) == core.Internal {
		return err
	}
	b.warn("recall is not measured: %v", err)
	var e *core.Error
	if errors.As(err, &e) && e.Hint != "" {
		b.result.Warnings[len(b.result.Warnings)-1] += " (" + e.Hint + ")"
	}
	return nil
}

func (b *bench) exact(ctx context.Context) error {
	if b.result.Kind != Vector {
		return core.Errorf(core.InvalidConfig, "there is no ground truth for a %s search", b.result.Kind)
	}
	if b.Insert != nil {
		return core.Errorf(core.InvalidConfig, "the nearest rows change while rows are inserted")
	}
	if b.Set != nil {
		if err := b.same(ctx); err != nil {
			return err
		}
	}
	e := &Exact{
		Set: b.Set, Collection: b.Collection, Field: b.fields[0], Metric: b.result.Metric, Queries: b.queries[0],
		K: slices.Max(b.TopK), Rows: b.result.Rows, File: b.TruthFile,
		Progress: func(rows int64) { b.tell(Progress{Doing: "finding the exact neighbours", Rows: rows}) },
	}
	var filters []string
	for _, c := range b.filters {
		filters = append(filters, c.filter)
	}
	var err error
	b.answers, err = e.Find(ctx, filters)
	return err
}

// same looks whether the collection holds the data set: as many rows, and
// those of a sample.
func (b *bench) same(ctx context.Context) error {
	if n := b.Set.Count(); n >= 0 && n != b.result.Rows {
		return otherRows(b.Set, n, b.result.Rows)
	}
	key := b.Collection.Schema.Primary()
	if key == nil || key.AutoID {
		return nil // the truth is of the rows of the collection
	}
	q := &querier{c: b.Collection, set: b.Set, spec: Queries{Count: 50, Seed: b.Queries.Seed}}
	keys, err := q.rows(ctx, key.Name)
	if err != nil {
		return err
	}
	n, err := b.Collection.Count(ctx, collection.KeyFilter(key.Name, keys))
	if err != nil {
		return err
	}
	if n != int64(keys.Len()) {
		return core.Errorf(core.InvalidData, "the collection has %d of %d rows of %s that were looked for: recall would be wrong", n, keys.Len(), b.Set.Path).
			WithHint("give the data set that was inserted, or none: recall is then of the rows that the collection holds")
	}
	return nil
}

// loads are the loads of each combination.
func (b *bench) loads() []Load {
	var all []Load
	for _, n := range b.Concurrency {
		all = append(all, Load{Concurrency: n, Duration: b.Duration, Count: b.Count})
	}
	for _, rate := range b.Rates {
		all = append(all, Load{Concurrency: openPlaces, Rate: rate, Duration: b.Duration, Count: b.Count})
	}
	return all
}

// openPlaces is the number of searches that an open loop makes at a time, at
// most.
const openPlaces = 512

// settings are all combinations, in the order in which they are measured, and
// the number of the filter of each.
func (b *bench) settings() (all []Setting, filters []int, loads []Load) {
	params := b.Params
	if len(params) == 0 {
		params = []map[string]string{nil}
	}
	for i, c := range b.filters {
		for _, topK := range b.TopK {
			for _, p := range params {
				for _, load := range b.loads() {
					s := Setting{Concurrency: load.Concurrency, Rate: load.Rate, TopK: topK, Params: maps.Clone(p), Filter: c.filter}
					if b.Insert != nil {
						s.Inserting = b.Insert.Rate()
					}
					all, filters, loads = append(all, s), append(filters, i), append(loads, load)
				}
			}
		}
	}
	return all, filters, loads
}
