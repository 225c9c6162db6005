package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// exact is the number that a text of JSON writes, digit by digit. It refuses
// numbers that no type of Milvus holds, so that an exponent cannot make it
// fill the memory.
func exact(text string) (*big.Rat, bool) {
	if !isNumber(text) || len(text) > 1200 {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil || exponent < -1200 || exponent > 1200 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// wholeText is a whole number in plain digits: 1e3 and 1000.0 are 1000.
func wholeText(text string) (string, bool) {
	number, ok := exact(text)
	if !ok || !number.IsInt() {
		return "", false
	}
	return number.Num().String(), true
}

// bounds are the least and greatest values of a number type.
func bounds(t Type) (least, most *big.Rat) {
	limit := func(bits uint) (*big.Rat, *big.Rat) {
		edge := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return new(big.Rat).SetInt(new(big.Int).Neg(edge)), new(big.Rat).SetInt(new(big.Int).Sub(edge, big.NewInt(1)))
	}
	float := func(most float64) (*big.Rat, *big.Rat) {
		return new(big.Rat).SetFloat64(-most), new(big.Rat).SetFloat64(most)
	}
	switch t {
	case Int8:
		return limit(8)
	case Int16:
		return limit(16)
	case Int32:
		return limit(32)
	case Int64, DynamicInt:
		return limit(64)
	case Float:
		return float(math.MaxFloat32)
	default:
		return float(math.MaxFloat64)
	}
}

// rangeText says the bounds of a number type.
func rangeText(t Type) string {
	least, most := bounds(t)
	switch {
	case t.IsInteger() || t == DynamicInt:
		return "a whole number from " + least.Num().String() + " to " + most.Num().String()
	case t == Float:
		return "a number that fits 32 bits, up to ±3.4028235e38"
	default:
		return "a number that fits 64 bits, up to ±1.7976931348623157e308"
	}
}

// fits tells whether a number is a value of the type.
func fits(text string, t Type) bool {
	number, ok := exact(text)
	if !ok {
		return false
	}
	if (t.IsInteger() || t == DynamicInt) && !number.IsInt() {
		return false
	}
	least, most := bounds(t)
	return number.Cmp(least) >= 0 && number.Cmp(most) <= 0
}

// less tells whether a < b; what is no number is never less.
func less(a, b json.Number) bool {
	x, okX := exact(string(a))
	y, okY := exact(string(b))
	return okX && okY && x.Cmp(y) < 0
}
