package schema

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/zilliz/milvus-ingest/core/document"
)

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
		return document.IsNumber(text) && err == nil
	}
	whole, ok := document.Whole(text)
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
	x, okX := document.Exact(string(a))
	y, okY := document.Exact(string(b))
	return okX && okY && x.Cmp(y) < 0
}
