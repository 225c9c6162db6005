package schema

import (
	"encoding/json"
	"fmt"
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

// bits is the width of a number type.
func bits(t Type) int {
	switch t {
	case Int8:
		return 8
	case Int16:
		return 16
	case Int32, Float:
		return 32
	default:
		return 64
	}
}

// fits tells whether a number is a value of the type; what a float cannot
// hold exactly is rounded, but not to infinity.
func fits(text string, t Type) bool {
	if !t.IsInteger() {
		_, err := strconv.ParseFloat(text, bits(t))
		return isNumber(text) && err == nil
	}
	whole, ok := wholeText(text)
	if !ok {
		return false
	}
	_, err := strconv.ParseInt(whole, 10, bits(t))
	return err == nil
}

// rangeText says the bounds of a number type.
func rangeText(t Type) string {
	switch {
	case t.IsInteger():
		most := uint64(1)<<(bits(t)-1) - 1
		return fmt.Sprintf("a whole number from %d to %d", -int64(most)-1, most)
	case t == Float:
		return "a number that fits 32 bits, up to ±3.4028235e38"
	default:
		return "a number that fits 64 bits, up to ±1.7976931348623157e308"
	}
}

// less tells whether a < b; what is no number is never less.
func less(a, b json.Number) bool {
	x, okX := exact(string(a))
	y, okY := exact(string(b))
	return okX && okY && x.Cmp(y) < 0
}
