package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// byteSize is a flag such as 256MB, 1.5GiB, or a bare number of megabytes. MB
// and MiB are the same 1,048,576 bytes, as with earlier tools.
type byteSize int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *byteSize) UnmarshalText(text []byte) error {
	word := strings.ToUpper(strings.TrimSpace(string(text)))
	digits := strings.TrimRight(word, "BKMGTI ")
	unit := strings.TrimSpace(word[len(digits):])
	shift, ok := map[string]uint{
		"": 20, "B": 0, "K": 10, "KB": 10, "KIB": 10, "M": 20, "MB": 20, "MIB": 20,
		"G": 30, "GB": 30, "GIB": 30, "T": 40, "TB": 40, "TIB": 40,
	}[unit]
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if !ok || err != nil || math.IsNaN(n) || n*float64(int64(1)<<shift) < 1 || n*float64(int64(1)<<shift) >= math.MaxInt64 {
		return core.Errorf(core.InvalidConfig, "%q is no size", text).WithHint("write a size as 256MB, 10GB or 1.5GiB")
	}
	*s = byteSize(n * float64(int64(1)<<shift))
	return nil
}

// inBytes writes a size for people.
func inBytes(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	value, i := float64(n), 0
	for value >= 1000 && i < len(units)-1 {
		value, i = value/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.*f %s", digitsFor(value), value, units[i])
}

func digitsFor(value float64) int {
	if value < 10 {
		return 2
	}
	if value < 100 {
		return 1
	}
	return 0
}

// inThousands writes a count for people: 1,234,567.
func inThousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}
