package document

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/boolean"
	"github.com/zilliz/milvus-ingest/generators/choice"
	"github.com/zilliz/milvus-ingest/generators/identifier"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
	"github.com/zilliz/milvus-ingest/generators/number"
	"github.com/zilliz/milvus-ingest/generators/text"
	"github.com/zilliz/milvus-ingest/generators/time"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// components are the documents with what may stand in them.
func components() []sdk.Component {
	others := slices.Concat(number.Components(), choice.Components(), boolean.Components(), identifier.Components(), time.Components(), text.Components())
	return Components(func(name string) (core.Generator, error) {
		for _, c := range others {
			if c.Describe().Name == name {
				return c.Generator(), nil
			}
		}
		return nil, core.Errorf(core.InvalidConfig, "there is no generator %q", name)
	})
}

func template(name, params string) schema.Field {
	return schema.Field{Name: name, Type: schema.JSON, Generator: "document.template", Params: json.RawMessage(params)}
}

// objects gives documents as objects.
func objects(t *testing.T, f schema.Field, n int) []map[string]any {
	t.Helper()
	all := make([]map[string]any, n)
	for i, text := range trial.Texts(t, components(), f, 0, n) {
		if err := json.Unmarshal([]byte(text), &all[i]); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	return all
}

func TestEveryKindIsADocumentOfItsOwn(t *testing.T) {
	names := map[string]string{
		"metadata": "source", "attributes": "weight_g", "file_properties": "size_bytes", "exif": "camera", "audio_info": "microphone",
		"settings": "theme", "news_info": "edition", "chunk_info": "section", "扩展": "source",
	}
	for name, key := range names {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, o := range objects(t, template(name, `{"language": "zh"}`), 200) {
				if _, ok := o[key]; !ok {
					t.Fatalf("%s is not in %v", key, o)
				}
				text, _ := json.Marshal(o)
				seen[string(text)] = true
			}
			if len(seen) < 120 {
				t.Errorf("200 rows have %d documents", len(seen))
			}
		})
	}
}

