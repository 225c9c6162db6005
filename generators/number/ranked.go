package number

import (
	"encoding/json"
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/internal/limit"
)

// Zipf configures number.zipf.
type Zipf struct {
	Min      json.Number `json:"min" help:"Least and commonest value; none: 0, or below max."`
	Max      json.Number `json:"max" help:"Greatest and rarest value; none: as number.uniform."`
	Exponent float64     `json:"exponent" help:"How steeply shares fall with the rank, from 0 (all equal) to 10." default:"1.1"`
}

func openZipf(spec core.ColumnSpec, c Zipf) (core.Column, error) {
	if !(c.Exponent >= 0 && c.Exponent <= 10) {
		return nil, core.Errorf(core.InvalidConfig, "exponent is %v", c.Exponent).WithHint("use 0 to 10")
	}
	b, err := boundsOf(spec, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	key := keyOf(spec)
	if isWhole(spec) {
		r := newRanks(uint64(b.most)-uint64(b.least), c.Exponent)
		return column.Ints(spec, func(row int64) int64 {
			s := key.At(row)
			return int64(uint64(b.least) + r.draw(&s))
		})
	}
	const places = 1000 // values of a fraction, evenly spaced
	r, typ := newRanks(places, c.Exponent), spec.Field.Type
	return column.Floats(spec, func(row int64) float64 {
		s := key.At(row)
		x := float64(r.draw(&s)) / places
		return limit.Nearest(typ, float64(b.low*(1-x))+float64(b.high*x), b.low, b.high)
	})
}

// ranks draws ranks from 0 to last by a power law: the common ones of a table,
// the rare rest of the smooth curve that the table approaches.
type ranks struct {
	head     *rng.Weighted // one weight a rank, then that of the tail
	size     uint64        // ranks in head
	last     uint64
	exponent float64
}

func newRanks(last uint64, exponent float64) *ranks {
	const most = 1 << 14
	r := &ranks{size: min(last, most-1) + 1, last: last, exponent: exponent}
	weights := rng.Zipf(int(r.size), exponent)
	if last >= r.size {
		weights = append(weights, area(float64(r.size)+0.5, float64(last)+1.5, exponent))
	}
	r.head = rng.NewWeighted(weights)
	return r
}

// area is the integral of x^-exponent.
func area(from, to, exponent float64) float64 {
	if exponent == 1 {
		return math.Log(to / from)
	}
	return (math.Pow(to, 1-exponent) - math.Pow(from, 1-exponent)) / (1 - exponent)
}

func (r *ranks) draw(s *rng.Source) uint64 {
	if rank := uint64(r.head.Pick(s)); rank < r.size {
		return rank
	}
	from, to, u := float64(r.size)+0.5, float64(r.last)+1.5, s.Float64()
	var x float64
	if r.exponent == 1 {
		x = from * math.Exp(u*math.Log(to/from))
	} else {
		low, high := math.Pow(from, 1-r.exponent), math.Pow(to, 1-r.exponent)
		x = math.Pow(low+float64(u*(high-low)), 1/(1-r.exponent))
	}
	if x -= 0.5; x >= float64(r.last) { // the values of x are ranks from 1
		return r.last
	}
	return min(max(uint64(x), r.size), r.last)
}

// Sequence configures number.sequence.
type Sequence struct {
	Start json.Number `json:"start" help:"Value of row 0; none: min, or max where step is below 0, or 0."`
	Step  json.Number `json:"step" help:"What is added from row to row; whole for whole numbers." default:"1"`
	Min   json.Number `json:"min" help:"Least value; none: the type's."`
	Max   json.Number `json:"max" help:"Greatest value; none: the type's. After the last value within min and max the sequence begins anew."`
}

func openSequence(spec core.ColumnSpec, c Sequence) (core.Column, error) {
	if isWhole(spec) {
		return wholeSequence(spec, c)
	}
	step, err := c.Step.Float64()
	if err != nil || step == 0 {
		return nil, core.Errorf(core.InvalidConfig, "step is %s", c.Step).WithHint("use a number that is not 0")
	}
	low, high, err := limit.Floats(spec.Field.Type, orText(c.Min, "-1e15"), orText(c.Max, "1e15"))
	if err != nil {
		return nil, err
	}
	start, _, err := limit.Floats(spec.Field.Type, c.start(step < 0), c.start(step < 0))
	if err != nil {
		return nil, err
	}
	if start < low || start > high {
		return nil, c.outside()
	}
	room := high - start
	if step < 0 {
		room = start - low
	}
	count, typ := math.Floor(room/math.Abs(step)*(1+0x1p-50))+1, spec.Field.Type
	n := uint64(math.MaxInt64)
	if count < math.MaxInt64 {
		n = uint64(count)
	}
	return column.Floats(spec, func(row int64) float64 {
		return limit.Nearest(typ, start+float64(step*float64(uint64(row)%n)), low, high)
	})
}

func wholeSequence(spec core.ColumnSpec, c Sequence) (core.Column, error) {
	step, err := c.Step.Int64()
	if err != nil || step == 0 {
		return nil, core.Errorf(core.InvalidConfig, "step is %s", c.Step).WithHint("use a whole number that is not 0")
	}
	low, high, err := limit.Ints(spec.Field.Type, orText(c.Min, "-1e30"), orText(c.Max, "1e30"))
	if err != nil {
		return nil, err
	}
	start, _, err := limit.Ints(spec.Field.Type, c.start(step < 0), c.start(step < 0))
	if err != nil {
		return nil, err
	}
	if start < low || start > high {
		return nil, c.outside()
	}
	room, stride := uint64(high)-uint64(start), uint64(step)
	if step < 0 {
		room, stride = uint64(start)-uint64(low), -uint64(step)
	}
	count := room/stride + 1 // 0 where it is all of 64 bits
	return column.Ints(spec, func(row int64) int64 {
		place := uint64(row)
		if count != 0 {
			place %= count
		}
		return int64(uint64(start) + place*uint64(step))
	})
}

func (c Sequence) start(falls bool) json.Number {
	switch {
	case c.Start != "":
		return c.Start
	case falls && c.Max != "":
		return c.Max
	case !falls && c.Min != "":
		return c.Min
	default:
		return "0"
	}
}

func (c Sequence) outside() error {
	return core.Errorf(core.InvalidConfig, "start %s is outside min and max", c.start(false)).
		WithHint("move start between min and max")
}

func orText(n, other json.Number) json.Number {
	if n == "" {
		return other
	}
	return n
}
