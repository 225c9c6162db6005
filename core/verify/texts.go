package verify

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// searchTexts searches for texts of the data set by BM25: each must find
// itself.
func (r *run) searchTexts(ctx context.Context, f *schema.Function) error {
	if f.Type != "BM25" || len(f.Inputs) != 1 || len(f.Outputs) != 1 || r.wanted.Field(f.Inputs[0]) == nil {
		return nil
	}
	texts, err := r.sample(ctx, f.Inputs[0])
	if err != nil {
		return err
	}
	defer texts.Release()
	queries, ok := texts.(*array.String)
	if !ok || queries.Len() == 0 {
		return nil
	}
	r.tell("searching "+f.Outputs[0], int64(queries.Len()), 0)
	hits, err := r.search(ctx, collection.Search{
		Field: f.Outputs[0], Metric: "BM25", Vectors: queries, Limit: searchK, Output: f.Inputs,
	})
	if err != nil {
		return fmt.Errorf("searching %s: %w", f.Outputs[0], err)
	}
	result := Searched{Field: f.Outputs[0], Metric: "BM25", Queries: queries.Len(), K: searchK, MinRecall: r.o.MinRecall}
	var sum float64
	for i := range hits {
		itself, err := r.findsItself(hits[i], f.Inputs[0], queries.Value(i))
		if err != nil {
			return err
		}
		result.Judged++
		if itself {
			sum++
		}
	}
	result.judge(sum)
	r.report.Searches = append(r.report.Searches, result)
	return nil
}

// findsItself tells whether a row with this text is among the hits.
func (r *run) findsItself(h collection.Hits, field, text string) (bool, error) {
	if len(h.Keys) == 0 {
		return false, nil
	}
	rows, err := r.c.Output(h, field)
	if err != nil {
		return false, err
	}
	defer rows.Release()
	found, ok := rows.Column(0).(*array.String)
	for i := 0; ok && i < found.Len(); i++ {
		if found.Value(i) == text {
			return true, nil
		}
	}
	return false, nil
}
