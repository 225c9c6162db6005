package sdk

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"

	"github.com/zilliz/milvus-ingest/core"
)

// Entry is one place of a sparse vector that is not zero.
type Entry struct {
	Index uint32  `json:"index"`
	Value float32 `json:"value"`
}

// Sparse is a sparse vector: its entries in rising order of index.
type Sparse []Entry

// putterOf gives the function that appends a T to a builder of type t, nil
// where a T does not suit it, and says what a T is.
func putterOf[T any](field arrow.Field, t arrow.DataType) (put func(array.Builder, T) error, makes string) {
	var f any
	var zero T
	switch any(zero).(type) {
	case bool:
		f, makes = putBool(t), "true and false"
	case int:
		f, makes = putInt[int](t), "whole numbers"
	case int8:
		f, makes = putInt[int8](t), "whole numbers"
	case int16:
		f, makes = putInt[int16](t), "whole numbers"
	case int32:
		f, makes = putInt[int32](t), "whole numbers"
	case int64:
		f, makes = putInt[int64](t), "whole numbers"
	case float32:
		f, makes = putFloat[float32](t), "numbers"
	case float64:
		f, makes = putFloat[float64](t), "numbers"
	case string:
		f, makes = putText(field, t), "texts"
	case Sparse:
		f, makes = putSparse(t), "sparse vectors"
	case []byte:
		f, makes = putBytes(t), "vectors of bytes"
	default:
		f, makes = putterOfSlice(any(zero), field, t)
	}
	put, _ = f.(func(array.Builder, T) error)
	return put, makes
}

// putterOfSlice is putterOf for vectors and arrays.
func putterOfSlice(zero any, field arrow.Field, t arrow.DataType) (any, string) {
	switch zero.(type) {
	case []float32:
		if put := putVector(field, t); put != nil {
			return put, "vectors"
		}
		return putList[float32](field, t), "vectors and arrays of numbers"
	case []int8:
		if t.ID() == arrow.FIXED_SIZE_LIST {
			return putInt8Vector(t), "vectors and arrays of whole numbers"
		}
		return putList[int8](field, t), "vectors and arrays of whole numbers"
	case []bool:
		return putList[bool](field, t), "arrays of true and false"
	case []int:
		return putList[int](field, t), "arrays of whole numbers"
	case []int16:
		return putList[int16](field, t), "arrays of whole numbers"
	case []int32:
		return putList[int32](field, t), "arrays of whole numbers"
	case []int64:
		return putList[int64](field, t), "arrays of whole numbers"
	case []float64:
		return putList[float64](field, t), "arrays of numbers"
	case []string:
		return putList[string](field, t), "arrays of texts"
	default:
		return nil, "values that no field holds"
	}
}

func putBool(t arrow.DataType) func(array.Builder, bool) error {
	if t.ID() != arrow.BOOL {
		return nil
	}
	return func(b array.Builder, v bool) error { b.(*array.BooleanBuilder).Append(v); return nil }
}

func putInt[V int | int8 | int16 | int32 | int64](t arrow.DataType) func(array.Builder, V) error {
	within := func(low, high int64, add func(array.Builder, int64)) func(array.Builder, V) error {
		return func(b array.Builder, v V) error {
			if int64(v) < low || int64(v) > high {
				return core.Errorf(core.InvalidData, "%d is not between %d and %d", v, low, high).WithHint("use a wider type: Int64")
			}
			add(b, int64(v))
			return nil
		}
	}
	switch t.ID() {
	case arrow.INT8:
		return within(math.MinInt8, math.MaxInt8, func(b array.Builder, v int64) { b.(*array.Int8Builder).Append(int8(v)) })
	case arrow.INT16:
		return within(math.MinInt16, math.MaxInt16, func(b array.Builder, v int64) { b.(*array.Int16Builder).Append(int16(v)) })
	case arrow.INT32:
		return within(math.MinInt32, math.MaxInt32, func(b array.Builder, v int64) { b.(*array.Int32Builder).Append(int32(v)) })
	case arrow.INT64:
		return within(math.MinInt64, math.MaxInt64, func(b array.Builder, v int64) { b.(*array.Int64Builder).Append(v) })
	default:
		return nil
	}
}

func putFloat[V float32 | float64](t arrow.DataType) func(array.Builder, V) error {
	finite := func(most float64, add func(array.Builder, V)) func(array.Builder, V) error {
		return func(b array.Builder, v V) error {
			if !(math.Abs(float64(v)) <= most) { // NaN, too
				return core.Errorf(core.InvalidData, "%v is no number that the field holds", v)
			}
			add(b, v)
			return nil
		}
	}
	switch t.ID() {
	case arrow.FLOAT32:
		return finite(math.MaxFloat32, func(b array.Builder, v V) { b.(*array.Float32Builder).Append(float32(v)) })
	case arrow.FLOAT64:
		return finite(math.MaxFloat64, func(b array.Builder, v V) { b.(*array.Float64Builder).Append(float64(v)) })
	default:
		return nil
	}
}

