package truth

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// table is rows that are read in a few parts.
type table struct {
	record arrow.Record
	parts  int
}

func (t table) Parts() int { return t.parts }

func (t table) Open() (Reader, error) { return t, nil }

func (t table) Close() error { return nil }

func (t table) Read(_ context.Context, part int, yield func(arrow.Record) error) error {
	n := t.record.NumRows()
	return yield(t.record.NewSlice(n*int64(part)/int64(t.parts), n*int64(part+1)/int64(t.parts)))
}

func record(key, vectors arrow.Array) arrow.Record {
	s := arrow.NewSchema([]arrow.Field{{Name: "k", Type: key.DataType()}, {Name: "v", Type: vectors.DataType(), Nullable: true}}, nil)
	return array.NewRecord(s, []arrow.Array{key, vectors}, int64(key.Len()))
}

func numbered(n int) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		b.Append(int64(i))
	}
	return b.NewArray()
}

// vectorsOf makes vectors of a type; every seventh is null where there may be
// some. The numbers are rounded to quarters, so that there are ties.
func vectorsOf(f schema.Field, n int, nulls bool, random *rand.Rand) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, f.Arrow().Type)
	for i := range n {
		if nulls && i%7 == 3 {
			b.AppendNull()
			continue
		}
		appendVector(b, f, random)
	}
	return b.NewArray()
}

func appendVector(b array.Builder, f schema.Field, random *rand.Rand) {
	switch b := b.(type) {
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range f.Dim {
			switch values := b.ValueBuilder().(type) {
			case *array.Float32Builder:
				values.Append(float32(math.Round(random.NormFloat64()*4)) / 4)
			case *array.Int8Builder:
				values.Append(int8(random.IntN(9) - 4))
			}
		}
	case *array.FixedSizeBinaryBuilder:
		b.Append(bytesOf(f, random))
	case *array.ListBuilder:
		b.Append(true)
		pairs := b.ValueBuilder().(*array.StructBuilder)
		for place := range f.Dim {
			if random.IntN(8) == 0 {
				pairs.Append(true)
				pairs.FieldBuilder(0).(*array.Uint32Builder).Append(uint32(place * 1000))
				pairs.FieldBuilder(1).(*array.Float32Builder).Append(float32(random.IntN(7)-2) / 4)
			}
		}
	}
}

func bytesOf(f schema.Field, random *rand.Rand) []byte {
	var bytes []byte
	for range f.Dim {
		v := float32(math.Round(random.NormFloat64()*4)) / 4
		switch f.Type {
		case schema.Float16:
			n := float16.New(v).Uint16()
			bytes = append(bytes, byte(n), byte(n>>8))
		case schema.BFloat16:
			n := math.Float32bits(v) >> 16
			bytes = append(bytes, byte(n), byte(n>>8))
		}
	}
	for range f.Dim / 8 {
		if f.Type == schema.BinaryVector {
			bytes = append(bytes, byte(random.Uint32()))
		}
	}
	return bytes
}

// distances computes all scores of a query as plainly as can be; NaN is a row
// that is not found.
func distances(t *testing.T, q Question, i int, rows arrow.Array) []float64 {
	t.Helper()
	all := make([]float64, rows.Len())
	for r := range all {
		all[r] = math.NaN()
		if rows.IsValid(r) {
			all[r] = distance(t, q, i, rows, r)
		}
	}
	return all
}

func distance(t *testing.T, q Question, i int, rows arrow.Array, r int) float64 {
	t.Helper()
	switch q.Type {
	case schema.BinaryVector:
		a, b := q.Queries.(*array.FixedSizeBinary).Value(i), rows.(*array.FixedSizeBinary).Value(r)
		differ, both, either := 0., 0., 0.
		for at := range a {
			differ += float64(bits.OnesCount8(a[at] ^ b[at]))
			both += float64(bits.OnesCount8(a[at] & b[at]))
			either += float64(bits.OnesCount8(a[at] | b[at]))
		}
		if q.Metric == "HAMMING" {
			return differ
		}
		return 1 - both/either
	case schema.Sparse:
		return common(t, q.Queries, i, rows, r)
	}
	a, dim, _ := floats(nil, q.Type, array.NewSlice(q.Queries, int64(i), int64(i+1)))
	b, _, err := floats(nil, q.Type, array.NewSlice(rows, int64(r), int64(r+1)))
	if err != nil {
		t.Fatal(err)
	}
	var dot, square, aa, bb float64
	for at := range dim {
		x, y := float64(a[at]), float64(b[at])
		dot, square, aa, bb = dot+x*y, square+(x-y)*(x-y), aa+x*x, bb+y*y
	}
	switch q.Metric {
	case "L2":
		return square
	case "COSINE":
		return dot / math.Sqrt(aa*bb)
	}
	return dot
}

