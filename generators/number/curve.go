package number

import (
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// A law is a distribution by its quantiles: for u from 0 to 1 it gives the
// value below which that share of the values lies. It rises.
type law func(u float64) float64

// steps is the number of pieces of a curve.
const steps = 4096

// A curve is a law between two bounds, tabulated: a value costs a look-up. The
// first and the last piece, where laws are steep, are computed.
type curve struct {
	law    law
	points [steps + 1]float64
}

// newCurve cuts a law off at two bounds; nothing may be left of it.
func newCurve(full law, low, high float64) (*curve, error) {
	from, to := share(full, low), share(full, high)
	if to-from < 1e-9 {
		return nil, core.Errorf(core.InvalidConfig, "min and max leave nothing of the distribution").
			WithHint("move its middle between min and max, or widen it")
	}
	c := &curve{law: func(u float64) float64 { return full(from + float64((to-from)*u)) }}
	for i := 1; i < steps; i++ {
		c.points[i] = c.law(float64(i) / steps)
	}
	return c, nil
}

// share is the share of a law's values below v.
func share(l law, v float64) float64 {
	low, high := 0.0, 1.0
	for range 64 {
		middle := (low + high) / 2
		if l(middle) < v {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// draw gives a value; it takes one number of the source.
func (c *curve) draw(s *rng.Source) float64 {
	x := s.Float64() * steps
	i := int(x)
	if i == 0 || i == steps-1 {
		return c.law((x + 0x1p-42) / steps) // never 0, where a law may be infinite
	}
	return c.points[i] + float64((x-float64(i))*(c.points[i+1]-c.points[i]))
}

// normal is the law of the normal distribution.
func normal(mean, deviation float64) law {
	return func(u float64) float64 {
		return mean + float64(deviation*math.Sqrt2*math.Erfinv(2*u-1))
	}
}

// beta is the law of the beta distribution of a mean in (0, 1); the larger
// focus, the nearer are the values to the mean.
func beta(mean, focus float64) law {
	const cells = 4096
	a, b := float64(mean*focus), float64((1-mean)*focus)
	sums := make([]float64, cells+1)
	for i := range cells {
		x := (float64(i) + 0.5) / cells
		sums[i+1] = sums[i] + math.Exp(float64((a-1)*math.Log(x))+float64((b-1)*math.Log1p(-x)))
	}
	return func(u float64) float64 {
		low, high, want := 0, cells, float64(u*sums[cells])
		for high-low > 1 {
			if middle := (low + high) / 2; sums[middle] <= want {
				low = middle
			} else {
				high = middle
			}
		}
		inner := 0.5
		if width := sums[low+1] - sums[low]; width > 0 {
			inner = (want - sums[low]) / width
		}
		return (float64(low) + inner) / cells
	}
}

// lomax is the law of a heavy tail that starts at 0; the smaller tail, the
// heavier.
func lomax(median, tail float64) law {
	scale := median / (math.Pow(2, 1/tail) - 1)
	return func(u float64) float64 { return scale * (math.Pow(1-u, -1/tail) - 1) }
}
