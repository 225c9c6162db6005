package text

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"github.com/zilliz/milvus-ingest/core/rng"
)

// same compares a float's text with that of strconv: it reads as the same
// float, and is not longer.
func same(t *testing.T, f *Floats, v float32) {
	t.Helper()
	got := string(f.Append(nil, v))
	back, err := strconv.ParseFloat(got, 32)
	if err != nil || math.Float32bits(float32(back)) != math.Float32bits(v) {
		t.Fatalf("%x (%g) became %s: %v", math.Float32bits(v), v, got, err)
	}
	ours, theirs := new(big.Rat), new(big.Rat)
	ours.SetString(got)
	theirs.SetString(strconv.FormatFloat(float64(v), 'e', -1, 32))
	if ours.Cmp(theirs) == 0 {
		return
	}
	// Two decimals of the same length may be equally near.
	exact := new(big.Rat).SetFloat64(float64(v))
	ours.Sub(ours, exact).Abs(ours)
	theirs.Sub(theirs, exact).Abs(theirs)
	if ours.Cmp(theirs) != 0 || len(got) != len(strconv.FormatFloat(float64(v), 'f', -1, 32)) {
		t.Fatalf("%x became %s, strconv says %s", math.Float32bits(v), got, strconv.FormatFloat(float64(v), 'g', -1, 32))
	}
}

func TestFloatsAreThoseOfStrconv(t *testing.T) {
	f := NewFloats()
	n := 1000
	if testing.Short() {
		n = 100
	}
	s := rng.Key(7).At(0)
	for exponent := range uint32(255) {
		for i := range n {
			mantissa := uint32(s.Uint64()) & (1<<23 - 1)
			switch i {
			case 0:
				mantissa = 0
			case 1:
				mantissa = 1
			case 2:
				mantissa = 1<<23 - 1
			}
			v := math.Float32frombits(exponent<<23 | mantissa)
			same(t, f, v)
			same(t, f, -v)
		}
	}
}

func TestFloatsAreWrittenAsPeopleDo(t *testing.T) {
	f := NewFloats()
	for v, want := range map[float32]string{
		0: "0", 1: "1", -1: "-1", 0.1: "0.1", 1.5: "1.5", 100: "100", 16777216: "16777216", 1e20: "100000000000000000000",
		1e21: "1e21", 1e-5: "0.00001", 1e-6: "0.000001", 1e-7: "1e-07",
		math.MaxFloat32: "3.4028235e38", math.SmallestNonzeroFloat32: "1e-45", 0.3: "0.3", 123456.79: "123456.79",
	} {
		if got := string(f.Append(nil, v)); got != want {
			t.Errorf("%g is written %s, want %s", v, got, want)
		}
	}
	if got := string(f.Append(nil, float32(math.Copysign(0, -1)))); got != "-0" {
		t.Errorf("negative zero is %s", got)
	}
}

func BenchmarkFloats(b *testing.B) {
	s := rng.Key(1).At(0)
	values := make([]float32, 1<<12)
	for i := range values {
		values[i] = float32(s.Normal())
	}
	f := NewFloats()
	var dst []byte
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			dst = dst[:0]
			for _, v := range values {
				dst = append(f.Append(dst, v), ',')
			}
		}
		b.SetBytes(int64(len(dst)))
	})
	b.Run("strconv", func(b *testing.B) {
		for b.Loop() {
			dst = dst[:0]
			for _, v := range values {
				dst = append(strconv.AppendFloat(dst, float64(v), 'g', -1, 32), ',')
			}
		}
		b.SetBytes(int64(len(dst)))
	})
}
