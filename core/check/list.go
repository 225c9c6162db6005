package check

import (
	"math"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// list looks at Array fields.
type list struct {
	field   *schema.Field
	lengths moments
	sizes   sample[float64]
	empty   int64
	// elements looks at the elements as if each were a value.
	elements looker
	enum     map[string]bool
}

func newList(f *schema.Field) *list {
	l := &list{field: f, enum: enumOf(f)}
	element := *f
	element.Type, element.IsPrimary = f.ElementType, false
	switch {
	case f.ElementType == schema.Bool:
		l.elements = &boolean{}
	case f.ElementType.IsNumber():
		l.elements = newNumber(&element, f.ElementType)
	case f.ElementType.IsText():
		element.MaxLength = 0 // told with the element's place, below
		element.Enum = nil
		l.elements = newText(&element, f.ElementType)
	}
	return l
}

func (l *list) values(a arrow.Array, at *place) {
	lists := a.(*array.List)
	inner := &place{file: at.file, first: at.first, field: at.field, salt: at.salt}
	for i := range lists.Len() {
		if lists.IsNull(i) {
			continue
		}
		start, end := lists.ValueOffsets(i)
		n := int(end - start)
		l.lengths.take(float64(n))
		if n == 0 {
			l.empty++
		}
		if key := rowKey(at, i); l.sizes.wants(key) {
			l.sizes.take(key, float64(n))
		}
		if l.field.MaxCapacity > 0 && n > l.field.MaxCapacity {
			at.error(i, ruleCapacity, "%d elements, max_capacity %d", n, l.field.MaxCapacity)
		}
		if n == 0 || l.elements == nil {
			continue
		}
		found := l.faults(lists.ListValues(), int(start), int(end), i, at)
		elements := array.NewSlice(lists.ListValues(), start, end)
		inner.report = found.take(i, at)
		inner.first = mixFirst(at, i)
		l.elements.values(elements, inner)
		elements.Release()
		found.tell(i, at)
	}
}

// mixFirst gives the elements of a row numbers that no other row's have, for
// the samples.
func mixFirst(at *place, i int) int64 { return int64(rowKey(at, i) >> 20) }

// faults finds text elements that are too long.
func (l *list) faults(values arrow.Array, start, end, row int, at *place) *elementFaults {
	f := &elementFaults{counts: map[string]int{}, first: map[string]string{}}
	texts, ok := values.(*array.String)
	if !ok {
		return f
	}
	for i := start; i < end; i++ {
		v := texts.Value(i)
		if wrong := tooLong(v, l.field.MaxLength); wrong != "" {
			f.note(ruleLength, sprintf("element %d: %s", i-start, wrong))
		}
		if l.enum != nil && !l.enum[v] && utf8.ValidString(v) {
			f.note(ruleEnum, sprintf("element %d: %q is none of the enum_values", i-start, clip(v)))
		}
	}
	return f
}

func (l *list) add(other looker) {
	o := other.(*list)
	l.lengths.add(&o.lengths)
	l.sizes.add(&o.sizes)
	l.empty += o.empty
	if l.elements != nil {
		l.elements.add(o.elements)
	}
}

func (l *list) tell(s *FieldStats) {
	s.Elements = spread(&l.lengths, l.sizes.kept)
	s.Empty = l.empty
	if l.elements == nil {
		return
	}
	var e FieldStats
	l.elements.tell(&e)
	s.Top, s.Sampled, s.Numbers, s.Lengths = e.Top, e.Sampled, e.Numbers, e.Lengths
	s.Distinct, s.Exact = e.Distinct, e.Exact
	if n, ok := l.elements.(*number); ok && n.n == 0 || math.IsNaN(l.lengths.sum) {
		s.Numbers = nil
	}
}
