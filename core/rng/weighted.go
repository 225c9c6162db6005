package rng

import "math"

// Weighted picks indexes by their weights in constant time (Walker's alias
// method). It is read-only after NewWeighted and may be shared.
type Weighted struct {
	keep  []float64
	alias []int32
}

// NewWeighted prepares picking of 0 … len(weights)-1. Weights are relative;
// negative, infinite and missing ones count as 0, and all 0 as all equal.
func NewWeighted(weights []float64) *Weighted {
	n := len(weights)
	w := &Weighted{keep: make([]float64, n), alias: make([]int32, n)}
	var sum float64
	for i, v := range weights {
		if v > 0 && !math.IsInf(v, 1) {
			w.keep[i] = v
			sum += v
		}
	}
	var small, large []int32
	for i := range w.keep {
		w.alias[i] = int32(i)
		if sum == 0 {
			w.keep[i] = 1
			continue
		}
		w.keep[i] *= float64(n) / sum
		if w.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		w.alias[s] = l
		w.keep[l] -= 1 - w.keep[s]
		if w.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		w.keep[i] = 1
	}
	return w
}

// Zipf gives weights of n ranks that fall as 1/(rank+1)^exponent.
func Zipf(n int, exponent float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = math.Pow(float64(i+1), -exponent)
	}
	return w
}

// Pick gives an index. It takes one number of the source.
func (w *Weighted) Pick(s *Source) int {
	x := float64(s.Float64() * float64(len(w.keep)))
	i := int(x)
	if x-float64(i) < w.keep[i] {
		return i
	}
	return int(w.alias[i])
}

// Len is the number of indexes.
func (w *Weighted) Len() int { return len(w.keep) }
