package array

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/boolean"
	"github.com/zilliz/milvus-ingest/generators/choice"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
	"github.com/zilliz/milvus-ingest/generators/number"
	"github.com/zilliz/milvus-ingest/generators/text"
	"github.com/zilliz/milvus-ingest/generators/vector"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func components() []sdk.Component {
	others := slices.Concat(number.Components(), choice.Components(), boolean.Components(), text.Components(), vector.Components())
	return Components(func(name string) (core.Generator, error) {
		for _, c := range others {
			if c.Describe().Name == name {
				return c.Generator(), nil
			}
		}
		return nil, core.Errorf(core.InvalidConfig, "there is no generator %q", name)
	})
}

func field(element schema.Type, capacity int, params string) schema.Field {
	f := schema.Field{
		Type: schema.Array, ElementType: element, MaxCapacity: capacity,
		Generator: "array.of", Params: json.RawMessage(params),
	}
	if element.IsText() {
		f.MaxLength = 20
	}
	if element == schema.Struct {
		f.StructFields = []schema.Field{
			{Name: "label", Type: schema.VarChar, MaxLength: 12},
			{Name: "page", Type: schema.Int32},
			{Name: "vector", Type: schema.FloatVector, Dim: 4},
		}
	}
	return f
}

// lengths counts the arrays of each length.
func lengths(lists *array.List) map[int]int {
	counts := map[int]int{}
	for i := range lists.Len() {
		start, end := lists.ValueOffsets(i)
		counts[int(end-start)]++
	}
	return counts
}

func TestLengthsStayWithinBounds(t *testing.T) {
	tests := []struct {
		name        string
		field       schema.Field
		least, most int
	}{
		{"as usual", field(schema.Int8, 100, `{}`), 1, 6},
		{"of a small field", field(schema.Int8, 3, `{}`), 1, 3},
		{"as configured", field(schema.VarChar, 10, `{"min": 0, "max": 10}`), 0, 10},
		{"of one length", field(schema.Bool, 10, `{"min": 4, "max": 4}`), 4, 4},
		{"of none", field(schema.Double, 10, `{"min": 0, "max": 0}`), 0, 0},
		{"at capacity", field(schema.Int64, 4096, `{"min": 4096, "max": 4096}`), 4096, 4096},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			counts := lengths(trial.Fill(t, components(), test.field, 0, 500).(*array.List))
			for n := range counts {
				if n < test.least || n > test.most {
					t.Errorf("%d arrays have %d elements", counts[n], n)
				}
			}
			if counts[test.least] == 0 || counts[test.most] == 0 || counts[test.least] < counts[test.most] {
				t.Errorf("lengths are %v", counts)
			}
		})
	}
}

func TestDistinctElementsDifferWithinARow(t *testing.T) {
	f := field(schema.VarChar, 8, `{"element": {"generator": "choice.values", "params": {"values": ["a", "b", "c"]}}, "min": 3, "max": 8, "distinct": true}`)
	lists := trial.Fill(t, components(), f, 0, 1000).(*array.List)
	values := lists.ListValues().(*array.String)
	for i := range lists.Len() {
		start, end := lists.ValueOffsets(i)
		seen := map[string]bool{}
		for at := start; at < end; at++ {
			if seen[values.Value(int(at))] {
				t.Fatalf("row %d repeats %s", i, values.Value(int(at)))
			}
			seen[values.Value(int(at))] = true
		}
	}
	if counts := lengths(lists); counts[3] < 500 || counts[0] > 0 {
		t.Errorf("lengths are %v", counts)
	}
}

func TestStructsHaveAGeneratorForEachField(t *testing.T) {
	f := field(schema.Struct, 4, `{"fields": {"page": {"generator": "number.sequence", "params": {"min": 3, "max": 5}}}, "max": 4}`)
	lists := trial.Fill(t, components(), f, 0, 300).(*array.List)
	values := lists.ListValues().(*array.Struct)
	labels, pages, vectors := values.Field(0).(*array.String), values.Field(1).(*array.Int32), values.Field(2).(*array.FixedSizeList)
	if labels.Len() != values.Len() || vectors.Len() != values.Len() || values.Len() < 300 {
		t.Fatalf("%d structs, %d labels, %d vectors", values.Len(), labels.Len(), vectors.Len())
	}
	for i := range values.Len() {
		if p := pages.Value(i); p < 3 || p > 5 || labels.Value(i) == "" || len(labels.Value(i)) > 12 {
			t.Fatalf("page %d of label %q", p, labels.Value(i))
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  string
	}{
		{field(schema.Int8, 4, `{"max": 5}`), "max is 5, max_capacity 4"},
		{field(schema.Int8, 4, `{"min": 5}`), "min is 5 and max is 4"},
		{field(schema.Int8, 4, `{"min": -1}`), "min is -1"},
		{field(schema.Int8, 4, `{"skew": -1}`), "skew is -1"},
		{field(schema.Int8, 4, `{"element": {"generator": "no.such"}}`), "no.such"},
		{field(schema.Int8, 4, `{"element": {"generator": "number.uniform", "params": {"min": 300}}}`), "no value"},
		{field(schema.Int8, 4, `{"fields": {"page": {"generator": "number.uniform"}}}`), "no Struct"},
		{field(schema.Struct, 4, `{"fields": {"pgae": {"generator": "number.uniform"}}}`), `"pgae"`},
		{field(schema.Struct, 4, `{"element": {"generator": "number.uniform"}}`), "element is set"},
		{field(schema.Struct, 4, `{"fields": {"page": {"generator": "boolean.flag"}}}`), "[].page"},
	}
	for _, test := range tests {
		_, err := trial.Open(components(), test.field)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.field.Params, err, test.want)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	b.Run("numbers", func(b *testing.B) { trial.Bench(b, components(), field(schema.Int32, 8, `{}`)) })
	b.Run("choices", func(b *testing.B) {
		trial.Bench(b, components(), field(schema.VarChar, 8, `{"element": {"generator": "choice.values", "params": {"values": ["red", "green"]}}}`))
	})
}
