// Package sparse makes sparse vectors: the few words that a text has out of a
// large vocabulary, each with a weight.
package sparse

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	types := []string{string(schema.Sparse)}
	return []sdk.Component{
		sdk.Generator[zipfConfig]{
			Info: sdk.Info{Name: "sparse.zipf", Types: types, Summary: "Sparse vectors of a vocabulary in which few words are frequent and each topic has words of its own."},
			Open: openZipf,
		},
		sdk.Generator[textConfig]{
			Info: sdk.Info{Name: "sparse.text", Types: types, Summary: "Sparse vectors of the words of other fields' text."},
			Open: openText,
		},
	}
}

func checkType(spec core.ColumnSpec) error {
	if arrow.TypeEqual(spec.Field.Type, schema.SparseType()) {
		return nil
	}
	return column.Unfit(spec, "sparse vectors")
}

// rows gathers the vectors of a span. Its memory is used again for the next.
type rows struct {
	offsets []int32
	indexes []uint32
	values  []float32
}

func (r *rows) reset() {
	r.offsets, r.indexes, r.values = append(r.offsets[:0], 0), r.indexes[:0], r.values[:0]
}

// add appends a place to the row that end will end.
func (r *rows) add(index uint32, value float32) {
	r.indexes, r.values = append(r.indexes, index), append(r.values, value)
}

func (r *rows) end() { r.offsets = append(r.offsets, int32(len(r.indexes))) }

// array copies the rows into buffers of exactly their size.
func (r *rows) array(mem memory.Allocator) arrow.Array {
	n := len(r.offsets) - 1
	typ := schema.SparseType()
	pair := typ.Elem().(*arrow.StructType)
	var owned []interface{ Release() }
	own := func(d *array.Data) arrow.ArrayData { owned = append(owned, d); return d }
	buffer := func(b []byte) *memory.Buffer {
		out := memory.NewBufferWithAllocator(mem.Allocate(len(b)), mem)
		copy(out.Bytes(), b)
		owned = append(owned, out)
		return out
	}
	indexes := own(array.NewData(pair.Field(0).Type, len(r.indexes), []*memory.Buffer{nil, buffer(arrow.Uint32Traits.CastToBytes(r.indexes))}, nil, 0, 0))
	values := own(array.NewData(pair.Field(1).Type, len(r.values), []*memory.Buffer{nil, buffer(arrow.Float32Traits.CastToBytes(r.values))}, nil, 0, 0))
	pairs := own(array.NewData(pair, len(r.indexes), []*memory.Buffer{nil}, []arrow.ArrayData{indexes, values}, 0, 0))
	list := own(array.NewData(typ, n, []*memory.Buffer{nil, buffer(arrow.Int32Traits.CastToBytes(r.offsets))}, []arrow.ArrayData{pairs}, 0, 0))
	a := array.NewListData(list.(*array.Data))
	for _, o := range owned {
		o.Release()
	}
	return a
}

// counted calls each with the distinct indexes of a bag in rising order and
// how often each occurs. It sorts the bag.
func counted(bag []uint32, each func(index uint32, times int)) {
	slices.Sort(bag)
	for from := 0; from < len(bag); {
		to := from + 1
		for to < len(bag) && bag[to] == bag[from] {
			to++
		}
		each(bag[from], to-from)
		from = to
	}
}

// saturate is the weight of a word that occurs so many times: 1 for once, and
// never more than 1+k.
func saturate(times int, k float32) float32 {
	t := float32(times)
	return float32(t*(k+1)) / (t + k)
}
