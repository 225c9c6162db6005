package scripts

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/dop251/goja"
)

// vectors is a column of vectors that hooks return: one buffer of exactly the
// size that all rows take.
type vectors struct {
	m      *machine
	field  arrow.Field
	dim    int
	stride int // bytes of a row
	encode func(dst []byte, at int, v float64) error
	buffer *memory.Buffer
	valid  []byte
	n      int
}

// newVectors prepares a column of n vectors; ok is false where the field has
// none of a fixed size.
func newVectors(m *machine, field arrow.Field, mem memory.Allocator, n int) (_ *vectors, ok bool) {
	v := &vectors{m: m, field: field}
	switch kind := field.Type.(type) {
	case *arrow.FixedSizeListType:
		v.dim = int(kind.Len())
		v.stride, v.encode = 4*v.dim, putFloat32
		if kind.Elem().ID() == arrow.INT8 {
			v.stride, v.encode = v.dim, putInt8
		}
	case *arrow.FixedSizeBinaryType:
		v.dim, v.stride, v.encode = kind.ByteWidth, kind.ByteWidth, putByte
		if half, ok := halves(kindOf(field)); ok {
			v.dim, v.encode = kind.ByteWidth/2, half.put
		}
	default:
		return nil, false
	}
	v.buffer = memory.NewResizableBuffer(mem)
	v.buffer.Resize(n * v.stride)
	v.valid = make([]byte, bitutil.BytesForBits(int64(n)))
	return v, true
}

func (v *vectors) release() { v.buffer.Release() }

func (v *vectors) add(value goja.Value) error {
	row := v.buffer.Bytes()[v.n*v.stride:][:v.stride]
	null, err := isNull(v.field, value)
	if err != nil {
		return err
	}
	v.n++
	if null {
		clear(row)
		return nil
	}
	bitutil.SetBit(v.valid, v.n-1)
	numbers, err := v.m.sequence(v.field, value)
	if err != nil {
		return err
	}
	if numbers.length != v.dim {
		return fmt.Errorf("the hook returned a vector of %d, expected %d (%s)", numbers.length, v.dim, v.meaning())
	}
	for i := range v.dim {
		x, err := numbers.at(i)
		if err == nil {
			err = v.encode(row, i, x)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func (v *vectors) meaning() string {
	if kindOf(v.field) == "BinaryVector" {
		return "bytes: dim/8"
	}
	return "dim"
}

func (v *vectors) finish() arrow.Array {
	valid := memory.NewBufferBytes(v.valid)
	if list, ok := v.field.Type.(*arrow.FixedSizeListType); ok {
		values := array.NewData(list.Elem(), v.n*v.dim, []*memory.Buffer{nil, v.buffer}, nil, 0, 0)
		defer values.Release()
		data := array.NewData(list, v.n, []*memory.Buffer{valid}, []arrow.ArrayData{values}, array.UnknownNullCount, 0)
		defer data.Release()
		return array.MakeFromData(data)
	}
	data := array.NewData(v.field.Type, v.n, []*memory.Buffer{valid, v.buffer}, nil, array.UnknownNullCount, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// numbers is a sequence of numbers, whatever JavaScript holds it in.
type numbers struct {
	length int
	at     func(i int) (float64, error)
}

func (m *machine) sequence(field arrow.Field, value goja.Value) (numbers, error) {
	switch all := value.Export().(type) {
	case []float32:
		return numbers{len(all), func(i int) (float64, error) { return float64(all[i]), nil }}, nil
	case []float64:
		return numbers{len(all), func(i int) (float64, error) { return all[i], nil }}, nil
	case []uint8:
		return numbers{len(all), func(i int) (float64, error) { return float64(all[i]), nil }}, nil
	case []int8:
		return numbers{len(all), func(i int) (float64, error) { return float64(all[i]), nil }}, nil
	}
	object, length, err := items(field, value)
	if err != nil {
		return numbers{}, err
	}
	return numbers{length, func(i int) (float64, error) {
		element := object.Get(itoa(i))
		if element == nil {
			return 0, fmt.Errorf("the array has a hole")
		}
		switch x := element.Export().(type) {
		case int64:
			return float64(x), nil
		case float64:
			return x, nil
		}
		return 0, fmt.Errorf("%.80s is no number", element.String())
	}}, nil
}

func putFloat32(dst []byte, at int, v float64) error {
	x := float32(v)
	if err := finite(float64(x)); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(dst[4*at:], math.Float32bits(x))
	return nil
}

func putInt8(dst []byte, at int, v float64) error {
	if v != math.Trunc(v) || v < -128 || v > 127 {
		return fmt.Errorf("%v is no whole number of -128 to 127", v)
	}
	dst[at] = byte(int8(v))
	return nil
}

func putByte(dst []byte, at int, v float64) error {
	if v != math.Trunc(v) || v < 0 || v > 255 {
		return fmt.Errorf("%v is no byte, 0 to 255", v)
	}
	dst[at] = byte(v)
	return nil
}

func finite(v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%v is not finite", v)
	}
	return nil
}
