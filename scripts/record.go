package scripts

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// maxSafe is the largest integer that a JavaScript number holds exactly.
const maxSafe = 1<<53 - 1

// A record is the row that a hook sees: an object whose fields are read from
// the batch when the hook touches them, and at most once. One object serves
// all rows.
type record struct {
	m      *machine
	object *goja.Object
	names  map[string]int
	keys   []string
	batch  arrow.Record
	at     int
	cache  []goja.Value
	// views are the vectors, each an array that all rows share.
	views []view
	// partial tells that it has the fields of uses alone.
	partial bool
}

func newRecord(m *machine, schema *arrow.Schema, partial bool) *record {
	r := &record{m: m, names: map[string]int{}, partial: partial}
	if schema != nil {
		for i, field := range schema.Fields() {
			r.names[field.Name] = i
			r.keys = append(r.keys, field.Name)
		}
	}
	r.cache = make([]goja.Value, len(r.keys))
	r.views = make([]view, len(r.keys))
	r.object = m.vm.NewDynamicObject(r)
	return r
}

// load takes the rows of a batch, which may be nil.
func (r *record) load(batch arrow.Record) {
	r.batch = batch
	r.seek(0)
}

func (r *record) seek(at int) {
	r.at = at
	clear(r.cache)
}

// Get implements goja.DynamicObject. A name that is no field of the record is
// an error where it looks like one that was meant to be.
func (r *record) Get(key string) goja.Value {
	i, ok := r.names[key]
	if !ok {
		r.missing(key)
		return nil
	}
	if r.cache[i] == nil && r.vector(i) {
		r.cache[i] = r.views[i].value
	}
	if r.cache[i] == nil {
		r.cache[i] = r.m.value(r.batch.Schema().Field(i), r.batch.Column(i), r.at)
	}
	return r.cache[i]
}

// view is a typed array and the memory that it shows.
type view struct {
	value goja.Value
	bytes []byte
}

// vector moves the view of a vector to the row: a copy, so that a hook cannot
// change the batch, in an array that lasts until the next row. It tells whether
// the field is such a vector.
func (r *record) vector(i int) bool {
	column, ok := r.batch.Column(i).(*array.FixedSizeList)
	if !ok || column.IsNull(r.at) {
		return false
	}
	kind, bytes := cells(column, r.at)
	if v := &r.views[i]; v.value != nil {
		copy(v.bytes, bytes)
		return true
	}
	own := append([]byte(nil), bytes...)
	r.views[i] = view{r.m.typed(kind, own), own}
	return true
}

// missing throws, unless JavaScript itself asks for the name.
func (r *record) missing(key string) {
	if r.m.vm.Get("Object").ToObject(r.m.vm).Get("prototype").ToObject(r.m.vm).Get(key) != nil || key == "toJSON" || key == "then" {
		return
	}
	hint := "name it in uses"
	if near, ok := spell.Nearest(key, r.keys); ok {
		hint = "did you mean " + strconv.Quote(near) + "?"
	} else if !r.partial {
		hint = "there is no such field"
	}
	panic(r.m.vm.NewTypeError("the record has no %q: %s", key, hint))
}

// Set implements goja.DynamicObject: a record is read only.
func (r *record) Set(string, goja.Value) bool { return false }

// Has implements goja.DynamicObject.
func (r *record) Has(key string) bool { _, ok := r.names[key]; return ok }

// Delete implements goja.DynamicObject.
func (r *record) Delete(string) bool { return false }

// Keys implements goja.DynamicObject.
func (r *record) Keys() []string { return r.keys }

// value is a cell as JavaScript sees it.
func (m *machine) value(field arrow.Field, column arrow.Array, at int) goja.Value {
	if column.IsNull(at) {
		return goja.Null()
	}
	switch column := column.(type) {
	case *array.Boolean:
		return m.vm.ToValue(column.Value(at))
	case *array.Int8:
		return m.vm.ToValue(int64(column.Value(at)))
	case *array.Int16:
		return m.vm.ToValue(int64(column.Value(at)))
	case *array.Int32:
		return m.vm.ToValue(int64(column.Value(at)))
	case *array.Int64:
		return m.integer(column.Value(at))
	case *array.Uint32:
		return m.vm.ToValue(int64(column.Value(at)))
	case *array.Float32:
		return m.vm.ToValue(float64(column.Value(at)))
	case *array.Float64:
		return m.vm.ToValue(column.Value(at))
	case *array.String:
		return m.text(field, column.Value(at))
	case *array.FixedSizeList:
		return m.dense(column, at)
	case *array.FixedSizeBinary:
		return m.packed(field, column.Value(at))
	case *array.List:
		return m.list(field, column, at)
	case *array.Struct:
		return m.fields(column, at)
	}
	return goja.Undefined()
}

