package scripts

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
)

// appendList takes an array, or a typed one.
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
	facts := map[string]string{}
	if limit, ok := field.Metadata.GetValue(core.MetaMaxLength); ok {
		facts[core.MetaMaxLength] = limit
	}
	if kind, ok := field.Metadata.GetValue(core.MetaElementType); ok {
		facts[core.MetaType] = kind
	}
	element.Metadata = arrow.MetadataFrom(facts)
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
	length := object.Get("length").ToInteger()
	if length < 0 || length > math.MaxInt32 {
		return nil, 0, wrongType(field, value)
	}
	return object, int(length), nil
}

func (m *machine) appendStruct(b *array.StructBuilder, field arrow.Field, value goja.Value) error {
	object, ok := value.(*goja.Object)
	if !ok {
		return wrongType(field, value)
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

// place is one value of a sparse vector that is not zero.
type place struct {
	index uint32
	value float32
}

// appendSparse takes an object of index and value: {25: 0.11, 7: 1}.
func appendSparse(b *array.ListBuilder, field arrow.Field, value goja.Value) error {
	object, ok := value.(*goja.Object)
	if !ok {
		return wrongType(field, value)
	}
	var places []place
	for _, key := range object.Keys() {
		index, err := strconv.ParseUint(key, 10, 32)
		if err != nil || index == math.MaxUint32 {
			return fmt.Errorf("the hook returned the index %q, expected a whole number below 4294967295", key)
		}
		v, err := float(field, object.Get(key))
		if err != nil {
			return fmt.Errorf("index %d: %w", index, err)
		}
		x := float32(v)
		if x < 0 || finite(float64(x)) != nil {
			return fmt.Errorf("the hook returned %v at index %d, expected a number above 0", v, index)
		}
		if x > 0 {
			places = append(places, place{uint32(index), x})
		}
	}
	if len(places) == 0 {
		return fmt.Errorf("the hook returned a sparse vector without a value")
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.index, b.index) })
	b.Append(true)
	entries := b.ValueBuilder().(*array.StructBuilder)
	for _, p := range places {
		entries.Append(true)
		entries.FieldBuilder(0).(*array.Uint32Builder).Append(p.index)
		entries.FieldBuilder(1).(*array.Float32Builder).Append(p.value)
	}
	return nil
}
