package column

import (
	"bytes"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// List makes lists of values: those of list i end before ends[i+1] and begin
// at ends[i].
func List(typ *arrow.ListType, ends []int32, values arrow.Array, mem memory.Allocator) arrow.Array {
	offsets := allocate(mem, len(ends)*arrow.Int32SizeBytes)
	defer offsets.Release()
	copy(arrow.GetData[int32](offsets.Bytes()), ends)
	data := array.NewData(typ, len(ends)-1, []*memory.Buffer{nil, offsets}, []arrow.ArrayData{values.Data()}, 0, 0)
	defer data.Release()
	return array.NewListData(data)
}

// Struct makes structs of the values of their fields.
func Struct(typ *arrow.StructType, n int, fields []arrow.Array) arrow.Array {
	children := make([]arrow.ArrayData, len(fields))
	for i, field := range fields {
		children[i] = field.Data()
	}
	data := array.NewData(typ, n, []*memory.Buffer{nil}, children, 0, 0)
	defer data.Release()
	return array.NewStructData(data)
}

// Same gives a function that tells whether two values of an array are the
// same; flags, structs and lists never are.
func Same(values arrow.Array) func(i, j int) bool {
	if texts, ok := values.(*array.String); ok {
		return func(i, j int) bool { return texts.Value(i) == texts.Value(j) }
	}
	fixed, ok := values.DataType().(arrow.FixedWidthDataType)
	if _, nested := values.DataType().(arrow.NestedType); !ok || nested || fixed.BitWidth()%8 != 0 {
		return func(i, j int) bool { return false }
	}
	width := fixed.Bytes()
	memory := values.Data().Buffers()[1].Bytes()[values.Data().Offset()*width:]
	return func(i, j int) bool {
		return bytes.Equal(memory[i*width:(i+1)*width], memory[j*width:(j+1)*width])
	}
}

// Strings makes texts: text i begins at ends[i] and ends before ends[i+1].
func Strings(ends []int32, text []byte, mem memory.Allocator) arrow.Array {
	offsets, values := allocate(mem, len(ends)*arrow.Int32SizeBytes), allocate(mem, len(text))
	defer offsets.Release()
	defer values.Release()
	copy(arrow.GetData[int32](offsets.Bytes()), ends)
	copy(values.Bytes(), text)
	return wrap(arrow.BinaryTypes.String, len(ends)-1, nil, offsets, values)
}
