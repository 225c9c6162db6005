package dataset

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/float16"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// elements says how the elements of a foreign vector become those of ours.
type elements struct {
	// per is how many elements a row has, size what each takes in our form.
	per, size int
	// bytes tells that the elements are the vector's bytes.
	bytes bool
	// put converts n elements; it gives the first that is out of range, or
	// -1.
	put func(dst, src []byte, n int) int
}

// elementsFor finds the conversion from elements of an Arrow type; false where
// there is none.
func elementsFor(f *schema.Field, from arrow.Type) (elements, bool) {
	switch f.Type {
	case schema.FloatVector:
		get := numberOf(from)
		if from == arrow.FLOAT32 {
			return elements{f.Dim, 4, false, copyOf(4)}, true
		}
		return elements{f.Dim, 4, false, toFloat32(get, sizeOf(from))}, get != nil
	case schema.Int8Vector:
		if isWhole(from) {
			return elements{f.Dim, 1, false, narrow(from, math.MinInt8, math.MaxInt8)}, true
		}
	case schema.BinaryVector:
		if isWhole(from) {
			return elements{f.Dim / 8, 1, true, narrow(from, 0, math.MaxUint8)}, true
		}
	case schema.Float16, schema.BFloat16:
		switch get := numberOf(from); {
		case from == arrow.FLOAT16 && f.Type == schema.Float16:
			return elements{f.Dim, 2, false, copyOf(2)}, true
		case isWhole(from):
			return elements{2 * f.Dim, 1, true, narrow(from, 0, math.MaxUint8)}, true
		case get != nil:
			return elements{f.Dim, 2, false, toHalf(f.Type, get, sizeOf(from))}, true
		}
	}
	return elements{}, false
}

// sizeOf is the size of a value of an Arrow type in a Parquet page.
func sizeOf(t arrow.Type) int {
	switch t {
	case arrow.INT64, arrow.UINT64, arrow.FLOAT64:
		return 8
	case arrow.FLOAT16:
		return 2
	default:
		return 4
	}
}

func isWhole(t arrow.Type) bool {
	switch t {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return true
	}
	return false
}

// numberOf reads one number as a Parquet page holds it; nil for what is no
// number.
func numberOf(t arrow.Type) func([]byte) float64 {
	switch t {
	case arrow.FLOAT32:
		return func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case arrow.FLOAT64:
		return func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	case arrow.FLOAT16:
		return func(b []byte) float64 { return float64(float16.FromBits(binary.LittleEndian.Uint16(b)).Float32()) }
	}
	if isWhole(t) {
		return func(b []byte) float64 { return float64(wholeOf(t, b)) }
	}
	return nil
}

// wholeOf reads one whole number as a Parquet page holds it.
func wholeOf(t arrow.Type, b []byte) int64 {
	switch t {
	case arrow.INT64, arrow.UINT64:
		return int64(binary.LittleEndian.Uint64(b))
	case arrow.UINT32:
		return int64(binary.LittleEndian.Uint32(b))
	default:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
}

func copyOf(size int) func(dst, src []byte, n int) int {
	return func(dst, src []byte, n int) int {
		copy(dst[:n*size], src)
		return -1
	}
}

// narrow keeps the low byte of whole numbers from least to most.
func narrow(from arrow.Type, least, most int64) func(dst, src []byte, n int) int {
	size := sizeOf(from)
	if size == 4 && from != arrow.UINT32 {
		return narrow32(int32(least), int32(most))
	}
	return func(dst, src []byte, n int) int {
		bad := -1
		for i := range n {
			v := wholeOf(from, src[i*size:])
			if (v < least || v > most) && bad < 0 {
				bad = i
			}
			dst[i] = byte(v)
		}
		return bad
	}
}

func narrow32(least, most int32) func(dst, src []byte, n int) int {
	return func(dst, src []byte, n int) int {
		bad := -1
		src, dst = src[:4*n], dst[:n]
		for i := range dst {
			v := int32(binary.LittleEndian.Uint32(src[4*i:]))
			if (v < least || v > most) && bad < 0 {
				bad = i
			}
			dst[i] = byte(v)
		}
		return bad
	}
}

func toFloat32(get func([]byte) float64, size int) func(dst, src []byte, n int) int {
	return func(dst, src []byte, n int) int {
		for i := range n {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(float32(get(src[i*size:]))))
		}
		return -1
	}
}

func toHalf(t schema.Type, get func([]byte) float64, size int) func(dst, src []byte, n int) int {
	return func(dst, src []byte, n int) int {
		for i := range n {
			binary.LittleEndian.PutUint16(dst[2*i:], halfBits(t, float32(get(src[i*size:]))))
		}
		return -1
	}
}

// halfBits are the 16 bits of a float16 or bfloat16 that is nearest to v.
func halfBits(t schema.Type, v float32) uint16 {
	if t == schema.Float16 {
		return float16Bits(v)
	}
	bits := math.Float32bits(v)
	if v != v {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// float16Bits rounds to the nearest float16, ties to even, as numpy does.
func float16Bits(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000:
		return sign | 0x7e00
	case bits >= 0x477ff000: // 65520 and more
		return sign | 0x7c00
	case bits >= 0x38800000: // normal
		bits += 0xfff + bits>>13&1
		return sign | uint16((bits-0x38000000)>>13)
	default:
		// Adding a half makes the hardware round to the subnormals' step.
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-0x3f000000)
	}
}
