package generators

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

const many = 20_000

// filled is a column of many rows of a field.
func filled(t *testing.T, f schema.Field, generator, params string) arrow.Array {
	t.Helper()
	f.Name = "field"
	o := open(t, memory.DefaultAllocator, 1, f.Arrow(), sample{generator: generator, params: params})
	defer o.close()
	return o.fill(0, many)
}

func nullableText() schema.Field {
	return schema.Field{Type: schema.VarChar, MaxLength: 40, Nullable: true}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.02*want+0.005 {
		t.Errorf("%s is %.4f, want about %.4f", what, got, want)
	}
}

func distinct(values arrow.Array) int {
	seen := map[string]bool{}
	for i := range values.Len() {
		if values.IsValid(i) {
			seen[values.ValueStr(i)] = true
		}
	}
	return len(seen)
}

func TestNullsComeInTheirShareAndLeaveOtherValuesAlone(t *testing.T) {
	fields := map[string]schema.Field{
		"number.uniform": {Type: schema.Int64, Nullable: true}, "identifier.uuid": nullableText(),
		"boolean.flag": {Type: schema.Bool, Nullable: true}, "vector.unit": {Type: schema.FloatVector, Dim: 4, Nullable: true},
		"array.of":          {Type: schema.Array, ElementType: schema.Int8, MaxCapacity: 4, Nullable: true},
		"document.template": {Type: schema.JSON, Nullable: true},
	}
	for name, field := range fields {
		t.Run(name, func(t *testing.T) {
			with, without := filled(t, field, name, `{"null_ratio": 0.2}`), filled(t, field, name, `{}`)
			near(t, "the share of nulls", float64(with.NullN())/many, 0.2)
			for i := range many {
				if with.IsValid(i) && !array.SliceEqual(with, int64(i), int64(i)+1, without, int64(i), int64(i)+1) {
					t.Fatalf("value %d is %s, without nulls %s", i, with.ValueStr(i), without.ValueStr(i))
				}
			}
		})
	}
}

func TestDefaultsComeInTheirShare(t *testing.T) {
	tests := []struct {
		field             schema.Field
		generator, params string
		want              string
	}{
		{nullableText(), "identifier.uuid", `{"default_value": "无", "default_ratio": 0.3}`, "无"},
		{schema.Field{Type: schema.Int8}, "number.uniform", `{"min": 1, "default_value": -5, "default_ratio": 0.3}`, "-5"},
		{schema.Field{Type: schema.Int64}, "number.uniform", `{"default_value": 9223372036854775807, "default_ratio": 0.3}`, "9223372036854775807"},
		{schema.Field{Type: schema.Float}, "number.uniform", `{"default_value": 2.5, "default_ratio": 0.3}`, "2.5"},
		{schema.Field{Type: schema.Bool}, "boolean.flag", `{"ratio": 0, "default_value": true, "default_ratio": 0.3}`, "true"},
	}
	for _, test := range tests {
		t.Run(string(test.field.Type), func(t *testing.T) {
			values, count := filled(t, test.field, test.generator, test.params), 0
			for i := range many {
				if values.ValueStr(i) == test.want {
					count++
				}
			}
			near(t, "the share of the default", float64(count)/many, 0.3)
		})
	}
}

func TestCardinalityBoundsTheNumberOfValues(t *testing.T) {
	uuids, vectors := nullableText(), schema.Field{Type: schema.FloatVector, Dim: 4}
	near(t, "the number of values", float64(distinct(filled(t, uuids, "identifier.uuid", `{"cardinality": 50}`))), 50)
	near(t, "the share of new values", float64(distinct(filled(t, uuids, "identifier.uuid", `{"cardinality_ratio": 0.1}`)))/many, 0.1)
	near(t, "the number of texts", float64(distinct(filled(t, uuids, "text.email", `{"cardinality": 20}`))), 20)
	near(t, "the share of new vectors", float64(distinct(filled(t, vectors, "vector.unit", `{"cardinality_ratio": 0.05}`)))/many, 0.05)
	whole := filled(t, uuids, "identifier.uuid", `{"cardinality_ratio": 0.1, "null_ratio": 0.5}`)
	near(t, "the share of nulls beside repeats", float64(whole.NullN())/many, 0.5)
}

func TestRepeatedValuesAreThoseOfOtherRows(t *testing.T) {
	plain := filled(t, nullableText(), "identifier.uuid", `{}`)
	of := map[string]int{}
	for i := range many {
		of[plain.ValueStr(i)] = i
	}
	repeated := filled(t, nullableText(), "identifier.uuid", `{"cardinality_ratio": 0.3}`)
	for i := range many {
		if from, ok := of[repeated.ValueStr(i)]; !ok || from > i {
			t.Fatalf("row %d has the value of row %d", i, from)
		}
	}
}

func TestWrongOptionsAreRefusedAtOnce(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"nulls in a field without", `{"null_ratio": 0.5}`, "cannot be null"},
		{"a share above 1", `{"default_ratio": 2, "default_value": 1}`, "default_ratio is 2"},
		{"a share without a default", `{"default_ratio": 0.1}`, "without default_value"},
		{"a default of another type", `{"default_ratio": 0.1, "default_value": "x"}`, `default_value is "x"`},
		{"a default that does not fit", `{"default_ratio": 0.1, "default_value": 128}`, "default_value is 128"},
		{"no values at all", `{"cardinality": -1}`, "cardinality is -1"},
		{"several at once", `{"cardinality_ratio": 0, "null_ratio": 1}`, "cannot be null"},
		{"an unknown option", `{"nul_ratio": 1}`, `unknown option "nul_ratio"`},
		{"no object", `[1]`, "expected an object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			field := schema.Field{Name: "n", Type: schema.Int8}
			generator, err := Find(Builtin())("number.uniform")
			if err != nil {
				t.Fatal(err)
			}
			_, err = generator.Open(context.Background(), core.ColumnSpec{
				Generator: "number.uniform", Field: field.Arrow(), Config: json.RawMessage(test.params), Mem: memory.DefaultAllocator,
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || core.CodeOf(err) != core.InvalidConfig {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Find(Builtin())("number.unifrom"); err == nil || !strings.Contains(err.Error(), "number.unifrom") {
		t.Errorf("an unknown generator gives %v", err)
	}
}

func TestSharedOptionsHideNoneOfAGenerator(t *testing.T) {
	common := optionsOf(sdk.ConfigSchema[Shared]())
	for _, component := range Builtin() {
		inner, all := component.(shared).Component.Describe(), optionsOf(component.Describe().ConfigSchema)
		own := optionsOf(inner.ConfigSchema)
		if len(all) != len(own)+len(common) {
			t.Errorf("%s has an option with the name of a shared one", inner.Name)
		}
		for name := range own {
			if _, shown := all[name]; !shown {
				t.Errorf("%s lost its option %s", inner.Name, name)
			}
		}
	}
}
