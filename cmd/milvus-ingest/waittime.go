package main

import (
	"math"
	"strconv"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// waitTime is a time that users give as 600, in seconds, or as 10m.
type waitTime time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *waitTime) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseFloat(string(text), 64); err == nil && n >= 0 && n < math.MaxInt64/1e9 {
		*s = waitTime(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return core.Errorf(core.InvalidConfig, "%q is no time", text).WithHint("write seconds, such as 600, or 10m, 1h30m")
	}
	*s = waitTime(d)
	return nil
}
