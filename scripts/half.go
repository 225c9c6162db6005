package scripts

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow/float16"
)

// half is one of the two forms of half precision.
type half struct {
	encode func(float32) uint16
	decode func(uint16) float32
	most   float32 // the largest number
}

// halves gives the form of a vector's type, if it has one.
func halves(kind string) (half, bool) {
	switch kind {
	case "Float16Vector":
		return half{encodeFloat16, func(bits uint16) float32 { return float16.FromBits(bits).Float32() }, 65504}, true
	case "BFloat16Vector":
		return half{encodeBFloat16, func(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) }, 0x1.fep127}, true
	}
	return half{}, false
}

func (h half) put(dst []byte, at int, v float64) error {
	x := float32(v)
	if err := finite(v); err != nil {
		return err
	}
	if x > h.most || x < -h.most {
		return fmt.Errorf("%v is beyond the largest number, %g", v, h.most)
	}
	binary.LittleEndian.PutUint16(dst[2*at:], h.encode(x))
	return nil
}

// encodeFloat16 rounds to the nearest number of half precision, ties to even.
func encodeFloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 1<<31 - 1
	if bits < 0x38800000 { // below 2^-14 halves are spaced evenly by 2^-24
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	bits += 0xfff + bits>>13&1
	return sign | uint16((bits-0x38000000)>>13)
}

// encodeBFloat16 rounds to the nearest bfloat16 number, ties to even.
func encodeBFloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
