package document

import (
	"math/big"
	"strconv"
	"strings"
)

// Exact is the number that a text of JSON writes, digit by digit. It refuses
// numbers beyond those of 64 bits, so that an exponent cannot make it
// fill the memory.
func Exact(text string) (*big.Rat, bool) {
	if !IsNumber(text) || len(text) > 1200 {
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

// Whole is a whole number in plain digits: 1e3 and 1000.0 are 1000.
func Whole(text string) (string, bool) {
	number, ok := Exact(text)
	if !ok || !number.IsInt() {
		return "", false
	}
	return number.Num().String(), true
}
