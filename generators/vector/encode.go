package vector

import (
	"encoding/binary"
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// encoder writes a row as a field stores it. What it writes is not all zero.
type encoder func(dst []byte, v []float32)

// encoding gives the bytes of a row of the type and its encoder; nil for
// float32, which is filled in place.
func encoding(kind schema.Type, dim int, v values) (stride int, encode encoder) {
	switch kind {
	case schema.Float16:
		return 2 * dim, encodeFloat16
	case schema.BFloat16:
		return 2 * dim, encodeBFloat16
	case schema.Int8Vector:
		scale := float32(127 / v.reach)
		return dim, func(dst []byte, v []float32) { encodeInt8(dst, v, scale) }
	case schema.BinaryVector:
		middle := float32(v.middle)
		return dim / 8, func(dst []byte, v []float32) { encodeBinary(dst, v, middle) }
	default:
		return 4 * dim, nil
	}
}

// checkReach refuses values that the type cannot hold. The bound of float32
// leaves room for the squares that distances are made of.
func checkReach(kind schema.Type, reach float64) error {
	low, high := 1e-15, 1e15
	if kind == schema.Float16 {
		low, high = 1e-3, 65504
	}
	if reach >= low && reach <= high {
		return nil
	}
	return core.Errorf(core.InvalidConfig, "values up to %g do not fit a %s", reach, kind).
		WithHint("choose values whose largest lies between %g and %g", low, high)
}

func encodeFloat16(dst []byte, v []float32) {
	var all uint16
	rest := dst
	for _, x := range v {
		h := float16(x)
		all |= h
		binary.LittleEndian.PutUint16(rest, h)
		rest = rest[2:]
	}
	if all<<1 == 0 {
		dst[0] = 1
	}
}

// float16 rounds to the nearest finite number of half precision, ties to even.
func float16(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 1<<31 - 1
	switch {
	case bits >= 0x477fe000: // 65504 is the largest
		return sign | 0x7bff
	case bits < 0x38800000: // below 2^-14 halves are spaced evenly by 2^-24
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	bits += 0xfff + bits>>13&1
	return sign | uint16((bits-0x38000000)>>13)
}

func encodeBFloat16(dst []byte, v []float32) {
	for _, x := range v {
		binary.LittleEndian.PutUint16(dst, bfloat16(x))
		dst = dst[2:]
	}
}

// bfloat16 rounds to the nearest bfloat16 number, ties to even. checkReach
// keeps x far from infinity.
func bfloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

func encodeInt8(dst []byte, v []float32, scale float32) {
	var all byte
	dst = dst[:len(v)]
	for j, x := range v {
		// Adding 1.5·2^23 leaves the rounded number in the lowest bits.
		n := int32(math.Float32bits(float32(x*scale)+0x1.8p23)) - 0x4b400000
		dst[j] = byte(min(max(n, -127), 127))
		all |= dst[j]
	}
	if all == 0 {
		dst[0] = 1
	}
}

// encodeBinary sets the bits of the values above the middle, the first value
// in the highest bit of the first byte.
func encodeBinary(dst []byte, v []float32, middle float32) {
	var all byte
	for i := range dst {
		var b uint32
		for _, x := range v[i*8 : i*8+8] {
			b = b<<1 | math.Float32bits(middle-x)>>31
		}
		dst[i] = byte(b)
		all |= byte(b)
	}
	if all == 0 {
		dst[0] = 1
	}
}
