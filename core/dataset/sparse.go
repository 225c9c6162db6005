package dataset

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// mostIndex is the largest index of a sparse vector.
const mostIndex = math.MaxUint32 - 1

// place is one place of a sparse vector.
type place struct {
	index uint32
	value float32
}

// sparseBuilder makes a column of sparse vectors.
type sparseBuilder struct {
	lists  *array.ListBuilder
	index  *array.Uint32Builder
	value  *array.Float32Builder
	places []place
	wrong  string
}

func newSparse() *sparseBuilder {
	lists := array.NewBuilder(memory.DefaultAllocator, schema.SparseType()).(*array.ListBuilder)
	places := lists.ValueBuilder().(*array.StructBuilder)
	return &sparseBuilder{
		lists: lists,
		index: places.FieldBuilder(0).(*array.Uint32Builder),
		value: places.FieldBuilder(1).(*array.Float32Builder),
	}
}

// add adds a place to the row that is being made.
func (b *sparseBuilder) add(index int64, value float64) {
	if index < 0 || index > mostIndex {
		b.fault("index %d is out of range: indexes are 0 to %d", index, uint32(mostIndex))
		return
	}
	b.places = append(b.places, place{uint32(index), float32(value)})
}

// fault notes the first thing that is wrong with the row.
func (b *sparseBuilder) fault(format string, args ...any) {
	if b.wrong == "" {
		b.wrong = fmt.Sprintf(format, args...)
	}
}

// finish appends the row, or null with a report where something was wrong.
func (b *sparseBuilder) finish(row int, c *cells) {
	byIndex := func(x, y place) int { return cmp.Compare(x.index, y.index) }
	if b.wrong == "" && !slices.IsSortedFunc(b.places, byIndex) {
		c.find(row, RuleSparseSort, Note, "the indexes are not in rising order; Milvus sorts them")
		slices.SortStableFunc(b.places, byIndex)
	}
	for i := 1; i < len(b.places) && b.wrong == ""; i++ {
		if b.places[i].index == b.places[i-1].index {
			b.fault("index %d is there twice", b.places[i].index)
		}
	}
	if b.wrong != "" {
		c.bad(row, RuleSparse, "%s", b.wrong)
		b.lists.AppendNull()
	} else {
		b.lists.Append(true)
		structs := b.lists.ValueBuilder().(*array.StructBuilder)
		for _, p := range b.places {
			structs.Append(true)
			b.index.Append(p.index)
			b.value.Append(p.value)
		}
	}
	b.places, b.wrong = b.places[:0], ""
}

// text reads the spellings of JSON: {"25":0.11}, {"indices":[25],
// "values":[0.11]}, [[25,0.11]].
func (b *sparseBuilder) text(text []byte) {
	s := &scanner{data: text}
	var err error
	switch s.peek() {
	case '{':
		err = b.object(s)
	case '[':
		err = s.list(func(int) error { return b.pair(s) })
	default:
		b.fault("a sparse vector is an object such as {\"25\":0.11}")
		return
	}
	if err == nil {
		err = s.end()
	}
	if err != nil {
		b.fault("%v", err)
	}
}

func (b *sparseBuilder) object(s *scanner) error {
	var indices, values []string
	hasIndices, hasValues := false, false
	err := s.object(func(key string) (err error) {
		switch key {
		case "indices":
			hasIndices = true
			indices, err = b.numbers(s, key)
		case "values":
			hasValues = true
			values, err = b.numbers(s, key)
		default:
			index, wrong := strconv.ParseInt(key, 10, 64)
			if wrong != nil {
				b.fault("key %q is no index", clipped(key))
			}
			var number string
			if number, err = s.numberText(); err == nil {
				b.addText(index, number)
			}
		}
		return err
	})
	switch {
	case err != nil || !hasIndices && !hasValues:
		return err
	case len(b.places) > 0:
		b.fault("it mixes indexes as keys with the keys indices and values")
	case len(indices) != len(values):
		b.fault("%d indices and %d values", len(indices), len(values))
	}
	for i := 0; i < len(indices) && b.wrong == ""; i++ {
		index, err := strconv.ParseInt(indices[i], 10, 64)
		if err != nil {
			b.fault("%s is no index", clipped(indices[i]))
		}
		b.addText(index, values[i])
	}
	return nil
}

func (b *sparseBuilder) addText(index int64, number string) {
	value, err := strconv.ParseFloat(number, 32)
	if err != nil {
		b.fault("%s is no value of a Float", clipped(number))
	}
	b.add(index, value)
}

func (b *sparseBuilder) numbers(s *scanner, key string) ([]string, error) {
	if s.peek() != '[' {
		b.fault("%s is no list", key)
		_, err := s.raw()
		return nil, err
	}
	var all []string
	err := s.list(func(int) error {
		number, err := s.numberText()
		all = append(all, number)
		return err
	})
	return all, err
}

