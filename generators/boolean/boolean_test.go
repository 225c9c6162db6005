package boolean

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func flag(params string) schema.Field {
	return schema.Field{Type: schema.Bool, Generator: "boolean.flag", Params: json.RawMessage(params)}
}

func TestFlagsAreTrueInTheirShare(t *testing.T) {
	for params, want := range map[string]float64{`{}`: 0.5, `{"ratio": 0}`: 0, `{"ratio": 1}`: 1, `{"ratio": 0.9}`: 0.9} {
		const n = 20_001 // no multiple of 8
		values, count := trial.Fill(t, Components(), flag(params), 5, n).(*array.Boolean), 0
		for i := range n {
			if values.Value(i) {
				count++
			}
		}
		if got := float64(count) / n; math.Abs(got-want) > 0.01 {
			t.Errorf("%s: the share is %.3f", params, got)
		}
	}
	if _, err := trial.Open(Components(), flag(`{"ratio": 1.5}`)); err == nil {
		t.Error("a ratio of 1.5 is taken")
	}
}

func BenchmarkFill(b *testing.B) { trial.Bench(b, Components(), flag(`{}`)) }
