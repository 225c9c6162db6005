package rng

import (
	"math"
	"testing"
)

func TestStreamsDependOnSeedNameAndRowAlone(t *testing.T) {
	first := func(seed uint64, name string, row int64) uint64 {
		s := Field(seed, name).At(row)
		return s.Uint64()
	}
	if once, again := first(42, "price", 7), first(42, "price", 7); once != again {
		t.Fatal("the same place gave two values")
	}
	seen := map[uint64]string{}
	for _, name := range []string{"", "a", "b", "ab", "ba", "a\x00"} {
		for seed := range uint64(4) {
			for row := int64(-3); row < 40; row++ {
				v := first(seed, name, row)
				if was, ok := seen[v]; ok {
					t.Fatalf("seed %d %q row %d repeats %s", seed, name, row, was)
				}
				seen[v] = name
			}
		}
	}
}

func TestRowsBeyond32BitsDiffer(t *testing.T) {
	k := Field(0, "v")
	a, b := k.At(5), k.At(5+1<<32)
	if a.Uint64() == b.Uint64() {
		t.Fatal("rows 5 and 5+2^32 share a stream")
	}
}

func TestUniformAndNormalHaveTheirMoments(t *testing.T) {
	const n = 200_000
	k := Field(1, "x")
	var sum, square, normal, normalSquare float64
	for row := range int64(n) {
		s := k.At(row)
		u := s.Float64()
		sum, square = sum+u, square+u*u
		z := s.Normal()
		normal, normalSquare = normal+z, normalSquare+z*z
	}
	near := func(name string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("mean of uniform", sum/n, 0.5, 0.005)
	near("mean square of uniform", square/n, 1.0/3, 0.005)
	near("mean of normal", normal/n, 0, 0.01)
	near("variance of normal", normalSquare/n, 1, 0.02)
}

func TestWeightedFollowsItsWeights(t *testing.T) {
	tests := []struct {
		name    string
		weights []float64
		want    []float64
	}{
		{"uneven", []float64{6, 3, 1, 0}, []float64{0.6, 0.3, 0.1, 0}},
		{"one", []float64{5}, []float64{1}},
		{"all zero counts as equal", []float64{0, 0}, []float64{0.5, 0.5}},
		{"bad weights count as zero", []float64{math.NaN(), -1, 2, math.Inf(1)}, []float64{0, 0, 1, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const n = 100_000
			w, k := NewWeighted(test.weights), Field(9, test.name)
			counts := make([]float64, w.Len())
			for row := range int64(n) {
				s := k.At(row)
				counts[w.Pick(&s)]++
			}
			for i, c := range counts {
				if math.Abs(c/n-test.want[i]) > 0.01 {
					t.Errorf("index %d has share %.3f, want %.3f", i, c/n, test.want[i])
				}
			}
		})
	}
}

func TestPermutationIsABijection(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 5, 64, 1000, 4097} {
		p, seen := NewPermutation(Field(3, "key"), n), make(map[uint64]bool)
		for i := range n {
			v := p.At(i)
			if v >= n || seen[v] {
				t.Fatalf("n %d: place %d gave %d", n, i, v)
			}
			seen[v] = true
		}
	}
}

func TestIntNStaysInRange(t *testing.T) {
	k := Field(0, "n")
	for row := range int64(10_000) {
		s := k.At(row)
		if v := s.IntN(3); v < 0 || v > 2 {
			t.Fatalf("IntN(3) gave %d", v)
		}
		if v := s.Between(-2, 2); v < -2 || v > 2 {
			t.Fatalf("Between(-2, 2) gave %d", v)
		}
	}
}
