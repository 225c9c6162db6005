package health

import (
	"context"
	"errors"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestTheWorstCheckDecides(t *testing.T) {
	for name, c := range map[string]struct {
		checks []Status
		want   Overall
		code   int
	}{
		"all is well":                 {[]Status{OK, OK}, Healthy, 0},
		"what is not told counts not": {[]Status{OK, Unknown}, Healthy, 0},
		"a warning degrades":          {[]Status{OK, Warn, Unknown}, Degraded, 1},
		"a failure beats warnings":    {[]Status{Warn, Fail, OK}, Unhealthy, 2},
		"no check at all":             {nil, Healthy, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := Report{Checks: map[string]Check{}}
			for i, s := range c.checks {
				r.Checks[Names()[i]] = Check{Status: s}
			}
			if got := r.overall(); got != c.want || got.Code() != c.code {
				t.Errorf("it is %s, exit code %d", got, got.Code())
			}
		})
	}
}

func TestImportsThatFailedOrWaitAreWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		jobs map[string]int64
		err  error
		want Status
	}{
		"none":                        {map[string]int64{}, nil, OK},
		"completed":                   {map[string]int64{"Completed": 1000}, nil, OK},
		"failed":                      {map[string]int64{"Completed": 3, "Failed": 1}, nil, Warn},
		"a few under way":             {map[string]int64{"Importing": 1, "Pending": 1}, nil, OK},
		"many under way":              {map[string]int64{"Importing": 2, "Pending": 1}, nil, Warn},
		"a server without imports":    {nil, collection.Explain(status.Error(codes.Unimplemented, "no"), nil), Unknown},
		"a server that cannot answer": {nil, errors.New("broken"), Fail},
	} {
		t.Run(name, func(t *testing.T) {
			r := run{server: &collection.Server{Kind: collection.Milvus}, collection: &collection.Collection{Name: "docs"}, Target: Target{
				Thresholds: Thresholds{MaxWaitingJobs: 2},
				Jobs: func(context.Context, *collection.Collection) (map[string]int64, error) {
					return c.jobs, c.err
				},
			}}
			if got := r.jobs(t.Context()); got.Status != c.want {
				t.Errorf("it is %+v", got)
			}
		})
	}
}

func TestEachDenseVectorHasAProbe(t *testing.T) {
	for _, kind := range []schema.Type{schema.FloatVector, schema.BinaryVector, schema.Float16, schema.BFloat16, schema.Int8Vector} {
		field := schema.Field{Name: "v", Type: kind, Dim: 16}
		vectors, err := probe(&field)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if vectors.Len() != 1 || vectors.NullN() != 0 {
			t.Errorf("%s: %v", kind, vectors)
		}
		if list, ok := vectors.(*array.FixedSizeList); ok && list.ListValues().Len() != 16 {
			t.Errorf("%s has %d places", kind, list.ListValues().Len())
		}
		vectors.Release()
	}
	if _, err := probe(&schema.Field{Name: "v", Type: schema.Sparse}); err == nil {
		t.Error("a sparse vector has a probe")
	}
}
