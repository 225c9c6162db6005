package identifier

import (
	"strconv"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// Snowflake configures identifier.snowflake.
type Snowflake struct {
	Start    string `json:"start" help:"Day of row 0, such as 2024-01-31; none: two years before the data set's present."`
	Interval int    `json:"interval" help:"Milliseconds between two rows, on the average." default:"500"`
}

// Parts of a number: milliseconds since the beginning, ten bits of the
// machine, twelve bits of its counter.
const (
	machineBits  = 10
	counterBits  = 12
	snowflakeMax = 1 << 41 // milliseconds
)

func openSnowflake(spec core.ColumnSpec, c Snowflake) (core.Column, error) {
	first := core.Epoch().AddDate(-2, 0, 0)
	if c.Start != "" {
		var err error
		if first, err = time.Parse(time.DateOnly, c.Start); err != nil {
			return nil, core.Errorf(core.InvalidConfig, "start is %q", c.Start).WithHint("write a day such as 2024-01-31")
		}
	}
	beginning := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
	offset := first.Sub(beginning).Milliseconds()
	if offset < 0 || offset >= snowflakeMax || c.Interval < 1 || int64(c.Interval) >= snowflakeMax {
		return nil, core.Errorf(core.InvalidConfig, "start is %s and interval is %d", first.Format(time.DateOnly), c.Interval).
			WithHint("use a day from 2020 to 2080 and an interval of 1 or more")
	}
	key, interval := keyOf(spec), int64(c.Interval)
	at := func(row int64) int64 {
		s := key.At(row)
		x := s.Uint64()
		moment := offset + row*interval + int64(x>>32)%interval // rises: it stays within the row's interval
		machine, counter := int64(x&15), int64(x>>4&3)          // a few machines, seldom busy
		return moment<<(machineBits+counterBits) | machine<<counterBits | counter
	}
	rows := uint64((snowflakeMax - offset) / interval)
	const hint = "use a smaller interval, or an earlier start"
	if isNumber(spec) {
		values, err := column.Ints(spec, at)
		return upTo(values, err, rows, hint)
	}
	const longest = 19 // digits of an int64
	if err := fit(spec, "a number of 64 bits", longest); err != nil {
		return nil, err
	}
	values, err := column.Texts(spec, func(dst []byte, row int64) []byte { return strconv.AppendInt(dst, at(row), 10) })
	return upTo(values, err, rows, hint)
}
