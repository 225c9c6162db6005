package vector

import (
	"math"

	"github.com/zilliz/milvus-ingest/core/rng"
)

const (
	// tableSize is the number of normal numbers that all noise is cut from:
	// 256 KiB, which stay in the second cache.
	tableSize = 1 << 16
	// block is how many values in a row come from one window of the table.
	// Smaller blocks repeat less and cost more.
	block = 32
)

// table holds the quantiles of the standard normal distribution in random
// order; its head is repeated at its end, so that a window can begin anywhere.
// Noise read from it is 20 times as fast as noise that is computed: two rows
// agree in a block only where both windows and both signs are the same.
type table [tableSize + block]float32

func newTable() *table {
	t := new(table)
	order := rng.NewPermutation(rng.Field(0, "\x00vector.noise"), tableSize)
	for i := range uint64(tableSize / 2) {
		p := (float64(i) + 0.5) / tableSize
		// The grid hides the last bits of the logarithm, in which machines
		// may differ.
		z := math.Round(math.Sqrt2*math.Erfinv(1-2*p)*(1<<20)) / (1 << 20)
		t[order.At(i)] = float32(z)
		t[order.At(tableSize-1-i)] = float32(-z)
	}
	copy(t[tableSize:], t[:block])
	return t
}

// wave is a stream of noise for one row: windows of the table, each with a
// sign of its own, times a scale.
type wave struct {
	rng.Source
	scale float32
}

// stream is an endless supply of noise for one purpose.
type stream struct{ first, second rng.Key }

func newStream(k rng.Key) stream { return stream{k.Sub(0), k.Sub(1)} }

// at gives two waves for a row, which add up to noise of the given scale.
// Their shares differ from row to row: where a vector has few blocks, windows
// and signs alone would not tell a million rows apart.
func (s stream) at(row int64, scale float32) (a, b wave) {
	a, b = wave{Source: s.first.At(row)}, wave{Source: s.second.At(row)}
	t := float32(a.Uint64()>>40) * 0x1p-24
	square := float32(t * t)
	a.scale = scale * ((1 - square) / (1 + square))
	b.scale = scale * (2 * t / (1 + square))
	return a, b
}

// vary makes the scale of the row its own, from 0.8 to 1.2 times what it was:
// some rows are closer to their centre than others, and no two are the same
// where a vector has few blocks.
func (w *wave) vary() {
	w.scale *= 0.8 + float32(float32(w.Uint64()>>40)*(0.4*0x1p-24))
}

// next is the window of the next block and the signed scale of its values.
func (w *wave) next(t *table) (*[block]float32, float32) {
	u := w.Uint64()
	scale := math.Float32frombits(math.Float32bits(w.scale) ^ uint32(u>>32)&(1<<31))
	return (*[block]float32)(t[u%tableSize:]), scale
}

// blend sets dst to centre plus two waves and gives the square of its length.
// centre is as long as dst.
func (t *table) blend(dst, centre []float32, a, b wave) (square float64) {
	for len(dst) >= block && len(centre) >= block {
		p, x := a.next(t)
		q, y := b.next(t)
		square += float64(blendBlock((*[block]float32)(dst), (*[block]float32)(centre), p, q, x, y))
		dst, centre = dst[block:], centre[block:]
	}
	if len(dst) == 0 {
		return square
	}
	p, x := a.next(t)
	q, y := b.next(t)
	for j := range dst {
		v := centre[j] + float32(x*p[j]) + float32(y*q[j])
		dst[j] = v
		square += float64(float32(v * v))
	}
	return square
}

// blendBlock is the loop that a data set's time goes into. The conversions
// keep the compiler from fusing a product and a sum, which would give other
// bits on other processors; the four sums do not wait for each other.
func blendBlock(d, c, p, q *[block]float32, x, y float32) float32 {
	var s0, s1, s2, s3 float32
	for j := 0; j < block; j += 4 {
		v0 := c[j] + float32(x*p[j]) + float32(y*q[j])
		v1 := c[j+1] + float32(x*p[j+1]) + float32(y*q[j+1])
		v2 := c[j+2] + float32(x*p[j+2]) + float32(y*q[j+2])
		v3 := c[j+3] + float32(x*p[j+3]) + float32(y*q[j+3])
		d[j], d[j+1], d[j+2], d[j+3] = v0, v1, v2, v3
		s0 += float32(v0 * v0)
		s1 += float32(v1 * v1)
		s2 += float32(v2 * v2)
		s3 += float32(v3 * v3)
	}
	return (s0 + s1) + (s2 + s3)
}

// normalise gives v the length 1, when square is that of its length now.
func normalise(v []float32, square float64) {
	if square < 1e-30 { // the sum of opposites: no direction is left
		clear(v)
		v[0] = 1
		return
	}
	scale(v, float32(1/math.Sqrt(square)))
}

// scale multiplies all of v.
func scale(v []float32, by float32) {
	for len(v) >= block {
		w := (*[block]float32)(v)
		for j := 0; j < block; j += 4 {
			w[j], w[j+1], w[j+2], w[j+3] = w[j]*by, w[j+1]*by, w[j+2]*by, w[j+3]*by
		}
		v = v[block:]
	}
	for j := range v {
		v[j] *= by
	}
}
