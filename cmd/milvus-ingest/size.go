package main

import (
	"fmt"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/document"
)

// byteSize is a flag such as 256MB, 1.5GiB, or a bare number of megabytes.
type byteSize int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *byteSize) UnmarshalText(text []byte) error {
	size, ok := document.Size(string(text))
	if !ok {
		return core.Errorf(core.InvalidConfig, "%q is no size", text).WithHint("write a size as 256MB, 10GB or 1.5GiB")
	}
	*s = byteSize(size)
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
