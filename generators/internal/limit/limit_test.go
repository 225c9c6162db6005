package limit

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
)

func TestUsualBounds(t *testing.T) {
	tests := []struct {
		typ       arrow.DataType
		min, max  json.Number
		low, high int64
	}{
		{arrow.PrimitiveTypes.Int8, "", "", 0, 100},
		{arrow.PrimitiveTypes.Int64, "", "", 0, 1_000_000},
		{arrow.PrimitiveTypes.Int16, "20000", "", 20_000, 30_000},
		{arrow.PrimitiveTypes.Int16, "32000", "", 32_000, math.MaxInt16},
		{arrow.PrimitiveTypes.Int32, "", "-5", -1_000_005, -5},
		{arrow.PrimitiveTypes.Int64, "9223372036854775807", "", math.MaxInt64, math.MaxInt64},
		{arrow.PrimitiveTypes.Int64, "", "-9223372036854775808", math.MinInt64, math.MinInt64},
		{arrow.PrimitiveTypes.Int64, "-1e30", "1e30", math.MinInt64, math.MaxInt64},
	}
	for _, test := range tests {
		low, high, err := Ints(test.typ, test.min, test.max)
		if err != nil || low != test.low || high != test.high {
			t.Errorf("%s from %q to %q is %d to %d, %v", test.typ, test.min, test.max, low, high, err)
		}
	}
}

// FuzzFloats holds the bounds of a Float to what they promise: not outside
// the numbers of the configuration, compared digit by digit.
func FuzzFloats(f *testing.F) {
	for _, seed := range []string{"0.1", "-0.1", "1e-50", "3.4028236e38", "16777217", "-1e400", "0.30000000000000004", "1e999999999"} {
		f.Add(seed, seed)
		f.Add(seed, "1")
	}
	f.Fuzz(func(t *testing.T, least, most string) {
		for _, typ := range []arrow.DataType{arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64} {
			low, high, err := Floats(typ, json.Number(least), json.Number(most))
			if err != nil || least == most || least == "" || most == "" {
				continue
			}
			from, _ := rat("min", json.Number(least))
			to, _ := rat("max", json.Number(most))
			clamped := math.Abs(low) == edge(typ) || math.Abs(high) == edge(typ)
			if low > high || !clamped && (new(big.Rat).SetFloat64(low).Cmp(from) < 0 || new(big.Rat).SetFloat64(high).Cmp(to) > 0) {
				t.Errorf("%s from %s to %s is %v to %v", typ, least, most, low, high)
			}
			if typ.ID() == arrow.FLOAT32 && (float64(float32(low)) != low || float64(float32(high)) != high) {
				t.Errorf("%v or %v is no Float", low, high)
			}
		}
	})
}
