// Package text writes values as JSON has them.
package text

import (
	"math"
	"math/big"
	"math/bits"
)

// Floats writes 32-bit floats in the fewest digits that give the same value
// when they are read again, as strconv does, and several times faster. The
// algorithm is Raffaello Giulietti's Schubfach.
type Floats struct {
	// power holds 10^k for k from lowest to highest, as 64 bits, rounded up.
	power [highest - lowest + 1]uint64
}

// The powers of ten that 32-bit floats need.
const (
	lowest  = -32
	highest = 46
)

// NewFloats computes the table of powers.
func NewFloats() *Floats {
	f := new(Floats)
	for k := lowest; k <= highest; k++ {
		// 2^shift · 10^k has 64 bits before its point.
		shift := 63 - floorLog2Pow10(k)
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(k, -k))), nil)
		if k >= 0 {
			if shift >= 0 {
				n.Lsh(n, uint(shift))
			} else {
				n.Rsh(n, uint(-shift))
			}
		} else {
			n.Quo(new(big.Int).Lsh(big.NewInt(1), uint(shift)), n)
		}
		f.power[k-lowest] = n.Uint64() + 1
	}
	return f
}

func floorLog2Pow10(k int) int { return (k * 1741647) >> 19 }

// Append adds v to dst as a JSON number. v must be finite.
func (f *Floats) Append(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	if b>>31 != 0 {
		dst = append(dst, '-')
	}
	if b<<1 == 0 {
		return append(dst, '0')
	}
	digits, exponent := f.shortest(b&(1<<23-1), b>>23&0xff)
	return appendDecimal(dst, digits, exponent)
}

// shortest gives digits · 10^exponent for the float of that mantissa and
// exponent.
func (f *Floats) shortest(mantissa, biased uint32) (uint32, int) {
	c, q := mantissa, -149
	if biased != 0 {
		c, q = mantissa|1<<23, int(biased)-150
		if q <= 0 && q > -24 && c&(1<<-q-1) == 0 {
			return c >> -q, 0 // a whole number
		}
	}
	odd := c & 1
	closer := uint32(0)
	k := q * 1262611
	if mantissa == 0 && biased > 1 {
		closer = 1
		k -= 524031
	}
	k >>= 22
	h := q + floorLog2Pow10(-k) + 1
	power := f.power[-k-lowest]
	low := scale(power, (4*c-2+closer)<<h) + odd
	mid := scale(power, (4*c)<<h)
	high := scale(power, (4*c+2)<<h) - odd

	s := mid / 4
	if s >= 10 {
		tens := s / 10
		below, above := low <= 40*tens, 40*tens+40 <= high
		if below != above {
			return tens + one(above), k + 1
		}
	}
	below, above := low <= 4*s, 4*s+4 <= high
	if below != above {
		return s + one(above), k
	}
	half := 4*s + 2
	return s + one(mid > half || mid == half && s&1 != 0), k
}

// scale is the product without its lower 64 bits; its last bit tells whether
// they are worth more than nothing.
func scale(power uint64, c uint32) uint32 {
	high, low := bits.Mul64(power, uint64(c))
	return uint32(high) | one(low>>32 > 1)
}

func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
