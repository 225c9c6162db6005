package number

import (
	"encoding/json"
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/internal/limit"
)

// bounds are the bounds of a field as a distribution sees them: those of a
// fraction, and for whole numbers how far they are from the least one, since a
// float64 does not hold all the digits of an Int64.
type bounds struct {
	low, high   float64
	origin      float64 // what low stands for
	least, most int64   // of whole numbers
}

func boundsOf(spec core.ColumnSpec, least, most json.Number) (b bounds, err error) {
	if isWhole(spec) {
		b.least, b.most, err = limit.Ints(spec.Field.Type, least, most)
		b.high, b.origin = float64(uint64(b.most)-uint64(b.least)), float64(b.least)
		return b, err
	}
	b.low, b.high, err = limit.Floats(spec.Field.Type, least, most)
	return b, err
}

// whole is the nearest whole number to a distance from the least one.
func (b bounds) whole(v float64) int64 {
	if v = math.Floor(v + 0.5); v >= b.high {
		return b.most
	}
	return int64(uint64(b.least) + uint64(max(v, 0)))
}

// curved is a column of a distribution between b.low and b.high.
func curved(spec core.ColumnSpec, b bounds, full law, decimals *int) (core.Column, error) {
	low, high := b.low, b.high
	switch {
	case low == high:
		full = func(u float64) float64 { return low - 1 + float64(2*u) } // one value is left
		low, high = low-1, high+1
	case isWhole(spec):
		low, high = low-0.5, high+0.5 // what is rounded to the bounds
	}
	c, err := newCurve(full, low, high)
	if err != nil {
		return nil, err
	}
	key := keyOf(spec)
	if isWhole(spec) {
		return column.Ints(spec, func(row int64) int64 {
			s := key.At(row)
			return b.whole(c.draw(&s))
		})
	}
	round, err := rounding(spec, b.low, b.high, decimals)
	if err != nil {
		return nil, err
	}
	return column.Floats(spec, func(row int64) float64 {
		s := key.At(row)
		return round(c.draw(&s))
	})
}

// Normal configures number.normal.
type Normal struct {
	Mean     *float64    `json:"mean" help:"Middle of the distribution; none: the middle of min and max."`
	StdDev   *float64    `json:"stddev" help:"Standard deviation, above 0; none: a sixth of the way from min to max."`
	Min      json.Number `json:"min" help:"Least value; none: 0, or below max; with mean, six deviations below it."`
	Max      json.Number `json:"max" help:"Greatest value; none: as number.uniform; with mean, six deviations above it."`
	Decimals *int        `json:"decimals" help:"Decimal places of fractions, 0 to 15; none: as many as the type holds."`
}

func openNormal(spec core.ColumnSpec, c Normal) (core.Column, error) {
	if c.StdDev != nil && *c.StdDev <= 0 {
		return nil, core.Errorf(core.InvalidConfig, "stddev is %v", *c.StdDev).WithHint("use a number above 0")
	}
	if c.Mean != nil {
		deviation := math.Max(1, math.Abs(*c.Mean)/6)
		if c.StdDev != nil {
			deviation = *c.StdDev
		}
		c.Min = orNumber(c.Min, *c.Mean-float64(6*deviation))
		c.Max = orNumber(c.Max, *c.Mean+float64(6*deviation))
	}
	b, err := boundsOf(spec, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	mean, deviation := b.low/2+b.high/2, b.high/6-b.low/6
	if c.Mean != nil {
		mean = *c.Mean - b.origin
	}
	if c.StdDev != nil {
		deviation = *c.StdDev
	}
	return curved(spec, b, normal(mean, deviation), c.Decimals)
}

func orNumber(n json.Number, v float64) json.Number {
	if n != "" || math.IsInf(v, 0) {
		return n
	}
	text, _ := json.Marshal(v) // a finite number
	return json.Number(text)
}

// Score configures number.score.
type Score struct {
	Min      json.Number `json:"min" help:"Least value." default:"0"`
	Max      json.Number `json:"max" help:"Greatest value; none: 1 for fractions, 100 for whole numbers."`
	Mean     float64     `json:"mean" help:"Where the mean is between min (0) and max (1)." default:"0.82"`
	Focus    float64     `json:"focus" help:"How near the values are to the mean, above 0." default:"9"`
	Decimals *int        `json:"decimals" help:"Decimal places of fractions; none: 4, or 1 where max is above 1."`
}

func openScore(spec core.ColumnSpec, c Score) (core.Column, error) {
	if c.Max == "" && isWhole(spec) {
		c.Max = "100"
	}
	b, err := boundsOf(spec, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	if !(c.Mean > 0 && c.Mean < 1) || !(c.Focus > 0) || math.IsInf(c.Focus, 1) {
		return nil, core.Errorf(core.InvalidConfig, "mean is %v and focus is %v", c.Mean, c.Focus).
			WithHint("use a mean between 0 and 1 and a focus above 0")
	}
	if c.Decimals == nil {
		places := 4
		if b.high > 1 || b.low < -1 {
			places = 1
		}
		c.Decimals = &places
	}
	inner := beta(c.Mean, c.Focus)
	return curved(spec, b, func(u float64) float64 {
		x := inner(u)
		return float64(b.low*(1-x)) + float64(b.high*x)
	}, c.Decimals)
}

// Count configures number.count.
type Count struct {
	Min    json.Number `json:"min" help:"Least value." default:"0"`
	Max    json.Number `json:"max" help:"Greatest value; none: 100 for Int8, 10000 for Int16, else 1000000."`
	Median float64     `json:"median" help:"Half of the values are no farther than this from min." default:"20"`
	Tail   float64     `json:"tail" help:"Thickness of the tail, above 0: the smaller, the more huge values." default:"1.2"`
}

func openCount(spec core.ColumnSpec, c Count) (core.Column, error) {
	if c.Max == "" && isFraction(spec) {
		c.Max = "1000000"
	}
	b, err := boundsOf(spec, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	if !(c.Median > 0) || !(c.Tail > 0) || math.IsInf(c.Median, 1) || math.IsInf(c.Tail, 1) {
		return nil, core.Errorf(core.InvalidConfig, "median is %v and tail is %v", c.Median, c.Tail).
			WithHint("use numbers above 0")
	}
	tail, whole := lomax(c.Median, c.Tail), 0
	return curved(spec, b, func(u float64) float64 { return b.low + tail(u) }, &whole)
}
