package generators

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/library"
)

// fill makes rows of a collection with the generators that are chosen.
func fill(t *testing.T, c *schema.Collection, seed uint64, rows core.Rows) arrow.Record {
	t.Helper()
	choices := Choose(c)
	form := c.Arrow()
	specs := make([]core.ColumnSpec, len(choices))
	for i, choice := range choices {
		specs[i] = core.ColumnSpec{
			Generator: choice.Generator, Field: form.Field(i), Config: choice.Params, Uses: choice.Uses,
			Seed: seed, Mem: memory.DefaultAllocator,
		}
	}
	set, err := core.OpenSet(context.Background(), Find(Builtin()), specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	record, err := set.Fill(context.Background(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestEveryBuiltinSchemaIsFilled(t *testing.T) {
	shelf := library.Open(t.TempDir())
	list, err := shelf.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		t.Run(entry.ID, func(t *testing.T) {
			found, err := shelf.Get(entry.ID)
			if err != nil {
				t.Fatal(err)
			}
			record := fill(t, found.Collection, 42, core.Rows{Start: 5, N: 64})
			defer record.Release()
			if record.NumRows() != 64 || !record.Schema().Equal(found.Collection.Arrow()) {
				t.Errorf("got %d rows of %s", record.NumRows(), record.Schema())
			}
		})
	}
}

func TestChoicesFollowNamesTypesAndConstraints(t *testing.T) {
	half := 0.5
	enum := []json.RawMessage{[]byte(`"red"`), []byte(`"blue"`)}
	tests := []struct {
		name, generator, params string
		field                   schema.Field
	}{
		{"a key of numbers", "identifier.sequence", "", schema.Field{Name: "id", Type: schema.Int64, IsPrimary: true}},
		{"a long key of text", "identifier.uuid", "", schema.Field{Name: "id", Type: schema.VarChar, MaxLength: 40, IsPrimary: true}},
		{"a short key of text", "identifier.sequence", "", schema.Field{Name: "id", Type: schema.VarChar, MaxLength: 12, IsPrimary: true}},
		{"a Chinese description", "text.question", `"language":"zh"`, schema.Field{Name: "f1", Type: schema.VarChar, MaxLength: 200, Description: "用户问题"}},
		{"a Chinese name", "number.price", "", schema.Field{Name: "价格", Type: schema.Float}},
		{"camel case", "time.timestamp", "", schema.Field{Name: "lastUpdated", Type: schema.VarChar, MaxLength: 20}},
		{"milliseconds by their bounds", "time.timestamp", `"unit":"ms"`, schema.Field{Name: "created_at", Type: schema.Int64, Min: "1672531200000", Max: "1767225599000"}},
		{"seconds without bounds", "time.timestamp", `"unit":"s"`, schema.Field{Name: "publish_date", Type: schema.Int64}},
		{"a length of time is no time", "number.count", "", schema.Field{Name: "reading_time_minutes", Type: schema.Int32, Min: "1", Max: "60"}},
		{"a score", "number.score", `"max":1.0`, schema.Field{Name: "confidence_score", Type: schema.Float, Min: "0.0", Max: "1.0"}},
		{"fixed values", "choice.values", `"red"`, schema.Field{Name: "colour", Type: schema.VarChar, MaxLength: 9, Enum: enum}},
		{"fixed values of a category", "text.category", `"categories":["red","blue"]`, schema.Field{Name: "category", Type: schema.VarChar, MaxLength: 9, Enum: enum}},
		{"nullable", "text.city", `"null_ratio":0.1`, schema.Field{Name: "city", Type: schema.VarChar, MaxLength: 90, Nullable: true}},
		{"a default", "number.zipf", `"default_ratio":0.2,"default_value":3`, schema.Field{Name: "priority", Type: schema.Int8, Default: []byte("3")}},
		{"a share of different values", "text.name", `"cardinality_ratio":0.5`, schema.Field{Name: "author", Type: schema.VarChar, MaxLength: 90, CardinalityRatio: &half}},
		{"a flag that is mostly true", "boolean.flag", `"ratio":0.85`, schema.Field{Name: "is_active", Type: schema.Bool}},
		{"tags", "text.tags", "", schema.Field{Name: "tags", Type: schema.Array, ElementType: schema.VarChar, MaxCapacity: 8, MaxLength: 20}},
		{"numbers in an array", "array.of", "number.uniform", schema.Field{Name: "samples", Type: schema.Array, ElementType: schema.Int8, MaxCapacity: 8}},
		{"a vector", "vector.topic", "", schema.Field{Name: "embedding", Type: schema.FloatVector, Dim: 8}},
		{"a JSON document", "document.template", "", schema.Field{Name: "metadata", Type: schema.JSON}},
		{"an area", "geometry.polygon", "", schema.Field{Name: "delivery_area", Type: schema.Geometry}},
		{"named in the schema", "number.normal", `"mean":3`, schema.Field{Name: "price", Type: schema.Float, Generator: "number.normal", Params: []byte(`{"mean":3}`)}},
		{"nothing known", "text.words", "", schema.Field{Name: "zzz", Type: schema.VarChar, MaxLength: 30}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Choose(&schema.Collection{Fields: []schema.Field{test.field}})
			if got[0].Generator != test.generator || !strings.Contains(string(got[0].Params), test.params) || got[0].Why == "" {
				t.Errorf("got %s %s (%s), want %s with %s", got[0].Generator, got[0].Params, got[0].Why, test.generator, test.params)
			}
		})
	}
}

func TestFieldsOfACollectionShareTheirTopic(t *testing.T) {
	c := &schema.Collection{Name: "news", Fields: []schema.Field{
		{Name: "headline", Type: schema.VarChar, MaxLength: 300},
		{Name: "section", Type: schema.VarChar, MaxLength: 40, Generator: "choice.values", Params: []byte(`{"values":["sports","world"]}`)},
		{Name: "body", Type: schema.VarChar, MaxLength: 3000},
		{Name: "vector", Type: schema.FloatVector, Dim: 4},
	}}
	choices := Choose(c)
	for _, i := range []int{0, 2, 3} {
		if !strings.Contains(string(choices[i].Params), `"theme":"news"`) || !slices.Equal(choices[i].Uses, []string{"section"}) {
			t.Errorf("%s: %s uses %v", choices[i].Field, choices[i].Params, choices[i].Uses)
		}
	}
	fill(t, c, 1, core.Rows{N: 20}).Release()
}
