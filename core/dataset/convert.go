package dataset

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// converter makes a column in our form of one in the file's. The array that it
// returns is the caller's to release.
type converter func(arrow.Array, *cells) (arrow.Array, error)

// conversion finds how a column of a Parquet type is read as a field; false
// where it cannot be.
func conversion(f *schema.Field, t, from arrow.DataType) (converter, bool) {
	switch {
	case f.Type.IsDense():
		return denseFrom(f, t, from)
	case f.Type == schema.Sparse:
		return sparseFrom(from)
	case f.Type == schema.Array:
		return listFrom(f, t, from)
	case f.Type == schema.JSON && !isText(from.ID()):
		return jsonFrom, hasStruct(from) || isList(from)
	}
	return scalarFrom(t, from)
}

func isText(t arrow.Type) bool {
	switch t {
	case arrow.STRING, arrow.LARGE_STRING, arrow.BINARY, arrow.LARGE_BINARY:
		return true
	}
	return false
}

func isList(t arrow.DataType) bool {
	_, ok := t.(*arrow.ListType)
	return ok
}

// same passes a column on.
func same(a arrow.Array, _ *cells) (arrow.Array, error) {
	a.Retain()
	return a, nil
}

// scalarFrom converts scalars, of columns and of lists' elements.
func scalarFrom(t, from arrow.DataType) (converter, bool) {
	switch {
	case arrow.TypeEqual(t, from):
		return same, true
	case from.ID() == arrow.NULL:
		return func(a arrow.Array, _ *cells) (arrow.Array, error) {
			return array.MakeArrayOfNull(memory.DefaultAllocator, t, a.Len()), nil
		}, true
	case t.ID() == arrow.STRING && from.ID() == arrow.BINARY:
		return asText, true
	case t.ID() == arrow.STRING && from.ID() == arrow.TIMESTAMP:
		return timesAsText, true
	case isWhole(t.ID()) && isWhole(from.ID()):
		return eachWith(t, wholeFrom), true
	case t.ID() == arrow.FLOAT32 || t.ID() == arrow.FLOAT64:
		if isWhole(from.ID()) || numberOf(from.ID()) != nil {
			return eachWith(t, numberFrom), true
		}
	}
	return nil, false
}

// asText takes bytes as text; whether they are UTF-8 is looked at later.
func asText(a arrow.Array, _ *cells) (arrow.Array, error) {
	d := a.Data()
	made := array.NewData(arrow.BinaryTypes.String, d.Len(), d.Buffers(), nil, d.NullN(), d.Offset())
	defer made.Release()
	return array.MakeFromData(made), nil
}

func timesAsText(a arrow.Array, _ *cells) (arrow.Array, error) {
	times, ok := a.(*array.Timestamp)
	if !ok {
		return nil, fmt.Errorf("times of type %s", a.DataType())
	}
	toTime, err := a.DataType().(*arrow.TimestampType).GetToTimeFunc()
	if err != nil {
		return nil, err
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for i := range times.Len() {
		if times.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.Append(toTime(times.Value(i)).Format(time.RFC3339Nano))
	}
	return b.NewArray(), nil
}

// eachWith converts value by value.
func eachWith(t arrow.DataType, one func(b array.Builder, a arrow.Array, i int) string) converter {
	return func(a arrow.Array, c *cells) (arrow.Array, error) {
		b := array.NewBuilder(memory.DefaultAllocator, t)
		defer b.Release()
		b.Reserve(a.Len())
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			if wrong := one(b, a, i); wrong != "" {
				c.bad(i, RuleValue, "%s", wrong)
				b.AppendNull()
			}
		}
		return b.NewArray(), nil
	}
}

// wholeFrom converts one whole number to another width.
func wholeFrom(b array.Builder, a arrow.Array, i int) string {
	v, ok := wholeAt(a, i)
	least, most := rangeOf(b.Type().ID())
	if !ok || v < least || v > most {
		return fmt.Sprintf("%s is out of range of %s", a.ValueStr(i), b.Type())
	}
	appendWhole(b, v)
	return ""
}

func appendWhole(b array.Builder, v int64) {
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	}
}

func rangeOf(t arrow.Type) (least, most int64) {
	switch t {
	case arrow.INT8:
		return math.MinInt8, math.MaxInt8
	case arrow.INT16:
		return math.MinInt16, math.MaxInt16
	case arrow.INT32:
		return math.MinInt32, math.MaxInt32
	default:
		return math.MinInt64, math.MaxInt64
	}
}

// wholeAt reads a whole number; false where it is none or exceeds an int64.
func wholeAt(a arrow.Array, i int) (int64, bool) {
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Uint64:
		return int64(a.Value(i)), a.Value(i) <= math.MaxInt64
	}
	return 0, false
}

// numberFrom converts one number to a Float or Double.
func numberFrom(b array.Builder, a arrow.Array, i int) string {
	v, ok := numberAt(a, i)
	if !ok {
		return fmt.Sprintf("%s is no number", a.ValueStr(i))
	}
	switch b := b.(type) {
	case *array.Float32Builder:
		if narrow := float32(v); math.IsInf(float64(narrow), 0) && !math.IsInf(v, 0) {
			return fmt.Sprintf("%v is out of range of Float", v)
		}
		b.Append(float32(v))
	case *array.Float64Builder:
		b.Append(v)
	}
	return ""
}

func numberAt(a arrow.Array, i int) (float64, bool) {
	switch a := a.(type) {
	case *array.Float32:
		return float64(a.Value(i)), true
	case *array.Float64:
		return a.Value(i), true
	case *array.Float16:
		return float64(a.Value(i).Float32()), true
	case *array.Uint64:
		return float64(a.Value(i)), true
	}
	v, ok := wholeAt(a, i)
	return float64(v), ok
}

// jsonFrom writes structs, maps and lists as JSON text.
func jsonFrom(a arrow.Array, c *cells) (arrow.Array, error) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		text, err := json.Marshal(a.GetOneForMarshal(i))
		if err != nil {
			c.bad(i, RuleValue, "it cannot be written as JSON: %v", err)
			b.AppendNull()
			continue
		}
		b.Append(string(text))
	}
	return b.NewArray(), nil
}
