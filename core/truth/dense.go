package truth

import (
	"math"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
)

// blockBytes is about how much of the rows is compared with all queries
// before the next rows: it should stay in a core's cache.
const blockBytes = 256 << 10

// dense compares vectors of numbers. It is shared by all scanners.
type dense struct {
	kernel
	question Question
	dim      int
	queries  []float32
	norms    []float64
	// panels hold the queries as the kernel reads them.
	panels [][]float32
	// step is the number of rows of a block.
	step int
	// unit is the bound of the relative error of a product in single
	// precision, tie the difference that cannot be told by it.
	unit, tie float64
}

func newDense(q Question, k kernel) (*dense, error) {
	values, dim, err := floats(nil, q.Type, q.Queries)
	if err != nil {
		return nil, err
	}
	d := &dense{kernel: k, question: q, dim: dim, queries: values}
	d.step = max(1, blockBytes/(4*dim*k.rows)) * k.rows
	d.unit = float64(dim+8) * 0x1p-23
	d.tie = (4 + math.Sqrt(float64(dim))) * 0x1p-23
	d.norms = make([]float64, q.Queries.Len())
	for i := range d.norms {
		v := d.query(i)
		d.norms[i] = math.Sqrt(k.dot(v, v))
	}
	for first := 0; first < len(d.norms); first += k.queries {
		panel := make([]float32, k.queries*dim)
		for i := first; i < min(first+k.queries, len(d.norms)); i++ {
			for at, v := range d.query(i) {
				panel[at*k.queries+i-first] = v
			}
		}
		d.panels = append(d.panels, panel)
	}
	return d, nil
}

func (d *dense) query(i int) []float32 { return d.queries[i*d.dim:][:d.dim] }

func (d *dense) scan() scanner {
	return &denseScan{
		dense: d, all: collectors(len(d.norms), d.question.K),
		limit: make([]float32, len(d.panels)*d.kernel.queries),
		scale: make([]float32, d.step), bias: make([]float32, d.step), norm: make([]float64, d.step),
		mask: make([]uint32, d.kernel.rows), tail: make([]float32, d.kernel.rows*d.dim),
	}
}

// denseScan is what one worker does.
type denseScan struct {
	*dense
	all []collector
	// limit is that of each query, scale and bias those of each row of the
	// block: see kernel.
	limit, scale, bias []float32
	norm               []float64
	mask               []uint32
	// tail holds the last rows of a batch, which do not fill a tile.
	tail []float32
	// wide holds vectors of other types as single precision.
	wide []float32
}

func (s *denseScan) found() []collector { return s.all }

func (s *denseScan) rows(k keys, vectors arrow.Array) error {
	values, dim, err := floats(s.wide, s.question.Type, vectors)
	if err != nil {
		return err
	}
	if vectors.Len() > 0 && dim != s.dim {
		return dimError(s.dim, dim)
	}
	if !isFloat32(vectors) {
		s.wide = values
	}
	for first := 0; first < vectors.Len(); first += s.step {
		n := min(s.step, vectors.Len()-first)
		b := denseBlock{scan: s, keys: k, first: first, values: values[first*s.dim:][:n*s.dim]}
		b.compare(vectors, n)
	}
	return nil
}

// denseBlock is a few rows that are compared with all queries.
type denseBlock struct {
	scan   *denseScan
	keys   keys
	first  int
	values []float32
}

func (b *denseBlock) row(i int) []float32 { return b.values[i*b.scan.dim:][:b.scan.dim] }

func (b *denseBlock) compare(vectors arrow.Array, n int) {
	s := b.scan
	largest := b.measure(vectors, n)
	for q := range s.all {
		s.limit[q] = s.limitOf(q, largest)
	}
	for q := len(s.all); q < len(s.limit); q++ {
		s.limit[q] = float32(math.Inf(1))
	}
	full := n / s.kernel.rows * s.kernel.rows
	if full < n {
		clear(s.tail)
		copy(s.tail, b.values[full*s.dim:])
	}
	width := s.kernel.queries
	for p, panel := range s.panels {
		limit := s.limit[p*width:][:width]
		for r := 0; r < n; r += s.kernel.rows {
			rows := s.tail
			if r < full {
				rows = b.values[r*s.dim:]
			}
			s.tile(rows, s.dim, panel, s.dim, limit, s.scale[r:], s.bias[r:], s.mask)
			for i, m := range s.mask {
				for ; m != 0; m &= m - 1 {
					b.look(r+i, p*width+bits.TrailingZeros32(m))
				}
			}
		}
	}
}

// measure tells the norm of each row, what the kernel needs of it, and the
// largest norm. Rows without a vector are left out of all.
func (b *denseBlock) measure(vectors arrow.Array, n int) (largest float64) {
	s := b.scan
	for i := range s.scale {
		s.scale[i], s.bias[i] = 1, float32(math.Inf(1))
		if i >= n || vectors.IsNull(b.first+i) {
			continue
		}
		square := s.dot(b.row(i), b.row(i))
		if math.IsNaN(square) || math.IsInf(square, 0) {
			continue
		}
		s.norm[i], s.bias[i] = math.Sqrt(square), 0
		largest = max(largest, s.norm[i])
		switch s.question.Metric {
		case "L2":
			s.bias[i] = float32(square / 2)
		case "COSINE":
			s.scale[i] = max(float32(s.norm[i]), math.SmallestNonzeroFloat32)
		}
	}
	return largest
}

// limitOf is the least product of a query with a row of the block that may be
// wanted, less than the error of single precision.
func (s *denseScan) limitOf(q int, largest float64) float32 {
	limit, norm := s.all[q].limit, s.norms[q]
	switch s.question.Metric {
	case "L2":
		return float32((limit+norm*norm)/2 - s.unit*(norm+largest)*(norm+largest))
	case "COSINE":
		return float32(limit*max(norm, math.SmallestNonzeroFloat32) - s.unit*norm)
	default:
		return float32(limit - s.unit*norm*largest)
	}
}

// look computes a pair in double precision.
func (b *denseBlock) look(row, q int) {
	s := b.scan
	h := hit{}
	size := s.norms[q] * s.norm[row]
	switch s.question.Metric {
	case "L2":
		h.value = -s.square(s.query(q), b.row(row))
		h.slack = -h.value * s.tie
	case "COSINE":
		if size > 0 {
			h.value = s.dot(s.query(q), b.row(row)) / size
		}
		h.slack = s.tie
	default:
		h.value = s.dot(s.query(q), b.row(row))
		h.slack = size * s.tie
	}
	if h.value >= s.all[q].limit {
		h.key = b.keys.at(b.first + row)
		s.all[q].add(h)
	}
}