func (b *sparseBuilder) pair(s *scanner) error {
	if s.peek() != '[' {
		b.fault("a list of places holds pairs such as [25,0.11]")
		_, err := s.raw()
		return err
	}
	pair, err := b.numbers(s, "place")
	if err != nil {
		return err
	}
	if len(pair) != 2 {
		b.fault("a place has %d numbers, not 2", len(pair))
		return nil
	}
	index, err := strconv.ParseInt(pair[0], 10, 64)
	if err != nil {
		b.fault("%s is no index", clipped(pair[0]))
	}
	b.addText(index, pair[1])
	return nil
}

// sparseFrom converts the spellings of Parquet: JSON text, a struct of indices
// and values, a list of structs of index and value.
func sparseFrom(from arrow.DataType) (converter, bool) {
	var row func(b *sparseBuilder, a arrow.Array, i int)
	switch from := from.(type) {
	case *arrow.StructType:
		places, ok := sparseStruct(from)
		if !ok {
			places, ok = sparseByName(from)
		}
		if !ok {
			return nil, false
		}
		row = places
	case *arrow.ListType:
		pair, ok := from.Elem().(*arrow.StructType)
		if !ok || pair.NumFields() != 2 || !isWhole(pair.Field(0).Type.ID()) || numberOf(pair.Field(1).Type.ID()) == nil {
			return nil, false
		}
		row = sparseList
	default:
		if !isText(from.ID()) {
			return nil, false
		}
		row = func(b *sparseBuilder, a arrow.Array, i int) { b.text([]byte(textAt(a, i))) }
	}
	return func(a arrow.Array, c *cells) (arrow.Array, error) {
		b := newSparse()
		defer b.lists.Release()
		for i := range a.Len() {
			if a.IsNull(i) {
				b.lists.AppendNull()
				continue
			}
			row(b, a, i)
			b.finish(i, c)
		}
		return b.lists.NewArray(), nil
	}, true
}

func textAt(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary:
		return string(a.Value(i))
	}
	return ""
}

func sparseStruct(t *arrow.StructType) (func(*sparseBuilder, arrow.Array, int), bool) {
	indices, ok := t.FieldIdx("indices")
	values, found := t.FieldIdx("values")
	if !ok || !found {
		return nil, false
	}
	list := func(i int, good func(arrow.Type) bool) bool {
		l, ok := t.Field(i).Type.(*arrow.ListType)
		return ok && good(l.Elem().ID())
	}
	if !list(indices, isWhole) || !list(values, func(t arrow.Type) bool { return numberOf(t) != nil }) {
		return nil, false
	}
	return func(b *sparseBuilder, a arrow.Array, i int) {
		s := a.(*array.Struct)
		x, y := s.Field(indices).(*array.List), s.Field(values).(*array.List)
		from, to := x.ValueOffsets(i)
		at, end := y.ValueOffsets(i)
		if to-from != end-at {
			b.fault("%d indices and %d values", to-from, end-at)
			return
		}
		for ; from < to; from, at = from+1, at+1 {
			b.addAt(x.ListValues(), int(from), y.ListValues(), int(at))
		}
	}, true
}

// sparseByName reads structs with a field for each index that any row has: what
// data frames make of objects such as {"25":0.11}.
func sparseByName(t *arrow.StructType) (func(*sparseBuilder, arrow.Array, int), bool) {
	indexes := make([]int64, t.NumFields())
	for i, f := range t.Fields() {
		index, err := strconv.ParseInt(f.Name, 10, 64)
		if err != nil || numberOf(f.Type.ID()) == nil {
			return nil, false
		}
		indexes[i] = index
	}
	return func(b *sparseBuilder, a arrow.Array, i int) {
		s := a.(*array.Struct)
		for j, index := range indexes {
			if values := s.Field(j); values.IsValid(i) {
				value, _ := numberAt(values, i)
				b.add(index, value)
			}
		}
		slices.SortFunc(b.places, func(x, y place) int { return cmp.Compare(x.index, y.index) })
	}, len(indexes) > 0
}

func sparseList(b *sparseBuilder, a arrow.Array, i int) {
	lists := a.(*array.List)
	s := lists.ListValues().(*array.Struct)
	from, to := lists.ValueOffsets(i)
	for j := int(from); j < int(to); j++ {
		b.addAt(s.Field(0), j, s.Field(1), j)
	}
}

func (b *sparseBuilder) addAt(indices arrow.Array, i int, values arrow.Array, j int) {
	index, ok := wholeAt(indices, i)
	value, good := numberAt(values, j)
	if !ok || !good || indices.IsNull(i) || values.IsNull(j) {
		b.fault("a place has no index or no value")
		return
	}
	b.add(index, value)
}