func putText(field arrow.Field, t arrow.DataType) func(array.Builder, string) error {
	if t.ID() != arrow.STRING {
		return nil
	}
	most := MaxLength(field)
	if kind := TypeOf(field); kind == "JSON" || kind == "Geometry" {
		most = math.MaxInt32 // limited by the message alone
	}
	return func(b array.Builder, v string) error {
		switch {
		case len(v) > most:
			return core.Errorf(core.InvalidData, "a text of %d bytes, over the max_length of %d", len(v), most).WithHint("raise max_length")
		case !utf8.ValidString(v):
			return core.Errorf(core.InvalidData, "a text that is not UTF-8: %.40q", v)
		}
		b.(*array.StringBuilder).Append(v)
		return nil
	}
}

func putList[E any](field arrow.Field, t arrow.DataType) func(array.Builder, []E) error {
	list, ok := t.(*arrow.ListType)
	if !ok {
		return nil
	}
	put, _ := putterOf[E](field, list.Elem())
	if put == nil {
		return nil
	}
	most := MaxCapacity(field)
	return func(b array.Builder, v []E) error {
		if len(v) > most {
			return core.Errorf(core.InvalidData, "%d elements, over the max_capacity of %d", len(v), most).WithHint("raise max_capacity")
		}
		lists := b.(*array.ListBuilder)
		lists.Append(true)
		for _, element := range v {
			if err := put(lists.ValueBuilder(), element); err != nil {
				return err
			}
		}
		return nil
	}
}

func dimension(have, want int) error {
	if have == want {
		return nil
	}
	return core.Errorf(core.InvalidData, "a vector of %d dimensions, in a field of %d", have, want)
}

// putVector lays float32s down in the form of the field.
func putVector(field arrow.Field, t arrow.DataType) func(array.Builder, []float32) error {
	switch t := t.(type) {
	case *arrow.FixedSizeBinaryType:
		switch TypeOf(field) {
		case "Float16Vector":
			return putHalves(t.ByteWidth, toFloat16)
		case "BFloat16Vector":
			return putHalves(t.ByteWidth, toBFloat16)
		default:
			return nil
		}
	case *arrow.FixedSizeListType:
		if t.Elem().ID() != arrow.FLOAT32 {
			return nil
		}
		dim := int(t.Len())
		return func(b array.Builder, v []float32) error {
			lists := b.(*array.FixedSizeListBuilder)
			lists.Append(true)
			lists.ValueBuilder().(*array.Float32Builder).AppendValues(v, nil)
			return dimension(len(v), dim)
		}
	default:
		return nil
	}
}

func putInt8Vector(t arrow.DataType) func(array.Builder, []int8) error {
	list := t.(*arrow.FixedSizeListType)
	if list.Elem().ID() != arrow.INT8 {
		return nil
	}
	return func(b array.Builder, v []int8) error {
		lists := b.(*array.FixedSizeListBuilder)
		lists.Append(true)
		lists.ValueBuilder().(*array.Int8Builder).AppendValues(v, nil)
		return dimension(len(v), int(list.Len()))
	}
}

// putHalves lays float32s down as 16-bit numbers, as half makes them.
func putHalves(width int, half func(float32) uint16) func(array.Builder, []float32) error {
	bytes := make([]byte, width)
	return func(b array.Builder, v []float32) error {
		if err := dimension(len(v), width/2); err != nil {
			return err
		}
		for i, x := range v {
			binary.LittleEndian.PutUint16(bytes[2*i:], half(x))
		}
		b.(*array.FixedSizeBinaryBuilder).Append(bytes)
		return nil
	}
}

func toFloat16(x float32) uint16 { return float16.New(x).Uint16() }

// toBFloat16 rounds to the nearest, ties to even.
func toBFloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

func putBytes(t arrow.DataType) func(array.Builder, []byte) error {
	fixed, ok := t.(*arrow.FixedSizeBinaryType)
	if !ok {
		return nil
	}
	return func(b array.Builder, v []byte) error {
		if len(v) != fixed.ByteWidth {
			return core.Errorf(core.InvalidData, "a vector of %d bytes, in a field of %d", len(v), fixed.ByteWidth)
		}
		b.(*array.FixedSizeBinaryBuilder).Append(v)
		return nil
	}
}

func putSparse(t arrow.DataType) func(array.Builder, Sparse) error {
	list, ok := t.(*arrow.ListType)
	if !ok || list.Elem().ID() != arrow.STRUCT {
		return nil
	}
	return func(b array.Builder, v Sparse) error {
		lists := b.(*array.ListBuilder)
		lists.Append(true)
		entries := lists.ValueBuilder().(*array.StructBuilder)
		for i, e := range v {
			if i > 0 && e.Index <= v[i-1].Index {
				return core.Errorf(core.InvalidData, "a sparse vector with the index %d after %d", e.Index, v[i-1].Index).WithHint("sort the entries by index")
			}
			entries.Append(true)
			entries.FieldBuilder(0).(*array.Uint32Builder).Append(e.Index)
			entries.FieldBuilder(1).(*array.Float32Builder).Append(e.Value)
		}
		return nil
	}
}
