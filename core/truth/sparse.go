package truth

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

// sparse compares sparse vectors by what they have in common; a row that has
// nothing in common with a query is not found by it, as in Milvus. It is
// shared by all scanners.
type sparse struct {
	question Question
	// weights are the queries that have a place, by place.
	weights map[uint32][]weight
}

type weight struct {
	query int
	value float64
}

func newSparse(q Question) (*sparse, error) {
	s := &sparse{question: q, weights: map[uint32][]weight{}}
	places, err := placesOf(q.Queries)
	if err != nil {
		return nil, err
	}
	for i := range q.Queries.Len() {
		places.each(i, func(index uint32, value float32) {
			s.weights[index] = append(s.weights[index], weight{i, float64(value)})
		})
	}
	return s, nil
}

// places reads sparse vectors.
type places struct {
	list    *array.List
	indexes *array.Uint32
	values  *array.Float32
}

func placesOf(vectors arrow.Array) (places, error) {
	p := places{}
	list, isList := vectors.(*array.List)
	if isList {
		if pairs, ok := list.ListValues().(*array.Struct); ok && pairs.NumField() == 2 {
			p.list = list
			p.indexes, _ = pairs.Field(0).(*array.Uint32)
			p.values, _ = pairs.Field(1).(*array.Float32)
		}
	}
	if p.indexes == nil || p.values == nil {
		return p, core.Errorf(core.InvalidConfig, "vectors of type %s are no sparse vectors", vectors.DataType())
	}
	return p, nil
}

func (p places) each(row int, yield func(index uint32, value float32)) {
	from, to := p.list.ValueOffsets(row)
	for i := int(from); i < int(to); i++ {
		yield(p.indexes.Value(i), p.values.Value(i))
	}
}

func (s *sparse) scan() scanner {
	n := s.question.Queries.Len()
	return &sparseScan{sparse: s, all: collectors(n, s.question.K), sum: make([]float64, n), size: make([]float64, n), met: make([]bool, n)}
}

type sparseScan struct {
	*sparse
	all []collector
	// sum is the product of each query with the row at hand, size that of the
	// absolute values; met tells which of them have a place in common.
	sum, size []float64
	met       []bool
	touched   []int
}

func (s *sparseScan) found() []collector { return s.all }

func (s *sparseScan) rows(k keys, vectors arrow.Array) error {
	p, err := placesOf(vectors)
	if err != nil {
		return err
	}
	for i := range vectors.Len() {
		if vectors.IsNull(i) {
			continue
		}
		p.each(i, s.multiply)
		for _, q := range s.touched {
			h := hit{value: s.sum[q], slack: s.size[q] * 0x1p-20}
			if c := &s.all[q]; h.value >= c.limit {
				h.key = k.at(i)
				c.add(h)
			}
			s.sum[q], s.size[q], s.met[q] = 0, 0, false
		}
		s.touched = s.touched[:0]
	}
	return nil
}

func (s *sparseScan) multiply(index uint32, value float32) {
	for _, w := range s.weights[index] {
		if !s.met[w.query] {
			s.met[w.query] = true
			s.touched = append(s.touched, w.query)
		}
		product := w.value * float64(value)
		s.sum[w.query] += product
		s.size[w.query] += math.Abs(product)
	}
}
