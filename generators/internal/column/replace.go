package column

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// WithNulls gives an array with the same values of which those are null that
// null tells, beside those that are null already. It copies no values.
func WithNulls(values arrow.Array, null func(i int) bool, mem memory.Allocator) arrow.Array {
	data := values.Data()
	valid := allocate(mem, int(bitutil.BytesForBits(int64(data.Offset()+data.Len()))))
	defer valid.Release()
	clear(valid.Bytes())
	nulls := 0
	for i := range data.Len() {
		if values.IsNull(i) || null(i) {
			nulls++
		} else {
			bitutil.SetBit(valid.Bytes(), data.Offset()+i)
		}
	}
	if nulls == 0 {
		values.Retain()
		return values
	}
	buffers := slices.Clone(data.Buffers())
	buffers[0] = valid
	with := array.NewData(data.DataType(), data.Len(), buffers, data.Children(), nulls, data.Offset())
	defer with.Release()
	return array.MakeFromData(with)
}

// A Constant is one value of a scalar field.
type Constant struct {
	typ   arrow.DataType
	bytes []byte // as Arrow stores it
}

// NewConstant reads a value of a schema.
func NewConstant(field arrow.Field, raw json.RawMessage) (*Constant, error) {
	c := &Constant{typ: field.Type}
	wrong := func(expected string) error {
		return core.Errorf(core.InvalidConfig, "default_value is %s", raw).WithHint("write %s", expected)
	}
	switch field.Type.ID() {
	case arrow.BOOL:
		if text := string(raw); text != "true" && text != "false" {
			return nil, wrong("true or false")
		}
		c.bytes = []byte{raw[0]}
	case arrow.STRING:
		var text string
		if json.Unmarshal(raw, &text) != nil || len(text) > MaxLength(field) {
			return nil, wrong("a text of at most " + strconv.Itoa(MaxLength(field)) + " bytes in double quotes")
		}
		c.bytes = []byte(text)
	default:
		value, err := oneValue(field.Type, raw)
		if err != nil {
			return nil, wrong("a number that the field's type holds")
		}
		c.bytes = value
	}
	return c, nil
}

// oneValue is the memory of a number.
func oneValue(typ arrow.DataType, raw json.RawMessage) ([]byte, error) {
	fixed, ok := typ.(arrow.FixedWidthDataType)
	if _, nested := typ.(arrow.NestedType); !ok || nested || typ.ID() == arrow.FIXED_SIZE_BINARY {
		return nil, core.Errorf(core.InvalidConfig, "a %s has no default", typ)
	}
	builder := array.NewBuilder(memory.DefaultAllocator, typ)
	defer builder.Release()
	if err := builder.AppendValueFromString(string(raw)); err != nil {
		return nil, err
	}
	one := builder.NewArray()
	defer one.Release()
	return bytes.Clone(one.Data().Buffers()[1].Bytes()[:fixed.Bytes()]), nil
}

// Replace gives an array with the constant where at tells, and the values
// elsewhere.
func (c *Constant) Replace(values arrow.Array, at func(i int) bool, mem memory.Allocator) (arrow.Array, error) {
	n := values.Len()
	switch v := values.(type) {
	case *array.String:
		return c.replaceText(v, at, mem)
	case *array.Boolean:
		buffer := allocate(mem, int(bitutil.BytesForBits(int64(n))))
		defer buffer.Release()
		clear(buffer.Bytes())
		for i := range n {
			if at(i) && c.bytes[0] == 't' || !at(i) && v.Value(i) {
				bitutil.SetBit(buffer.Bytes(), i)
			}
		}
		return wrap(c.typ, n, nil, buffer), nil
	default:
		width := len(c.bytes)
		buffer := allocate(mem, n*width)
		defer buffer.Release()
		from := values.Data().Offset() * width
		copy(buffer.Bytes(), values.Data().Buffers()[1].Bytes()[from:from+n*width])
		for i := range n {
			if at(i) {
				copy(buffer.Bytes()[i*width:], c.bytes)
			}
		}
		return wrap(c.typ, n, nil, buffer), nil
	}
}

func (c *Constant) replaceText(values *array.String, at func(i int) bool, mem memory.Allocator) (arrow.Array, error) {
	n, size := values.Len(), 0
	for i := range n {
		if at(i) {
			size += len(c.bytes)
		} else {
			size += len(values.Value(i))
		}
	}
	if err := tooLong(size, n); err != nil {
		return nil, err
	}
	ends, text := allocate(mem, (n+1)*arrow.Int32SizeBytes), allocate(mem, size)
	defer ends.Release()
	defer text.Release()
	offsets, place := arrow.GetData[int32](ends.Bytes()), 0
	offsets[0] = 0
	for i := range n {
		if at(i) {
			place += copy(text.Bytes()[place:], c.bytes)
		} else {
			place += copy(text.Bytes()[place:], values.Value(i))
		}
		offsets[i+1] = int32(place)
	}
	return wrap(c.typ, n, nil, ends, text), nil
}
