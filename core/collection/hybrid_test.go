package collection_test

import (
	"testing"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

func TestHybridSearchRanksTheHitsOfAllFields(t *testing.T) {
	t.Parallel()
	server := dialTo(t, live.Lite(t))
	c := made(t, server, `{"fields":[{"name":"id","type":"Int64","is_primary":true},
	 {"name":"v","type":"FloatVector","dim":2,"index":{"type":"FLAT","metric":"L2"}},
	 {"name":"w","type":"FloatVector","dim":2,"index":{"type":"FLAT","metric":"L2"}}]}`)
	rows := rowsOf(t, arrowOf(c), `[{"id":1,"v":[0,0],"w":[9,9]},{"id":2,"v":[1,1],"w":[1,1]},{"id":3,"v":[9,9],"w":[0,0]},{"id":4,"v":[8,0],"w":[0,8]}]`)
	put(t, c, rows)
	searches := []collection.Search{
		{Field: "v", Vectors: rows.Column(1), Limit: 4},
		{Field: "w", Vectors: rows.Column(1), Limit: 4}, // with the queries of v
	}
	for name, weights := range map[string][]float64{"reciprocal rank": nil, "weights": {0.9, 0.1}} {
		p, err := c.PrepareHybrid(collection.Hybrid{Searches: searches, Weights: weights, Limit: 2, Output: []string{"w"}, Consistency: "Strong"})
		if err != nil {
			t.Fatal(err)
		}
		hits, err := p.Do(t.Context(), 1, 1) // [1,1], which is 2 in both fields
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(hits) != 1 || len(hits[0].Keys) != 2 || hits[0].Keys[0] != any(int64(2)) {
			t.Errorf("%s: %v, want 2 first", name, hits)
		}
		output, err := c.Output(hits[0], "w")
		if err != nil || output.NumRows() != 2 {
			t.Fatal(output, err)
		}
		output.Release()
	}
	if _, err := c.PrepareHybrid(collection.Hybrid{Searches: searches, Weights: []float64{1}}); err == nil {
		t.Error("one weight for two searches was taken")
	}
}
