package collection

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func (e *encoder) vectors() (*schemapb.FieldData_Vectors, error) {
	if e.f.Type == schema.Sparse {
		return e.sparse()
	}
	v, err := dense(e.f, e.column)
	return &schemapb.FieldData_Vectors{Vectors: v}, err
}

// dense are the vectors of the rows that have one, one after another.
func dense(f *schema.Field, a arrow.Array) (*schemapb.VectorField, error) {
	v := &schemapb.VectorField{Dim: int64(f.Dim)}
	switch a := a.(type) {
	case *array.FixedSizeList:
		if row := brokenVector(a, f.Dim); row >= 0 {
			return nil, core.Errorf(core.InvalidData, "a number of the vector is null").WithRow(int64(row))
		}
		if values, ok := a.ListValues().(*array.Float32); ok {
			v.Data = &schemapb.VectorField_FloatVector{FloatVector: &schemapb.FloatArray{Data: packed(a, values.Float32Values(), f.Dim)}}
			break
		}
		values := a.ListValues().(*array.Int8)
		v.Data = &schemapb.VectorField_Int8Vector{Int8Vector: arrow.Int8Traits.CastToBytes(packed(a, values.Int8Values(), f.Dim))}
	case *array.FixedSizeBinary:
		switch values := fixed(a); f.Type {
		case schema.Float16:
			v.Data = &schemapb.VectorField_Float16Vector{Float16Vector: values}
		case schema.BFloat16:
			v.Data = &schemapb.VectorField_Bfloat16Vector{Bfloat16Vector: values}
		default:
			v.Data = &schemapb.VectorField_BinaryVector{BinaryVector: values}
		}
	}
	return v, nil
}

// packed are the values of the lists that are there; values are those of the
// whole child.
func packed[T any](a *array.FixedSizeList, values []T, n int) []T {
	first := a.Data().Offset() * n
	values = values[first : first+a.Len()*n]
	if a.NullN() == 0 {
		return values
	}
	kept := make([]T, 0, (a.Len()-a.NullN())*n)
	for i := range a.Len() {
		if a.IsValid(i) {
			kept = append(kept, values[i*n:(i+1)*n]...)
		}
	}
	return kept
}

// fixed are the values that are there of fixed width.
func fixed(a *array.FixedSizeBinary) []byte {
	width := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
	if a.NullN() == 0 {
		first := a.Data().Offset() * width
		return a.Data().Buffers()[1].Bytes()[first : first+a.Len()*width]
	}
	kept := make([]byte, 0, (a.Len()-a.NullN())*width)
	for i := range a.Len() {
		if a.IsValid(i) {
			kept = append(kept, a.Value(i)...)
		}
	}
	return kept
}

// brokenVector is the first row that is a vector with a null in it, or -1.
func brokenVector(a *array.FixedSizeList, n int) int {
	values := a.ListValues()
	if values.NullN() == 0 {
		return -1
	}
	first := a.Data().Offset() * n
	for i := range a.Len() {
		for j := range n {
			if a.IsValid(i) && values.IsNull(first+i*n+j) {
				return i
			}
		}
	}
	return -1
}

// sparse writes each vector as pairs of index and value. Milvus Lite wants an
// entry for a row without a vector, too.
func (e *encoder) sparse() (*schemapb.FieldData_Vectors, error) {
	list := e.column.(*array.List)
	rows := &schemapb.SparseFloatArray{Contents: make([][]byte, 0, list.Len())}
	all := make([]byte, 0, pairBytes*list.ListValues().Len())
	for i := range list.Len() {
		if list.IsNull(i) {
			if e.lite {
				rows.Contents = append(rows.Contents, nil)
			}
			continue
		}
		begin := len(all)
		all = sparseRow(all, list, i)
		row := all[begin:len(all):len(all)]
		rows.Contents = append(rows.Contents, row)
		if len(row) > 0 { // indexes rise
			rows.Dim = max(rows.Dim, int64(binary.LittleEndian.Uint32(row[len(row)-pairBytes:]))+1)
		}
	}
	return &schemapb.FieldData_Vectors{Vectors: &schemapb.VectorField{
		Dim: rows.Dim, Data: &schemapb.VectorField_SparseFloatVector{SparseFloatVector: rows},
	}}, nil
}

// pairBytes is the size of an index and its value.
const pairBytes = 8

// sparseRow appends the pairs of one vector.
func sparseRow(b []byte, list *array.List, row int) []byte {
	pairs := list.ListValues().(*array.Struct)
	indexes, values := pairs.Field(0).(*array.Uint32), pairs.Field(1).(*array.Float32)
	from, to := list.ValueOffsets(row)
	for j := int(from); j < int(to); j++ {
		b = binary.LittleEndian.AppendUint32(b, indexes.Value(j))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(values.Value(j)))
	}
	return b
}
