package dataset

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// listFrom converts the lists of Array fields.
func listFrom(f *schema.Field, t, from arrow.DataType) (converter, bool) {
	list, ok := from.(*arrow.ListType)
	want := t.(*arrow.ListType)
	if !ok {
		return nil, false
	}
	convert, ok := elementFrom(want.Elem(), list.Elem())
	if !ok {
		return nil, false
	}
	return func(a arrow.Array, c *cells) (arrow.Array, error) {
		lists := a.(*array.List)
		values, err := convert(lists.ListValues(), c.inner(lists))
		if err != nil {
			return nil, err
		}
		defer values.Release()
		d := lists.Data()
		made := array.NewData(t, d.Len(), d.Buffers(), []arrow.ArrayData{values.Data()}, d.NullN(), d.Offset())
		defer made.Release()
		out := array.MakeFromData(made).(*array.List)
		if values.NullN() == 0 {
			return out, nil
		}
		defer out.Release()
		return withoutNullElements(out, f, c), nil
	}, true
}

// elementFrom converts the elements of lists: scalars, or structs field by
// field.
func elementFrom(t, from arrow.DataType) (converter, bool) {
	want, ok := t.(*arrow.StructType)
	if !ok {
		return scalarFrom(t, from)
	}
	have, ok := from.(*arrow.StructType)
	if !ok {
		return nil, false
	}
	places, converters := make([]int, want.NumFields()), make([]converter, want.NumFields())
	for i, f := range want.Fields() {
		if places[i], ok = have.FieldIdx(f.Name); !ok {
			return nil, false
		}
		field := schema.Field{Name: f.Name, Type: typeOf(f), Dim: dimOf(f), ElementType: elementOf(f)}
		if converters[i], ok = conversion(&field, f.Type, have.Field(places[i]).Type); !ok {
			return nil, false
		}
	}
	return func(a arrow.Array, c *cells) (arrow.Array, error) {
		s := a.(*array.Struct)
		children := make([]arrow.ArrayData, len(places))
		for i, place := range places {
			child, err := converters[i](s.Field(place), c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", want.Field(i).Name, err)
			}
			defer child.Release()
			children[i] = child.Data()
		}
		d := s.Data()
		var valid *memory.Buffer
		if d.NullN() > 0 {
			bits := make([]byte, bitutil.BytesForBits(int64(d.Len())))
			for i := range d.Len() {
				bitutil.SetBitTo(bits, i, s.IsValid(i))
			}
			valid = memory.NewBufferBytes(bits)
		}
		made := array.NewData(t, d.Len(), []*memory.Buffer{valid}, children, d.NullN(), 0)
		defer made.Release()
		return array.MakeFromData(made), nil
	}, true
}

// inner is c for the elements of lists: what is wrong with an element is
// wrong with its row.
func (c *cells) inner(lists *array.List) *cells {
	row := 0
	inner := *c
	inner.broken = nil
	inner.report = func(f Finding) {
		element := f.Row - c.first
		for row+1 < lists.Len() {
			if _, end := lists.ValueOffsets(row); element < end {
				break
			}
			row++
		}
		start, end := lists.ValueOffsets(row)
		if element < start || element >= end {
			return // not part of any list
		}
		c.bad(row, f.Rule, "element %d: %s", element-start, f.Message)
	}
	return &inner
}

// withoutNullElements reports lists with null elements, which become null.
func withoutNullElements(lists *array.List, f *schema.Field, c *cells) arrow.Array {
	values := lists.ListValues()
	valid := make([]byte, bitutil.BytesForBits(int64(lists.Len())))
	broken := map[int]bool{}
	for _, row := range c.broken {
		broken[row] = true
	}
	nulls := 0
	offsets := make([]int32, lists.Len()+1)
	for row := range lists.Len() {
		start, end := lists.ValueOffsets(row)
		offsets[row], offsets[row+1] = int32(start), int32(end)
		first, count := -1, 0
		for i := start; i < end && lists.IsValid(row); i++ {
			if values.IsNull(int(i)) {
				if count++; first < 0 {
					first = int(i - start)
				}
			}
		}
		if count > 0 && !broken[row] {
			c.bad(row, RuleElement, "element %d is null%s", first, andMore(count-1))
			broken[row] = true
		}
		if lists.IsValid(row) && !broken[row] {
			bitutil.SetBit(valid, row)
		} else {
			nulls++
		}
	}
	d := lists.Data()
	made := array.NewData(d.DataType(), lists.Len(), []*memory.Buffer{
		memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)),
	}, d.Children(), nulls, 0)
	defer made.Release()
	return array.MakeFromData(made)
}

// andMore says that there are more of what was told of.
func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// denseFrom converts vectors that the library has read: bytes, or lists whose
// pages only it can read.
func denseFrom(f *schema.Field, t, from arrow.DataType) (converter, bool) {
	var at func(a arrow.Array, i int) (raw []byte, n, nulls int)
	var e elements
	var ok bool
	switch from := from.(type) {
	case *arrow.BinaryType, *arrow.FixedSizeBinaryType:
		e, ok = elementsFor(f, arrow.UINT8)
		e = elements{per: e.per * e.size, size: 1, bytes: true, put: copyOf(1)}
		at = func(a arrow.Array, i int) ([]byte, int, int) {
			if b, ok := a.(*array.FixedSizeBinary); ok {
				return b.Value(i), len(b.Value(i)), 0
			}
			b := a.(*array.Binary).Value(i)
			return b, len(b), 0
		}
		ok = ok && f.Type != schema.FloatVector
	case *arrow.ListType:
		e, ok = elementsFor(f, from.Elem().ID())
		at = rawElements
	default:
		return nil, false
	}
	if !ok || e.per <= 0 {
		return nil, false
	}
	return func(a arrow.Array, c *cells) (arrow.Array, error) {
		data := memory.NewResizableBuffer(c.mem)
		defer data.Release()
		data.Resize(a.Len() * e.per * e.size)
		out := vectorRows{data: data.Bytes(), valid: make([]byte, bitutil.BytesForBits(int64(a.Len()))), size: e.per * e.size}
		for i := range a.Len() {
			out.set(i, a.IsValid(i) && e.fill(out.row(i), a, i, at, f, c))
		}
		return out.array(t, a.Len(), data), nil
	}, true
}

// fill converts one vector and reports what is wrong with it.
func (e elements) fill(dst []byte, a arrow.Array, i int, at func(arrow.Array, int) ([]byte, int, int), f *schema.Field, c *cells) bool {
	raw, n, nulls := at(a, i)
	switch {
	case n != e.per:
		c.bad(i, RuleDim, "%s", e.wrongDim(f, n))
	case nulls > 0:
		c.bad(i, RuleElement, "%d of %d elements are null", nulls, n)
	default:
		bad := e.put(dst, raw, n)
		if bad < 0 {
			return true
		}
		c.bad(i, RuleValue, "element %d is out of range of %s", bad, f.Type)
	}
	return false
}

// rawElements gives the elements of a list as a Parquet page would hold them.
func rawElements(a arrow.Array, i int) (raw []byte, n, nulls int) {
	lists := a.(*array.List)
	values := lists.ListValues()
	start, end := lists.ValueOffsets(i)
	from := values.DataType().ID()
	for j := int(start); j < int(end); j++ {
		if values.IsNull(j) {
			nulls++
		}
		raw = appendRaw(raw, values, j, from)
	}
	return raw, int(end - start), nulls
}
