package check

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// dense looks at dense vectors.
type dense struct {
	field  *schema.Field
	cosine bool
	// decode gives the elements of a vector of the types that are not
	// float32.
	decode func(raw []byte, out []float32) []float32
	buf    []float32

	norms      moments
	sizes      sample[float64]
	unit, zero int64
	ones       int64 // bits of binary vectors
}

func newDense(f *schema.Field, t arrow.DataType) *dense {
	d := &dense{field: f, cosine: f.Index != nil && strings.EqualFold(f.Index.Metric, "COSINE")}
	switch f.Type {
	case schema.Float16:
		table := make([]float32, 1<<16)
		for i := range table {
			table[i] = float16.FromBits(uint16(i)).Float32()
		}
		for i := range 1 << 10 { // NaN and infinity, whatever the library makes of them
			table[0x7c00+i], table[0xfc00+i] = float32(math.NaN()), float32(math.NaN())
		}
		table[0x7c00], table[0xfc00] = float32(math.Inf(1)), float32(math.Inf(-1))
		d.decode = halves(func(bits uint16) float32 { return table[bits] })
	case schema.BFloat16:
		d.decode = halves(func(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) })
	case schema.Int8Vector:
		d.decode = func(raw []byte, out []float32) []float32 {
			for _, b := range raw {
				out = append(out, float32(int8(b)))
			}
			return out
		}
	}
	return d
}

func halves(one func(uint16) float32) func(raw []byte, out []float32) []float32 {
	return func(raw []byte, out []float32) []float32 {
		for i := 0; i+1 < len(raw); i += 2 {
			out = append(out, one(binary.LittleEndian.Uint16(raw[i:])))
		}
		return out
	}
}

func (d *dense) values(a arrow.Array, at *place) {
	switch a := a.(type) {
	case *array.FixedSizeBinary:
		for i := range a.Len() {
			if a.IsValid(i) {
				d.raw(a.Value(i), i, at)
			}
		}
	case *array.FixedSizeList:
		dim := d.field.Dim
		switch values := a.ListValues().(type) {
		case *array.Float32:
			all := values.Float32Values()
			for i := range a.Len() {
				if a.IsValid(i) {
					d.vector(all[i*dim:(i+1)*dim], i, at)
				}
			}
		case *array.Int8:
			all := arrow.Int8Traits.CastToBytes(values.Int8Values())
			for i := range a.Len() {
				if a.IsValid(i) {
					d.raw(all[i*dim:(i+1)*dim], i, at)
				}
			}
		}
	}
}

func (d *dense) raw(raw []byte, i int, at *place) {
	if d.decode != nil {
		d.buf = d.decode(raw, d.buf[:0])
		d.vector(d.buf, i, at)
		return
	}
	ones := 0
	for _, b := range raw {
		ones += bits.OnesCount8(b)
	}
	d.ones += int64(ones)
	d.norms.take(float64(ones))
	if ones == 0 {
		d.zero++
	}
}

// unitWithin is how far from 1 the norm of a unit vector may be.
const unitWithin = 1e-3

func (d *dense) vector(v []float32, i int, at *place) {
	norm := math.Sqrt(squares(v))
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		d.notFinite(v, i, at)
		return
	}
	d.norms.take(norm)
	if key := rowKey(at, i); d.sizes.wants(key) {
		d.sizes.take(key, norm)
	}
	switch {
	case norm == 0:
		d.zero++
		if d.cosine {
			at.find(i, ruleVectorZero, "warning", "all elements are 0; COSINE has no answer for it")
		}
	case math.Abs(norm-1) <= unitWithin:
		d.unit++
	}
}

// squares sums the squares of a vector's elements; an element that is NaN or
// infinite makes the sum so, and nothing else does.
func squares(v []float32) float64 {
	var a, b, c, d float64
	for len(v) >= 4 {
		w, x, y, z := float64(v[0]), float64(v[1]), float64(v[2]), float64(v[3])
		a += w * w
		b += x * x
		c += y * y
		d += z * z
		v = v[4:]
	}
	for _, x := range v {
		a += float64(x) * float64(x)
	}
	return a + b + c + d
}

func (d *dense) notFinite(v []float32, i int, at *place) {
	first, n := -1, 0
	for j, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			if n++; first < 0 {
				first = j
			}
		}
	}
	at.error(i, ruleVector, "element %d is %v%s", first, v[first], andMore(n-1))
}

func (d *dense) add(other looker) {
	o := other.(*dense)
	d.norms.add(&o.norms)
	d.sizes.add(&o.sizes)
	d.unit += o.unit
	d.zero += o.zero
	d.ones += o.ones
}

func (d *dense) tell(s *FieldStats) {
	if d.norms.n == 0 {
		return
	}
	s.Vectors = &Vectors{Dim: d.field.Dim, Zero: d.zero}
	if d.field.Type == schema.BinaryVector {
		s.Vectors.OneBits = float64(d.ones) / float64(d.norms.n) / float64(max(d.field.Dim, 1))
		return
	}
	s.Vectors.MinNorm, s.Vectors.MeanNorm, s.Vectors.MaxNorm = d.norms.least, d.norms.mean(), d.norms.most
	s.Vectors.Unit = float64(d.unit) / float64(d.norms.n)
}

// sparse looks at sparse vectors.
type sparse struct {
	places moments
	sizes  sample[float64]
	empty  int64
	dim    int64
}

func (l *sparse) values(a arrow.Array, at *place) {
	lists := a.(*array.List)
	pairs := lists.ListValues().(*array.Struct)
	index, value := pairs.Field(0).(*array.Uint32), pairs.Field(1).(*array.Float32)
	for i := range lists.Len() {
		if lists.IsNull(i) {
			continue
		}
		start, end := lists.ValueOffsets(i)
		n := float64(end - start)
		l.places.take(n)
		if key := rowKey(at, i); l.sizes.wants(key) {
			l.sizes.take(key, n)
		}
		if n == 0 {
			l.empty++
			at.find(i, ruleSparseNone, "warning", "it has no places; no search finds it")
			continue
		}
		l.dim = max(l.dim, int64(index.Value(int(end-1)))+1)
		bad, count := -1, 0
		for j := int(start); j < int(end); j++ {
			if v := float64(value.Value(j)); math.IsNaN(v) || math.IsInf(v, 0) {
				if count++; bad < 0 {
					bad = j
				}
			}
		}
		if bad >= 0 {
			at.error(i, ruleVector, "the value at index %d is %v%s", index.Value(bad), value.Value(bad), andMore(count-1))
		}
	}
}

func (l *sparse) add(other looker) {
	o := other.(*sparse)
	l.places.add(&o.places)
	l.sizes.add(&o.sizes)
	l.empty += o.empty
	l.dim = max(l.dim, o.dim)
}

func (l *sparse) tell(s *FieldStats) {
	s.Elements = spread(&l.places, l.sizes.kept)
	s.Empty = l.empty
	if l.dim > 0 {
		s.Vectors = &Vectors{Dim: int(l.dim), Zero: l.empty}
	}
}
