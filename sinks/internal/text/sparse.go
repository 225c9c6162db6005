package text

import (
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

// Sparse writes sparse vectors as JSON objects: {"25":0.11,"78":0.22}.
type Sparse struct {
	floats  *Floats
	lists   *array.List
	indexes []uint32
	values  []float32
}

// NewSparse prepares the vectors of a column: a list of index and value.
func NewSparse(floats *Floats, lists *array.List) (*Sparse, error) {
	pairs, ok := lists.ListValues().(*array.Struct)
	if ok && pairs.NumField() == 2 {
		indexes, isIndex := pairs.Field(0).(*array.Uint32)
		values, isValue := pairs.Field(1).(*array.Float32)
		if isIndex && isValue {
			return &Sparse{floats, lists, indexes.Uint32Values(), values.Float32Values()}, nil
		}
	}
	return nil, core.Errorf(core.Internal, "a sparse vector is %s, not a list of index and value", lists.DataType())
}

// Append adds vector i to dst. A value that is no number is an error.
func (s *Sparse) Append(dst []byte, i int) ([]byte, error) {
	from, to := s.lists.ValueOffsets(i)
	dst = append(dst, '{')
	for j := from; j < to; j++ {
		if j > from {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = strconv.AppendUint(dst, uint64(s.indexes[j]), 10)
		dst = append(dst, '"', ':')
		v := s.values[j]
		if IsBad(v) {
			return dst, core.Errorf(core.InvalidData, "the sparse vector has %g at index %d", v, s.indexes[j])
		}
		dst = s.floats.Append(dst, v)
	}
	return append(dst, '}'), nil
}

// IsBad tells whether v is an infinity or not a number: JSON has neither.
func IsBad(v float32) bool { return math.Float32bits(v)&0x7f800000 == 0x7f800000 }
