package vector

import (
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

func topicColumn(t testing.TB, name string, dim int) core.Column {
	spec := specOf(schema.FloatVector, dim, "")
	spec.Field.Name = name
	return open(t, "vector.topic", spec)
}

func modelOf(t testing.TB) *topic.Model {
	t.Helper()
	m, err := topic.New(42, topic.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCosinesTellTopicsCategoriesAndRows(t *testing.T) {
	const rows = 700
	model := modelOf(t)
	questions := vectors(fill(t, topicColumn(t, "question", 768), 0, rows))
	answers := vectors(fill(t, topicColumn(t, "answer", 768), 0, rows))
	type group struct{ low, high, sum, n float64 }
	groups := map[string]*group{}
	note := func(name string, cos float64) {
		if groups[name] == nil {
			groups[name] = &group{low: 1, high: -1}
		}
		g := groups[name]
		g.low, g.high, g.sum, g.n = min(g.low, cos), max(g.high, cos), g.sum+cos, g.n+1
	}
	for i := range rows {
		note("row", dot(questions[i], answers[i]))
		for k := range i {
			a, b := model.At(int64(i)), model.At(int64(k))
			switch cos := dot(questions[i], questions[k]); {
			case a.Topic == b.Topic:
				note("topic", cos)
			case a.Category == b.Category:
				note("category", cos)
			default:
				note("other", cos)
			}
		}
	}
	for _, want := range []struct {
		name                  string
		low, mean, high, near float64
	}{
		{"row", 0.9, 0.94, 0.99, 0.01},
		{"topic", 0.72, 0.82, 0.92, 0.01},
		{"category", 0.38, 0.5, 0.62, 0.03},
		{"other", -0.2, 0, 0.2, 0.02},
	} {
		g := groups[want.name]
		if g == nil {
			t.Errorf("no pair of one %s", want.name)
			continue
		}
		if mean := g.sum / g.n; g.low < want.low || g.high > want.high || mean < want.mean-want.near || mean > want.mean+want.near {
			t.Errorf("%s: cosines of %.3f to %.3f, mean %.3f; want %.2f to %.2f, mean %.2f",
				want.name, g.low, g.high, mean, want.low, want.high, want.mean)
		}
	}
}

func TestASearchFindsTheTopicAndTheRow(t *testing.T) {
	const rows, queries, top = 5000, 200, 10
	model := modelOf(t)
	questions := vectors(fill(t, topicColumn(t, "question", 128), 0, rows))
	answers := vectors(fill(t, topicColumn(t, "answer", 128), 0, rows))
	right, own := 0, 0
	for q := range queries {
		row := q * rows / queries
		best := make([]int, 0, top+1) // rows, the nearest first
		for i := range answers {
			at := len(best)
			for at > 0 && dot(questions[row], answers[i]) > dot(questions[row], answers[best[at-1]]) {
				at--
			}
			best = append(best[:at], append([]int{i}, best[at:]...)...)
			best = best[:min(len(best), top)]
		}
		for _, i := range best {
			if model.At(int64(i)).Topic == model.At(int64(row)).Topic {
				right++
			}
		}
		if best[0] == row {
			own++
		}
	}
	if right < queries*top*95/100 || own < queries*90/100 {
		t.Errorf("%d of %d found are of the topic, %d of %d questions find their answer first", right, queries*top, own, queries)
	}
}

func TestAFieldThatIsUsedGivesTheTopic(t *testing.T) {
	model := modelOf(t)
	names := model.Categories()
	build := func(values ...string) arrow.Array {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		b.AppendValues(values, nil)
		return b.NewArray()
	}
	vectorsOf := func(columns ...arrow.Array) [][]float32 {
		t.Helper()
		fields := make([]arrow.Field, len(columns))
		spec := specOf(schema.FloatVector, 768, "")
		for i := range columns {
			fields[i] = arrow.Field{Name: fmt.Sprint(i), Type: arrow.BinaryTypes.String}
			spec.Uses = append(spec.Uses, fields[i].Name)
		}
		spec.Inputs = arrow.NewSchema(fields, nil)
		n := columns[0].Len()
		a, err := open(t, "vector.topic", spec).Fill(ctx, core.Rows{N: n}, array.NewRecord(spec.Inputs, columns, int64(n)))
		if err != nil {
			t.Fatal(err)
		}
		return vectors(a)
	}
	expect := func(what string, got, want float64) {
		t.Helper()
		if got < want-0.1 || got > want+0.1 {
			t.Errorf("%s: cosine is %.3f, want about %.2f", what, got, want)
		}
	}
	v := vectorsOf(build("x", "y", "x"))
	expect("the same value", dot(v[0], v[2]), 0.82)
	expect("another value", dot(v[0], v[1]), 0)

	v = vectorsOf(build("x", "x", "x", "y"), build("a", "a", "b", "a"))
	expect("both fields agree", dot(v[0], v[1]), 0.82)
	expect("only the first agrees", dot(v[0], v[2]), 0.5)
	expect("only the second agrees", dot(v[0], v[3]), 0)

	own := names[model.At(0).Category]
	v = vectorsOf(build(own))
	expect("the model's own category", dot(v[0], vectors(fill(t, topicColumn(t, "other", 768), 0, 1))[0]), 0.94)
}

func TestFieldsOfOneRoleAreEqual(t *testing.T) {
	vectorOf := func(field, role string) arrow.Array {
		spec := specOf(schema.FloatVector, 32, fmt.Sprintf(`{"role": %q}`, role))
		spec.Field.Name = field
		return fill(t, open(t, "vector.topic", spec), 0, 3)
	}
	if !array.Equal(vectorOf("a", "question"), vectorOf("b", "question")) {
		t.Error("fields of one role differ")
	}
	if array.Equal(vectorOf("a", "question"), vectorOf("a", "answer")) {
		t.Error("fields of two roles are equal")
	}
}

func TestSubjectsOfManyTextsStayInMemory(t *testing.T) {
	c := topicColumn(t, "v", 768).(*dense)
	m := c.model.(*topical)
	first := append([]float32(nil), m.centres.of(subject{1, 1})...)
	for i := range uint64(10_000) {
		m.centres.of(subject{i, i})
	}
	if len(m.centres.slots)*4*768 > centreBytes {
		t.Errorf("%d centres are kept", len(m.centres.slots))
	}
	if again := m.centres.of(subject{1, 1}); dot(first, again) != dot(first, first) {
		t.Error("a centre differs after it was forgotten")
	}
}
