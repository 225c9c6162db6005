package verify

import (
	"bytes"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// pair compares a column of the data set with that of an answer.
type pair struct {
	f         *schema.Field
	want, got arrow.Array
	// same tells whether two values are the same; it does not see null.
	same func(i, j int) bool
	// zeroes tells that the server gives zeroes for a vector that is null.
	zeroes bool
}

// pair makes the comparison of two columns; what is null in the data set and
// has a default is that.
func (r *run) pair(f *schema.Field, want, got arrow.Array) (*pair, error) {
	filled, err := collection.Filled(r.defaulted(f), want)
	if err != nil {
		return nil, err
	}
	p := &pair{f: f, want: filled, got: got, zeroes: r.lite && f.Type.IsDense()}
	p.same = same(f, filled, got, r.o.Tolerance)
	return p, nil
}

// defaulted is the field with the default value that the collection has.
func (r *run) defaulted(f *schema.Field) *schema.Field {
	if theirs := r.c.Schema.Field(f.Name); theirs != nil {
		return theirs
	}
	return f
}

func (p *pair) release() { p.want.Release() }

// equal compares row i of the data set with row j of the answer.
func (p *pair) equal(i, j int) bool {
	a, b := p.want.IsNull(i), p.got.IsNull(j)
	switch {
	case a && b:
		return true
	case a && p.zeroes:
		return isZero(p.got, j)
	case a && p.f.Name == metaName:
		return emptyMeta(p.got.(*array.String).Value(j))
	case a || b:
		return false
	}
	return p.same(i, j)
}

// same makes the comparison of values: bit by bit, and by value where a type
// has several forms of one.
func same(f *schema.Field, want, got arrow.Array, tolerance float64) func(i, j int) bool {
	switch want := want.(type) {
	case *array.String:
		got := got.(*array.String)
		form := formOf(f.Type)
		return func(i, j int) bool {
			a, b := want.Value(i), got.Value(j)
			return a == b || form != nil && bytes.Equal(form(nil, a), form(nil, b))
		}
	case *array.FixedSizeList:
		return sameVectors(want, got.(*array.FixedSizeList), tolerance)
	case *array.FixedSizeBinary:
		got := got.(*array.FixedSizeBinary)
		return func(i, j int) bool { return bytes.Equal(want.Value(i), got.Value(j)) }
	case *array.List:
		got := got.(*array.List)
		inner := same(elementOf(f), want.ListValues(), got.ListValues(), tolerance)
		return func(i, j int) bool {
			a, b := span(want, i), span(got, j)
			if a.n != b.n {
				return false
			}
			for k := range a.n {
				if !inner(a.from+k, b.from+k) {
					return false
				}
			}
			return true
		}
	case *array.Struct:
		got := got.(*array.Struct)
		inner := make([]func(i, j int) bool, want.NumField())
		for k := range inner {
			inner[k] = same(structField(f, k), want.Field(k), got.Field(k), tolerance)
		}
		return func(i, j int) bool {
			for _, same := range inner {
				if !same(i, j) {
					return false
				}
			}
			return true
		}
	default:
		return sameNumbers(want, got, tolerance)
	}
}

func sameNumbers(want, got arrow.Array, tolerance float64) func(i, j int) bool {
	switch want := want.(type) {
	case *array.Boolean:
		got := got.(*array.Boolean)
		return func(i, j int) bool { return want.Value(i) == got.Value(j) }
	case *array.Int8:
		return sameValues(want.Int8Values(), got.(*array.Int8).Int8Values())
	case *array.Int16:
		return sameValues(want.Int16Values(), got.(*array.Int16).Int16Values())
	case *array.Int32:
		return sameValues(want.Int32Values(), got.(*array.Int32).Int32Values())
	case *array.Int64:
		return sameValues(want.Int64Values(), got.(*array.Int64).Int64Values())
	case *array.Uint32:
		return sameValues(want.Uint32Values(), got.(*array.Uint32).Uint32Values())
	case *array.Float32:
		a, b := want.Float32Values(), got.(*array.Float32).Float32Values()
		return func(i, j int) bool {
			return math.Float32bits(a[i]) == math.Float32bits(b[j]) || near(float64(a[i]), float64(b[j]), tolerance)
		}
	case *array.Float64:
		a, b := want.Float64Values(), got.(*array.Float64).Float64Values()
		return func(i, j int) bool {
			return math.Float64bits(a[i]) == math.Float64bits(b[j]) || near(a[i], b[j], tolerance)
		}
	}
	return func(int, int) bool { return false }
}

func sameValues[T comparable](a, b []T) func(i, j int) bool {
	return func(i, j int) bool { return a[i] == b[j] }
}

// near tells whether two floats differ by no more than the tolerance that was
// asked for.
func near(a, b, tolerance float64) bool {
	return tolerance > 0 && math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b))
}

// sameVectors compares the bytes of whole vectors.
func sameVectors(want, got *array.FixedSizeList, tolerance float64) func(i, j int) bool {
	a, width := vectorBytes(want)
	b, _ := vectorBytes(got)
	var close func(i, j int) bool
	dim := int(want.DataType().(*arrow.FixedSizeListType).Len())
	if tolerance > 0 {
		close = sameNumbers(want.ListValues(), got.ListValues(), tolerance)
	}
	firstA, firstB := want.Data().Offset(), got.Data().Offset()
	return func(i, j int) bool {
		i, j = i+firstA, j+firstB
		if bytes.Equal(a[i*width:(i+1)*width], b[j*width:(j+1)*width]) {
			return true
		}
		for k := 0; close != nil && k < dim; k++ {
			if !close(i*dim+k, j*dim+k) {
				return false
			}
		}
		return close != nil
	}
}

// vectorBytes are the values of all vectors, and how many bytes one takes.
func vectorBytes(a *array.FixedSizeList) ([]byte, int) {
	dim := int(a.DataType().(*arrow.FixedSizeListType).Len())
	switch values := a.ListValues().(type) {
	case *array.Float32:
		return arrow.Float32Traits.CastToBytes(values.Float32Values()), 4 * dim
	case *array.Int8:
		return arrow.Int8Traits.CastToBytes(values.Int8Values()), dim
	}
	return nil, 0
}

type place struct{ from, n int }

func span(a *array.List, i int) place {
	from, to := a.ValueOffsets(i)
	return place{int(from), int(to - from)}
}

// elementOf is the field of an array's elements, or a sparse vector's pairs.
func elementOf(f *schema.Field) *schema.Field {
	return &schema.Field{Name: f.Name, Type: f.ElementType, StructFields: f.StructFields}
}

func structField(f *schema.Field, k int) *schema.Field {
	if k < len(f.StructFields) {
		return &f.StructFields[k]
	}
	return &schema.Field{Name: f.Name}
}

// isZero tells whether a vector is nothing but zeroes.
func isZero(a arrow.Array, i int) bool {
	switch a := a.(type) {
	case *array.FixedSizeList:
		values, width := vectorBytes(a)
		i += a.Data().Offset()
		return len(bytes.Trim(values[i*width:(i+1)*width], "\x00")) == 0
	case *array.FixedSizeBinary:
		return len(bytes.Trim(a.Value(i), "\x00")) == 0
	}
	return false
}
