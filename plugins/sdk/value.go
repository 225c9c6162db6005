package sdk

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"
)

// valueOf is the i-th value of an array as a Go value.
func valueOf(a arrow.Array, field arrow.Field, i int) any {
	if a.IsNull(i) {
		return nil
	}
	if v := vectorOf(a, field, i); v != nil {
		return slices.Clone(v)
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int8:
		return int64(a.Value(i))
	case *array.Int16:
		return int64(a.Value(i))
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Float32:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		if TypeOf(field) == "JSON" {
			return json.RawMessage(a.Value(i))
		}
		return strings.Clone(a.Value(i))
	case *array.FixedSizeBinary:
		return slices.Clone(a.Value(i))
	case *array.FixedSizeList:
		from, to := a.ValueOffsets(i)
		if v, ok := a.ListValues().(*array.Int8); ok {
			return slices.Clone(v.Int8Values()[from:to])
		}
	case *array.List:
		return elementsOf(a, i)
	}
	return a.ValueStr(i)
}

func elementsOf(a *array.List, i int) any {
	from, to := a.ValueOffsets(i)
	structs, ok := a.ListValues().(*array.Struct)
	if !ok {
		all := make([]any, 0, to-from)
		for j := from; j < to; j++ {
			all = append(all, valueOf(a.ListValues(), arrow.Field{}, int(j)))
		}
		return all
	}
	if index, ok := structs.Field(0).(*array.Uint32); ok {
		value := structs.Field(1).(*array.Float32)
		entries := make(Sparse, 0, to-from)
		for j := from; j < to; j++ {
			entries = append(entries, Entry{index.Value(int(j)), value.Value(int(j))})
		}
		return entries
	}
	fields := structs.DataType().(*arrow.StructType).Fields()
	all := make([]any, 0, to-from)
	for j := from; j < to; j++ {
		one := make(map[string]any, len(fields))
		for k, f := range fields {
			one[f.Name] = valueOf(structs.Field(k), f, int(j))
		}
		all = append(all, one)
	}
	return all
}

// vectorOf is the i-th value of a vector of floats, nil for other arrays.
func vectorOf(a arrow.Array, field arrow.Field, i int) []float32 {
	switch a := a.(type) {
	case *array.FixedSizeList:
		if values, ok := a.ListValues().(*array.Float32); ok {
			from, to := a.ValueOffsets(i)
			return values.Float32Values()[from:to:to]
		}
	case *array.FixedSizeBinary:
		switch TypeOf(field) {
		case "Float16Vector":
			return halves(a.Value(i), func(bits uint16) float32 { return float16.FromBits(bits).Float32() })
		case "BFloat16Vector":
			return halves(a.Value(i), func(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) })
		}
	}
	return nil
}

func halves(raw []byte, whole func(uint16) float32) []float32 {
	v := make([]float32, len(raw)/2)
	for i := range v {
		v[i] = whole(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return v
}
