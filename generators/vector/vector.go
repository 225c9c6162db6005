// Package vector makes dense vectors: float32, float16, bfloat16, int8 and
// binary ones. Every generator is a model of float32 rows; an encoding turns a
// row into what the field's type stores.
package vector

import (
	"context"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family. They share one table of
// noise, which the first of them that is opened makes.
func Components() []sdk.Component {
	noise := sync.OnceValue(newTable)
	return []sdk.Component{
		component("vector.uniform", "Vectors whose values are spread evenly between two bounds.", noise, openUniform),
		component("vector.normal", "Vectors whose values follow a normal distribution.", noise, openNormal),
		component("vector.unit", "Vectors of length 1 that point anywhere.", noise, openUnit),
		component("vector.topic", "Embeddings that carry meaning: near where topic, category or row are the same.", noise, openTopic),
		component("vector.clustered", "Vectors around the centres of clusters.", noise, openClustered),
		component("vector.duplicates", "Vectors of length 1, some of them near copies of an earlier row's.", noise, openDuplicates),
		component("vector.planted", "Vectors of length 1 with groups of rows that are each other's nearest neighbours.", noise, openPlanted),
	}
}

// A model makes the float32 values of rows. One goroutine uses it.
type model interface {
	// fill sets all of dst, finite and not all zero, to the vector of a row.
	fill(dst []float32, at place)
}

// place is a row of the span that is being filled.
type place struct {
	row    int64
	i      int // of inputs
	inputs arrow.Record
}

// values is a model and what an encoding must know of its values.
type values struct {
	model
	middle float64 // half of the values are below it
	reach  float64 // almost no value is farther than that from 0
}

// opening is what a model is opened with.
type opening struct {
	core.ColumnSpec
	dim   int
	noise *table
	key   rng.Key // the field's stream
}

func component[C any](name, summary string, noise func() *table, open func(opening, C) (values, error)) sdk.Component {
	return sdk.Generator[C]{
		Info: sdk.Info{Name: name, Summary: summary, Types: []string{
			string(schema.FloatVector), string(schema.Float16), string(schema.BFloat16),
			string(schema.Int8Vector), string(schema.BinaryVector),
		}},
		Open: func(_ context.Context, spec core.ColumnSpec, config C) (core.Column, error) {
			dim, err := dimOf(spec.Field)
			if err != nil {
				return nil, err
			}
			v, err := open(opening{spec, dim, noise(), rng.Field(spec.Seed, spec.Field.Name)}, config)
			if err != nil {
				return nil, err
			}
			return newDense(spec, dim, v)
		},
	}
}

func dimOf(field arrow.Field) (int, error) {
	text, _ := field.Metadata.GetValue(core.MetaDim)
	dim, err := strconv.Atoi(text)
	if err != nil || dim < 1 {
		return 0, core.Errorf(core.InvalidConfig, "its dim is %q", text).WithHint("give the field a positive \"dim\"")
	}
	return dim, nil
}

// dense fills buffers of exactly the size of a span, in place where the field
// stores float32. It is a column.Maker.
type dense struct {
	values
	typ     arrow.DataType
	mem     memory.Allocator
	dim     int
	stride  int // bytes of a row
	encode  encoder
	scratch []float32 // one row before it is encoded
}

func newDense(spec core.ColumnSpec, dim int, v values) (*dense, error) {
	c := &dense{values: v, typ: spec.Field.Type, mem: spec.Mem, dim: dim}
	kind := schema.Type(column.Kind(spec.Field))
	form, ok := formOf(kind, dim)
	if !ok {
		return nil, column.Unfit(spec, "dense vectors")
	}
	if !arrow.TypeEqual(form, c.typ) {
		return nil, core.Errorf(core.InvalidConfig, "a %s of dim %d is %s, not %s", kind, dim, form, c.typ)
	}
	if err := checkReach(kind, v.reach); err != nil {
		return nil, err
	}
	c.stride, c.encode = encoding(kind, dim, v)
	if c.encode != nil {
		c.scratch = make([]float32, dim)
	}
	return c, nil
}

// formOf is the Arrow form of a dense vector type.
func formOf(kind schema.Type, dim int) (arrow.DataType, bool) {
	if !kind.IsDense() || kind == schema.BinaryVector && dim%8 != 0 {
		return nil, false
	}
	field := schema.Field{Type: kind, Dim: dim}
	return field.Arrow().Type, true
}

// Fill implements core.Column.
func (c *dense) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	return c.fillAll(ctx, rows.N, func(i int) place {
		return place{row: rows.Start + int64(i), i: i, inputs: inputs}
	})
}

// Make implements column.Maker.
func (c *dense) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	return c.fillAll(ctx, len(rows), func(i int) place { return place{row: rows[i], i: i} })
}

func (c *dense) fillAll(ctx context.Context, n int, at func(i int) place) (arrow.Array, error) {
	buffer := memory.NewBufferWithAllocator(c.mem.Allocate(n*c.stride), c.mem)
	defer buffer.Release()
	const oftenEnough = 256 // rows between two looks at ctx
	for i := range n {
		if i%oftenEnough == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out := buffer.Bytes()[i*c.stride : (i+1)*c.stride]
		if c.encode == nil {
			c.fill(arrow.Float32Traits.CastFromBytes(out), at(i))
			continue
		}
		c.fill(c.scratch, at(i))
		c.encode(out, c.scratch)
	}
	return c.array(buffer, n), nil
}

// array wraps the values of n rows in the field's type.
func (c *dense) array(buffer *memory.Buffer, n int) arrow.Array {
	list, ok := c.typ.(*arrow.FixedSizeListType)
	if !ok {
		data := array.NewData(c.typ, n, []*memory.Buffer{nil, buffer}, nil, 0, 0)
		defer data.Release()
		return array.NewFixedSizeBinaryData(data)
	}
	elements := array.NewData(list.Elem(), n*c.dim, []*memory.Buffer{nil, buffer}, nil, 0, 0)
	defer elements.Release()
	data := array.NewData(c.typ, n, []*memory.Buffer{nil}, []arrow.ArrayData{elements}, 0, 0)
	defer data.Release()
	return array.NewFixedSizeListData(data)
}

// Close implements core.Column.
func (c *dense) Close() error { return nil }
