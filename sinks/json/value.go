package json

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/internal/text"
)

// appender adds value i of an array to dst, which is not null.
type appender func(dst []byte, i int) ([]byte, error)

// appenderOf chooses how the values of a field are written.
func (w *writer) appenderOf(f arrow.Field, a arrow.Array) (appender, error) {
	switch kind := typeOf(f); kind {
	case schema.Sparse:
		if lists, ok := a.(*array.List); ok {
			sparse, err := text.NewSparse(w.floats, lists)
			if err != nil {
				return nil, err
			}
			return sparse.Append, nil
		}
	case schema.JSON:
		if documents, ok := a.(*array.String); ok {
			return func(dst []byte, i int) ([]byte, error) { return compact(dst, documents.Value(i)) }, nil
		}
	case schema.Float16, schema.BFloat16, schema.BinaryVector:
		if vectors, ok := a.(*array.FixedSizeBinary); ok {
			return w.bytesAppender(kind, vectors), nil
		}
	}
	switch a := a.(type) {
	case *array.Struct:
		return w.structAppender(a)
	case array.ListLike:
		return w.listAppender(f, a)
	case *array.String:
		return func(dst []byte, i int) ([]byte, error) { return appendText(dst, a.Value(i)) }, nil
	case *array.Boolean:
		return func(dst []byte, i int) ([]byte, error) { return strconv.AppendBool(dst, a.Value(i)), nil }, nil
	case *array.Float32:
		return func(dst []byte, i int) ([]byte, error) { return w.appendFloat(dst, a.Value(i)) }, nil
	case *array.Float64:
		return func(dst []byte, i int) ([]byte, error) { return appendDouble(dst, a.Value(i)) }, nil
	case *array.Int8:
		return integers(a.Int8Values()), nil
	case *array.Int16:
		return integers(a.Int16Values()), nil
	case *array.Int32:
		return integers(a.Int32Values()), nil
	case *array.Int64:
		return integers(a.Int64Values()), nil
	default:
		return nil, core.Errorf(core.InvalidConfig, "a JSON file for Milvus cannot hold %s", a.DataType())
	}
}

// typeOf is the Milvus type of a field.
func typeOf(f arrow.Field) schema.Type {
	name, _ := f.Metadata.GetValue(core.MetaType)
	return schema.Type(name)
}

func integers[T int8 | int16 | int32 | int64](values []T) appender {
	return func(dst []byte, i int) ([]byte, error) { return strconv.AppendInt(dst, int64(values[i]), 10), nil }
}

func (w *writer) appendFloat(dst []byte, v float32) ([]byte, error) {
	if text.IsBad(v) {
		return dst, core.Errorf(core.InvalidData, "the value is %g, which JSON cannot hold", v)
	}
	return w.floats.Append(dst, v), nil
}

func appendDouble(dst []byte, v float64) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, core.Errorf(core.InvalidData, "the value is %g, which JSON cannot hold", v)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64), nil
}

// listAppender writes arrays, and vectors of numbers.
func (w *writer) listAppender(f arrow.Field, a array.ListLike) (appender, error) {
	if floats, ok := a.ListValues().(*array.Float32); ok && floats.NullN() == 0 {
		return func(dst []byte, i int) ([]byte, error) {
			from, to := a.ValueOffsets(i)
			return w.appendFloats(dst, floats.Float32Values()[from:to])
		}, nil
	}
	element := arrow.Field{Type: a.ListValues().DataType()}
	if name, ok := f.Metadata.GetValue(core.MetaElementType); ok {
		element.Metadata = arrow.MetadataFrom(map[string]string{core.MetaType: name})
	}
	value, err := w.appenderOf(element, a.ListValues())
	if err != nil {
		return nil, err
	}
	return func(dst []byte, i int) (_ []byte, err error) {
		from, to := a.ValueOffsets(i)
		dst = append(dst, '[')
		for j := from; j < to; j++ {
			if j > from {
				dst = append(dst, ',')
			}
			if a.ListValues().IsNull(int(j)) {
				dst = append(dst, "null"...)
			} else if dst, err = value(dst, int(j)); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}, nil
}

// appendFloats is where most of a data set is written.
func (w *writer) appendFloats(dst []byte, values []float32) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range values {
		if text.IsBad(v) {
			return dst, core.Errorf(core.InvalidData, "element %d is %g, which JSON cannot hold", i, v)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.floats.Append(dst, v)
	}
	return append(dst, ']'), nil
}

// bytesAppender writes vectors that are kept as bytes: binary ones as a number
// for each byte, halves as numbers.
func (w *writer) bytesAppender(kind schema.Type, a *array.FixedSizeBinary) appender {
	if kind == schema.BinaryVector {
		return func(dst []byte, i int) ([]byte, error) {
			dst = append(dst, '[')
			for j, b := range a.Value(i) {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = strconv.AppendUint(dst, uint64(b), 10)
			}
			return append(dst, ']'), nil
		}
	}
	widen := halfToFloat
	if kind == schema.BFloat16 {
		widen = func(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
	}
	var values []float32
	return func(dst []byte, i int) ([]byte, error) {
		values = values[:0]
		for raw := a.Value(i); len(raw) >= 2; raw = raw[2:] {
			values = append(values, widen(binary.LittleEndian.Uint16(raw)))
		}
		return w.appendFloats(dst, values)
	}
}

// halfToFloat is the value of an IEEE half.
func halfToFloat(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0: // mantissa · 2^-24
		v := float32(mantissa) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | mantissa<<13)
	default:
		return math.Float32frombits(sign | (exponent+112)<<23 | mantissa<<13)
	}
}

// structAppender writes the elements of an Array of Struct as objects.
func (w *writer) structAppender(a *array.Struct) (appender, error) {
	fields := a.DataType().(*arrow.StructType).Fields()
	names := make([][]byte, len(fields))
	values := make([]appender, len(fields))
	for i, f := range fields {
		name, _ := text.AppendString(nil, f.Name)
		names[i] = append(name, ':')
		var err error
		if values[i], err = w.appenderOf(f, a.Field(i)); err != nil {
			return nil, err
		}
	}
	return func(dst []byte, i int) (_ []byte, err error) {
		dst = append(dst, '{')
		for j := range fields {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, names[j]...)
			if a.Field(j).IsNull(i) {
				dst = append(dst, "null"...)
			} else if dst, err = values[j](dst, i); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}, nil
}
