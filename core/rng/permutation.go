package rng

import "math/bits"

// Permutation is a random order of [0, n) that needs no memory: a bijection
// of a power of two, walked until it falls below n. It gives row i a value
// that no other row has.
type Permutation struct {
	n    uint64
	half uint
	mask uint64
	keys [4]uint64
}

// NewPermutation gives the order that k stands for; n must be positive.
func NewPermutation(k Key, n uint64) *Permutation {
	half := (uint(bits.Len64(n-1)) + 1) / 2
	half = max(half, 1)
	p := &Permutation{n: n, half: half, mask: 1<<half - 1}
	for i := range p.keys {
		p.keys[i] = uint64(k.Sub(uint64(i)))
	}
	return p
}

// At gives the value at place i of [0, n).
func (p *Permutation) At(i uint64) uint64 {
	for {
		l, r := i>>p.half&p.mask, i&p.mask
		for _, k := range p.keys {
			l, r = r, l^mix(r^k)&p.mask
		}
		if i = l<<p.half | r; i < p.n {
			return i
		}
	}
}
