package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// The sources of queries that are no file.
const (
	FromRows = "rows"    // rows as they are: each is its own nearest row
	Planted  = "planted" // rows with noise
	Random   = "random"  // random numbers, which are near to nothing
)

const (
	textWords = 12 // words of a text query that is taken from a row
	textRunes = 48
)

// querier finds out what to search for.
type querier struct {
	c    *collection.Collection
	set  *dataset.Set // nil: rows are those of the collection
	spec Queries
}

// of makes the queries for a vector field: vectors, or texts where a function
// makes the field of a text.
func (q *querier) of(ctx context.Context, f *schema.Field) (arrow.Array, error) {
	if fn := q.c.Schema.FunctionOf(f.Name); fn != nil {
		if fn.Type != "BM25" || len(fn.Inputs) == 0 {
			return nil, core.Errorf(core.InvalidConfig, "the function %s makes it: there are no queries for it", fn.Type).WithField(f.Name)
		}
		return q.texts(ctx, fn.Inputs[0])
	}
	switch q.spec.Source {
	case FromRows:
		return q.rows(ctx, f.Name)
	case Planted:
		rows, err := q.rows(ctx, f.Name)
		if err != nil {
			return nil, err
		}
		return perturb(f, rows, q.spec.Noise, rng.Field(q.spec.Seed, "planted queries"))
	case Random:
		return random(f, q.spec.Count, rng.Field(q.spec.Seed, "random queries"))
	}
	return fileQueries(ctx, q.spec.Source, f, q.spec.Count)
}

func (q *querier) texts(ctx context.Context, field string) (arrow.Array, error) {
	if source := q.spec.Source; source != FromRows && source != Planted && source != Random {
		return fileTexts(ctx, source, field, q.spec.Count)
	}
	rows, err := q.rows(ctx, field)
	if err != nil {
		return nil, err
	}
	texts, ok := rows.(*array.String)
	if !ok {
		return nil, core.Errorf(core.InvalidConfig, "it holds %s, not texts", rows.DataType()).WithField(field)
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for i := range texts.Len() {
		if text := beginning(texts.Value(i)); text != "" {
			b.Append(text)
		}
	}
	if b.Len() == 0 {
		return nil, core.Errorf(core.InvalidData, "its texts are empty").WithField(field)
	}
	return b.NewArray(), nil
}

// beginning is as much of a text as somebody would type.
func beginning(text string) string {
	words := strings.Fields(text)
	text = strings.Join(words[:min(len(words), textWords)], " ")
	if utf8.RuneCountInString(text) > textRunes {
		text = strings.TrimSpace(string([]rune(text)[:textRunes]))
	}
	return text
}

// rows takes values of a field from rows all over the data, without nulls.
func (q *querier) rows(ctx context.Context, field string) (arrow.Array, error) {
	var all []arrow.Array
	var err error
	if q.set != nil {
		all, err = q.setRows(ctx, field)
	} else {
		all, err = q.liveRows(ctx, field)
	}
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, core.Errorf(core.InvalidData, "there are no values to search for").WithField(field)
	}
	joined, err := array.Concatenate(all, memory.DefaultAllocator)
	if err != nil {
		return nil, core.Errorf(core.Internal, "queries: %w", err).WithField(field)
	}
	return joined, nil
}

func (q *querier) liveRows(ctx context.Context, field string) ([]arrow.Array, error) {
	r, err := q.c.Query(ctx, collection.Read{Fields: []string{field}, Limit: min(q.spec.Count, collection.Window)})
	if err != nil {
		return nil, err
	}
	var all []arrow.Array
	for i := range int(r.NumRows()) {
		if r.Column(0).IsValid(i) {
			all = append(all, array.NewSlice(r.Column(0), int64(i), int64(i+1)))
		}
	}
	return all, nil
}

// errEnough ends the reading of rows.
var errEnough = errors.New("there are enough rows")

func (q *querier) setRows(ctx context.Context, field string) (_ []arrow.Array, err error) {
	if err := q.set.Err(); err != nil {
		return nil, err
	}
	reader, err := q.set.Reader(dataset.ReadOptions{Fields: []string{field}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	pick := pickRows(q.set, q.spec.Count, q.spec.Seed)
	var all []arrow.Array
	row := int64(0)
	for _, u := range q.set.Units() {
		if u.Rows >= 0 && !pick.within(row, row+u.Rows) {
			row += u.Rows
			continue
		}
		err := reader.Read(ctx, u, func(b *dataset.Batch) error {
			picked, err := pick.from(b.Column(0), row)
			row += b.NumRows()
			all = append(all, picked...)
			return err
		})
		switch {
		case errors.Is(err, errEnough):
			return all, nil
		case err != nil:
			return nil, err
		}
	}
	return all, nil
}

// picker says which rows are taken, in rising order.
type picker struct {
	rows []int64
	// first takes the first rows, how many so ever there are: nobody knows.
	first int
}

func pickRows(set *dataset.Set, n int, seed uint64) *picker {
	total := set.Count()
	if total < 0 {
		return &picker{first: n}
	}
	order := rng.NewPermutation(rng.Field(seed, "rows that are queries"), uint64(max(total, 1)))
	p := &picker{}
	for i := range min(int64(n), total) {
		p.rows = append(p.rows, int64(order.At(uint64(i))))
	}
	slices.Sort(p.rows)
	return p
}

func (p *picker) within(from, to int64) bool {
	return p.first > 0 || len(p.rows) > 0 && p.rows[0] >= from && p.rows[0] < to
}

// from copies what is picked of a batch that begins with a row; it ends with
// errEnough when nothing more is wanted.
func (p *picker) from(column arrow.Array, row int64) ([]arrow.Array, error) {
	var all []arrow.Array
	take := func(i int) error {
		if column.IsNull(i) {
			return nil
		}
		one, err := array.Concatenate([]arrow.Array{array.NewSlice(column, int64(i), int64(i+1))}, memory.DefaultAllocator)
		all = append(all, one)
		return err
	}
	for i := 0; len(all) < p.first && i < column.Len(); i++ {
		if err := take(i); err != nil {
			return nil, err
		}
	}
	p.first = max(0, p.first-len(all))
	for len(p.rows) > 0 && p.rows[0] < row+int64(column.Len()) {
		if err := take(int(p.rows[0] - row)); err != nil {
			return nil, err
		}
		p.rows = p.rows[1:]
	}
	if p.first == 0 && len(p.rows) == 0 {
		return all, errEnough
	}
	return all, nil
}
