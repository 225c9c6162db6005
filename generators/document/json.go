package document

import (
	"math"
	"strconv"
)

// addFloat appends a finite number in the shortest form.
func addFloat(dst []byte, v float64) []byte {
	form := byte('f')
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, v, form, -1, 64)
}
