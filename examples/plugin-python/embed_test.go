package pluginpython

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

func texts(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func TestEmbeddingsAreNearWhereTextsMeanTheSame(t *testing.T) {
	needModel(t, python(t))
	h := start(t, "milvus-ingest-generator-embed", nil)
	specs := []core.ColumnSpec{{Generator: "embed", Field: vectors("v", 384), Uses: []string{"question"}}}
	s, err := h.generate(t, specs, texts("question"), nil)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, texts("question"))
	defer b.Release()
	b.Field(0).(*array.StringBuilder).AppendValues([]string{
		"How do I reset my password?", "I forgot my password and cannot log in", "The weather is nice today", "This is an example sentence", "",
	}, []bool{true, true, true, true, false})
	record := s.rows(t, 0, 5, b.NewRecord())
	all := record.Column(0).(*array.FixedSizeList).ListValues().(*array.Float32).Float32Values()
	row := func(i int) []float32 { return all[i*384:][:384] }
	if near, far := dot(row(0), row(1)), dot(row(0), row(2)); near < 0.7 || far > 0.2 {
		t.Errorf("the same meaning has %v, another one %v", near, far)
	}
	// The first numbers that the model's authors tell of this sentence.
	for i, want := range []float64{0.0676569, 0.0634959, 0.0487131} {
		if got := float64(row(3)[i]); math.Abs(got-want) > 1e-5 {
			t.Errorf("number %d is %v, and by its authors %v", i, got, want)
		}
	}
	if norm := dot(row(4), row(4)); math.Abs(norm-1) > 1e-5 {
		t.Errorf("the vector of no text has the length %v", norm)
	}
}

func TestEmbedRefusesWhatItCannotEmbed(t *testing.T) {
	h := start(t, "milvus-ingest-generator-embed", nil)
	tests := []struct {
		name  string
		spec  core.ColumnSpec
		given *arrow.Schema
		want  []string
	}{
		{"no text", core.ColumnSpec{Field: vectors("v", 384)}, nil, []string{"it embeds no column", `name the texts: "uses": ["question"]`}},
		{"another dim", core.ColumnSpec{Field: vectors("v", 768), Uses: []string{"q"}}, texts("q"), []string{"the model gives 384 numbers, not 768", `"dim": 384`}},
		{
			"a number",
			core.ColumnSpec{Field: vectors("v", 384), Uses: []string{"n"}},
			arrow.NewSchema([]arrow.Field{number("n")}, nil),
			[]string{"n is no text", "use VarChar fields"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.spec.Generator = "embed"
			_, err := h.generate(t, []core.ColumnSpec{test.spec}, test.given, nil)
			match(t, problems(t, err), "v", test.want)
		})
	}
}

func TestEmbedTellsHowToGetItsModel(t *testing.T) {
	h := start(t, script(t, strings.Replace(embedCode(t), "from minilm import MiniLM", "from no_such_module import MiniLM", 1)), nil)
	s, err := h.generate(t, []core.ColumnSpec{{Generator: "embed", Field: vectors("v", 384), Uses: []string{"q"}}}, texts("q"), nil)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, texts("q"))
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append("text")
	_, err = s.span(t, &pluginpb.Span{Rows: 1, Inputs: &pluginpb.Batch{Rows: 1, Ipc: encode(t, b.NewRecord())}})
	got := problems(t, err)
	if len(got) != 1 || got[0].GetCode() != "unavailable" || !strings.Contains(got[0].GetHint(), "requirements-model.txt") {
		t.Errorf("got %v", got)
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
