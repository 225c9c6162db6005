package collection

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// decode turns columns of an answer into a batch of these fields, exact at
// stored width. Large buffers are shared with the answer, not copied.
func decode(fields []*schema.Field, answer []*schemapb.FieldData) (arrow.Record, error) {
	columns := make([]arrow.Array, 0, len(fields))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	described := make([]arrow.Field, len(fields))
	rows := -1
	for i, f := range fields {
		described[i] = arrowField(f)
		data := dataOf(answer, f.Name)
		if data == nil {
			return nil, core.Errorf(core.Internal, "the server's answer does not have it").WithField(f.Name)
		}
		column, err := decodeColumn(f, data)
		if err != nil {
			return nil, core.OfField(err, f.Name)
		}
		columns = append(columns, column)
		if rows >= 0 && column.Len() != rows {
			return nil, core.Errorf(core.Internal, "the server's answer has %d values of it and %d of %s", column.Len(), rows, fields[0].Name).WithField(f.Name)
		}
		rows = column.Len()
	}
	return array.NewRecord(arrow.NewSchema(described, nil), columns, int64(max(rows, 0))), nil
}

// arrowField is the Arrow form of a field, $meta included.
func arrowField(f *schema.Field) arrow.Field {
	if f.Name == core.DynamicField {
		return schema.MetaField()
	}
	return f.Arrow()
}

func dataOf(answer []*schemapb.FieldData, name string) *schemapb.FieldData {
	for _, data := range answer {
		if data.GetFieldName() == name || (name == core.DynamicField && data.GetIsDynamic()) {
			return data
		}
	}
	return nil
}

// decodeColumn makes an array of a column.
func decodeColumn(f *schema.Field, data *schemapb.FieldData) (arrow.Array, error) {
	d := decoder{f: f, valid: data.GetValidData()}
	var values arrow.Array
	var err error
	switch field := data.GetField().(type) {
	case *schemapb.FieldData_Vectors:
		values, err = d.vectors(field.Vectors)
	case *schemapb.FieldData_StructArrays:
		values, err = d.structs(field.StructArrays)
	case *schemapb.FieldData_Scalars:
		if values, err = d.scalars(f.Type, field.Scalars); err == nil && f.Name == core.DynamicField {
			return values, nil
		}
	default:
		values, err = d.empty()
	}
	if err != nil {
		return nil, err
	}
	return d.spread(values)
}

// decoder decodes one column.
type decoder struct {
	f     *schema.Field
	valid []bool // nil: all rows have a value
}

// empty is a column of an answer without values: no rows, or nothing but null.
func (d *decoder) empty() (arrow.Array, error) {
	return array.MakeArrayOfNull(memory.DefaultAllocator, d.f.Arrow().Type, 0), nil
}

// mismatch tells of a column that came as another type.
func (d *decoder) mismatch(as any) error {
	return core.Errorf(core.Internal, "the server sent %T for a field of type %s", as, d.f.Type)
}

// spread puts the values on the rows that have one. Some servers send
// something in the place of null, others nothing.
func (d *decoder) spread(values arrow.Array) (arrow.Array, error) {
	present := 0
	for _, v := range d.valid {
		if v {
			present++
		}
	}
	n := len(d.valid)
	if present == n && (n == 0 || n == values.Len()) {
		return values, nil
	}
	defer values.Release()
	switch values.Len() {
	case n:
		return mask(values, d.valid), nil
	case present:
		wide, err := expand(values, d.valid)
		if err != nil {
			return nil, err
		}
		defer wide.Release()
		return mask(wide, d.valid), nil
	}
	return nil, core.Errorf(core.Internal, "the server sent %d values for %d rows, %d of them with a value", values.Len(), n, present)
}

// mask is the array with null where there is no value.
func mask(a arrow.Array, valid []bool) arrow.Array {
	bits := make([]byte, bitutil.BytesForBits(int64(len(valid))))
	nulls := 0
	for i, v := range valid {
		if v {
			bitutil.SetBit(bits, i)
		} else {
			nulls++
		}
	}
	d := a.Data()
	buffers := make([]*memory.Buffer, len(d.Buffers()))
	copy(buffers, d.Buffers())
	buffers[0] = memory.NewBufferBytes(bits)
	masked := array.NewData(d.DataType(), d.Len(), buffers, d.Children(), nulls, d.Offset())
	defer masked.Release()
	return array.MakeFromData(masked)
}

// expand repeats values so that each row has one: the next value for rows
// without, which mask makes null. It joins runs of rows.
func expand(values arrow.Array, valid []bool) (arrow.Array, error) {
	nothing := array.MakeArrayOfNull(memory.DefaultAllocator, values.DataType(), len(valid)-values.Len())
	defer nothing.Release()
	var parts []arrow.Array
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	at, gap := 0, 0
	for i := 0; i < len(valid); {
		end := i
		for end < len(valid) && valid[end] == valid[i] {
			end++
		}
		if valid[i] {
			parts = append(parts, array.NewSlice(values, int64(at), int64(at+end-i)))
			at += end - i
		} else {
			parts = append(parts, array.NewSlice(nothing, int64(gap), int64(gap+end-i)))
			gap += end - i
		}
		i = end
	}
	return array.Concatenate(parts, memory.DefaultAllocator)
}

// flat is an array over values in memory.
func flat(t arrow.DataType, n int, values []byte) arrow.Array {
	data := array.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(values)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