func common(t *testing.T, queries arrow.Array, i int, rows arrow.Array, r int) float64 {
	t.Helper()
	q, err := placesOf(queries)
	if err != nil {
		t.Fatal(err)
	}
	p, err := placesOf(rows)
	if err != nil {
		t.Fatal(err)
	}
	of, sum, met := map[uint32]float32{}, 0., false
	q.each(i, func(index uint32, value float32) { of[index] = value })
	p.each(r, func(index uint32, value float32) {
		if v, ok := of[index]; ok {
			met = true
			sum += float64(v) * float64(value)
		}
	})
	if !met {
		return math.NaN()
	}
	return sum
}

func TestTheAnswerIsThatOfAPlainSearch(t *testing.T) {
	for _, c := range []struct {
		field   schema.Field
		metrics []string
	}{
		{schema.Field{Type: schema.FloatVector, Dim: 5}, []string{"L2", "IP", "COSINE"}},
		{schema.Field{Type: schema.FloatVector, Dim: 67}, []string{"L2", "IP", "COSINE"}},
		{schema.Field{Type: schema.Float16, Dim: 16}, []string{"L2", "IP", "COSINE"}},
		{schema.Field{Type: schema.BFloat16, Dim: 16}, []string{"L2", "IP", "COSINE"}},
		{schema.Field{Type: schema.Int8Vector, Dim: 6}, []string{"L2", "IP", "COSINE"}},
		{schema.Field{Type: schema.BinaryVector, Dim: 24}, []string{"HAMMING", "JACCARD"}},
		{schema.Field{Type: schema.BinaryVector, Dim: 200}, []string{"HAMMING", "JACCARD"}},
		{schema.Field{Type: schema.Sparse, Dim: 60}, []string{"IP"}},
	} {
		for _, metric := range c.metrics {
			t.Run(fmt.Sprint(c.field.Type, c.field.Dim, metric), func(t *testing.T) {
				random := rand.New(rand.NewPCG(7, uint64(c.field.Dim)))
				rows := vectorsOf(c.field, 601, true, random)
				queries := array.NewSlice(vectorsOf(c.field, 42, false, random), 1, 42)
				for _, k := range []int{1, 30, 700} {
					q := Question{Type: c.field.Type, Metric: metric, Queries: queries, K: k}
					answer, err := Find(context.Background(), table{record(numbered(601), rows), 3}, q, Options{Workers: 2})
					if err != nil {
						t.Fatal(err)
					}
					if answer.Rows != 601 {
						t.Fatalf("%d rows were seen", answer.Rows)
					}
					for i, n := range answer.Neighbors {
						sameNeighbors(t, q, n, distances(t, q, i, rows))
					}
				}
			})
		}
	}
}

// sameNeighbors compares an answer with all distances.
func sameNeighbors(t *testing.T, q Question, n Neighbors, all []float64) {
	t.Helper()
	sign := 1.
	if q.Metric == "IP" || q.Metric == "COSINE" {
		sign = -1
	}
	var sorted []float64
	for _, d := range all {
		if !math.IsNaN(d) {
			sorted = append(sorted, sign*d)
		}
	}
	slices.Sort(sorted)
	if len(sorted) == 0 {
		if len(n.Keys) > 0 {
			t.Fatalf("rows %v are found, none should", n.Keys)
		}
		return
	}
	last := sorted[min(q.K, len(sorted))-1]
	for i, key := range n.Keys {
		if got := n.Scores[i]; math.Abs(got-all[key.Int]) > 1e-9 {
			t.Fatalf("row %d has score %g, not %g", key.Int, all[key.Int], got)
		}
	}
	is := map[Key]bool{}
	for _, key := range n.Keys {
		is[key] = true
	}
	for row, d := range all {
		found := is[Key{Int: int64(row)}]
		switch {
		case math.IsNaN(d) && found, sign*d > last+n.Slack+1e-9 && found:
			t.Fatalf("row %d is found: %g, the last is %g", row, d, last)
		case sign*d <= last && !found:
			t.Fatalf("row %d is not found: %g, the last is %g", row, d, last)
		}
	}
}
