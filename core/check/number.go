package check

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// number looks at whole numbers and floats.
type number struct {
	field *schema.Field
	whole bool
	bits  int
	// least and most are the field's min and max; the flags tell which there
	// are.
	least, most       int64
	leastF, mostF     float64
	hasLeast, hasMost bool
	enum              map[string]bool

	moments
	from, to int64 // of whole numbers, exactly
	distinct
	tops
	sample sample[float64]
	nan    int64
}

func newNumber(f *schema.Field, t schema.Type) *number {
	n := &number{field: f, whole: t.IsInteger(), bits: 64, from: math.MaxInt64, to: math.MinInt64, enum: enumOf(f)}
	if t == schema.Float {
		n.bits = 32
	}
	n.least, n.leastF, n.hasLeast = bound(f.Min)
	n.most, n.mostF, n.hasMost = bound(f.Max)
	return n
}

func bound(text json.Number) (int64, float64, bool) {
	if text == "" {
		return 0, 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, 0, false
	}
	i, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		i = int64(f)
	}
	return i, f, true
}

// enumOf are the field's only values as JSON scalars; nil where any will do.
func enumOf(f *schema.Field) map[string]bool {
	if len(f.Enum) == 0 {
		return nil
	}
	all := map[string]bool{}
	for _, raw := range f.Enum {
		var v any
		d := json.NewDecoder(bytesReader(raw))
		d.UseNumber()
		if d.Decode(&v) != nil {
			continue
		}
		all[sprintf("%v", v)] = true
	}
	return all
}

func (n *number) values(a arrow.Array, at *place) {
	if n.whole {
		each(a, func(i int, v int64) { n.takeWhole(v, i, at) })
		return
	}
	switch a := a.(type) {
	case *array.Float32:
		for i, v := range a.Float32Values() {
			if a.IsValid(i) {
				n.takeFloat(float64(v), i, at)
			}
		}
	case *array.Float64:
		for i, v := range a.Float64Values() {
			if a.IsValid(i) {
				n.takeFloat(v, i, at)
			}
		}
	}
}

// each calls f for every whole number that is not null.
func each(a arrow.Array, f func(i int, v int64)) {
	switch a := a.(type) {
	case *array.Int8:
		eachOf(a, a.Int8Values(), f)
	case *array.Int16:
		eachOf(a, a.Int16Values(), f)
	case *array.Int32:
		eachOf(a, a.Int32Values(), f)
	case *array.Int64:
		eachOf(a, a.Int64Values(), f)
	}
}

func eachOf[T int8 | int16 | int32 | int64](a arrow.Array, values []T, f func(i int, v int64)) {
	for i, v := range values {
		if a.IsValid(i) {
			f(i, int64(v))
		}
	}
}

func (n *number) takeWhole(v int64, i int, at *place) {
	n.from, n.to = min(n.from, v), max(n.to, v)
	n.moments.take(float64(v))
	n.distinct.take(mix(uint64(v)))
	if !n.tops.many {
		n.tops.take(strconv.FormatInt(v, 10))
	}
	if key := rowKey(at, i); n.sample.wants(key) {
		n.sample.take(key, float64(v))
	}
	switch {
	case n.hasLeast && v < n.least || n.hasMost && v > n.most:
		at.error(i, ruleRange, "%d is not from %s to %s", v, orOpen(n.field.Min), orOpen(n.field.Max))
	case n.enum != nil && !n.enum[strconv.FormatInt(v, 10)]:
		at.error(i, ruleEnum, "%d is none of the enum_values", v)
	}
}

func orOpen(n json.Number) string {
	if n == "" {
		return "…"
	}
	return string(n)
}

func (n *number) takeFloat(v float64, i int, at *place) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		n.nan++
		at.error(i, ruleFinite, "%v", v)
		return
	}
	n.moments.take(v)
	n.distinct.take(mix(math.Float64bits(v + 0)))
	if !n.tops.many {
		n.tops.take(strconv.FormatFloat(v, 'g', -1, n.bits))
	}
	if key := rowKey(at, i); n.sample.wants(key) {
		n.sample.take(key, v)
	}
	switch {
	case n.hasLeast && v < n.narrow(n.leastF) || n.hasMost && v > n.narrow(n.mostF):
		at.error(i, ruleRange, "%v is not from %s to %s", v, orOpen(n.field.Min), orOpen(n.field.Max))
	case n.enum != nil && !n.inEnum(v):
		at.error(i, ruleEnum, "%v is none of the enum_values", v)
	}
}

// narrow is a bound in the width of the values.
func (n *number) narrow(v float64) float64 {
	if n.bits == 32 {
		return float64(float32(v))
	}
	return v
}

func (n *number) inEnum(v float64) bool {
	for text := range n.enum {
		if e, err := strconv.ParseFloat(text, 64); err == nil && n.narrow(e) == v {
			return true
		}
	}
	return false
}

func (n *number) add(other looker) {
	o := other.(*number)
	n.moments.add(&o.moments)
	n.from, n.to = min(n.from, o.from), max(n.to, o.to)
	n.distinct.add(&o.distinct)
	n.tops.add(&o.tops)
	n.sample.add(&o.sample)
	n.nan += o.nan
}

func (n *number) tell(s *FieldStats) {
	s.Distinct, s.Exact = n.distinct.count()
	if n.n == 0 {
		return
	}
	s.Numbers = &Numbers{Min: n.text(n.moments.least), Mean: n.mean(), Max: n.text(n.moments.most)}
	if n.whole {
		s.Numbers.Min, s.Numbers.Max = json.Number(strconv.FormatInt(n.from, 10)), json.Number(strconv.FormatInt(n.to, 10))
	}
	if n.field.IsPrimary {
		return
	}
	if top := n.tops.list(); !n.tops.many && len(top) > 0 && (s.Distinct <= topList || top[0].Share > 0.05) && top[0].Count > 1 {
		s.Top = top
	}
	if s.Distinct > topList {
		s.Numbers.Histogram = histogram(n.sample.kept, n.moments.least, n.moments.most)
	}
}

func (n *number) text(v float64) json.Number {
	return json.Number(strconv.FormatFloat(v, 'g', -1, n.bits))
}

// histogramBars is how many bars a histogram has.
const histogramBars = 12

// histogram gives the share of values in bars of the same width.
func histogram(values []float64, least, most float64) []float64 {
	if len(values) == 0 || !(most > least) || math.IsInf(most-least, 0) {
		return nil
	}
	bars := make([]float64, histogramBars)
	for _, v := range values {
		bars[min(int((v-least)/(most-least)*histogramBars), histogramBars-1)]++
	}
	for i := range bars {
		bars[i] = rounded(bars[i] / float64(len(values)))
	}
	return bars
}
