package generators

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// sample is a configuration that suits every type that a generator claims.
type sample struct {
	generator string
	params    string
	uses      []string
	fixed     bool   // the values do not depend on the seed
	types     string // the types of fields that it suits, such as Int8 ArrayBool; empty: all
}

// samplesOf lists configurations of a generator.
func samplesOf(name string) []sample {
	var samples []sample
	add := func(params string) { samples = append(samples, sample{generator: name, params: params}) }
	switch name {
	case "number.uniform", "number.zipf", "number.price":
		add(`{}`)
		add(`{"min": 5, "max": 90}`)
	case "number.normal":
		add(`{}`)
		add(`{"mean": 50, "stddev": 12.5, "min": 5, "max": 90, "decimals": 2}`)
	case "number.score":
		add(`{}`)
		add(`{"min": 1, "max": 100, "mean": 0.6, "decimals": 3}`)
	case "number.count":
		add(`{}`)
		add(`{"min": 1, "max": 100, "median": 5}`)
	case "number.sequence", "identifier.sequence":
		return []sample{{generator: name, params: `{"start": 3}`, fixed: true}}
	case "number.choice":
		add(`{"values": [1, 2, 3, 100]}`)
	case "choice.values":
		return []sample{
			{generator: name, params: `{"values": [true, false]}`, types: "Bool"},
			{generator: name, params: `{"values": [7, 100, -3]}`, types: "Int8 Int16 Int32 Int64 Float Double"},
			{generator: name, params: `{"values": ["a", "数据库"], "weights": [1, 3]}`, types: "VarChar String"},
			{generator: name, params: `{"values": [{"a": 1}, null, "b", 3]}`, types: "JSON"},
			{generator: name, params: `{"values": ["2025-01-31T08:00:00+08:00", "2024-02-29T00:00:00Z"]}`, types: "Timestamptz"},
			{generator: name, params: `{"values": ["POINT (30 10)", "POINT (31 10)"]}`, types: "Geometry"},
		}
	case "boolean.flag":
		add(`{"ratio": 0.3}`)
	case "time.date":
		add(`{}`)
		add(`{"start": "2025-01-31", "recency": 0, "zone": "+08:00", "format": "chinese"}`)
	case "time.timestamp":
		add(`{}`)
		add(`{"end": "2025-01-31T08:30:00+02:00", "unit": "ms", "format": "rfc3339_ms"}`)
	case "array.of":
		add(`{}`)
		add(`{"min": 0, "max": 8, "skew": 0, "distinct": true}`)
	case "document.template":
		for _, kind := range []string{"metadata", "product", "file", "camera", "audio", "settings", "article", "section"} {
			samples = append(samples, sample{generator: name, params: `{"language": "zh", "kind": "` + kind + `"}`, types: "JSON"})
		}
		add(`{"template": {"a": "No. {{int 1 99}} of {{choice x|y}}", "b?0.3": [1, {"$repeat": "{{float 0 1 2}}", "$max": 5}, null]}}`)
	case "document.dynamic":
		add(`{"fields": [
			{"name": "flag", "type": "Bool"}, {"name": "level", "type": "Int", "probability": 0.5, "min_value": 1, "max_value": 9},
			{"name": "ratio", "type": "Float"}, {"name": "colour", "type": "String", "values": ["red", "green"]},
			{"name": "note", "type": "String", "min_length": 5, "max_length": 30}, {"name": "data", "type": "JSON"},
			{"name": "words", "type": "Array", "probability": 0.2}, {"name": "odd", "type": "Array", "values": [1, 3, 5]}]}`)
	case "text.tags":
		return []sample{{generator: name, params: `{}`, types: "ArrayVarChar"}}
	case "sparse.text":
		return []sample{{generator: name, params: `{}`, uses: []string{"title", "body"}}}
	default:
		add(`{}`)
	}
	return samples
}

// checkValues holds the values of a column to the field's limits.
func checkValues(t *testing.T, field arrow.Field, s sample, values arrow.Array) {
	t.Helper()
	var limits struct{ Min, Max *float64 }
	if err := json.Unmarshal([]byte(s.params), &limits); err != nil {
		t.Fatal(err)
	}
	kind := schema.Type(column.Kind(field))
	if list, ok := values.(*array.List); ok && kind == schema.Array {
		checkLists(t, field, list)
		return
	}
	seen := map[string]bool{}
	for i := range values.Len() {
		if values.IsNull(i) {
			continue
		}
		checkValue(t, field, values, i, limits.Min, limits.Max)
		if text := values.ValueStr(i); strings.HasPrefix(s.generator, "identifier.") {
			if seen[text] {
				t.Errorf("value %s twice", text)
			}
			seen[text] = true
		}
	}
}

func checkValue(t *testing.T, field arrow.Field, values arrow.Array, i int, least, most *float64) {
	t.Helper()
	var number float64
	switch v := values.(type) {
	case *array.Int8:
		number = float64(v.Value(i))
	case *array.Int16:
		number = float64(v.Value(i))
	case *array.Int32:
		number = float64(v.Value(i))
	case *array.Int64:
		number = float64(v.Value(i))
	case *array.Float32:
		number = float64(v.Value(i))
	case *array.Float64:
		number = v.Value(i)
	case *array.String:
		checkText(t, field, v.Value(i))
		return
	default:
		return
	}
	if math.IsNaN(number) || math.IsInf(number, 0) || least != nil && number < *least || most != nil && number > *most {
		t.Errorf("value %d is %v", i, number)
	}
}

func checkText(t *testing.T, field arrow.Field, text string) {
	t.Helper()
	if len(text) > column.MaxLength(field) || !utf8.ValidString(text) {
		t.Errorf("a text of %d bytes: %q", len(text), text)
	}
	if column.Kind(field) == string(schema.JSON) && !json.Valid([]byte(text)) {
		t.Errorf("not JSON: %s", text)
	}
}

func checkLists(t *testing.T, field arrow.Field, lists *array.List) {
	t.Helper()
	if lists.ListValues().NullN() > 0 {
		t.Error("an element is null")
	}
	for i := range lists.Len() {
		start, end := lists.ValueOffsets(i)
		if n := int(end - start); n > column.MaxCapacity(field) {
			t.Errorf("%d elements", n)
		}
	}
	texts, ok := lists.ListValues().(*array.String)
	for i := 0; ok && i < texts.Len(); i++ {
		checkText(t, field, texts.Value(i))
	}
	if text, _ := field.Metadata.GetValue(core.MetaElementType); text == "" {
		t.Error("the field names no type of its elements")
	}
}
