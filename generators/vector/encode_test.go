package vector

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// widen is the value of a half precision number.
func widen(h uint16) float64 {
	exponent, fraction := int(h>>10&31), float64(h&1023)
	v := math.Ldexp(1+fraction/1024, exponent-15)
	if exponent == 0 {
		v = math.Ldexp(fraction, -24)
	}
	return math.Copysign(v, float64(1-int(h>>15)*2))
}

func widenBFloat16(h uint16) float64 { return float64(math.Float32frombits(uint32(h) << 16)) }

// decodeBytes reads the bytes of a vector; a bit becomes -1 or 1, and a vector
// without a bit zeros.
func decodeBytes(b []byte, kind schema.Type) []float32 {
	var v []float32
	if kind == schema.BinaryVector {
		for _, x := range b {
			for bit := 7; bit >= 0; bit-- {
				v = append(v, float32(x>>bit&1))
			}
		}
		return v
	}
	for i := 0; i < len(b); i += 2 {
		h := binary.LittleEndian.Uint16(b[i:])
		if kind == schema.Float16 {
			v = append(v, float32(widen(h)))
		} else {
			v = append(v, float32(widenBFloat16(h)))
		}
	}
	return v
}

func TestFloat16(t *testing.T) {
	tests := []struct {
		name string
		x    float32
		want uint16
	}{
		{"zero", 0, 0},
		{"minus zero", float32(math.Copysign(0, -1)), 0x8000},
		{"one", 1, 0x3c00},
		{"minus two", -2, 0xc000},
		{"a third", 1.0 / 3, 0x3555},
		{"the largest", 65504, 0x7bff},
		{"more than the largest", 65536, 0x7bff},
		{"much less than the least", -1e30, 0xfbff},
		{"the smallest normal", 0x1p-14, 0x0400},
		{"just below it", 0x1p-14 - 0x1p-25, 0x0400},
		{"the smallest", 0x1p-24, 1},
		{"half the smallest goes to even", 0x1p-25, 0},
		{"more than half the smallest", 0x1.8p-25, 1},
		{"a tie goes down to even", 1 + 0x1p-11, 0x3c00},
		{"a tie goes up to even", 1 + 0x1.8p-10, 0x3c02},
		{"a carry into the exponent", 2 - 0x1p-12, 0x4000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := float16(test.x); got != test.want {
				t.Errorf("float16(%g) = %#04x, want %#04x", test.x, got, test.want)
			}
		})
	}
}

func TestEveryHalfPrecisionNumberIsItsOwnFloat16(t *testing.T) {
	for h := range uint16(0x7c00) {
		for _, h := range []uint16{h, h | 0x8000} {
			if got := float16(float32(widen(h))); got != h {
				t.Fatalf("float16(%g) = %#04x, want %#04x", widen(h), got, h)
			}
		}
	}
}

// FuzzRounding holds both conversions to their definition: no neighbour is
// nearer, and of two that are as near the even one is taken.
func FuzzRounding(f *testing.F) {
	for _, x := range []float32{0, 1, -0.3, 1e-5, 65503, 3e-8, 1e14, 1 + 0x1p-11} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float32) {
		if !(x > -1e15 && x < 1e15) {
			t.Skip()
		}
		if math.Abs(float64(x)) <= 65504 {
			nearest(t, float64(x), float16(x), 0x7bff, widen)
		}
		nearest(t, float64(x), bfloat16(x), 0x7f7f, widenBFloat16)
	})
}

func nearest(t *testing.T, x float64, h, largest uint16, widen func(uint16) float64) {
	t.Helper()
	away := math.Abs(widen(h) - x)
	for _, other := range []uint16{h - 1, h + 1} {
		if h&0x7fff == 0 && other == h-1 || h&0x7fff == largest && other == h+1 {
			continue
		}
		d := math.Abs(widen(other) - x)
		if d < away || d == away && h&1 == 1 {
			t.Errorf("%g becomes %g though %g is as near", x, widen(h), widen(other))
		}
	}
}

func TestEncodeInt8(t *testing.T) {
	got := make([]byte, 6)
	encodeInt8(got, []float32{0, 0.5, -0.5, 1, -1, 3}, 127)
	for j, want := range []int8{0, 64, -64, 127, -127, 127} {
		if int8(got[j]) != want {
			t.Errorf("value %d is %d, want %d", j, int8(got[j]), want)
		}
	}
}

func TestEncodeBinaryPutsTheFirstValueInTheHighestBit(t *testing.T) {
	got := make([]byte, 2)
	encodeBinary(got, []float32{1, -1, -1, -1, -1, -1, -1, 2, 0, 0.5, 0.6, 0, 0, 0, 0, 0}, 0.5)
	if got[0] != 0b1000_0001 || got[1] != 0b0010_0000 {
		t.Errorf("got %08b", got)
	}
}

func TestNoEncodingGivesAVectorOfZeros(t *testing.T) {
	tiny := []float32{-1e-30, 0, 0, 0, 0, 0, 0, 0}
	for _, kind := range []schema.Type{schema.Float16, schema.Int8Vector, schema.BinaryVector} {
		stride, encode := encoding(kind, 8, values{reach: 1})
		got := make([]byte, stride)
		encode(got, tiny)
		if v := decodeBytes(got, kind); kind != schema.Int8Vector && dot(v, v) == 0 {
			t.Errorf("%s: zeros", kind)
		} else if kind == schema.Int8Vector && got[0] == 0 {
			t.Errorf("%s: zeros", kind)
		}
	}
}
