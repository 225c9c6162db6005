package truth

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func isFloat32(vectors arrow.Array) bool {
	list, ok := vectors.(*array.FixedSizeList)
	return ok && list.ListValues().DataType().ID() == arrow.FLOAT32
}

// floats are the numbers of vectors, one after another: those of the array
// itself where they are single precision, else in space.
func floats(space []float32, t schema.Type, vectors arrow.Array) (values []float32, dim int, err error) {
	switch v := vectors.(type) {
	case *array.FixedSizeList:
		dim = int(v.DataType().(*arrow.FixedSizeListType).Len())
		from, to := v.Data().Offset()*dim, (v.Data().Offset()+v.Len())*dim
		switch numbers := v.ListValues().(type) {
		case *array.Float32:
			return numbers.Float32Values()[from:to], dim, nil
		case *array.Int8:
			space = slices.Grow(space[:0], to-from)
			for _, n := range numbers.Int8Values()[from:to] {
				space = append(space, float32(n))
			}
			return space, dim, nil
		}
	case *array.FixedSizeBinary:
		width := v.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
		bytes := v.Data().Buffers()[1].Bytes()[v.Data().Offset()*width:][:v.Len()*width]
		return half(space, t, bytes), width / 2, nil
	}
	return nil, 0, core.Errorf(core.InvalidConfig, "vectors of type %s are no %s", vectors.DataType(), t)
}

// half are half precision numbers as single precision, which holds them
// exactly.
func half(space []float32, t schema.Type, bytes []byte) []float32 {
	space = slices.Grow(space[:0], len(bytes)/2)
	for ; len(bytes) > 1; bytes = bytes[2:] {
		n := binary.LittleEndian.Uint16(bytes)
		if t == schema.BFloat16 {
			space = append(space, math.Float32frombits(uint32(n)<<16))
		} else {
			space = append(space, float16.FromBits(n).Float32())
		}
	}
	return space
}

func dimError(want, got int) error {
	return core.Errorf(core.InvalidData, "the queries have %d dimensions, the rows %d", want, got).
		WithHint("search with queries of the same field")
}

// Vector is one dense vector as a copy of its numbers; bits are zeros and ones.
func Vector(t schema.Type, vectors arrow.Array, i int) ([]float32, error) {
	if bits, ok := vectors.(*array.FixedSizeBinary); ok && t == schema.BinaryVector {
		bytes := bits.Value(i)
		v := make([]float32, 8*len(bytes))
		for at := range v {
			v[at] = float32(bytes[at/8] >> (7 - at%8) & 1)
		}
		return v, nil
	}
	one := array.NewSlice(vectors, int64(i), int64(i+1))
	defer one.Release()
	values, _, err := floats(nil, t, one)
	return slices.Clone(values), err
}