func TestPlaceholdersHaveTypes(t *testing.T) {
	f := template("d", `{"template": {
		"i": "{{int -3 3}}", "f": "{{float 0 1 2}}", "b": "{{bool 0.5}}", "d": "{{date 2024-01-01}}", "c": "{{choice a \"b\"|c\\}}",
		"t": "<{{int 1 2}}|{{choice x|y}}>", "g": {"$generator": "number.zipf", "$params": {"max": 5}, "$type": "Int64"},
		"r": {"$repeat": {"n": "{{int 0 9}}"}, "$min": 0, "$max": 4}, "l": [1, "{{int 5 5}}", null, "plain"], "o?0.25": true, "h?": 1}}`)
	optional := 0
	for _, o := range objects(t, f, 2000) {
		if i := o["i"].(float64); i != math.Trunc(i) || i < -3 || i > 3 {
			t.Fatalf("i is %v", i)
		}
		if c := o["c"].(string); c != `a "b"` && c != `c\` {
			t.Fatalf("c is %q", c)
		}
		if text := o["t"].(string); len(text) != 5 || text[0] != '<' || text[2] != '|' {
			t.Fatalf("t is %q", text)
		}
		if _, err := json.Marshal(o["b"].(bool)); err != nil || !strings.HasPrefix(o["d"].(string), "202") {
			t.Fatalf("b and d are %v %v", o["b"], o["d"])
		}
		if f, g := o["f"].(float64), o["g"].(float64); math.Abs(math.Round(f*100)-f*100) > 1e-9 || g != math.Trunc(g) {
			t.Fatalf("f and g are %v %v", f, g)
		}
		if l := o["l"].([]any); len(l) != 4 || l[1].(float64) != 5 || l[2] != nil || len(o["r"].([]any)) > 4 {
			t.Fatalf("l and r are %v %v", l, o["r"])
		}
		if _, ok := o["o"]; ok {
			optional++
		}
	}
	if optional < 400 || optional > 600 {
		t.Errorf("a key of a quarter of the rows is in %d of 2000", optional)
	}
}

func TestWrongTemplatesTellAllFaultsWithTheirPlaces(t *testing.T) {
	tests := []struct{ params, want string }{
		{`{"template": {"a": {"b": "{{itn 1 2}}"}}}`, `a.b: unknown placeholder "itn"`},
		{`{"template": {"a": "{{int 1 2 3}}", "b": "{{no.such}}"}}`, `b: there is no generator`},
		{`{"template": {"a": "{{int 5 1}}"}}`, "a: no value"},
		{`{"template": {"a": "{{int 1"}}`, "{{ without }}"},
		{`{"template": {"a": "{{}}"}}`, "{{}} is empty"},
		{`{"template": {"a": "{{choice}}"}}`, "choice has no values"},
		{`{"template": {"a": 1, "a": 2}}`, "there twice"},
		{`{"template": {"a?1.5": 1}}`, "no share"},
		{`{"template": {"a": {"$repeat": 1, "$min": 3, "$max": 2}}}`, "$min is 3"},
		{`{"template": {"a": {"$repeat": 1, "$often": 2}}}`, "$often"},
		{`{"template": {"a": {"$generator": "number.uniform", "$type": "Float"}}}`, `$type is "Float"`},
		{`{"kind": "poem"}`, `"kind" is "poem"`},
	}
	for _, test := range tests {
		_, err := trial.Open(components(), template("d", test.params))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.params, err, test.want)
		}
	}
}

func TestADocumentThatIsTooLongIsAnErrorOfItsRow(t *testing.T) {
	f := template("d", `{"template": {"$repeat": "{{uuid}}", "$min": 3000, "$max": 3000}}`)
	c, err := trial.Open(components(), f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Fill(t.Context(), core.Rows{Start: 7, N: 1}, nil)
	var e *core.Error
	if !errors.As(err, &e) || e.Row != 7 || !strings.Contains(err.Error(), "at most 65536") {
		t.Errorf("error is %v", err)
	}
}

func TestDynamicFieldsComeInTheirShareAndBounds(t *testing.T) {
	f := schema.Field{Name: "$meta", Type: schema.JSON, Generator: "document.dynamic", Params: json.RawMessage(`{"fields": [
		{"name": "always", "type": "Bool"}, {"name": "level", "type": "Int", "probability": 0.5, "min_value": -1, "max_value": 9},
		{"name": "big", "type": "Int", "min_value": 9007199254740993, "max_value": 9007199254740993},
		{"name": "ratio", "type": "Float", "min_value": 2, "max_value": 3}, {"name": "colour", "type": "String", "values": ["red", "green"]},
		{"name": "note", "type": "String", "min_length": 5, "max_length": 8}, {"name": "data", "type": "JSON"},
		{"name": "words", "type": "Array", "array_min_length": 1, "array_max_length": 3}, {"name": "odd", "type": "Array", "values": [1, 3, 5]}]}`)}
	levels := 0
	for _, o := range objects(t, f, 2000) {
		if level, ok := o["level"].(float64); ok {
			levels++
			if level < -1 || level > 9 {
				t.Fatalf("level is %v", level)
			}
		}
		if _, ok := o["always"].(bool); !ok || len(o["data"].(map[string]any)) == 0 {
			t.Fatalf("%v", o)
		}
		if n := len(o["note"].(string)); n < 5 || n > 8 {
			t.Fatalf("note has %d bytes", n)
		}
		if r, n := o["ratio"].(float64), len(o["words"].([]any)); r < 2 || r > 3 || n < 1 || n > 3 {
			t.Fatalf("ratio is %v, %d words", r, n)
		}
		if c := o["colour"].(string); c != "red" && c != "green" {
			t.Fatalf("colour is %s", c)
		}
	}
	if levels < 900 || levels > 1100 {
		t.Errorf("a key of half of the rows is in %d of 2000", levels)
	}
	if !strings.Contains(trial.Texts(t, components(), f, 0, 1)[0], `"big":9007199254740993`) {
		t.Error("a whole number lost digits")
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{`{"a?0.5": "{{int 1 9}}"}`, `"{{choice a|b}} x"`, `[{"$repeat": {}, "$max": 2}]`, `{"$generator": "number.count"}`, `"{{number.zipf max=3}}"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Contains(text, "$max") && len(text) > 60 {
			return
		}
		c, err := trial.Open(components(), template("d", `{"template": `+text+`}`))
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		values, err := c.Fill(t.Context(), core.Rows{N: 3}, nil)
		if err != nil {
			return
		}
		for i := range values.Len() {
			if !json.Valid([]byte(values.ValueStr(i))) {
				t.Errorf("%s gives %s", text, values.ValueStr(i))
			}
		}
	})
}

func BenchmarkFill(b *testing.B) {
	b.Run("metadata", func(b *testing.B) { trial.Bench(b, components(), template("metadata", `{}`)) })
}
