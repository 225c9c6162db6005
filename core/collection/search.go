package collection

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Search finds the nearest rows, one Hits for each query.
func (c *Collection) Search(ctx context.Context, s Search) ([]Hits, error) {
	p, err := c.PrepareSearch(s)
	if err != nil {
		return nil, err
	}
	return p.Do(ctx, 0, p.Len())
}

// Prepared is a search, or a hybrid one, of which all is made but the sending.
// It is safe for concurrent use, and costs next to nothing a call.
type Prepared struct {
	c      *Collection
	routes []route // one, or those of a hybrid search
	rank   []*commonpb.KeyValuePair
	output []string
	level  commonpb.ConsistencyLevel
	fresh  uint64
}

// route is a search of one field.
type route struct {
	kind    commonpb.PlaceholderType
	queries [][]byte
	params  []*commonpb.KeyValuePair
	filter  string
}

// PrepareSearch checks a search and makes what its calls have in common. Its
// Vectors are all queries that Do may choose from.
func (c *Collection) PrepareSearch(s Search) (*Prepared, error) {
	level, err := consistencyLevel(s.Consistency)
	if err != nil {
		return nil, err
	}
	r, err := c.route(s)
	if err != nil {
		return nil, err
	}
	return &Prepared{c: c, routes: []route{r}, output: s.Output, level: level, fresh: s.Fresh}, nil
}

// Len is the number of queries.
func (p *Prepared) Len() int { return len(p.routes[0].queries) }

// Do sends n of the queries, from the first one on, in one call.
func (p *Prepared) Do(ctx context.Context, first, n int) ([]Hits, error) {
	if n == 0 {
		return nil, nil
	}
	request, err := p.request(0, first, n)
	if err != nil {
		return nil, err
	}
	var answer *milvuspb.SearchResults
	if p.rank == nil {
		answer, err = p.c.Server.Service().Search(ctx, request)
	} else {
		answer, err = p.hybrid(ctx, request, first, n)
	}
	if err := Explain(err, answer.GetStatus()); err != nil {
		return nil, err
	}
	return hitsOf(answer.GetResults(), n)
}

// request is what is sent for one route.
func (p *Prepared) request(at, first, n int) (*milvuspb.SearchRequest, error) {
	r := &p.routes[at]
	group, err := proto.Marshal(&commonpb.PlaceholderGroup{Placeholders: []*commonpb.PlaceholderValue{
		{Tag: "$0", Type: r.kind, Values: r.queries[first : first+n]},
	}})
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "search: %w", err)
	}
	return &milvuspb.SearchRequest{
		DbName: p.c.Server.Database(), CollectionName: p.c.Name, Dsl: r.filter, DslType: commonpb.DslType_BoolExprV1,
		SearchInput:  &milvuspb.SearchRequest_PlaceholderGroup{PlaceholderGroup: group},
		OutputFields: p.output, SearchParams: r.params, Nq: int64(n), ConsistencyLevel: p.level,
		GuaranteeTimestamp: p.fresh,
	}, nil
}

func (c *Collection) route(s Search) (route, error) {
	f := c.Schema.Field(s.Field)
	if f == nil || !f.Type.IsVector() {
		return route{}, core.Errorf(core.InvalidConfig, "the collection %s has no such vector field", c.Name).WithField(s.Field)
	}
	params := s.Params
	if params == nil {
		params = map[string]any{}
	}
	inner, err := json.Marshal(params)
	if err != nil {
		return route{}, core.Errorf(core.InvalidConfig, "search parameters: %w", err)
	}
	words := map[string]string{
		"anns_field": s.Field, "topk": strconv.Itoa(s.Limit), "params": string(inner), "round_decimal": "-1",
	}
	if s.Metric == "" && f.Index != nil {
		s.Metric = f.Index.Metric
	}
	if s.Metric != "" {
		words["metric_type"] = s.Metric
	}
	r := route{params: keyValues(words), filter: s.Filter}
	r.kind, r.queries, err = c.queries(f, s.Vectors)
	return r, err
}

// queries are vectors, or texts for BM25, as they are sent.
func (c *Collection) queries(f *schema.Field, vectors arrow.Array) (commonpb.PlaceholderType, [][]byte, error) {
	if vectors == nil || vectors.Len() == 0 {
		return 0, nil, core.Errorf(core.InvalidConfig, "a search needs something to look for").WithField(f.Name)
	}
	isText := f.Type == schema.Sparse && vectors.DataType().ID() == arrow.STRING
	if !isText && !arrow.TypeEqual(vectors.DataType(), f.Arrow().Type) {
		return 0, nil, core.Errorf(core.InvalidConfig, "queries are %s, the vectors %s", vectors.DataType(), f.Arrow().Type).WithField(f.Name)
	}
	if row := firstNull(vectors); row >= 0 {
		return 0, nil, core.Errorf(core.InvalidConfig, "query %d is null", row).WithField(f.Name)
	}
	if isText {
		return commonpb.PlaceholderType_VarChar, placeholders(vectors), nil
	}
	return commonpb.PlaceholderType(dataType(f.Type)), placeholders(vectors), nil
}
