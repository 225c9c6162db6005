package identifier

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// Sequence configures identifier.sequence.
type Sequence struct {
	Start  json.Number `json:"start" help:"Number of row 0; none: 1."`
	Prefix string      `json:"prefix" help:"What stands before the number in a text."`
	Width  *int        `json:"width" help:"Digits of the number in a text, with leading zeros; none: 10, or what max_length leaves."`
}

func openSequence(spec core.ColumnSpec, c Sequence) (core.Column, error) {
	start, err := integer("start", c.Start, 1)
	if err != nil {
		return nil, err
	}
	if isNumber(spec) {
		values, err := column.Ints(spec, func(row int64) int64 { return start + row })
		return upTo(values, err, uint64(math.MaxInt64)-uint64(start)+1, "use a smaller start")
	}
	if start < 0 {
		return nil, core.Errorf(core.InvalidConfig, "start is %d", start).WithHint("use 0 or more for a text")
	}
	room := column.MaxLength(spec.Field) - len(c.Prefix)
	width := min(10, max(room, 1))
	if c.Width != nil {
		width = *c.Width
	}
	if width < 1 {
		return nil, core.Errorf(core.InvalidConfig, "width is %d", width).WithHint("use 1 or more")
	}
	if err := fit(spec, "a value such as "+c.Prefix+fmt.Sprintf("%0*d", width, start), len(c.Prefix)+width); err != nil {
		return nil, err
	}
	last := uint64(math.MaxInt64)
	if room < 19 { // digits of the greatest int64
		last = uint64(math.Pow10(room)) - 1
	}
	if uint64(start) > last {
		return nil, fit(spec, c.Prefix+strconv.FormatInt(start, 10), len(c.Prefix)+len(strconv.FormatInt(start, 10)))
	}
	values, err := column.Texts(spec, func(dst []byte, row int64) []byte {
		return digits(append(dst, c.Prefix...), uint64(start+row), width)
	})
	return upTo(values, err, last-uint64(start)+1, "raise max_length, or shorten the prefix")
}

// digits appends a number with at least width digits.
func digits(dst []byte, v uint64, width int) []byte {
	size := 1
	for n := v; n > 9; n /= 10 {
		size++
	}
	for range width - size {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, v, 10)
}

// integer is a whole number of a configuration.
func integer(name string, n json.Number, otherwise int64) (int64, error) {
	if n == "" {
		return otherwise, nil
	}
	v, err := n.Int64()
	if err != nil {
		return 0, core.Errorf(core.InvalidConfig, "%s is %s", name, n).WithHint("use a whole number of 64 bits")
	}
	return v, nil
}

// Shuffled configures identifier.shuffled.
type Shuffled struct {
	Min json.Number `json:"min" help:"Least number; none: 0."`
	Max json.Number `json:"max" help:"Greatest number; none: 999999999999, or what max_length leaves. There are values for so many rows and no more."`
}

func openShuffled(spec core.ColumnSpec, c Shuffled) (core.Column, error) {
	otherwise := int64(999_999_999_999)
	if most := column.MaxLength(spec.Field); !isNumber(spec) && most < 12 {
		otherwise = int64(math.Pow10(most)) - 1
	}
	low, err := integer("min", c.Min, 0)
	if err != nil {
		return nil, err
	}
	high, err := integer("max", c.Max, max(otherwise, low))
	if err != nil {
		return nil, err
	}
	if low > high {
		return nil, core.Errorf(core.InvalidConfig, "min %d is above max %d", low, high).WithHint("exchange them")
	}
	n := uint64(high) - uint64(low) + 1
	if n == 0 || n > 1<<63 { // rows are fewer
		n = 1 << 63
	}
	order := rng.NewPermutation(keyOf(spec), n)
	at := func(row int64) int64 { return int64(uint64(low) + order.At(uint64(row))) }
	const hint = "widen min and max"
	if isNumber(spec) {
		values, err := column.Ints(spec, at)
		return upTo(values, err, n, hint)
	}
	for _, edge := range []int64{low, high} {
		text := strconv.FormatInt(edge, 10)
		if err := fit(spec, text, len(text)); err != nil {
			return nil, err
		}
	}
	values, err := column.Texts(spec, func(dst []byte, row int64) []byte { return strconv.AppendInt(dst, at(row), 10) })
	return upTo(values, err, n, hint)
}
