package verify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// shownBytes bounds how much of a value is shown.
const shownBytes = 120

// shown is a value for people: that of a vector where it differs from the
// other one, texts in quotes, all of it short.
func shown(a arrow.Array, i int, other arrow.Array, j int) string {
	if a.IsNull(i) {
		return "null"
	}
	if list, ok := a.(*array.FixedSizeList); ok && !other.IsNull(j) {
		return shownVector(list, i, other.(*array.FixedSizeList), j)
	}
	if text, ok := a.(*array.String); ok {
		return shortened(strconv.Quote(text.Value(i)))
	}
	if bin, ok := a.(*array.FixedSizeBinary); ok {
		return shortened(fmt.Sprintf("%x", bin.Value(i)))
	}
	return shortened(a.ValueStr(i))
}

// shownVector shows the first numbers in which two vectors differ.
func shownVector(a *array.FixedSizeList, i int, b *array.FixedSizeList, j int) string {
	dim := int(a.DataType().(*arrow.FixedSizeListType).Len())
	i, j = (i+a.Data().Offset())*dim, (j+b.Data().Offset())*dim
	x, y := a.ListValues(), b.ListValues()
	var parts []string
	differ, same := 0, sameNumbers(x, y, 0)
	for k := range dim {
		if same(i+k, j+k) {
			continue
		}
		if differ++; differ <= 3 {
			parts = append(parts, fmt.Sprintf("[%d] %s", k, x.ValueStr(i+k)))
		}
	}
	if differ > 3 {
		parts = append(parts, fmt.Sprintf("and %d more of %d numbers", differ-3, dim))
	}
	return strings.Join(parts, ", ")
}

func shortened(text string) string {
	if len(text) <= shownBytes {
		return text
	}
	end := shownBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
