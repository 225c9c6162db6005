package collection_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// pageRows is more than one query of Milvus returns.
const pageRows = 20_001

// pageKey is the key of a row: they are in no order, and among them is the
// smallest number that there is.
func pageKey(row int) int64 {
	if row == 0 {
		return math.MinInt64
	}
	return int64(row*7919%pageRows) - 5000
}

// pageBatch are rows of which every 16th is large.
func pageBatch(s *arrow.Schema, from, to int) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for row := from; row < to; row++ {
		b.Field(0).(*array.Int64Builder).Append(pageKey(row))
		b.Field(1).(*array.StringBuilder).Append(strings.Repeat("x", row%16/15*4000+1))
		v := b.Field(2).(*array.FixedSizeListBuilder)
		v.Append(true)
		v.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{float32(row), 1}, nil)
	}
	return b.NewRecord()
}

func TestAllRowsAreReadHoweverMany(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, server *collection.Server) {
		c := made(t, server, `{"fields":[{"name":"id","type":"Int64","is_primary":true},
		 {"name":"text","type":"VarChar","max_length":5000},{"name":"v","type":"FloatVector","dim":2}]}`)
		for _, span := range [][2]int{{0, 9_000}, {9_000, pageRows}} {
			rows := pageBatch(arrowOf(c), span[0], span[1])
			put(t, c, rows)
			rows.Release()
			if span[0] == 0 { // the rest comes into another segment
				if err := c.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, read := range []collection.Read{{}, {Fields: []string{"v", "id"}, BatchRows: 7_000}} {
			seen := map[int64]bool{}
			for batch, err := range c.Rows(t.Context(), read) {
				if err != nil {
					t.Fatal(err)
				}
				for _, key := range batch.Column(batch.Schema().FieldIndices("id")[0]).(*array.Int64).Int64Values() {
					seen[key] = true
				}
			}
			if len(seen) != pageRows {
				t.Errorf("%d rows, want %d", len(seen), pageRows)
			}
		}
		finds(t, c)
		theLargestKey(t, c)
	})
}

// finds looks for three rows by their vectors, in one call and one by one.
func finds(t *testing.T, c *collection.Collection) {
	t.Helper()
	rows := pageBatch(arrowOf(c), 100, 103)
	defer rows.Release()
	p, err := c.PrepareSearch(collection.Search{
		Field: "v", Metric: c.Schema.Field("v").Index.Metric, Vectors: rows.Column(2), Limit: 3, Filter: "id > -5000",
		Output: []string{"text"}, Consistency: "Strong",
	})
	if err != nil {
		t.Fatal(err)
	}
	hits, err := p.Do(t.Context(), 0, p.Len())
	if err != nil {
		t.Fatal(err)
	}
	for i := range hits {
		one, err := p.Do(t.Context(), i, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits[i].Keys) != 3 || len(one[0].Keys) != 3 || hits[i].Scores[0] != one[0].Scores[0] {
			t.Errorf("query %d: %v and alone %v", i, hits[i], one[0])
		}
		output, err := c.Output(hits[i], "text")
		if err != nil || output.NumRows() != 3 {
			t.Fatal(output, err)
		}
		output.Release()
	}
}

// theLargestKey is told of where a server never returns its row.
func theLargestKey(t *testing.T, c *collection.Collection) {
	t.Helper()
	rows := rowsOf(t, arrowOf(c), `[{"id":9223372036854775807,"text":"last","v":[1,2]}]`)
	put(t, c, rows)
	var last any
	var problem error
	for batch, err := range c.Rows(t.Context(), collection.Read{After: int64(14_999)}) {
		if problem = err; err != nil {
			break
		}
		last = batch.Column(0).(*array.Int64).Value(int(batch.NumRows()) - 1)
	}
	var e *core.Error
	if last != any(int64(math.MaxInt64)) && !errors.As(problem, &e) {
		t.Errorf("the row with the largest key was passed over: last %v, error %v", last, problem)
	}
}
