package vector

import (
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// uniformConfig configures vector.uniform.
type uniformConfig struct {
	Low  float64 `json:"low" help:"Smallest value." default:"-1"`
	High float64 `json:"high" help:"Largest value." default:"1"`
}

type uniform struct {
	key        rng.Key
	low, width float32
	notZero    float32 // the bound that a vector of zeros gets
}

func openUniform(o opening, c uniformConfig) (values, error) {
	if !(c.Low < c.High) {
		return values{}, core.Errorf(core.InvalidConfig, "low is %g and high is %g", c.Low, c.High).
			WithHint("let \"low\" be less than \"high\"")
	}
	m := &uniform{o.key, float32(c.Low), float32(c.High - c.Low), float32(c.High)}
	for m.value(math.MaxUint32) > float32(c.High) { // by rounding
		m.width = math.Nextafter32(m.width, 0)
	}
	if c.High == 0 {
		m.notZero = float32(c.Low)
	}
	return values{
		model:  m,
		middle: (c.Low + c.High) / 2,
		reach:  max(math.Abs(c.Low), math.Abs(c.High)),
	}, nil
}

// value is low to high for the 32 lower bits of u, of which 24 fit a float32.
func (m *uniform) value(u uint64) float32 {
	return m.low + float32(m.width*(float32(uint32(u)>>8)*0x1p-24))
}

func (m *uniform) fill(dst []float32, at place) {
	s := m.key.At(at.row)
	v := dst
	for len(v) >= 4 {
		w := (*[4]float32)(v)
		a, b := s.Uint64(), s.Uint64()
		w[0], w[1], w[2], w[3] = m.value(a), m.value(a>>32), m.value(b), m.value(b>>32)
		v = v[4:]
	}
	for j := range v {
		v[j] = m.value(s.Uint64())
	}
	avoidZero(dst, m.notZero)
}

// avoidZero makes the first value of a vector of zeros v.
func avoidZero(dst []float32, v float32) {
	for _, x := range dst {
		if x != 0 {
			return
		}
	}
	dst[0] = v
}

// normalConfig configures vector.normal.
type normalConfig struct {
	Mean float64 `json:"mean" help:"Mean of the values." default:"0"`
	SD   float64 `json:"sd" help:"Standard deviation of the values." default:"1"`
}

type normal struct {
	noise *table
	stream
	centre []float32
	sd     float32
}

func openNormal(o opening, c normalConfig) (values, error) {
	if !(c.SD > 0) {
		return values{}, core.Errorf(core.InvalidConfig, "sd is %g", c.SD).WithHint("let \"sd\" be more than 0")
	}
	m := &normal{o.noise, newStream(o.key), make([]float32, o.dim), float32(c.SD)}
	for j := range m.centre {
		m.centre[j] = float32(c.Mean)
	}
	return values{m, c.Mean, math.Abs(c.Mean) + 4*c.SD}, nil
}

func (m *normal) fill(dst []float32, at place) {
	a, b := m.at(at.row, m.sd)
	m.noise.blend(dst, m.centre, a, b)
	avoidZero(dst, m.sd)
}

// unitConfig configures vector.unit, which has nothing to configure.
type unitConfig struct{}

type unit struct {
	noise *table
	stream
	zero []float32
}

func openUnit(o opening, _ unitConfig) (values, error) {
	return values{newUnit(o.noise, o.key, o.dim), 0, unitReach(o.dim)}, nil
}

func newUnit(noise *table, key rng.Key, dim int) *unit {
	return &unit{noise, newStream(key), make([]float32, dim)}
}

// unitReach is four standard deviations of a value of a vector of length 1.
func unitReach(dim int) float64 { return min(1, 4/math.Sqrt(float64(dim))) }

func (m *unit) fill(dst []float32, at place) { m.row(dst, at.row) }

// row sets dst to the direction that the stream gives the row.
func (m *unit) row(dst []float32, row int64) {
	a, b := m.at(row, 1)
	normalise(dst, m.noise.blend(dst, m.zero, a, b))
}
