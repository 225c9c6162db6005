package collection

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
)

// Hybrid is several searches whose hits are ranked together. Each has as many
// queries as the others; their Output and Consistency are not used.
type Hybrid struct {
	Searches []Search
	// Weights rank by weighted scores, one for each search; empty: by
	// reciprocal rank (RRF).
	Weights []float64
	// K is that of RRF; 0: 60.
	K           int
	Limit       int
	Output      []string
	Consistency string
}

// PrepareHybrid is PrepareSearch for a hybrid search.
func (c *Collection) PrepareHybrid(h Hybrid) (*Prepared, error) {
	level, err := consistencyLevel(h.Consistency)
	if err != nil {
		return nil, err
	}
	if len(h.Searches) < 2 {
		return nil, core.Errorf(core.InvalidConfig, "a hybrid search needs two searches or more")
	}
	p := &Prepared{c: c, output: h.Output, level: level}
	for _, s := range h.Searches {
		r, err := c.route(s)
		if err != nil {
			return nil, err
		}
		p.routes = append(p.routes, r)
		if len(r.queries) != p.Len() {
			return nil, core.Errorf(core.InvalidConfig, "%d queries, the others have %d", len(r.queries), p.Len()).WithField(s.Field)
		}
	}
	words, err := h.rank()
	p.rank = keyValues(words)
	return p, err
}

// rank says how the hits are ranked.
func (h Hybrid) rank() (map[string]string, error) {
	words := map[string]string{"limit": strconv.Itoa(h.Limit), "round_decimal": "-1"}
	if len(h.Weights) == 0 {
		k := h.K
		if k == 0 {
			k = 60
		}
		words["strategy"], words["params"] = "rrf", `{"k":`+strconv.Itoa(k)+`}`
		return words, nil
	}
	if len(h.Weights) != len(h.Searches) {
		return nil, core.Errorf(core.InvalidConfig, "%d weights for %d searches", len(h.Weights), len(h.Searches))
	}
	params, err := json.Marshal(map[string][]float64{"weights": h.Weights})
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "weights: %w", err)
	}
	words["strategy"], words["params"] = "weighted", string(params)
	return words, nil
}

func (p *Prepared) hybrid(ctx context.Context, request *milvuspb.SearchRequest, first, n int) (*milvuspb.SearchResults, error) {
	requests := []*milvuspb.SearchRequest{request}
	for at := 1; at < len(p.routes); at++ {
		next, err := p.request(at, first, n)
		if err != nil {
			return nil, err
		}
		requests = append(requests, next)
	}
	return p.c.Server.Service().HybridSearch(ctx, &milvuspb.HybridSearchRequest{
		DbName: p.c.Server.Database(), CollectionName: p.c.Name, Requests: requests,
		RankParams: p.rank, OutputFields: p.output, ConsistencyLevel: p.level,
	})
}
