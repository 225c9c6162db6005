package collection

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// scalars makes an array of the values that were sent.
func (d *decoder) scalars(t schema.Type, field *schemapb.ScalarField) (arrow.Array, error) {
	switch v := field.GetData().(type) {
	case nil:
		return d.empty()
	case *schemapb.ScalarField_BoolData:
		return boolArray(v.BoolData.GetData()), nil
	case *schemapb.ScalarField_IntData:
		return intArray(t, v.IntData.GetData()), nil
	case *schemapb.ScalarField_LongData:
		data := v.LongData.GetData()
		return flat(arrow.PrimitiveTypes.Int64, len(data), arrow.Int64Traits.CastToBytes(data)), nil
	case *schemapb.ScalarField_FloatData:
		data := v.FloatData.GetData()
		return flat(arrow.PrimitiveTypes.Float32, len(data), arrow.Float32Traits.CastToBytes(data)), nil
	case *schemapb.ScalarField_DoubleData:
		data := v.DoubleData.GetData()
		return flat(arrow.PrimitiveTypes.Float64, len(data), arrow.Float64Traits.CastToBytes(data)), nil
	case *schemapb.ScalarField_StringData:
		return textArray(v.StringData.GetData()), nil
	case *schemapb.ScalarField_JsonData:
		return textArray(v.JsonData.GetData()), nil
	case *schemapb.ScalarField_GeometryWktData:
		return textArray(v.GeometryWktData.GetData()), nil
	case *schemapb.ScalarField_TimestamptzData:
		return textArray(instants(v.TimestamptzData.GetData())), nil
	case *schemapb.ScalarField_ArrayData:
		return d.lists(v.ArrayData.GetData())
	default:
		return nil, d.mismatch(v)
	}
}

func boolArray(values []bool) arrow.Array {
	bits := make([]byte, bitutil.BytesForBits(int64(len(values))))
	for i, v := range values {
		bitutil.SetBitTo(bits, i, v)
	}
	return flat(arrow.FixedWidthTypes.Boolean, len(values), bits)
}

// intArray narrows what Milvus widens for the wire.
func intArray(t schema.Type, values []int32) arrow.Array {
	switch t {
	case schema.Int8:
		narrow := make([]int8, len(values))
		for i, v := range values {
			narrow[i] = int8(v)
		}
		return flat(arrow.PrimitiveTypes.Int8, len(narrow), arrow.Int8Traits.CastToBytes(narrow))
	case schema.Int16:
		narrow := make([]int16, len(values))
		for i, v := range values {
			narrow[i] = int16(v)
		}
		return flat(arrow.PrimitiveTypes.Int16, len(narrow), arrow.Int16Traits.CastToBytes(narrow))
	default:
		return flat(arrow.PrimitiveTypes.Int32, len(values), arrow.Int32Traits.CastToBytes(values))
	}
}

func textArray[T string | []byte](values []T) arrow.Array {
	total := 0
	for _, v := range values {
		total += len(v)
	}
	offsets, all := make([]int32, 1, len(values)+1), make([]byte, 0, total)
	for _, v := range values {
		all = append(all, v...)
		offsets = append(offsets, int32(len(all)))
	}
	data := array.NewData(arrow.BinaryTypes.String, len(values), []*memory.Buffer{
		nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(all),
	}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// instants are the texts of microseconds since 1970.
func instants(micros []int64) []string {
	texts := make([]string, len(micros))
	for i, m := range micros {
		texts[i] = time.UnixMicro(m).UTC().Format(time.RFC3339Nano)
	}
	return texts
}

// lists makes a list array of the arrays of all rows.
func (d *decoder) lists(rows []*schemapb.ScalarField) (arrow.Array, error) {
	offsets := make([]int32, 1, len(rows)+1)
	whole := &schemapb.ScalarField{}
	for _, row := range rows {
		n, err := d.join(whole, row)
		if err != nil {
			return nil, err
		}
		offsets = append(offsets, offsets[len(offsets)-1]+int32(n))
	}
	t := d.f.ElementType
	if d.f.Type != schema.Array { // a field of a struct
		t = d.f.Type
	}
	inner := decoder{f: &schema.Field{Name: d.f.Name, Type: t}}
	values, err := inner.scalars(t, whole)
	if err != nil {
		return nil, err
	}
	defer values.Release()
	return listArray(offsets, values), nil
}

func listArray(offsets []int32, values arrow.Array) arrow.Array {
	data := array.NewData(arrow.ListOf(values.DataType()), len(offsets)-1,
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))},
		[]arrow.ArrayData{values.Data()}, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// join appends a row's elements to those of the rows before.
func (d *decoder) join(whole, row *schemapb.ScalarField) (int, error) {
	if whole.Data == nil {
		// The slices of the first row grow into those of the whole; nobody
		// else reads them.
		whole.Data = row.GetData()
		return elementCount(row), nil
	}
	n := elementCount(row)
	if n == 0 {
		return 0, nil
	}
	switch to := whole.Data.(type) {
	case *schemapb.ScalarField_BoolData:
		to.BoolData.Data = append(to.BoolData.Data, row.GetBoolData().GetData()...)
	case *schemapb.ScalarField_IntData:
		to.IntData.Data = append(to.IntData.Data, row.GetIntData().GetData()...)
	case *schemapb.ScalarField_LongData:
		to.LongData.Data = append(to.LongData.Data, row.GetLongData().GetData()...)
	case *schemapb.ScalarField_FloatData:
		to.FloatData.Data = append(to.FloatData.Data, row.GetFloatData().GetData()...)
	case *schemapb.ScalarField_DoubleData:
		to.DoubleData.Data = append(to.DoubleData.Data, row.GetDoubleData().GetData()...)
	case *schemapb.ScalarField_StringData:
		to.StringData.Data = append(to.StringData.Data, row.GetStringData().GetData()...)
	default:
		return 0, core.Errorf(core.Internal, "the server sent arrays of %T", to)
	}
	return n, nil
}

func elementCount(row *schemapb.ScalarField) int {
	switch v := row.GetData().(type) {
	case *schemapb.ScalarField_BoolData:
		return len(v.BoolData.GetData())
	case *schemapb.ScalarField_IntData:
		return len(v.IntData.GetData())
	case *schemapb.ScalarField_LongData:
		return len(v.LongData.GetData())
	case *schemapb.ScalarField_FloatData:
		return len(v.FloatData.GetData())
	case *schemapb.ScalarField_DoubleData:
		return len(v.DoubleData.GetData())
	case *schemapb.ScalarField_StringData:
		return len(v.StringData.GetData())
	default:
		return 0
	}
}
