package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// Exact computes ground truth: from the files of a data set, or from the rows
// of a live collection where the files cannot tell its keys or which rows a
// filter finds.
type Exact struct {
	// Set holds the rows; nil: the collection does.
	Set *dataset.Set
	// Collection may be nil where Set holds the rows and there is no filter.
	Collection *collection.Collection
	Field      *schema.Field
	Metric     string
	Queries    arrow.Array
	K          int
	// Rows is the number of rows that there should be; -1: as many as there
	// are.
	Rows int64
	// File keeps the truth; "": nowhere.
	File     string
	Progress func(rows int64)

	// Took is how long the rows were read and compared.
	Took time.Duration

	sum     string // of Set
	queries string // the hash of Queries
}

// live tells whether the rows are read from the collection.
func (e *Exact) live(filter string) bool {
	if e.Set == nil || filter != "" {
		return true
	}
	key := e.Set.Schema.Primary()
	return key == nil || key.AutoID
}

// Find gives the truth for each filter: from the file, or computed, and then
// kept in the file.
func (e *Exact) Find(ctx context.Context, filters []string) ([]*truth.Answer, error) {
	kept, err := e.kept()
	if err != nil {
		return nil, err
	}
	answers := make([]*truth.Answer, len(filters))
	fresh := false
	for i, filter := range filters {
		about, err := e.about(ctx, filter)
		if err != nil {
			return nil, err
		}
		if answers[i], err = kept.Find(about, e.K); err != nil {
			return nil, fmt.Errorf("%s: %w", e.File, err)
		}
		if answers[i] != nil {
			continue
		}
		if answers[i], err = e.compute(ctx, filter); err != nil {
			return nil, err
		}
		if about.Rows < 0 {
			about.Rows = answers[i].Rows
		}
		kept.Truths, fresh = append(kept.Truths, truth.Truth{About: about, Answer: *answers[i]}), true
	}
	if e.File == "" || !fresh {
		return answers, nil
	}
	return answers, truth.Write(e.File, kept.Truths)
}

func (e *Exact) kept() (*truth.File, error) {
	if e.File == "" {
		return &truth.File{}, nil
	}
	f, err := truth.ReadFile(e.File)
	if errors.Is(err, fs.ErrNotExist) {
		return &truth.File{}, nil
	}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		return nil, core.Errorf(core.InvalidConfig, "ground truth: %w", err)
	}
	return f, err
}

// about says what the truth of a filter is of. Hashes are only taken where
// they are kept.
func (e *Exact) about(ctx context.Context, filter string) (truth.About, error) {
	a := truth.About{Rows: e.Rows, Field: e.Field.Name, Metric: e.Metric, Filter: filter}
	if e.File == "" {
		return a, nil
	}
	var err error
	if e.queries == "" {
		if e.queries, err = truth.OfQueries(e.Queries); err != nil {
			return a, err
		}
	}
	a.Queries = e.queries
	if e.live(filter) {
		a.Collection = e.Collection.Name
		return a, nil
	}
	if e.sum == "" {
		if e.sum, err = truth.OfFiles(ctx, e.Set); err != nil {
			return a, err
		}
	}
	a.SHA256 = e.sum
	if a.Rows < 0 {
		a.Rows = e.Set.Count()
	}
	return a, nil
}

func (e *Exact) compute(ctx context.Context, filter string) (*truth.Answer, error) {
	begin := time.Now()
	defer func() { e.Took += time.Since(begin) }()
	q := truth.Question{Type: e.Field.Type, Metric: e.Metric, Queries: e.Queries, K: e.K}
	o := truth.Options{Workers: runtime.GOMAXPROCS(0), Progress: e.Progress}
	if e.live(filter) {
		return truth.Find(ctx, &liveRows{e.Collection, e.Field.Name, filter}, q, o)
	}
	a, err := truth.Find(ctx, truth.OfDataSet(e.Set, e.Set.Schema.Primary().Name, e.Field.Name), q, o)
	if err == nil && e.Rows >= 0 && a.Rows != e.Rows {
		return nil, otherRows(e.Set, a.Rows, e.Rows)
	}
	return a, err
}

// otherRows is the error that a collection does not hold a data set.
func otherRows(set *dataset.Set, has, lives int64) error {
	return core.Errorf(core.InvalidData, "%s has %d rows, the collection %d: recall would be wrong", set.Path, has, lives).
		WithHint("give the data set that was inserted, or none: recall is then of the rows that the collection holds")
}

// liveRows are the rows of a collection that a filter finds.
type liveRows struct {
	c             *collection.Collection
	field, filter string
}

func (*liveRows) Parts() int { return 1 }

func (l *liveRows) Open() (truth.Reader, error) { return l, nil }

func (*liveRows) Close() error { return nil }

func (l *liveRows) Read(ctx context.Context, _ int, yield func(arrow.Record) error) error {
	fields := []string{l.c.Schema.Primary().Name, l.field}
	for batch, err := range l.c.Rows(ctx, collection.Read{Fields: fields, Filter: l.filter}) {
		if err != nil {
			return err
		}
		if err := yield(batch); err != nil {
			return err
		}
	}
	return nil
}

// Kept says what Truth computed.
type Kept struct {
	Rows    int64  `json:"rows"`
	Queries int    `json:"queries"`
	K       int    `json:"k"`
	Metric  string `json:"metric"`
	Filters int    `json:"filters"`
	// Seconds is the whole time, SearchSeconds that in which rows were read
	// and compared.
	Seconds       float64 `json:"seconds"`
	SearchSeconds float64 `json:"search_seconds,omitempty"`
}

// Truth computes the ground truth of a benchmark, and keeps it in its file.
// Where the files of the data set tell it, Collection may be nil.
func Truth(ctx context.Context, o Options) (*Kept, error) {
	b := &bench{Options: o, result: &Result{Queries: o.Queries}}
	b.NeedRecall = true
	if o.Collection != nil {
		if err := b.prepare(ctx, time.Now()); err != nil {
			return nil, err
		}
		return &Kept{
			Rows: b.result.Rows, Queries: b.queries[0].Len(), K: slices.Max(b.TopK), Metric: b.result.Metric, Filters: len(b.filters),
		}, nil
	}
	b.Collection = &collection.Collection{Name: o.Set.Schema.Name, Schema: o.Set.Schema}
	if err := b.choose(); err != nil {
		return nil, err
	}
	if err := b.ask(ctx); err != nil {
		return nil, err
	}
	e := &Exact{
		Set: o.Set, Field: b.fields[0], Metric: b.metric(b.fields[0]), Queries: b.queries[0], K: slices.Max(o.TopK), Rows: -1, File: o.TruthFile,
		Progress: func(rows int64) { b.tell(Progress{Doing: "finding the exact neighbours", Rows: rows}) },
	}
	answers, err := e.Find(ctx, []string{""})
	if err != nil {
		return nil, err
	}
	return &Kept{Rows: answers[0].Rows, Queries: b.queries[0].Len(), K: e.K, Metric: e.Metric, Filters: 1, SearchSeconds: e.Took.Seconds()}, nil
}
