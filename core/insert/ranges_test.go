package insert

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRangesAreTheSameAsASetOfNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var r ranges
		var set [64]bool
		for range rng.IntN(12) {
			lo := rng.Int64N(60)
			hi := lo + rng.Int64N(5)
			r.add(lo, hi)
			for i := lo; i < hi; i++ {
				set[i] = true
			}
		}
		var got [64]bool
		for k, i := range r {
			if i.lo >= i.hi || k > 0 && r[k-1].hi >= i.lo {
				t.Fatalf("%v are not apart", r)
			}
			for n := i.lo; n < i.hi; n++ {
				got[n] = true
			}
		}
		if got != set {
			t.Fatalf("%v, expected %v", r, set)
		}
		lo, hi := rng.Int64N(30), 30+rng.Int64N(34)
		var gaps, want []int64
		for _, gap := range r.missing(lo, hi) {
			for n := gap.lo; n < gap.hi; n++ {
				gaps = append(gaps, n)
			}
		}
		for n := lo; n < hi; n++ {
			if !set[n] {
				want = append(want, n)
			}
		}
		if !slices.Equal(gaps, want) {
			t.Fatalf("%v lacks %v of %d to %d, expected %v", r, gaps, lo, hi, want)
		}
		if overlap := len(want) < int(hi-lo); r.overlaps(lo, hi) != overlap || r.has(lo) != set[lo] {
			t.Fatalf("%v and %d to %d: overlaps %t", r, lo, hi, !overlap)
		}
	}
}
