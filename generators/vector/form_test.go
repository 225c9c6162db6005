package vector

import (
	"hash/fnv"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestEveryTypeHoldsTheSameVectors(t *testing.T) {
	for _, name := range []string{"vector.uniform", "vector.normal", "vector.topic", "vector.clustered"} {
		want := vectors(fill(t, open(t, name, specOf(schema.FloatVector, 256, "")), 0, 50))
		for kind, least := range map[schema.Type]float64{
			schema.Float16: 0.9999, schema.BFloat16: 0.9999, schema.Int8Vector: 0.999, schema.BinaryVector: 0.7,
		} {
			for i, v := range decoded(fill(t, open(t, name, specOf(kind, 256, "")), 0, 50), kind) {
				if kind == schema.BinaryVector {
					for j := range v {
						v[j] = 2*v[j] - 1
					}
				}
				if cos := cosine(v, want[i]); cos < least {
					t.Errorf("%s row %d: a %s has cosine %.5f to the FloatVector", name, i, kind, cos)
				}
			}
		}
	}
}

func TestInt8UsesItsRange(t *testing.T) {
	for name, config := range map[string]string{
		"vector.uniform": `{"low": 0, "high": 1}`, "vector.normal": `{"sd": 100}`, "vector.unit": ``, "vector.topic": ``,
	} {
		largest, clipped, n := float32(0), 0, 0
		for _, v := range decoded(fill(t, open(t, name, specOf(schema.Int8Vector, 300, config)), 0, 100), schema.Int8Vector) {
			for _, x := range v {
				largest, n = max(largest, x), n+1
				if x == 127 || x == -127 {
					clipped++
				}
			}
		}
		if largest < 100 || float64(clipped)/float64(n) > 0.01 {
			t.Errorf("%s: the largest value is %g, %d of %d are at the end", name, largest, clipped, n)
		}
	}
}

func TestHalfOfTheBitsAreSet(t *testing.T) {
	for name, config := range map[string]string{
		"vector.uniform": `{"low": 5, "high": 6}`, "vector.normal": `{"mean": 3}`, "vector.unit": ``, "vector.planted": ``,
	} {
		set := 0.0
		for _, v := range decoded(fill(t, open(t, name, specOf(schema.BinaryVector, 512, config)), 0, 100), schema.BinaryVector) {
			set += dot(v, v)
		}
		if share := set / 51_200; math.Abs(share-0.5) > 0.02 {
			t.Errorf("%s: a share of %.3f of the bits is set", name, share)
		}
	}
}

func TestUniformKeepsItsBounds(t *testing.T) {
	for _, test := range []struct {
		config    string
		low, high float32
	}{{``, -1, 1}, {`{"low": 0, "high": 1}`, 0, 1}, {`{"low": -1e6, "high": 0}`, -1e6, 0}, {`{"low": 0.1, "high": 0.1000001}`, 0.1, 0.1000001}} {
		low, high, sum, n := float32(math.Inf(1)), float32(math.Inf(-1)), 0.0, 0
		for _, v := range vectors(fill(t, open(t, "vector.uniform", specOf(schema.FloatVector, 99, test.config)), 0, 1000)) {
			for _, x := range v {
				low, high, sum, n = min(low, x), max(high, x), sum+float64(x), n+1
			}
		}
		width := float64(test.high - test.low)
		if low < test.low || high > test.high || math.Abs(sum/float64(n)-float64(test.low)-width/2) > width/20 {
			t.Errorf("%s: values from %g to %g, mean %g", test.config, low, high, sum/float64(n))
		}
	}
}

func TestHalvesAreTheNearestOfManyNumbers(t *testing.T) {
	s := rng.Key(1).At(0)
	for range 100_000 {
		x := s.Normal() * math.Ldexp(1, s.Between(-28, 12))
		nearest(t, float64(float32(x)), float16(float32(x)), 0x7bff, widen)
		nearest(t, float64(float32(x)), bfloat16(float32(x)), 0x7f7f, widenBFloat16)
	}
}

func TestRowsOfASeedStayWhatTheyAre(t *testing.T) {
	for name, want := range map[string]uint64{
		"vector.uniform": 0xd9578563971ac864, "vector.normal": 0x4c171d90116c2c9f, "vector.unit": 0xcd4bcd7b5e3b6b6d,
		"vector.clustered": 0x726de92fa9c4ad59, "vector.duplicates": 0x3bda4d511ce4c27a, "vector.planted": 0xd4601c9bdd391c67,
	} {
		hash := fnv.New64a()
		for _, v := range vectors(fill(t, open(t, name, specOf(schema.FloatVector, 100, "")), 1<<40, 500)) {
			hash.Write(arrow.Float32Traits.CastToBytes(v))
		}
		if got := hash.Sum64(); got != want {
			t.Errorf("%q: %#x, want %#x: another processor, or data sets of old seeds would change", name, got, want)
		}
	}
}
