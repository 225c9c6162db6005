package collection

import (
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// scalars are the values of a column that are there.
func scalars(t schema.Type, a arrow.Array) *schemapb.ScalarField {
	switch a := a.(type) {
	case *array.Boolean:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_BoolData{BoolData: &schemapb.BoolArray{Data: bools(a)}}}
	case *array.Int8:
		return ints(widened(present(a, a.Int8Values())))
	case *array.Int16:
		return ints(widened(present(a, a.Int16Values())))
	case *array.Int32:
		return ints(present(a, a.Int32Values()))
	case *array.Int64:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: present(a, a.Int64Values())}}}
	case *array.Float32:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_FloatData{FloatData: &schemapb.FloatArray{Data: present(a, a.Float32Values())}}}
	case *array.Float64:
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_DoubleData{DoubleData: &schemapb.DoubleArray{Data: present(a, a.Float64Values())}}}
	case *array.String:
		return texts(t, a)
	}
	return &schemapb.ScalarField{}
}

func ints(values []int32) *schemapb.ScalarField {
	return &schemapb.ScalarField{Data: &schemapb.ScalarField_IntData{IntData: &schemapb.IntArray{Data: values}}}
}

func widened[T int8 | int16](values []T) []int32 {
	wide := make([]int32, len(values))
	for i, v := range values {
		wide[i] = int32(v)
	}
	return wide
}

func bools(a *array.Boolean) []bool {
	values := make([]bool, 0, a.Len()-a.NullN())
	for i := range a.Len() {
		if a.IsValid(i) {
			values = append(values, a.Value(i))
		}
	}
	return values
}

// texts are the values of a text column in the form of its type; Timestamptz
// travels as text, too.
func texts(t schema.Type, a *array.String) *schemapb.ScalarField {
	if t == schema.JSON {
		values := make([][]byte, 0, a.Len()-a.NullN())
		for i := range a.Len() {
			if a.IsValid(i) {
				values = append(values, bytesOf(a.Value(i)))
			}
		}
		return jsons(values)
	}
	values := make([]string, 0, a.Len()-a.NullN())
	for i := range a.Len() {
		if a.IsValid(i) {
			values = append(values, a.Value(i))
		}
	}
	if t == schema.Geometry {
		return &schemapb.ScalarField{Data: &schemapb.ScalarField_GeometryWktData{GeometryWktData: &schemapb.GeometryWktArray{Data: values}}}
	}
	return &schemapb.ScalarField{Data: &schemapb.ScalarField_StringData{StringData: &schemapb.StringArray{Data: values}}}
}

// metaScalars are dynamic fields; a row without any has an empty object.
func metaScalars(a arrow.Array) *schemapb.ScalarField {
	values := make([][]byte, a.Len())
	for i := range values {
		if text, ok := a.(*array.String); ok && a.IsValid(i) {
			values[i] = bytesOf(text.Value(i))
		} else {
			values[i] = []byte("{}")
		}
	}
	return jsons(values)
}

func jsons(values [][]byte) *schemapb.ScalarField {
	return &schemapb.ScalarField{Data: &schemapb.ScalarField_JsonData{JsonData: &schemapb.JSONArray{Data: values}}}
}

// bytesOf shares the memory of a text; nobody writes to it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
