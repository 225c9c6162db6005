package identifier

import (
	"math/bits"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// SKU configures identifier.sku.
type SKU struct {
	Pattern string `json:"pattern" help:"Form of the values: A is a letter, 9 a digit, # a letter or digit, all else stands for itself; none: AAA-99999-AA, or a shorter one that fits max_length."`
}

const (
	letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" // without I and O, which look like digits
	numbers = "0123456789"
	mixed   = letters + "23456789"
)

func openSKU(spec core.ColumnSpec, c SKU) (core.Column, error) {
	if c.Pattern == "" {
		most := column.MaxLength(spec.Field)
		c.Pattern = "AAA99"
		for _, pattern := range []string{"AAA-99999-AA", "AAA-9999-AA", "AA-99999-A", "AAA-99999", "AA-99999", "AA9999"} {
			if len(pattern) <= most {
				c.Pattern = pattern
				break
			}
		}
	}
	if err := fit(spec, "a value such as "+c.Pattern, len(c.Pattern)); err != nil {
		return nil, err
	}
	count := uint64(1)
	for _, sign := range []byte(c.Pattern) {
		hi, lo := bits.Mul64(count, uint64(max(1, len(alphabet(sign)))))
		if count = lo; hi != 0 || count > 1<<63 {
			count = 1 << 63 // more values than rows: those of the last signs do
			break
		}
	}
	if count == 1 {
		return nil, core.Errorf(core.InvalidConfig, "pattern %q has one value only", c.Pattern).
			WithHint(`use A, 9 and #, such as "AAA-99999"`)
	}
	order := rng.NewPermutation(keyOf(spec), count)
	values, err := column.Texts(spec, func(dst []byte, row int64) []byte {
		return spell(dst, c.Pattern, order.At(uint64(row)))
	})
	return upTo(values, err, count, "use a longer pattern")
}

// alphabet is what a sign of a pattern stands for; empty: itself.
func alphabet(sign byte) string {
	switch sign {
	case 'A':
		return letters
	case '9':
		return numbers
	case '#':
		return mixed
	default:
		return ""
	}
}

// spell appends the value of a pattern at a place: the signs are digits of a
// number with as many bases.
func spell(dst []byte, pattern string, place uint64) []byte {
	from := len(dst)
	dst = append(dst, pattern...)
	for i := len(pattern) - 1; i >= 0; i-- {
		if set := alphabet(pattern[i]); set != "" {
			n := uint64(len(set))
			dst[from+i], place = set[place%n], place/n
		}
	}
	return dst
}
