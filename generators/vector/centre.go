package vector

import "math"

// centres keeps the vectors that rows lie around, so that a row need not make
// its own. It is bounded: when it is full it forgets all, for a centre costs
// no more than a row.
type centres[K comparable] struct {
	dim  int
	make func(dst []float32, key K)
	kept map[K][]float32
	// slots are the vectors that were allocated; those from len(kept) on are
	// free.
	slots [][]float32
}

// centreBytes bounds the memory of a column's centres.
const centreBytes = 8 << 20

func newCentres[K comparable](dim int, make func(dst []float32, key K)) *centres[K] {
	return &centres[K]{dim: dim, make: make, kept: map[K][]float32{}}
}

// of gives the centre of a key; it is valid until the next call.
func (c *centres[K]) of(key K) []float32 {
	if v, ok := c.kept[key]; ok {
		return v
	}
	if (len(c.kept)+1)*4*c.dim > centreBytes {
		clear(c.kept)
	}
	if len(c.kept) == len(c.slots) {
		c.slots = append(c.slots, make([]float32, c.dim))
	}
	v := c.slots[len(c.kept)]
	c.make(v, key)
	c.kept[key] = v
	return v
}

// perValue is the scale of the values of noise whose length is about length.
func perValue(length float64, dim int) float32 {
	return float32(length / math.Sqrt(float64(dim)))
}
