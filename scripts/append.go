package scripts

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
)

// appendValue appends what a hook returned to a column, held to the field's
// type and limits.
func (m *machine) appendValue(b array.Builder, field arrow.Field, value goja.Value) error {
	if value == nil || goja.IsUndefined(value) {
		return fmt.Errorf("the hook returned nothing for a %s", kindOf(field))
	}
	if goja.IsNull(value) {
		if !field.Nullable {
			return fmt.Errorf("the hook returned null, and the field is not nullable")
		}
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		v, ok := value.Export().(bool)
		if !ok {
			return wrongType(field, value)
		}
		b.Append(v)
		return nil
	case *array.StringBuilder:
		return m.appendText(b, field, value)
	case *array.FixedSizeListBuilder:
		return m.appendVector(b, field, value)
	case *array.ListBuilder:
		return m.appendList(b, field, value)
	case *array.StructBuilder:
		return m.appendStruct(b, value)
	default:
		return appendNumber(b, field, value)
	}
}

func kindOf(field arrow.Field) string {
	if kind, ok := field.Metadata.GetValue(core.MetaType); ok {
		return kind
	}
	return field.Type.String()
}

func wrongType(field arrow.Field, value goja.Value) error {
	return fmt.Errorf("the hook returned %.80s for a %s", value.String(), kindOf(field))
}

func appendNumber(b array.Builder, field arrow.Field, value goja.Value) error {
	switch b := b.(type) {
	case *array.Float32Builder:
		v, err := float(field, value)
		if err == nil {
			b.Append(float32(v))
		}
		return err
	case *array.Float64Builder:
		v, err := float(field, value)
		if err == nil {
			b.Append(v)
		}
		return err
	}
	bits := field.Type.(arrow.FixedWidthDataType).BitWidth()
	v, err := integer(field, value, bits)
	if err != nil {
		return err
	}
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	default:
		return fmt.Errorf("hooks make no %s", kindOf(field))
	}
	return nil
}

func float(field arrow.Field, value goja.Value) (float64, error) {
	var v float64
	switch x := value.Export().(type) {
	case int64:
		v = float64(x)
	case float64:
		v = x
	default:
		return 0, wrongType(field, value)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, wrongType(field, value)
	}
	return v, nil
}

// integer is a whole number that fits the bits. A number beyond ±2^53 has lost
// digits already, so it is refused.
func integer(field arrow.Field, value goja.Value, bits int) (int64, error) {
	var v int64
	switch x := value.Export().(type) {
	case int64:
		v = x
	case float64:
		if x != math.Trunc(x) || math.Abs(x) > maxSafe {
			return 0, fmt.Errorf("the hook returned %v for a %s: write it as a BigInt (%.0fn) if it is exact", x, kindOf(field), math.Trunc(x))
		}
		v = int64(x)
	case *big.Int:
		if !x.IsInt64() {
			return 0, fmt.Errorf("the hook returned %v, which does not fit a %s", x, kindOf(field))
		}
		return inRange(field, x.Int64(), bits)
	default:
		return 0, wrongType(field, value)
	}
	if v > maxSafe || v < -maxSafe {
		return 0, fmt.Errorf("the hook returned a number beyond 2^53 for a %s: write it as a BigInt (123n)", kindOf(field))
	}
	return inRange(field, v, bits)
}

func inRange(field arrow.Field, v int64, bits int) (int64, error) {
	if v<<(64-bits)>>(64-bits) != v {
		return 0, fmt.Errorf("the hook returned %d, which does not fit a %s", v, kindOf(field))
	}
	return v, nil
}

// appendText takes a string; for a JSON field any value, which it encodes.
func (m *machine) appendText(b *array.StringBuilder, field arrow.Field, value goja.Value) error {
	if kindOf(field) == "JSON" {
		encode, _ := goja.AssertFunction(m.vm.Get("JSON").ToObject(m.vm).Get("stringify"))
		text, err := encode(goja.Undefined(), value)
		if err != nil {
			return err
		}
		value = text
	}
	text, ok := value.Export().(string)
	if !ok {
		return wrongType(field, value)
	}
	if limit, ok := number(field, core.MetaMaxLength); ok && len(text) > limit {
		return fmt.Errorf("the hook returned %d bytes in %d characters, max_length is %d bytes", len(text), len([]rune(text)), limit)
	}
	b.Append(text)
	return nil
}

func number(field arrow.Field, key string) (int, bool) {
	text, ok := field.Metadata.GetValue(key)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func (m *machine) appendVector(b *array.FixedSizeListBuilder, field arrow.Field, value goja.Value) error {
	object, length, err := items(field, value)
	if err != nil {
		return err
	}
	kind := field.Type.(*arrow.FixedSizeListType)
	if length != int(kind.Len()) {
		return fmt.Errorf("the hook returned a vector of %d, dim is %d", length, kind.Len())
	}
	b.Append(true)
	element := arrow.Field{Type: kind.Elem()}
	for i := range length {
		if err := m.appendValue(b.ValueBuilder(), element, object.Get(itoa(i))); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func (m *machine) appendList(b *array.ListBuilder, field arrow.Field, value goja.Value) error {
	object, length, err := items(field, value)
	if err != nil {
		return err
	}
	if limit, ok := number(field, core.MetaMaxCapacity); ok && length > limit {
		return fmt.Errorf("the hook returned %d elements, max_capacity is %d", length, limit)
	}
	b.Append(true)
	element := field.Type.(*arrow.ListType).ElemField()
	element.Nullable = false // Milvus takes no null in an array
	if limit, ok := field.Metadata.GetValue(core.MetaMaxLength); ok {
		element.Metadata = arrow.MetadataFrom(map[string]string{core.MetaMaxLength: limit})
	}
	for i := range length {
		if err := m.appendValue(b.ValueBuilder(), element, object.Get(itoa(i))); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func items(field arrow.Field, value goja.Value) (*goja.Object, int, error) {
	object, ok := value.(*goja.Object)
	if !ok || object.Get("length") == nil {
		return nil, 0, wrongType(field, value)
	}
	return object, int(object.Get("length").ToInteger()), nil
}

func (m *machine) appendStruct(b *array.StructBuilder, value goja.Value) error {
	object, ok := value.(*goja.Object)
	if !ok {
		return fmt.Errorf("the hook returned %.80s for an object", value.String())
	}
	b.Append(true)
	kind := b.Type().(*arrow.StructType)
	for i, field := range kind.Fields() {
		if err := m.appendValue(b.FieldBuilder(i), field, object.Get(field.Name)); err != nil {
			return fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return nil
}
