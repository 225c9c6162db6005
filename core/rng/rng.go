// Package rng is the only source of randomness of the toolkit. It is counter
// based: what it gives depends on (seed, stream, row) alone, so any row can be
// made at any time, on any machine, by any worker.
//
//	field := rng.Field(seed, "price")
//	s := field.At(row)
//	price := 10 + 90*s.Float64()
package rng

import (
	"math"
	"math/bits"
)

// Key names one stream of random numbers of a seed, for all rows.
type Key uint64

// Source gives the random numbers of one row of a stream. The zero value is
// valid but always the same; take it from Key.At.
type Source struct{ state uint64 }

const (
	golden = 0x9e3779b97f4a7c15
	wy0    = 0xa0761d6478bd642f
	wy1    = 0xe7037ed1a0b428db
)

// mix is the finalizer of splitmix64: a bijection in which every input bit
// changes half of the output bits.
func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Field gives the stream of a field, or of any other named purpose.
func Field(seed uint64, name string) Key {
	h := mix(seed + golden)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return Key(mix(h ^ uint64(len(name))))
}

// Sub gives a stream of its own within k, for a second purpose of a field.
func (k Key) Sub(n uint64) Key { return Key(mix(uint64(k) ^ mix(n+golden))) }

// At gives the numbers of one row. Rows are 64 bits wide: no two rows of a
// data set share a stream.
func (k Key) At(row int64) Source {
	return Source{mix(mix(uint64(k)+uint64(row)*golden) ^ uint64(k))}
}

// Uint64 gives 64 random bits.
func (s *Source) Uint64() uint64 {
	s.state += wy0
	hi, lo := bits.Mul64(s.state, s.state^wy1)
	return hi ^ lo
}

// IntN gives a number of [0, n), for n > 0.
func (s *Source) IntN(n int) int {
	hi, _ := bits.Mul64(s.Uint64(), uint64(n))
	return int(hi)
}

// Uint64N gives a number of [0, n); of all 64 bits when n is 0.
func (s *Source) Uint64N(n uint64) uint64 {
	if n == 0 {
		return s.Uint64()
	}
	hi, _ := bits.Mul64(s.Uint64(), n)
	return hi
}

// Between gives a number of [low, high], for low ≤ high.
func (s *Source) Between(low, high int) int { return low + s.IntN(high-low+1) }

// Float64 gives a number of [0, 1).
func (s *Source) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// Bool is true with probability p.
func (s *Source) Bool(p float64) bool { return s.Float64() < p }

// Normal gives a number of the standard normal distribution.
func (s *Source) Normal() float64 {
	// Box and Muller: two draws a number, the same on every machine but for
	// the last bits of the library's functions, which Go keeps portable.
	u := float64(s.Uint64()>>11+1) * 0x1p-53
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*s.Float64())
}

// Exponential gives a number of the exponential distribution of mean 1.
func (s *Source) Exponential() float64 {
	return -math.Log(float64(s.Uint64()>>11+1) * 0x1p-53)
}
