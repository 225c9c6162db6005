package truth

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

// bitSearch compares binary vectors. It is shared by all scanners.
type bitSearch struct {
	question Question
	width    int // bytes
	queries  [][]uint64
}

func newBinary(q Question) (*bitSearch, error) {
	vectors, ok := q.Queries.(*array.FixedSizeBinary)
	if !ok {
		return nil, core.Errorf(core.InvalidConfig, "queries of type %s are no binary vectors", q.Queries.DataType())
	}
	s := &bitSearch{question: q, width: vectors.DataType().(*arrow.FixedSizeBinaryType).ByteWidth}
	for i := range vectors.Len() {
		s.queries = append(s.queries, words(make([]uint64, (s.width+7)/8), vectors.Value(i)))
	}
	return s, nil
}

// words reads bytes as whole words; the last one is filled with zeros.
func words(into []uint64, bytes []byte) []uint64 {
	for i := range into {
		if len(bytes) >= 8 {
			into[i] = binary.LittleEndian.Uint64(bytes)
			bytes = bytes[8:]
			continue
		}
		var last [8]byte
		copy(last[:], bytes)
		into[i] = binary.LittleEndian.Uint64(last[:])
	}
	return into
}

func (s *bitSearch) scan() scanner {
	return &bitScan{bitSearch: s, all: collectors(len(s.queries), s.question.K), row: make([]uint64, (s.width+7)/8)}
}

type bitScan struct {
	*bitSearch
	all []collector
	row []uint64
}

func (s *bitScan) found() []collector { return s.all }

func (s *bitScan) rows(k keys, vectors arrow.Array) error {
	column, ok := vectors.(*array.FixedSizeBinary)
	if !ok {
		return core.Errorf(core.InvalidConfig, "vectors of type %s are no binary vectors", vectors.DataType())
	}
	if width := column.DataType().(*arrow.FixedSizeBinaryType).ByteWidth; width != s.width {
		return dimError(8*s.width, 8*width)
	}
	for i := range column.Len() {
		if column.IsNull(i) {
			continue
		}
		words(s.row, column.Value(i))
		for q := range s.queries {
			h := s.compare(q)
			if c := &s.all[q]; h.value >= c.limit {
				h.key = k.at(i)
				c.add(h)
			}
		}
	}
	return nil
}

func (s *bitScan) compare(q int) hit {
	query := s.queries[q][:len(s.row)]
	if s.question.Metric == "HAMMING" {
		differ := 0
		for i, w := range s.row {
			differ += bits.OnesCount64(w ^ query[i])
		}
		return hit{value: -float64(differ)}
	}
	both, either := 0, 0
	for i, w := range s.row {
		both += bits.OnesCount64(w & query[i])
		either += bits.OnesCount64(w | query[i])
	}
	if either == 0 {
		return hit{}
	}
	return hit{value: float64(both)/float64(either) - 1, slack: 0x1p-22}
}
