package page

import (
	"testing"

	"github.com/zilliz/milvus-ingest/core/verify"
)

func TestAVerificationTellsWhatDiffers(t *testing.T) {
	v := &verify.Report{
		Collection: "docs", DataSet: "./data", Rows: verify.Rows{DataSet: 100, Collection: 99, Compared: 100}, Missing: 1, Different: 2,
		ByField:     []verify.FieldCount{{Field: "title", Rows: 2}},
		Differences: []verify.Difference{{Kind: verify.Different, Key: "7", Field: "title", Want: `"<b>"`, Got: `"b"`, File: "data.parquet", Row: 6}},
		Searches:    []verify.Searched{{Field: "v", Metric: "COSINE", K: 10, Recall: 0.9, MinRecall: 0.95, Queries: 10, Judged: 9}},
		Lookups:     &verify.Lookups{Queries: 5, Found: 5}, Notes: []string{"the server is old"},
	}
	r := Verify(v)
	write(t, r)
	if r.Verdict.Text != "Not equal" || len(r.Sections) != 3 {
		t.Errorf("the verdict is %v, there are %d sections", r.Verdict, len(r.Sections))
	}
	if r.Sections[1].Cards[0].Mood != Bad || r.Sections[1].Cards[1].Mood != Good {
		t.Error("searches that failed look as if they passed, or lookups the other way")
	}
	same := Verify(&verify.Report{Collection: "docs", Equal: true, Rows: verify.Rows{DataSet: 5, Collection: 5}})
	write(t, same)
	if same.Verdict.Text != "Equal" || len(same.Sections) != 1 {
		t.Errorf("the verdict is %v, there are %d sections", same.Verdict, len(same.Sections))
	}
}
