// Package time makes dates and times that end at the data set's present,
// recent ones oftener than old ones.
package time

import (
	"context"
	"math"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	types := []string{string(schema.Int64), string(schema.VarChar), string(schema.String), string(schema.Timestamptz)}
	return []sdk.Component{
		sdk.Generator[Date]{
			Info: sdk.Info{Name: "time.date", Summary: "Days, recent ones oftener than old ones.", Types: types},
			Open: func(_ context.Context, spec core.ColumnSpec, c Date) (core.Column, error) {
				return open(spec, Timestamp{c.Start, c.End, c.Recency, c.Format, "s", c.Zone}, 24*time.Hour)
			},
		},
		sdk.Generator[Timestamp]{
			Info: sdk.Info{Name: "time.timestamp", Summary: "Dates with a time, recent ones oftener than old ones.", Types: types},
			Open: func(_ context.Context, spec core.ColumnSpec, c Timestamp) (core.Column, error) {
				return open(spec, c, time.Millisecond)
			},
		},
	}
}

// Date configures time.date.
type Date struct {
	Start   string  `json:"start" help:"First day, such as 2023-01-31, or a time as RFC 3339 writes it; none: three years before end."`
	End     string  `json:"end" help:"Day after the last one; none: the data set's present."`
	Recency float64 `json:"recency" help:"How much oftener recent days are: 0 makes all equal, 2 puts half of the rows into the last eighth." default:"2"`
	Format  string  `json:"format" help:"Form in a text." default:"date" enum:"date,compact,slashes,chinese,rfc3339"`
	Zone    string  `json:"zone" help:"Offset from UTC, such as +08:00." default:"+00:00"`
}

// Timestamp configures time.timestamp.
type Timestamp struct {
	Start   string  `json:"start" help:"First time, a day such as 2023-01-31 or a time as RFC 3339 writes it; none: three years before end."`
	End     string  `json:"end" help:"Time before which the last one lies; none: the data set's present."`
	Recency float64 `json:"recency" help:"How much oftener recent times are: 0 makes all equal, 2 puts half of the rows into the last eighth." default:"2"`
	Format  string  `json:"format" help:"Form in a text; auto: the longest of datetime, minute and date that fits max_length." default:"auto" enum:"auto,datetime,rfc3339,rfc3339_ms,minute,date,compact,slashes,chinese"`
	Unit    string  `json:"unit" help:"Unit of a number since 1970." default:"s" enum:"s,ms,us,ns"`
	Zone    string  `json:"zone" help:"Offset from UTC, such as +08:00." default:"+00:00"`
}

// open makes a column of times that are multiples of a grain.
func open(spec core.ColumnSpec, c Timestamp, grain time.Duration) (core.Column, error) {
	zone, err := zoneOf(c.Zone)
	if err != nil {
		return nil, err
	}
	at, err := moments(spec, c, zone, grain)
	if err != nil {
		return nil, err
	}
	if spec.Field.Type.ID() == arrow.INT64 {
		times, by := int64(1), int64(1)
		switch c.Unit {
		case "s":
			by = 1000
		case "us":
			times = 1000
		case "ns":
			times = 1_000_000
		}
		return column.Ints(spec, func(row int64) int64 { return at(row) * times / by })
	}
	layout, err := layoutOf(spec, c.Format, zone)
	if err != nil {
		return nil, err
	}
	return column.Texts(spec, func(dst []byte, row int64) []byte {
		return time.UnixMilli(at(row)).In(zone).AppendFormat(dst, layout)
	})
}

// zoneOf reads an offset from UTC.
func zoneOf(text string) (*time.Location, error) {
	t, err := time.Parse("-07:00", text)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "zone is %q", text).WithHint("write an offset such as +08:00")
	}
	_, seconds := t.Zone()
	return time.FixedZone("", seconds), nil
}

// moments gives the milliseconds since 1970 of a row's time.
func moments(spec core.ColumnSpec, c Timestamp, zone *time.Location, grain time.Duration) (func(row int64) int64, error) {
	if !(c.Recency >= 0 && c.Recency <= 20) {
		return nil, core.Errorf(core.InvalidConfig, "recency is %v", c.Recency).WithHint("use 0 to 20")
	}
	end, err := read("end", c.End, zone, core.Epoch())
	if err != nil {
		return nil, err
	}
	start, err := read("start", c.Start, zone, end.AddDate(-3, 0, 0))
	if err != nil {
		return nil, err
	}
	_, offset := start.In(zone).Zone()
	step := grain.Milliseconds()
	shift := int64(offset) * 1000 % step // days begin at midnight of the zone
	first := ceil(start.UnixMilli()+shift, step)
	steps := ceil(end.UnixMilli()+shift, step) - first
	if steps < 1 {
		return nil, core.Errorf(core.InvalidConfig, "no time lies between start %s and end %s",
			start.Format(time.RFC3339), end.Format(time.RFC3339)).WithHint("move start before end")
	}
	key, skew := rng.Field(spec.Seed, spec.Field.Name), skewed(1+c.Recency)
	return func(row int64) int64 {
		s := key.At(row)
		age := skew(s.Float64()) // 0: the last step, 1: the first
		return (first+steps-1-int64(float64(steps)*age))*step - shift
	}, nil
}

// skewed raises numbers to a power.
func skewed(power float64) func(u float64) float64 {
	if power != math.Trunc(power) {
		return func(u float64) float64 { return math.Pow(u, power) }
	}
	times := int(power) - 1
	return func(u float64) float64 {
		product := u
		for range times {
			product *= u
		}
		return product
	}
}

// ceil divides and rounds up.
func ceil(a, b int64) int64 {
	n := a / b
	if a%b > 0 {
		n++
	}
	return n
}

func read(name, text string, zone *time.Location, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1 {
		return t, core.Errorf(core.InvalidConfig, "%s is %q", name, text).
			WithHint("write a day such as 2023-01-31, or a time such as 2023-01-31T08:00:00Z")
	}
	return t, nil
}

// layoutOf is the form of a field's texts.
func layoutOf(spec core.ColumnSpec, format string, zone *time.Location) (string, error) {
	if column.Kind(spec.Field) == string(schema.Timestamptz) {
		return "2006-01-02T15:04:05-07:00", nil
	}
	layouts := map[string]string{
		"date": time.DateOnly, "minute": "2006-01-02 15:04", "datetime": time.DateTime,
		"rfc3339": time.RFC3339, "rfc3339_ms": "2006-01-02T15:04:05.000Z07:00",
		"compact": "20060102", "slashes": "2006/01/02", "chinese": "2006年01月02日",
	}
	most := column.MaxLength(spec.Field)
	if format == "auto" {
		for _, name := range []string{"datetime", "minute", "date"} {
			if format = name; len(layouts[name]) <= most {
				break
			}
		}
	}
	if size := len(core.Epoch().In(zone).Format(layouts[format])); size > most {
		return "", core.Errorf(core.InvalidConfig, "the format %s has %d bytes, max_length %d bytes", format, size, most).
			WithHint("set max_length to %d, or use another format", size)
	}
	return layouts[format], nil
}
