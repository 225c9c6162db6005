package vector

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

var ctx = context.Background()

// specOf is the column of a vector field called v.
func specOf(kind schema.Type, dim int, config string) core.ColumnSpec {
	field := schema.Field{Name: "v", Type: kind, Dim: dim}
	return core.ColumnSpec{Field: field.Arrow(), Config: []byte(config), Seed: 42, Mem: memory.DefaultAllocator}
}

// generatorOf finds a generator of a family by its name.
func generatorOf(t testing.TB, components []sdk.Component, name string) core.Generator {
	t.Helper()
	for _, c := range components {
		if c.Describe().Name == name {
			return c.Generator()
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func open(t testing.TB, name string, spec core.ColumnSpec) core.Column {
	t.Helper()
	c, err := generatorOf(t, Components(), name).Open(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fill(t testing.TB, c core.Column, start int64, n int) arrow.Array {
	t.Helper()
	a, err := c.Fill(ctx, core.Rows{Start: start, N: n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != n {
		t.Fatalf("%d values for %d rows", a.Len(), n)
	}
	return a
}

// vectors are the rows of a FloatVector column.
func vectors(a arrow.Array) [][]float32 {
	list := a.(*array.FixedSizeList)
	dim := int(list.DataType().(*arrow.FixedSizeListType).Len())
	all := list.ListValues().(*array.Float32).Float32Values()
	rows := make([][]float32, a.Len())
	for i := range rows {
		rows[i] = all[i*dim : (i+1)*dim]
	}
	return rows
}

func dot(a, b []float32) float64 {
	var sum float64
	for j := range a {
		sum += float64(a[j]) * float64(b[j])
	}
	return sum
}

func cosine(a, b []float32) float64 { return dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b)) }

var kinds = []schema.Type{schema.FloatVector, schema.Float16, schema.BFloat16, schema.Int8Vector, schema.BinaryVector}

// eachOpen calls test with every generator and type.
func eachOpen(t *testing.T, dim int, test func(t *testing.T, name string, kind schema.Type, c core.Column)) {
	for _, component := range Components() {
		name := component.Describe().Name
		for _, kind := range kinds {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				test(t, name, kind, open(t, name, specOf(kind, dim, "")))
			})
		}
	}
}

func TestARowIsTheSameInEverySpan(t *testing.T) {
	eachOpen(t, 200, func(t *testing.T, name string, kind schema.Type, c core.Column) {
		whole := fill(t, c, 1000, 40)
		same := func(part arrow.Array, from int64) {
			t.Helper()
			if !array.SliceEqual(whole, from, from+int64(part.Len()), part, 0, int64(part.Len())) {
				t.Errorf("rows from %d differ in another span", 1000+from)
			}
		}
		same(fill(t, c, 1020, 20), 20)
		same(fill(t, c, 1000, 20), 0)
		same(fill(t, c, 1039, 1), 39)
		same(fill(t, open(t, name, specOf(kind, 200, "")), 1000, 40), 0)
		other := specOf(kind, 200, "")
		other.Seed++
		if array.Equal(whole, fill(t, open(t, name, other), 1000, 40)) {
			t.Error("another seed gives the same vectors")
		}
		other = specOf(kind, 200, "")
		other.Field.Name = "w"
		if array.Equal(whole, fill(t, open(t, name, other), 1000, 40)) {
			t.Error("another field gets the same vectors")
		}
	})
}

func TestRowsInAnyOrderAreThoseOfASpan(t *testing.T) {
	eachOpen(t, 72, func(t *testing.T, _ string, _ schema.Type, c core.Column) {
		whole := fill(t, c, 50, 10)
		rows := []int64{57, 50, 57, 59}
		made, err := c.(column.Maker).Make(ctx, rows)
		if err != nil || made.Len() != len(rows) {
			t.Fatalf("got %v, error %v", made, err)
		}
		for i, row := range rows {
			if !array.SliceEqual(whole, row-50, row-49, made, int64(i), int64(i+1)) {
				t.Errorf("row %d differs", row)
			}
		}
	})
}

func TestVectorsAreOfTheFieldsTypeFiniteAndNotZero(t *testing.T) {
	for dim := range 33 {
		for _, component := range Components() {
			checkValues(t, component, dim+1, 50)
		}
	}
	for _, component := range Components() {
		checkValues(t, component, 32768, 2)
	}
}

func checkValues(t *testing.T, component sdk.Component, dim, rows int) {
	t.Helper()
	for _, kind := range kinds {
		if kind == schema.BinaryVector && dim%8 != 0 {
			continue
		}
		spec := specOf(kind, dim, "")
		a := fill(t, open(t, component.Describe().Name, spec), 5, rows)
		if !arrow.TypeEqual(a.DataType(), spec.Field.Type) || a.NullN() != 0 {
			t.Fatalf("%s dim %d: got %s with %d nulls", kind, dim, a.DataType(), a.NullN())
		}
		for i, v := range decoded(a, kind) {
			if square := dot(v, v); square == 0 || math.IsNaN(square) || math.IsInf(square, 0) {
				t.Fatalf("%s %s dim %d row %d: the square of its length is %g", component.Describe().Name, kind, dim, i, square)
			}
		}
	}
}

// decoded reads any vector column as float32.
func decoded(a arrow.Array, kind schema.Type) [][]float32 {
	if kind == schema.FloatVector {
		return vectors(a)
	}
	rows := make([][]float32, a.Len())
	for i := range rows {
		if list, ok := a.(*array.FixedSizeList); ok {
			from, to := list.ValueOffsets(i)
			for _, x := range list.ListValues().(*array.Int8).Int8Values()[from:to] {
				rows[i] = append(rows[i], float32(x))
			}
			continue
		}
		rows[i] = decodeBytes(a.(*array.FixedSizeBinary).Value(i), kind)
	}
	return rows
}

func TestUnitVectorsHaveLengthOne(t *testing.T) {
	for _, dim := range []int{1, 2, 7, 63, 64, 65, 768, 32768} {
		for i, v := range vectors(fill(t, open(t, "vector.unit", specOf(schema.FloatVector, dim, "")), 0, 100)) {
			if length := math.Sqrt(dot(v, v)); math.Abs(length-1) > 1e-6 {
				t.Fatalf("dim %d row %d: length is %.9f", dim, i, length)
			}
		}
	}
}

func TestAWrongConfigurationIsRefused(t *testing.T) {
	tests := []struct {
		name, generator, config string
		kind                    schema.Type
		want                    string
	}{
		{"low above high", "vector.uniform", `{"low": 2, "high": 1}`, schema.FloatVector, "low is 2 and high is 1"},
		{"values beyond half precision", "vector.uniform", `{"high": 70000}`, schema.Float16, "values up to 70000 do not fit a Float16Vector"},
		{"values beyond squares", "vector.normal", `{"sd": 1e30}`, schema.FloatVector, "do not fit a FloatVector"},
		{"no spread", "vector.normal", `{"sd": 0}`, schema.FloatVector, "sd is 0"},
		{"no cluster", "vector.clustered", `{"clusters": 0}`, schema.FloatVector, "clusters is 0"},
		{"all rows copies", "vector.duplicates", `{"share": 1}`, schema.FloatVector, "share is 1"},
		{"groups that overlap", "vector.planted", `{"neighbours": 10, "every": 5}`, schema.FloatVector, "every is 5"},
		{"cosines that fall", "vector.topic", `{"same_topic": 0.3}`, schema.FloatVector, "same_category is 0.5, same_topic 0.3"},
		{"an unknown theme", "vector.topic", `{"topic": {"theme": "suport"}}`, schema.FloatVector, `unknown theme "suport"`},
		{"an unknown key", "vector.unit", `{"dim": 3}`, schema.FloatVector, `unknown configuration key "dim"`},
		{"a field that is no vector", "vector.unit", ``, schema.Int64, "vector.unit does not take Int64"},
		{"a binary vector with loose bits", "vector.unit", ``, schema.BinaryVector, "makes dense vectors"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec := specOf(test.kind, 12, test.config)
			spec.Generator = test.generator
			_, err := generatorOf(t, Components(), test.generator).Open(ctx, spec)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			if core.CodeOf(err) != core.InvalidConfig {
				t.Errorf("its code is %s", core.CodeOf(err))
			}
		})
	}
}

func TestFillStopsWhenItsContextEnds(t *testing.T) {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	c := open(t, "vector.unit", specOf(schema.FloatVector, 8, ""))
	if _, err := c.Fill(ended, core.Rows{N: 10}, nil); err == nil {
		t.Fatal("it filled on")
	}
}

// slab is memory that is filled again and again, as in a run.
type slab struct{ bytes []byte }

func (s *slab) Allocate(size int) []byte { return s.bytes[:size] }

func (s *slab) Reallocate(size int, _ []byte) []byte { return s.bytes[:size] }

func (s *slab) Free([]byte) {}

func BenchmarkFill(b *testing.B) {
	const rows, dim = 2048, 768
	for _, component := range Components() {
		for _, kind := range kinds {
			name := component.Describe().Name
			b.Run(fmt.Sprintf("%s/%s", name, kind), func(b *testing.B) {
				spec := specOf(kind, dim, "")
				spec.Mem = &slab{bytes: make([]byte, 4*rows*dim)}
				c := open(b, name, spec)
				b.SetBytes(int64(rows * c.(*dense).stride))
				for i := range b.N {
					fill(b, c, int64(i*rows), rows).Release()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
	b.Run("memcpy", func(b *testing.B) {
		from, to := make([]byte, 4*rows*dim), make([]byte, 4*rows*dim)
		b.SetBytes(int64(len(from)))
		for range b.N {
			copy(to, from)
		}
	})
}
