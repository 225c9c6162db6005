package collection

import (
	"errors"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func (e *encoder) arrays() (*schemapb.FieldData_Scalars, error) {
	list := e.column.(*array.List)
	data, err := elements(list, e.f.ElementType, list.ListValues())
	return &schemapb.FieldData_Scalars{Scalars: data}, err
}

// elements are the lists of a column; child holds the elements of all of them.
func elements(list *array.List, t schema.Type, child arrow.Array) (*schemapb.ScalarField, error) {
	if err := noNullElement(list, child); err != nil {
		return nil, err
	}
	rows := &schemapb.ArrayArray{ElementType: dataType(t), Data: make([]*schemapb.ScalarField, 0, list.Len())}
	// What is null lies behind a list that is null: its place counts.
	child = solid(child)
	defer child.Release()
	whole := scalars(t, child)
	for i := range list.Len() {
		if list.IsValid(i) {
			from, to := list.ValueOffsets(i)
			rows.Data = append(rows.Data, part(whole, from, to))
		}
	}
	return &schemapb.ScalarField{Data: &schemapb.ScalarField_ArrayData{ArrayData: rows}}, nil
}

// solid is the array without its nulls: what is there of them is a value.
func solid(a arrow.Array) arrow.Array {
	d := a.Data()
	buffers := slices.Clone(d.Buffers())
	buffers[0] = nil
	whole := array.NewData(d.DataType(), d.Len(), buffers, d.Children(), 0, d.Offset())
	defer whole.Release()
	return array.MakeFromData(whole)
}

// part is a span of values, in the same memory.
func part(whole *schemapb.ScalarField, from, to int64) *schemapb.ScalarField {
	switch d := whole.GetData().(type) {
	case *schemapb.ScalarField_BoolData:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_BoolData{BoolData: &schemapb.BoolArray{Data: d.BoolData.Data[from:to]}}}
	case *schemapb.ScalarField_IntData:
		return ints(d.IntData.Data[from:to])
	case *schemapb.ScalarField_LongData:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: d.LongData.Data[from:to]}}}
	case *schemapb.ScalarField_FloatData:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_FloatData{FloatData: &schemapb.FloatArray{Data: d.FloatData.Data[from:to]}}}
	case *schemapb.ScalarField_DoubleData:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_DoubleData{DoubleData: &schemapb.DoubleArray{Data: d.DoubleData.Data[from:to]}}}
	case *schemapb.ScalarField_StringData:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_StringData{StringData: &schemapb.StringArray{Data: d.StringData.Data[from:to]}}}
	}
	return &schemapb.ScalarField{}
}

// noNullElement refuses what Milvus has no place for.
func noNullElement(list *array.List, child arrow.Array) error {
	if child.NullN() == 0 {
		return nil
	}
	for i := range list.Len() {
		from, to := list.ValueOffsets(i)
		for j := from; j < to && list.IsValid(i); j++ {
			if child.IsNull(int(j)) {
				return core.Errorf(core.InvalidData, "element %d of the array is null, which Milvus has no place for", j-from).WithRow(int64(i))
			}
		}
	}
	return nil
}

// structs sends an Array of Struct as Milvus keeps it: each field of the
// struct as a column of arrays.
func (e *encoder) structs() (*schemapb.FieldData_StructArrays, error) {
	list := e.column.(*array.List)
	child := list.ListValues().(*array.Struct)
	out := &schemapb.StructArrayField{}
	for i := range e.f.StructFields {
		f := &e.f.StructFields[i]
		data := &schemapb.FieldData{FieldName: f.Name, Type: schemapb.DataType_Array}
		var err error
		if f.Type.IsVector() {
			data.Type = schemapb.DataType_ArrayOfVector
			data.Field, err = vectorLists(list, f, child.Field(i))
		} else {
			var values *schemapb.ScalarField
			values, err = elements(list, f.Type, child.Field(i))
			data.Field = &schemapb.FieldData_Scalars{Scalars: values}
		}
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, data)
	}
	return &schemapb.FieldData_StructArrays{StructArrays: out}, nil
}

func vectorLists(list *array.List, f *schema.Field, child arrow.Array) (*schemapb.FieldData_Vectors, error) {
	rows := &schemapb.VectorArray{Dim: int64(f.Dim), ElementType: dataType(f.Type)}
	for i := range list.Len() {
		if list.IsNull(i) {
			continue
		}
		from, to := list.ValueOffsets(i)
		row := array.NewSlice(child, from, to)
		v, err := dense(f, row)
		row.Release()
		if err != nil {
			var e *core.Error
			if errors.As(err, &e) {
				err = e.WithRow(int64(i))
			}
			return nil, err
		}
		rows.Data = append(rows.Data, v)
	}
	return &schemapb.FieldData_Vectors{Vectors: &schemapb.VectorField{
		Dim: int64(f.Dim), Data: &schemapb.VectorField_VectorArray{VectorArray: rows},
	}}, nil
}
