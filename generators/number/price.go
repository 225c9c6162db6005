package number

import (
	"encoding/json"
	"math"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/internal/limit"
)

// Price configures number.price.
type Price struct {
	Min    json.Number `json:"min" help:"Least price; none: 1."`
	Max    json.Number `json:"max" help:"Greatest price; none: 100 for Int8, else 10000."`
	Median *float64    `json:"median" help:"Half of the prices are below it; none: between min and max, nearer to min."`
	Spread *float64    `json:"spread" help:"Standard deviation of the logarithm, above 0; none: such that most prices lie between min and max."`
}

func openPrice(spec core.ColumnSpec, c Price) (core.Column, error) {
	if c.Min == "" {
		c.Min = "1"
	}
	if c.Max == "" && spec.Field.Type.ID() != arrow.INT8 {
		c.Max = "10000"
	}
	b, err := boundsOf(spec, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	b.low, b.high = b.origin+b.low, b.origin+b.high
	if b.high <= 0 {
		return nil, core.Errorf(core.InvalidConfig, "no price above 0 lies between min %s and max %s", c.Min, c.Max).
			WithHint("raise max, or use number.uniform")
	}
	b.high = min(b.high, 1e15) // no price is higher
	median := math.Sqrt(math.Max(b.low, b.high/1000)) * math.Sqrt(b.high)
	if c.Median != nil {
		median = *c.Median
	}
	spread := math.Max(math.Log(b.high/median)/2.5, 0.1)
	if c.Spread != nil {
		spread = *c.Spread
	}
	if !(median > 0) || !(spread > 0) || math.IsInf(median, 1) || math.IsInf(spread, 1) {
		return nil, core.Errorf(core.InvalidConfig, "median is %v and spread is %v", median, spread).
			WithHint("use numbers above 0")
	}
	return priced(spec, b, median, spread)
}

func priced(spec core.ColumnSpec, b bounds, median, spread float64) (core.Column, error) {
	inner := normal(0, spread)
	low := b.low
	if b.low == b.high {
		low = 0 // one price is left
	}
	c, err := newCurve(func(u float64) float64 { return median * math.Exp(inner(u)) }, low, b.high)
	if err != nil {
		return nil, err
	}
	key := keyOf(spec)
	if isWhole(spec) {
		return column.Ints(spec, func(row int64) int64 {
			s := key.At(row)
			v := min(max(int64(c.draw(&s)), b.least), b.most)
			return charm(v, b.least, b.most)
		})
	}
	ends, typ := endings(), spec.Field.Type
	return column.Floats(spec, func(row int64) float64 {
		s := key.At(row)
		v := c.draw(&s)
		price := math.Floor(v) + ends.pick(&s)
		if price < b.low || price > b.high {
			price = math.Round(v*100) / 100
		}
		return limit.Nearest(typ, price, b.low, b.high)
	})
}

// charm makes a whole price end in 9 where it can.
func charm(v, least, most int64) int64 {
	const small = 20 // below it, any price looks real
	if v < small {
		return v
	}
	switch nine := v - v%10; {
	case nine <= most-9 && nine+9 >= least:
		return nine + 9
	case nine-1 >= least:
		return nine - 1
	default:
		return v
	}
}

// ending is the part of a price behind the point.
type ending struct {
	cents    [4]float64
	weighted *rng.Weighted
}

func endings() ending {
	return ending{[4]float64{0.99, 0, 0.95, 0.49}, rng.NewWeighted([]float64{68, 17, 9, 6})}
}

func (e ending) pick(s *rng.Source) float64 { return e.cents[e.weighted.Pick(s)] }
