package collection

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// vectors makes an array of the vectors that were sent.
func (d *decoder) vectors(v *schemapb.VectorField) (arrow.Array, error) {
	switch data := v.GetData().(type) {
	case nil:
		return d.empty()
	case *schemapb.VectorField_FloatVector:
		values := data.FloatVector.GetData()
		return d.fixedList(arrow.PrimitiveTypes.Float32, len(values), arrow.Float32Traits.CastToBytes(values))
	case *schemapb.VectorField_Int8Vector:
		return d.fixedList(arrow.PrimitiveTypes.Int8, len(data.Int8Vector), data.Int8Vector)
	case *schemapb.VectorField_BinaryVector:
		return d.fixedBinary(data.BinaryVector)
	case *schemapb.VectorField_Float16Vector:
		return d.fixedBinary(data.Float16Vector)
	case *schemapb.VectorField_Bfloat16Vector:
		return d.fixedBinary(data.Bfloat16Vector)
	case *schemapb.VectorField_SparseFloatVector:
		return d.sparse(data.SparseFloatVector.GetContents())
	case *schemapb.VectorField_VectorArray:
		return d.vectorLists(data.VectorArray.GetData())
	default:
		return nil, d.mismatch(data)
	}
}

func (d *decoder) fixedList(t arrow.DataType, n int, values []byte) (arrow.Array, error) {
	if d.f.Dim == 0 || n%d.f.Dim != 0 {
		return nil, core.Errorf(core.Internal, "the server sent %d numbers for vectors of %d", n, d.f.Dim)
	}
	child := flat(t, n, values)
	defer child.Release()
	data := array.NewData(arrow.FixedSizeListOf(int32(d.f.Dim), t), n/d.f.Dim, []*memory.Buffer{nil}, []arrow.ArrayData{child.Data()}, 0, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

func (d *decoder) fixedBinary(values []byte) (arrow.Array, error) {
	t, ok := d.f.Arrow().Type.(*arrow.FixedSizeBinaryType)
	if !ok || t.ByteWidth == 0 || len(values)%t.ByteWidth != 0 {
		return nil, core.Errorf(core.Internal, "the server sent %d bytes for a %s of dim %d", len(values), d.f.Type, d.f.Dim)
	}
	return flat(t, len(values)/t.ByteWidth, values), nil
}

// sparse reads pairs of index and value.
func (d *decoder) sparse(rows [][]byte) (arrow.Array, error) {
	offsets := make([]int32, 1, len(rows)+1)
	var indexes []uint32
	var values []float32
	for _, row := range rows {
		if len(row)%pairBytes != 0 {
			return nil, core.Errorf(core.Internal, "the server sent %d bytes for a sparse vector", len(row))
		}
		for ; len(row) > 0; row = row[pairBytes:] {
			indexes = append(indexes, binary.LittleEndian.Uint32(row))
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(row[4:])))
		}
		offsets = append(offsets, int32(len(indexes)))
	}
	index := flat(arrow.PrimitiveTypes.Uint32, len(indexes), arrow.Uint32Traits.CastToBytes(indexes))
	defer index.Release()
	value := flat(arrow.PrimitiveTypes.Float32, len(values), arrow.Float32Traits.CastToBytes(values))
	defer value.Release()
	pairs := structArray(schema.SparseType().Elem(), len(indexes), index, value)
	defer pairs.Release()
	return listArray(offsets, pairs), nil
}

func structArray(t arrow.DataType, n int, fields ...arrow.Array) arrow.Array {
	children := make([]arrow.ArrayData, len(fields))
	for i, f := range fields {
		children[i] = f.Data()
	}
	data := array.NewData(t, n, []*memory.Buffer{nil}, children, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// structs puts the columns of an Array of Struct together again.
func (d *decoder) structs(s *schemapb.StructArrayField) (arrow.Array, error) {
	fields := make([]arrow.Array, 0, len(d.f.StructFields))
	defer func() {
		for _, f := range fields {
			f.Release()
		}
	}()
	var first *array.List
	for i := range d.f.StructFields {
		f := &d.f.StructFields[i]
		data := structData(s.GetFields(), d.f.Name, f.Name)
		if data == nil {
			return nil, core.Errorf(core.Internal, "the server's answer does not have %s[%s]", d.f.Name, f.Name)
		}
		if d.valid == nil {
			d.valid = data.GetValidData()
		}
		inner := decoder{f: f}
		column, err := inner.structColumn(data)
		if err != nil {
			return nil, err
		}
		defer column.Release()
		list, ok := column.(*array.List)
		if !ok {
			return nil, d.mismatch(data.GetField())
		}
		if first == nil {
			first = list
		}
		child := list.ListValues()
		child.Retain()
		fields = append(fields, child)
		if child.Len() != fields[0].Len() {
			return nil, core.Errorf(core.Internal, "the server sent %d values of %s for %d structs", child.Len(), f.Name, fields[0].Len())
		}
	}
	elem := d.f.Arrow().Type.(*arrow.ListType).Elem()
	structs := structArray(elem, fields[0].Len(), fields...)
	defer structs.Release()
	return listArray(first.Offsets(), structs), nil
}

func (d *decoder) structColumn(data *schemapb.FieldData) (arrow.Array, error) {
	if v := data.GetVectors(); v != nil {
		return d.vectors(v)
	}
	return d.scalars(d.f.Type, data.GetScalars())
}

// structData finds a field of a struct, whose name some servers give with the
// struct's.
func structData(all []*schemapb.FieldData, of, name string) *schemapb.FieldData {
	for _, data := range all {
		if data.GetFieldName() == name || data.GetFieldName() == of+"["+name+"]" {
			return data
		}
	}
	return nil
}

// vectorLists makes a list array of the vectors of all rows.
func (d *decoder) vectorLists(rows []*schemapb.VectorField) (arrow.Array, error) {
	offsets := make([]int32, 1, len(rows)+1)
	parts := make([]arrow.Array, 0, len(rows)+1)
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	none := array.MakeArrayOfNull(memory.DefaultAllocator, d.f.Arrow().Type, 0)
	parts = append(parts, none)
	for _, row := range rows {
		values, err := d.vectors(row)
		if err != nil {
			return nil, err
		}
		parts = append(parts, values)
		offsets = append(offsets, offsets[len(offsets)-1]+int32(values.Len()))
	}
	child, err := array.Concatenate(parts, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	defer child.Release()
	return listArray(offsets, child), nil
}
