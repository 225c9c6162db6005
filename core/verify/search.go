package verify

import (
	"context"
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// searchK is how many rows each search asks for.
const searchK = 10

// searchVectors searches for vectors of the data set, and judges what is found
// by the truly nearest rows of the data set.
func (r *run) searchVectors(ctx context.Context, f *schema.Field) error {
	if f.Index == nil || f.Index.Metric == "" {
		r.report.note(fmt.Sprintf("%s has no index: it was not searched", f.Name))
		return nil
	}
	if f.Type == schema.Float16 && r.c.Server.Version.Before(schema.Version{Major: 2, Minor: 4}) {
		r.report.note(fmt.Sprintf("%s was not searched: Milvus before 2.4 takes no notice of what a Float16Vector is searched for", f.Name))
		return nil
	}
	queries, err := r.sample(ctx, f.Name)
	if err != nil {
		return err
	}
	defer queries.Release()
	if queries.Len() == 0 {
		return nil
	}
	metric := strings.ToUpper(f.Index.Metric)
	r.tell("finding the nearest rows of "+f.Name, r.report.Rows.DataSet, 0)
	question := truth.Question{Type: f.Type, Metric: metric, Queries: queries, K: searchK}
	answer, err := truth.Find(ctx, r.source(f.Name), question, truth.Options{Workers: r.o.Workers})
	if core.CodeOf(err) == core.InvalidConfig {
		r.report.note(fmt.Sprintf("%s was not searched: %v", f.Name, err))
		return nil
	}
	if err != nil {
		return err
	}
	r.tell("searching "+f.Name, int64(queries.Len()), 0)
	hits, err := r.search(ctx, collection.Search{Field: f.Name, Metric: metric, Vectors: queries, Limit: searchK, Params: searchParams(f.Index.Type)})
	if err != nil {
		return fmt.Errorf("searching %s: %w", f.Name, err)
	}
	result := Searched{Field: f.Name, Metric: metric, Index: f.Index.Type, Queries: queries.Len(), K: searchK, MinRecall: r.o.MinRecall}
	var sum float64
	for i := range hits {
		recall, ok := r.recall(answer, i, hits[i], metric)
		if ok {
			result.Judged++
			sum += recall
		}
	}
	result.judge(sum)
	r.report.Searches = append(r.report.Searches, result)
	return nil
}

func (s *Searched) judge(sum float64) {
	if s.Judged == 0 {
		s.Passed = true
		return
	}
	s.Recall = sum / float64(s.Judged)
	s.Passed = s.Recall >= s.MinRecall
}

// searchAtOnce is how many queries are sent in one call: a server may look at
// all rows for each call.
const searchAtOnce = 100

// search sends all queries.
func (r *run) search(ctx context.Context, s collection.Search) ([]collection.Hits, error) {
	s.Consistency, s.Fresh = "Strong", r.fresh
	p, err := r.c.PrepareSearch(s)
	if err != nil {
		return nil, err
	}
	all := make([]collection.Hits, 0, p.Len())
	for len(all) < p.Len() {
		hits, err := p.Do(ctx, len(all), min(searchAtOnce, p.Len()-len(all)))
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
	}
	return all, nil
}

// recall is the share of the nearest rows that a search found; false where
// that cannot be told. Rows whose keys the server made are known by how near
// they are.
func (r *run) recall(answer *truth.Answer, query int, found collection.Hits, metric string) (float64, bool) {
	if !r.report.ByContent {
		keys := make([]truth.Key, 0, len(found.Keys))
		for _, value := range found.Keys {
			if key, err := truth.KeyOf(value); err == nil {
				keys = append(keys, key)
			}
		}
		judgement, ok := answer.Judge(query, searchK, keys)
		return judgement.Recall, ok
	}
	n := answer.Neighbors[query]
	want := min(searchK, len(n.Scores))
	if want == 0 {
		return 0, false
	}
	const single = 1e-4 // servers compute in single precision
	last, hits := n.Scores[want-1], 0
	slack := n.Slack + single*max(1, last, -last)
	for _, score := range found.Scores {
		if metric == "IP" || metric == "COSINE" {
			score, last := -float64(score), -last
			if score <= last+slack {
				hits++
			}
		} else if float64(score) <= last+slack {
			hits++
		}
	}
	return float64(min(hits, want)) / float64(want), true
}

// searchParams let an index look wide enough to be judged.
func searchParams(index string) map[string]any {
	switch {
	case strings.HasPrefix(index, "HNSW"):
		return map[string]any{"ef": 256}
	case strings.HasPrefix(index, "IVF"), strings.HasPrefix(index, "BIN_IVF"), index == "SCANN":
		return map[string]any{"nprobe": 128}
	case index == "DISKANN":
		return map[string]any{"search_list": 256}
	default:
		return nil
	}
}

// source gives the rows of the data set to look at. Where the server made the
// keys those of the data set mean nothing, and it may have none.
func (r *run) source(field string) truth.Source {
	if !r.report.ByContent {
		return truth.OfDataSet(r.set, r.key.Name, field)
	}
	return &keyless{set: r.set, units: r.set.Units(), field: field}
}
