package vector

import (
	"hash/fnv"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestTheTableIsNormalAndTheSameOnEveryMachine(t *testing.T) {
	table := newTable()
	var sum, square, fourth float64
	for _, x := range table[:tableSize] {
		z := float64(x)
		sum, square, fourth = sum+z, square+z*z, fourth+z*z*z*z
	}
	if sum != 0 || math.Abs(square/tableSize-1) > 1e-3 || math.Abs(fourth/tableSize-3) > 0.02 {
		t.Errorf("moments are %g, %g, %g", sum/tableSize, square/tableSize, fourth/tableSize)
	}
	hash := fnv.New64a()
	hash.Write(arrow.Float32Traits.CastToBytes(table[:tableSize]))
	if got, want := hash.Sum64(), uint64(0x741b87e60db35381); got != want {
		t.Errorf("the table's hash is %#x, want %#x: data sets of old seeds would change", got, want)
	}
}

func TestEveryPlaceOfAVectorHasTheSameDistribution(t *testing.T) {
	const rows, dim = 20_000, 130
	var sum, square [dim]float64
	for _, v := range vectors(fill(t, open(t, "vector.normal", specOf(schema.FloatVector, dim, `{"mean": 1, "sd": 2}`)), 0, rows)) {
		for j, x := range v {
			sum[j] += float64(x)
			square[j] += float64(x) * float64(x)
		}
	}
	for j := range dim {
		mean := sum[j] / rows
		sd := math.Sqrt(square[j]/rows - mean*mean)
		if math.Abs(mean-1) > 0.08 || math.Abs(sd-2) > 0.05 {
			t.Errorf("place %d has mean %.3f and standard deviation %.3f", j, mean, sd)
		}
	}
}

func TestRowsAreIndependent(t *testing.T) {
	const rows, dim = 1500, 768
	v := vectors(fill(t, open(t, "vector.unit", specOf(schema.FloatVector, dim, "")), 0, rows))
	var square, largest float64
	pairs := 0
	for i := range v {
		for k := range i {
			c := dot(v[i], v[k])
			square, largest = square+c*c, max(largest, math.Abs(c))
			pairs++
		}
	}
	// Cosines of independent directions have the standard deviation 1/√dim;
	// of a million, one in a few lies beyond five of them.
	sd := math.Sqrt(square / float64(pairs))
	if want := 1 / math.Sqrt(dim); math.Abs(sd/want-1) > 0.02 || largest > 6.5*want {
		t.Errorf("cosines deviate by %.5f, want %.5f; the largest is %.3f", sd, want, largest)
	}
}

func TestNoTwoOfManyVectorsAreEqual(t *testing.T) {
	for _, test := range []struct {
		generator string
		dim       int
	}{{"vector.unit", 4}, {"vector.unit", 16}, {"vector.unit", 100}, {"vector.topic", 8}, {"vector.uniform", 4}} {
		seen := map[[2]uint64]int{}
		c := open(t, test.generator, specOf(schema.FloatVector, test.dim, ""))
		for i, v := range vectors(fill(t, c, 1<<33, 100_000)) {
			var key [2]uint64
			for j, x := range v {
				key[j&1] = key[j&1]*1_000_003 + uint64(math.Float32bits(x))
			}
			if was, ok := seen[key]; ok {
				t.Fatalf("%s dim %d: rows %d and %d are equal", test.generator, test.dim, was, i)
			}
			seen[key] = i
		}
	}
}

func TestBlendAddsWhatItSays(t *testing.T) {
	table, dim := newTable(), block+3
	centre := make([]float32, dim)
	for j := range centre {
		centre[j] = float32(j)
	}
	a, b := newStream(rng.Key(7)).at(3, 2)
	if scale := math.Hypot(float64(a.scale), float64(b.scale)); math.Abs(scale-2) > 1e-6 {
		t.Fatalf("two waves have the scale %g together, want 2", scale)
	}
	got := make([]float32, dim)
	square := table.blend(got, centre, a, b)
	var want float64
	for from := 0; from < dim; from += block {
		p, x := a.next(table)
		q, y := b.next(table)
		for j := from; j < min(from+block, dim); j++ {
			v := centre[j] + float32(x*p[j-from]) + float32(y*q[j-from])
			if got[j] != v {
				t.Fatalf("value %d is %g, want %g", j, got[j], v)
			}
			want += float64(v) * float64(v)
		}
	}
	if math.Abs(square/want-1) > 1e-6 {
		t.Errorf("the square of its length is %g, want %g", square, want)
	}
}

func TestOppositesStillHaveADirection(t *testing.T) {
	v := []float32{1e-20, -1e-20, 0}
	normalise(v, dot(v, v))
	if dot(v, v) != 1 {
		t.Errorf("got %v", v)
	}
}
