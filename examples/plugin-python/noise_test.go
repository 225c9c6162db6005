package pluginpython

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

func TestNoise(t *testing.T) {
	h := start(t, "milvus-ingest-generator-noise", nil)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, h *host)
	}{
		{"the same rows in any batch", makesTheSame},
		{"columns of one seed differ", differs},
		{"a configuration is refused with every reason", refusesConfig},
		{"open refuses what the generator cannot make", refusesFields},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, h) })
	}
}

func makesTheSame(t *testing.T, h *host) {
	const dim = 13 // no multiple of the eight numbers of a counter
	s, err := h.generate(t, []core.ColumnSpec{{Generator: "noise", Field: vectors("v", dim), Config: json.RawMessage(`{"width": 2}`)}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := func(start, n int64) []float32 {
		return s.rows(t, start, n, nil).Column(0).(*array.FixedSizeList).ListValues().(*array.Float32).Float32Values()
	}
	whole, far := values(0, 1000), values(3*core.AttemptRows+5, 2)
	for _, at := range []int64{999, 0, 500, 7} {
		if one := values(at, 1); !equal(one, whole[at*dim:][:dim]) {
			t.Errorf("row %d alone is %v, in a batch %v", at, one, whole[at*dim:][:dim])
		}
	}
	low, high, sum := whole[0], whole[0], float64(0)
	for _, v := range whole {
		low, high, sum = min(low, v), max(high, v), sum+float64(v)
	}
	if low < -2 || low > -1.9 || high > 2 || high < 1.9 || sum/float64(len(whole)) > 0.05 || sum/float64(len(whole)) < -0.05 {
		t.Errorf("not uniform in [-2, 2]: from %v to %v, mean %v", low, high, sum/float64(len(whole)))
	}
	if equal(far[:dim], far[dim:]) || equal(far[:dim], whole[:dim]) {
		t.Error("rows repeat")
	}
}

func differs(t *testing.T, h *host) {
	s, err := h.generate(t, []core.ColumnSpec{{Generator: "noise", Field: vectors("a", 8)}, {Generator: "noise", Field: vectors("b", 8)}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	record := s.rows(t, 0, 3, nil)
	if array.Equal(record.Column(0), record.Column(1)) {
		t.Error("two columns are equal")
	}
}

func TestDescribe(t *testing.T) {
	tests := []struct{ script, kind, name string }{
		{"milvus-ingest-generator-noise", "generator", "noise"},
		{"milvus-ingest-generator-embed", "generator", "embed"},
		{"milvus-ingest-sink-sqlite", "sink", "sqlite"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := start(t, test.script, nil).describe(t)
			if len(got.GetComponents()) != 1 || !got.GetSharedMemory() {
				t.Fatalf("got %v", got)
			}
			c := got.GetComponents()[0]
			if c.GetKind() != test.kind || c.GetName() != test.name || c.GetVersion() != "1.0.0" || c.GetSummary() == "" || len(c.GetFieldTypes()) == 0 {
				t.Errorf("got %v", c)
			}
			schema, err := jsonschema.UnmarshalJSON(strings.NewReader(c.GetConfigSchema()))
			if err != nil {
				t.Fatal(err)
			}
			compiler := jsonschema.NewCompiler()
			if err := compiler.AddResource("config.json", schema); err != nil {
				t.Fatal(err)
			}
			compiled, err := compiler.Compile("config.json")
			if err != nil {
				t.Fatal(err)
			}
			if compiled.Validate(map[string]any{"no such key": 1}) == nil {
				t.Error("the schema takes any key")
			}
		})
	}
}

func refusesConfig(t *testing.T, h *host) {
	tests := []struct {
		name, config string
		want         []string // message and hint of each problem
	}{
		{"an unknown key names the nearest", `{"widht": 1}`, []string{`unknown key "widht"`, `did you mean "width"?`}},
		{"a wrong type", `{"width": "wide"}`, []string{`configuration key "width": expected number, found "wide"`, ""}},
		{"true is no number", `{"width": true}`, []string{`expected number, found true`, ""}},
		{"a value out of bounds", `{"width": 0}`, []string{`it is 0, and must be more than 0`, ""}},
		{"all at once", `{"a": 1, "width": -1}`, []string{`unknown key "a"`, "known keys: width", "more than 0", ""}},
		{"no JSON", `{`, []string{"configuration: ", ""}},
		{"no object", `[]`, []string{"expected object, found []", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := h.generate(t, []core.ColumnSpec{{Generator: "noise", Field: vectors("v", 8), Config: json.RawMessage(test.config)}}, nil, nil)
			match(t, problems(t, err), "v", test.want)
			checked, err := pluginpb.NewPluginClient(h.conn).Check(t.Context(), &pluginpb.CheckRequest{
				Kind: "generator", Component: "noise", Config: []byte(test.config),
				Schema: encodeSchema(t, arrow.NewSchema([]arrow.Field{vectors("v", 8)}, nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			match(t, checked.GetProblems(), "v", test.want)
		})
	}
}

func refusesFields(t *testing.T, h *host) {
	integer := arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64, Metadata: arrow.NewMetadata([]string{core.MetaType}, []string{"Int64"})}
	_, err := h.generate(t, []core.ColumnSpec{{Generator: "noise", Field: integer}}, nil, nil)
	match(t, problems(t, err), "n", []string{"generator noise makes FloatVector, not Int64", ""})
	_, err = h.generate(t, []core.ColumnSpec{{Generator: "noize", Field: vectors("v", 8)}}, nil, nil)
	match(t, problems(t, err), "v", []string{`there is no generator "noize" in this plugin`, `did you mean "noise"?`})
	_, err = h.generate(t, []core.ColumnSpec{{Generator: "noise", Field: vectors("v", 8), Uses: []string{"x"}}}, nil, nil)
	match(t, problems(t, err), "v", []string{"it uses x, which is no field", ""})
}

// match compares problems with pairs of message and hint.
func match(t *testing.T, got []*pluginpb.Problem, field string, want []string) {
	t.Helper()
	if len(got)*2 != len(want) {
		t.Fatalf("%d problems, want %d: %v", len(got), len(want)/2, got)
	}
	for i, p := range got {
		if p.GetCode() != string(core.InvalidConfig) || p.GetField() != field || p.GetRow() != 0 ||
			!strings.Contains(p.GetMessage(), want[2*i]) || p.GetHint() != want[2*i+1] {
			t.Errorf("problem %v, want %q of field %s, hint %q", p, want[2*i], field, want[2*i+1])
		}
	}
}

func equal(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