// integer is exact: beyond what a number holds it is a BigInt.
func (m *machine) integer(v int64) goja.Value {
	if v < -maxSafe || v > maxSafe {
		return m.vm.ToValue(big.NewInt(v))
	}
	return m.vm.ToValue(v)
}

// text is a string; that of a JSON field is parsed.
func (m *machine) text(field arrow.Field, v string) goja.Value {
	if kind, _ := field.Metadata.GetValue(core.MetaType); kind != "JSON" {
		return m.vm.ToValue(v)
	}
	parsed, err := m.parse(goja.Undefined(), m.vm.ToValue(v))
	if err != nil {
		return m.vm.ToValue(v) // validate sees what is there
	}
	return parsed
}

// cells are the bytes of a vector in the batch, and the typed array for them.
func cells(column *array.FixedSizeList, at int) (kind string, bytes []byte) {
	start, end := column.ValueOffsets(at)
	switch values := column.ListValues().(type) {
	case *array.Int8:
		return "Int8Array", arrow.Int8Traits.CastToBytes(values.Int8Values()[start:end])
	case *array.Float32:
		return "Float32Array", arrow.Float32Traits.CastToBytes(values.Float32Values()[start:end])
	default:
		return "Uint8Array", nil
	}
}

// dense is a vector: a typed array over a copy of the row.
func (m *machine) dense(column *array.FixedSizeList, at int) goja.Value {
	kind, bytes := cells(column, at)
	return m.typed(kind, append([]byte(nil), bytes...))
}

// packed is a vector of bytes: half precision as a Float32Array, a binary one
// as a Uint8Array.
func (m *machine) packed(field arrow.Field, bytes []byte) goja.Value {
	widen, ok := halves(kindOf(field))
	if !ok {
		return m.typed("Uint8Array", append([]byte(nil), bytes...))
	}
	wide := make([]byte, 0, 2*len(bytes))
	for ; len(bytes) > 1; bytes = bytes[2:] {
		wide = binary.LittleEndian.AppendUint32(wide, math.Float32bits(widen.decode(binary.LittleEndian.Uint16(bytes))))
	}
	return m.typed("Float32Array", wide)
}

func (m *machine) typed(kind string, bytes []byte) goja.Value {
	object, err := m.vm.New(m.arrays[kind], m.vm.ToValue(m.vm.NewArrayBuffer(bytes)))
	if err != nil {
		panic(err) // goja shows it to the hook
	}
	return object
}

// list is an array; a sparse vector is an object of index and value.
func (m *machine) list(field arrow.Field, column *array.List, at int) goja.Value {
	start, end := column.ValueOffsets(at)
	if kind, _ := field.Metadata.GetValue(core.MetaType); kind == "SparseFloatVector" {
		entries := column.ListValues().(*array.Struct)
		index, value := entries.Field(0).(*array.Uint32), entries.Field(1).(*array.Float32)
		object := m.vm.NewObject()
		for i := int(start); i < int(end); i++ {
			if err := object.Set(itoa(int(index.Value(i))), float64(value.Value(i))); err != nil {
				panic(err)
			}
		}
		return object
	}
	items := make([]any, 0, end-start)
	element := column.DataType().(*arrow.ListType).ElemField()
	for i := int(start); i < int(end); i++ {
		items = append(items, m.value(element, column.ListValues(), i))
	}
	return m.vm.NewArray(items...)
}

func (m *machine) fields(column *array.Struct, at int) goja.Value {
	object := m.vm.NewObject()
	kind := column.DataType().(*arrow.StructType)
	for i, field := range kind.Fields() {
		if err := object.Set(field.Name, m.value(field, column.Field(i), at)); err != nil {
			panic(err)
		}
	}
	return object
}
