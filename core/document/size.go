package document

import (
	"math"
	"strconv"
	"strings"
)

// Size is a size in bytes as people write it: 256MB, 1.5GiB, or a bare number
// of megabytes. MB and MiB are the same 1,048,576 bytes, as with earlier tools.
func Size(text string) (int64, bool) {
	word := strings.ToUpper(strings.TrimSpace(text))
	digits := strings.TrimRight(word, "BKMGTI ")
	unit := strings.TrimSpace(word[len(digits):])
	shift, ok := map[string]uint{
		"": 20, "B": 0, "K": 10, "KB": 10, "KIB": 10, "M": 20, "MB": 20, "MIB": 20,
		"G": 30, "GB": 30, "GIB": 30, "T": 40, "TB": 40, "TIB": 40,
	}[unit]
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	n *= float64(int64(1) << shift)
	if !ok || err != nil || math.IsNaN(n) || n < 1 || n >= math.MaxInt64 {
		return 0, false
	}
	return int64(n), true
}
