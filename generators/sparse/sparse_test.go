package sparse

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

var ctx = context.Background()

func specOf(config string, uses ...string) core.ColumnSpec {
	field := schema.Field{Name: "words", Type: schema.Sparse}
	spec := core.ColumnSpec{Field: field.Arrow(), Config: []byte(config), Seed: 42, Uses: uses, Mem: memory.DefaultAllocator}
	if len(uses) > 0 {
		fields := make([]arrow.Field, len(uses))
		for i, name := range uses {
			fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		}
		spec.Inputs = arrow.NewSchema(fields, nil)
	}
	return spec
}

func opened(name string, spec core.ColumnSpec) (core.Column, error) {
	for _, c := range Components() {
		if c.Describe().Name == name {
			return c.Generator().Open(ctx, spec)
		}
	}
	panic("no " + name)
}

func open(t testing.TB, name string, spec core.ColumnSpec) core.Column {
	t.Helper()
	c, err := opened(name, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fill(t testing.TB, c core.Column, start int64, n int, inputs arrow.Record) arrow.Array {
	t.Helper()
	a, err := c.Fill(ctx, core.Rows{Start: start, N: n}, inputs)
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != n || !arrow.TypeEqual(a.DataType(), schema.SparseType()) {
		t.Fatalf("got %d of %s", a.Len(), a.DataType())
	}
	return a
}

// vectors reads a column and holds each row to the rules of sparse vectors.
func vectors(t testing.TB, a arrow.Array) []map[uint32]float32 {
	t.Helper()
	list := a.(*array.List)
	pairs := list.ListValues().(*array.Struct)
	indexes, values := pairs.Field(0).(*array.Uint32), pairs.Field(1).(*array.Float32)
	rows := make([]map[uint32]float32, a.Len())
	for i := range rows {
		rows[i] = map[uint32]float32{}
		from, to := list.ValueOffsets(i)
		if from == to {
			t.Fatalf("row %d is empty", i)
		}
		for k := from; k < to; k++ {
			index, value := indexes.Value(int(k)), values.Value(int(k))
			if k > from && index <= indexes.Value(int(k-1)) {
				t.Fatalf("row %d: index %d does not rise", i, index)
			}
			if !(value > 0) || math.IsInf(float64(value), 0) {
				t.Fatalf("row %d: the value at %d is %g", i, index, value)
			}
			rows[i][index] = value
		}
	}
	return rows
}

func dot(a, b map[uint32]float32) float64 {
	var sum float64
	for index, value := range a {
		sum += float64(value) * float64(b[index])
	}
	return sum
}

func TestARowIsTheSameInEverySpan(t *testing.T) {
	c := open(t, "sparse.zipf", specOf(""))
	whole := fill(t, c, 100, 40, nil)
	for _, part := range []struct {
		name  string
		from  int64
		array arrow.Array
	}{
		{"the second half", 20, fill(t, c, 120, 20, nil)},
		{"the first half", 0, fill(t, c, 100, 20, nil)},
		{"the last row", 39, fill(t, c, 139, 1, nil)},
		{"another column", 0, fill(t, open(t, "sparse.zipf", specOf("")), 100, 40, nil)},
	} {
		if n := int64(part.array.Len()); !array.SliceEqual(whole, part.from, part.from+n, part.array, 0, n) {
			t.Errorf("%s differs", part.name)
		}
	}
	made, err := c.(column.Maker).Make(ctx, []int64{139, 100, 139})
	if err != nil || !array.SliceEqual(whole, 39, 40, made, 0, 1) || !array.SliceEqual(whole, 0, 1, made, 1, 2) ||
		!array.SliceEqual(whole, 39, 40, made, 2, 3) {
		t.Errorf("rows in another order differ, error %v", err)
	}
	other := specOf("")
	other.Seed++
	if array.Equal(whole, fill(t, open(t, "sparse.zipf", other), 100, 40, nil)) {
		t.Error("another seed gives the same vectors")
	}
}

func TestZipfVectorsKeepTheirRules(t *testing.T) {
	tests := []struct {
		name, config string
		vocabulary   uint32
		mean         float64
	}{
		{"defaults", ``, 30_000, 30},
		{"long ones", `{"vocabulary": 100000, "non_zeros": 200}`, 100_000, 200},
		{"short ones", `{"non_zeros": 1}`, 30_000, 1},
		{"even words", `{"vocabulary": 1000, "exponent": 0, "bias": 0}`, 1000, 30},
		{"one word", `{"vocabulary": 1, "non_zeros": 1}`, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			total := 0
			for i, v := range vectors(t, fill(t, open(t, "sparse.zipf", specOf(test.config)), 0, 500, nil)) {
				total += len(v)
				for index := range v {
					if index >= test.vocabulary {
						t.Fatalf("row %d has index %d", i, index)
					}
				}
				if half := test.mean / 2; float64(len(v)) < half-1 || float64(len(v)) > test.mean+half+1 {
					t.Fatalf("row %d has %d places", i, len(v))
				}
			}
			if mean := float64(total) / 500; math.Abs(mean/test.mean-1) > 0.05 {
				t.Errorf("%.1f places on the average, want %.0f", mean, test.mean)
			}
		})
	}
}

func TestASparseSearchFindsTheTopic(t *testing.T) {
	const rows, queries, top = 3000, 50, 10
	model, err := topic.New(42, topic.Config{})
	if err != nil {
		t.Fatal(err)
	}
	v := vectors(t, fill(t, open(t, "sparse.zipf", specOf("")), 0, rows, nil))
	right := 0
	for q := range queries {
		row := q * rows / queries
		var best []int // rows, the nearest first
		var scores []float64
		for i := range v {
			score, at := dot(v[row], v[i]), len(best)
			for at > 0 && score > scores[at-1] {
				at--
			}
			if at < top {
				best = append(best[:at], append([]int{i}, best[at:]...)...)
				scores = append(scores[:at], append([]float64{score}, scores[at:]...)...)
				best, scores = best[:min(len(best), top)], scores[:min(len(best), top)]
			}
		}
		if best[0] != row {
			t.Errorf("row %d finds row %d first", row, best[0])
		}
		for _, i := range best {
			if model.At(int64(i)).Topic == model.At(int64(row)).Topic {
				right++
			}
		}
	}
	if right < queries*top*9/10 {
		t.Errorf("%d of %d found are of the topic", right, queries*top)
	}
}

func TestFrequentWordsWeighLess(t *testing.T) {
	c := open(t, "sparse.zipf", specOf(`{"bias": 0}`))
	z := c.(*zipf)
	if common, rare := z.rarity[z.index[0]], z.rarity[z.index[29_999]]; common >= rare/3 {
		t.Errorf("the most frequent word weighs %g, the rarest %g", common, rare)
	}
	rows := 0
	for _, v := range vectors(t, fill(t, c, 0, 1000, nil)) {
		if _, ok := v[z.index[0]]; ok {
			rows++
		}
	}
	if rows < 900 {
		t.Errorf("%d of 1000 rows have the most frequent word", rows)
	}
}

func TestAWrongConfigurationIsRefused(t *testing.T) {
	tests := []struct {
		name, generator string
		spec            core.ColumnSpec
		want            string
	}{
		{"no vocabulary", "sparse.zipf", specOf(`{"vocabulary": 0}`), "vocabulary is 0"},
		{"more places than half the words", "sparse.zipf", specOf(`{"vocabulary": 10, "non_zeros": 6}`), "non_zeros is 6"},
		{"a rising frequency", "sparse.zipf", specOf(`{"exponent": -1}`), "exponent is -1"},
		{"a share above 1", "sparse.zipf", specOf(`{"bias": 1.5}`), "bias is 1.5"},
		{"an unknown theme", "sparse.zipf", specOf(`{"topic": {"theme": "x"}}`), `unknown theme "x"`},
		{"no text", "sparse.text", specOf(``), "no field is named"},
		{"no place", "sparse.text", specOf(`{"buckets": 0}`, "a"), "buckets is 0"},
		{"a negative saturation", "sparse.text", specOf(`{"saturation": -1}`, "a"), "saturation is -1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := opened(test.generator, test.spec); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
		})
	}
	for _, generator := range []string{"sparse.zipf", "sparse.text"} {
		spec := specOf("", "a")
		spec.Field.Type = arrow.BinaryTypes.String
		if _, err := opened(generator, spec); core.CodeOf(err) != core.InvalidConfig {
			t.Errorf("%s takes a text field: %v", generator, err)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	const rows = 4096
	b.Run("sparse.zipf", func(b *testing.B) {
		c := open(b, "sparse.zipf", specOf(""))
		for i := range b.N {
			fill(b, c, int64(i*rows), rows, nil).Release()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	})
	for name, text := range map[string]string{
		"english": "How do I reset the password of my account when I cannot read my e-mail any more?",
		"chinese": "如何在无法读取电子邮件的情况下重置我的账户密码？请告诉我具体的步骤。",
	} {
		b.Run("sparse.text/"+name, func(b *testing.B) {
			texts := make([]string, rows)
			for i := range texts {
				texts[i] = text
			}
			c, in := open(b, "sparse.text", specOf("", "a")), record(texts)
			for b.Loop() {
				fill(b, c, 0, rows, in).Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}
