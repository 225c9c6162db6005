package bench

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// build makes the Arrow form of vectors of numbers.
func build(f *schema.Field, vectors [][]float32) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, f.Arrow().Type)
	defer b.Release()
	for i, v := range vectors {
		if len(v) != f.Dim {
			return nil, core.Errorf(core.InvalidData, "query %d has %d dimensions, the field %d", i, len(v), f.Dim).WithField(f.Name)
		}
		switch b := b.(type) {
		case *array.FixedSizeListBuilder:
			b.Append(true)
			appendNumbers(b.ValueBuilder(), v)
		case *array.FixedSizeBinaryBuilder:
			b.Append(packed(f.Type, v))
		default:
			return nil, core.Errorf(core.InvalidConfig, "there are no queries of numbers for %s", f.Type).WithField(f.Name)
		}
	}
	return b.NewArray(), nil
}

func appendNumbers(b array.Builder, v []float32) {
	switch b := b.(type) {
	case *array.Float32Builder:
		b.AppendValues(v, nil)
	case *array.Int8Builder:
		for _, x := range v {
			b.Append(int8(math.Round(float64(min(max(x, -128), 127)))))
		}
	}
}

// packed are numbers of half precision, or bits: 1 where a number is more than
// a half, the first of a byte its highest.
func packed(t schema.Type, v []float32) []byte {
	if t == schema.BinaryVector {
		bytes := make([]byte, len(v)/8)
		for i, x := range v {
			if x > 0.5 {
				bytes[i/8] |= 0x80 >> (i % 8)
			}
		}
		return bytes
	}
	bytes := make([]byte, 0, 2*len(v))
	for _, x := range v {
		if t == schema.BFloat16 {
			n := math.Float32bits(x)
			n += 0x7fff + n>>16&1 // to the nearest, ties to even
			bytes = binary.LittleEndian.AppendUint16(bytes, uint16(n>>16))
		} else {
			bytes = binary.LittleEndian.AppendUint16(bytes, float16.New(x).Uint16())
		}
	}
	return bytes
}

// random makes vectors of normal numbers, or of random bits.
func random(f *schema.Field, n int, key rng.Key) (arrow.Array, error) {
	if f.Type == schema.Sparse {
		return nil, core.Errorf(core.InvalidConfig, "random sparse vectors have nothing in common with rows").WithField(f.Name).
			WithHint("search with --queries rows, planted, or a file")
	}
	vectors := make([][]float32, n)
	for i := range vectors {
		s := key.At(int64(i))
		vectors[i] = make([]float32, f.Dim)
		for at := range vectors[i] {
			switch f.Type {
			case schema.BinaryVector:
				vectors[i][at] = float32(s.IntN(2))
			case schema.Int8Vector:
				vectors[i][at] = float32(s.Between(-128, 127))
			default:
				vectors[i][at] = float32(s.Normal())
			}
		}
	}
	return build(f, vectors)
}

// perturb adds noise to vectors: to each number a normal one, noise times as
// large as the vector's numbers are; of bits that share is turned.
func perturb(f *schema.Field, rows arrow.Array, noise float64, key rng.Key) (arrow.Array, error) {
	if f.Type == schema.Sparse {
		return perturbSparse(rows, noise, key)
	}
	vectors := make([][]float32, rows.Len())
	for i := range vectors {
		v, err := truth.Vector(f.Type, rows, i)
		if err != nil {
			return nil, err
		}
		s := key.At(int64(i))
		if f.Type == schema.BinaryVector {
			for at := range v {
				if s.Bool(noise) {
					v[at] = 1 - v[at]
				}
			}
		} else {
			var square float64
			for _, x := range v {
				square += float64(x) * float64(x)
			}
			size := noise * math.Sqrt(square/float64(len(v)))
			for at := range v {
				v[at] += float32(size * s.Normal())
			}
		}
		vectors[i] = v
	}
	return build(f, vectors)
}

func perturbSparse(rows arrow.Array, noise float64, key rng.Key) (arrow.Array, error) {
	list, ok := rows.(*array.List)
	if !ok {
		return nil, core.Errorf(core.InvalidConfig, "vectors of type %s are no sparse vectors", rows.DataType())
	}
	b := array.NewListBuilder(memory.DefaultAllocator, schema.SparseType().Elem())
	defer b.Release()
	pairs := b.ValueBuilder().(*array.StructBuilder)
	from := list.ListValues().(*array.Struct)
	indexes, values := from.Field(0).(*array.Uint32), from.Field(1).(*array.Float32)
	for i := range list.Len() {
		s := key.At(int64(i))
		b.Append(true)
		begin, end := list.ValueOffsets(i)
		for at := int(begin); at < int(end); at++ {
			pairs.Append(true)
			pairs.FieldBuilder(0).(*array.Uint32Builder).Append(indexes.Value(at))
			pairs.FieldBuilder(1).(*array.Float32Builder).Append(values.Value(at) * float32(1+noise*s.Normal()))
		}
	}
	return b.NewArray(), nil
}
