// Package limit reads the bounds of numbers exactly: no whole number passes
// through a float64, and no Float is rounded beyond its bound.
package limit

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// Ints gives the whole numbers between two bounds that fit the type; a bound
// that is empty comes from the type's usual span.
func Ints(typ arrow.DataType, least, most json.Number) (low, high int64, err error) {
	first, last, span := intsOf(typ)
	low, high = 0, span
	if least != "" {
		if low, err = whole("min", least, true); err != nil {
			return 0, 0, err
		}
	}
	if most != "" {
		if high, err = whole("max", most, false); err != nil {
			return 0, 0, err
		}
	}
	switch {
	case least != "" && most == "" && low >= high:
		high = low + min(span, last-low)
	case most != "" && least == "" && high < low:
		low = high - min(span, high-first)
	}
	low, high = max(low, first), min(high, last)
	if low > high {
		return 0, 0, empty(least, most)
	}
	return low, high, nil
}

// intsOf are the bounds of a type of whole numbers, and the span of values
// that a field without bounds gets.
func intsOf(typ arrow.DataType) (first, last, span int64) {
	switch typ.ID() {
	case arrow.INT8:
		return math.MinInt8, math.MaxInt8, 100
	case arrow.INT16:
		return math.MinInt16, math.MaxInt16, 10_000
	case arrow.INT32:
		return math.MinInt32, math.MaxInt32, 1_000_000
	default:
		return math.MinInt64, math.MaxInt64, 1_000_000
	}
}

func empty(least, most json.Number) error {
	return core.Errorf(core.InvalidConfig, "no value of the field's type lies between min %s and max %s", orNone(least), orNone(most)).
		WithHint("widen min and max")
}

func orNone(n json.Number) string {
	if n == "" {
		return "(none)"
	}
	return n.String()
}

// whole rounds a number into the range: up where it is the least value. What
// an int64 cannot hold becomes its nearest end.
func whole(name string, n json.Number, up bool) (int64, error) {
	if v, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return v, nil
	}
	exact, err := rat(name, n)
	if err != nil {
		return 0, err
	}
	v := new(big.Int).Div(exact.Num(), exact.Denom()) // rounds down
	if up && !exact.IsInt() {
		v.Add(v, big.NewInt(1))
	}
	switch {
	case v.IsInt64():
		return v.Int64(), nil
	case v.Sign() > 0:
		return math.MaxInt64, nil
	default:
		return math.MinInt64, nil
	}
}

// rat is the number exactly; it refuses exponents that would fill the memory.
func rat(name string, n json.Number) (*big.Rat, error) {
	const longest = 1200 // digits, more than a Double has
	text := n.String()
	ok := len(text) <= longest
	if i := strings.IndexAny(text, "eE"); ok && i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		ok = err == nil && exponent >= -longest && exponent <= longest
	}
	if ok {
		if v, valid := new(big.Rat).SetString(text); valid {
			return v, nil
		}
	}
	return nil, core.Errorf(core.InvalidConfig, "%s is no number that a field can hold", name).WithField(name)
}

// Floats gives the bounds of a Float or Double field: the outermost values of
// the type that are not outside min and max.
func Floats(typ arrow.DataType, least, most json.Number) (low, high float64, err error) {
	low, high = 0, 1
	if least != "" {
		if low, err = bound(typ, "min", least, true); err != nil {
			return 0, 0, err
		}
	}
	if most != "" {
		if high, err = bound(typ, "max", most, false); err != nil {
			return 0, 0, err
		}
	}
	switch {
	case least != "" && most == "" && low >= high:
		high = Nearest(typ, low+math.Max(1, math.Abs(low)), low, edge(typ))
	case most != "" && least == "" && high < low:
		low = Nearest(typ, high-math.Max(1, math.Abs(high)), -edge(typ), high)
	}
	if low > high {
		if least == most { // no value of the type is exactly this one
			return high, high, nil
		}
		return 0, 0, empty(least, most)
	}
	return low, high, nil
}

func edge(typ arrow.DataType) float64 {
	if typ.ID() == arrow.FLOAT32 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// bound is the value of the type that is nearest to a number, but not beyond
// it: not below it where up, else not above.
func bound(typ arrow.DataType, name string, n json.Number, up bool) (float64, error) {
	exact, err := rat(name, n)
	if err != nil {
		return 0, err
	}
	toward := math.Inf(-1)
	if up {
		toward = math.Inf(1)
	}
	v, _ := exact.Float64()
	if typ.ID() == arrow.FLOAT32 {
		narrow, _ := exact.Float32()
		v = float64(narrow)
	}
	v = min(max(v, -edge(typ)), edge(typ))
	if order := new(big.Rat).SetFloat64(v).Cmp(exact); order < 0 && up || order > 0 && !up {
		if typ.ID() == arrow.FLOAT32 {
			v = float64(math.Nextafter32(float32(v), float32(toward)))
		} else {
			v = math.Nextafter(v, toward)
		}
	}
	return min(max(v, -edge(typ)), edge(typ)), nil
}

// Nearest rounds a number as the type does and keeps it between two values of
// the type.
func Nearest(typ arrow.DataType, v, low, high float64) float64 {
	v = min(max(v, low), high)
	if typ.ID() == arrow.FLOAT32 {
		v = float64(float32(v))
	}
	return min(max(v, low), high)
}
