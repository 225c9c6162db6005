// Package truth finds the exact nearest rows of queries by looking at all
// rows: what a search on an index is measured against.
//
// Rows are streamed, and compared with all queries at once in single
// precision, with a bound on its error; what may be near enough is computed
// anew in double precision. So the answer is exact, and as fast as a matrix
// product.
package truth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// A Source gives rows in parts that can be read side by side.
type Source interface {
	Parts() int
	// Open makes a reader; one goroutine uses it.
	Open() (Reader, error)
}

// A Reader reads parts, one after another.
type Reader interface {
	// Read gives the rows of a part: the key (int64 or utf8), then the vector
	// in its Arrow form. yield keeps nothing of them.
	Read(ctx context.Context, part int, yield func(arrow.Record) error) error
	Close() error
}

// Question is what to look for.
type Question struct {
	Type   schema.Type
	Metric string // L2, IP, COSINE, HAMMING or JACCARD
	// Queries are in the Arrow form of the type, without nulls.
	Queries arrow.Array
	// K is how many rows are wanted for each.
	K int
}

// Options say how to work.
type Options struct {
	// Workers read and compare side by side; 0: one.
	Workers int
	// Progress takes the number of rows that were compared; it may be nil.
	Progress func(rows int64)
}

// Answer holds the nearest rows of each query.
type Answer struct {
	// Rows were looked at, those without a vector too.
	Rows      int64       `json:"rows"`
	K         int         `json:"k"`
	Neighbors []Neighbors `json:"neighbors"`
}

// Neighbors are the nearest rows of one query, nearest first: K of them, and
// those behind that are as near as the last.
type Neighbors struct {
	Keys []Key `json:"keys"`
	// Scores are distances or similarities, as Milvus tells them.
	Scores []float64 `json:"scores"`
	// Slack is the difference of scores that single precision cannot tell.
	Slack float64 `json:"slack"`
	// Open tells that there are more ties than are kept: such a query cannot
	// be judged.
	Open bool `json:"open,omitempty"`
}

// searcher is one way to compare; scan makes what one worker does.
type searcher interface {
	scan() scanner
}

type scanner interface {
	// rows compares rows with all queries.
	rows(keys keys, vectors arrow.Array) error
	// found is what this scanner has for each query.
	found() []collector
}

// Find looks at all rows.
func Find(ctx context.Context, source Source, q Question, o Options) (*Answer, error) {
	s, err := q.searcher()
	if err != nil {
		return nil, err
	}
	workers := max(1, min(o.Workers, source.Parts()))
	f := &finder{source: source, o: o, scanners: make([]scanner, workers)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		f.scanners[i] = s.scan()
		wg.Go(func() {
			if errs[i] = f.work(ctx, f.scanners[i]); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	if err := firstCause(errs); err != nil {
		return nil, err
	}
	return f.answer(q), nil
}

// firstCause is the error that ended the others.
func firstCause(errs []error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(errs...)
}

func (q Question) searcher() (searcher, error) {
	if q.K < 1 || q.Queries.Len() == 0 {
		return nil, core.Errorf(core.InvalidConfig, "%d queries for %d rows each", q.Queries.Len(), q.K).
			WithHint("ask for one row or more")
	}
	switch {
	case q.Type == schema.BinaryVector && (q.Metric == "HAMMING" || q.Metric == "JACCARD"):
		return newBinary(q)
	case q.Type == schema.Sparse && q.Metric == "IP":
		return newSparse(q)
	case q.Type.IsDense() && q.Type != schema.BinaryVector && (q.Metric == "L2" || q.Metric == "IP" || q.Metric == "COSINE"):
		return newDense(q, fastest())
	}
	return nil, core.Errorf(core.InvalidConfig, "there is no ground truth for %s by %s", q.Type, q.Metric).
		WithHint("float vectors go by L2, IP or COSINE, binary ones by HAMMING or JACCARD, sparse ones by IP")
}

// finder is one Find.
type finder struct {
	source     Source
	o          Options
	scanners   []scanner
	next, rows atomic.Int64
}

// work reads parts until none is left.
func (f *finder) work(ctx context.Context, s scanner) (err error) {
	r, err := f.source.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		part := int(f.next.Add(1)) - 1
		if part >= f.source.Parts() {
			return nil
		}
		err := r.Read(ctx, part, func(batch arrow.Record) error {
			if err := f.compare(s, batch); err != nil {
				return err
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
}

func (f *finder) compare(s scanner, batch arrow.Record) error {
	k, err := keysOf(batch.Column(0))
	if err != nil {
		return err
	}
	if err := s.rows(k, batch.Column(1)); err != nil {
		return err
	}
	rows := f.rows.Add(batch.NumRows())
	if f.o.Progress != nil {
		f.o.Progress(rows)
	}
	return nil
}

// answer puts together what the scanners found.
func (f *finder) answer(q Question) *Answer {
	a := &Answer{Rows: f.rows.Load(), K: q.K, Neighbors: make([]Neighbors, q.Queries.Len())}
	found := f.scanners[0].found()
	for _, s := range f.scanners[1:] {
		for i, c := range s.found() {
			found[i].merge(c)
		}
	}
	similar := q.Metric == "IP" || q.Metric == "COSINE"
	for i := range found {
		a.Neighbors[i] = found[i].neighbors(similar)
	}
	return a
}

// keys reads keys of a batch.
type keys struct {
	ints  *array.Int64
	texts *array.String
}

func keysOf(column arrow.Array) (keys, error) {
	switch c := column.(type) {
	case *array.Int64:
		return keys{ints: c}, nil
	case *array.String:
		return keys{texts: c}, nil
	}
	return keys{}, core.Errorf(core.InvalidConfig, "a key is an int64 or a text, not %s", column.DataType())
}

func (k keys) at(row int) Key {
	if k.ints != nil {
		return Key{Int: k.ints.Value(row)}
	}
	// The text is copied: the batch is not kept.
	return TextKey(string([]byte(k.texts.Value(row))))
}
