package choice

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func field(kind schema.Type, maxLength int, params string) schema.Field {
	return schema.Field{Type: kind, MaxLength: maxLength, Generator: "choice.values", Params: json.RawMessage(params)}
}

func TestValuesComeBackAsTheyWereGiven(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  []string
	}{
		{field(schema.Bool, 0, `{"values": [true]}`), []string{"true"}},
		{field(schema.Int64, 0, `{"values": [9223372036854775807, -9223372036854775808, 9007199254740993]}`), []string{"9223372036854775807", "-9223372036854775808", "9007199254740993"}},
		{field(schema.Float, 0, `{"values": [0.5, -0.0]}`), []string{"0.5", "-0"}},
		{field(schema.VarChar, 9, `{"values": ["数据库", "ok", ""]}`), []string{"数据库", "ok", ""}},
		{field(schema.JSON, 0, `{"values": [{"a": [1, 2]}, null, "x"]}`), []string{`{"a":[1,2]}`, "null", `"x"`}},
	}
	for _, test := range tests {
		t.Run(string(test.field.Type), func(t *testing.T) {
			seen := map[string]bool{}
			for _, v := range trial.Texts(t, Components(), test.field, 0, 300) {
				seen[v] = true
			}
			if len(seen) != len(test.want) {
				t.Errorf("got %v, want %v", seen, test.want)
			}
			for _, v := range test.want {
				if !seen[v] {
					t.Errorf("got %v, want %v", seen, test.want)
				}
			}
		})
	}
}

func TestTheFirstValueIsTheCommonest(t *testing.T) {
	counts := map[string]int{}
	for _, v := range trial.Texts(t, Components(), field(schema.VarChar, 5, `{"values": ["a", "b", "c", "d"]}`), 0, 20_000) {
		counts[v]++
	}
	if counts["a"] <= counts["b"] || counts["b"] <= counts["c"] || counts["c"] <= counts["d"] || counts["d"] < 1000 {
		t.Errorf("counts are %v", counts)
	}
}

func TestValuesThatDoNotFitAreNamedAtOnce(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  []string
	}{
		{field(schema.VarChar, 10, `{"values": ["人工智能", "数据库", "ok", "naïve-café"]}`), []string{"value 1", "12 bytes, max_length 10", "value 4"}},
		{field(schema.Int8, 0, `{"values": [1, 128, 1.5, "2"]}`), []string{"value 2", "value 3", "value 4"}},
		{field(schema.Float, 0, `{"values": [1e39, true]}`), []string{"value 1", "value 2"}},
		{field(schema.Bool, 0, `{"values": [1, "true"]}`), []string{"value 1", "value 2"}},
		{field(schema.VarChar, 10, `{}`), []string{"values is empty"}},
		{field(schema.VarChar, 10, `{"values": ["a"], "weights": [0]}`), []string{"all weights are 0"}},
		{field(schema.VarChar, 10, `{"values": ["a"], "weights": [-1]}`), []string{"a weight is -1"}},
		{field(schema.VarChar, 10, `{"values": ["a"], "skew": 11}`), []string{"skew is 11"}},
	}
	for _, test := range tests {
		_, err := trial.Open(Components(), test.field)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want %q", test.field.Params, err, want)
			}
		}
	}
}

func BenchmarkFill(b *testing.B) {
	b.Run("text", func(b *testing.B) {
		trial.Bench(b, Components(), field(schema.VarChar, 20, `{"values": ["open", "waiting", "closed"]}`))
	})
}
