package portrait

import (
	"math"

	"github.com/zilliz/milvus-ingest/core/rng"
)

const (
	fitRows  = 3000     // vectors that the directions are found from
	fitFloat = 16 << 20 // and their elements at most
	rounds   = 24       // of the iteration
	tracked  = 4        // directions that are followed: two more help the two
)

// project gives the places of the first n vectors in the plane of the two
// directions in which the vectors differ most (PCA), and the shares of the
// variance that they hold.
func project(all [][]float32, n int) ([][2]float64, [2]float64) {
	dim := len(all[0])
	fit := all[:max(2, min(len(all), fitRows, fitFloat/dim))]
	mean := meanOf(fit)
	basis, variance := directions(fit, mean)
	var total float64
	for _, v := range fit {
		for i, e := range v {
			d := float64(e) - mean[i]
			total += d * d
		}
	}
	var shares [2]float64
	if total > 0 {
		shares = [2]float64{round(variance[0] / total), round(variance[1] / total)}
	}
	points := make([][2]float64, n)
	for i, v := range all[:n] {
		points[i] = [2]float64{place(v, mean, basis[0]), place(v, mean, basis[1])}
	}
	return points, shares
}

// place is how far along a direction a vector lies, to a ten-thousandth.
func place(v []float32, mean, along []float64) float64 {
	var sum float64
	for i, e := range v {
		sum += (float64(e) - mean[i]) * along[i]
	}
	if math.Abs(sum) > 1e6 {
		return round(sum)
	}
	return math.Round(sum*1e4) / 1e4
}

func meanOf(vectors [][]float32) []float64 {
	mean := make([]float64, len(vectors[0]))
	for _, v := range vectors {
		for i, e := range v {
			mean[i] += float64(e)
		}
	}
	for i := range mean {
		mean[i] /= float64(len(vectors))
	}
	return mean
}

// directions finds the two directions of the largest variance by subspace
// iteration: a random basis is sent through the covariance again and again,
// and made orthogonal each time.
func directions(vectors [][]float32, mean []float64) ([2][]float64, [2]float64) {
	dim := len(mean)
	basis := make([][]float64, min(tracked, dim))
	for k := range basis {
		source := rng.Field(0, "plane").At(int64(k))
		basis[k] = make([]float64, dim)
		for i := range basis[k] {
			basis[k][i] = source.Normal()
		}
	}
	orthogonal(basis)
	var variance []float64
	for range rounds {
		basis, variance = spreadOf(vectors, mean, basis)
		orthogonal(basis)
	}
	first, second := 0, min(1, len(basis)-1)
	for _, b := range basis[:second+1] {
		face(b)
	}
	if second == 0 { // one dimension: nothing to go along
		return [2][]float64{basis[0], make([]float64, dim)}, [2]float64{variance[0], 0}
	}
	return [2][]float64{basis[first], basis[second]}, [2]float64{variance[first], variance[second]}
}

// spreadOf multiplies a basis by the covariance; the variances are those along
// the basis that it got.
func spreadOf(vectors [][]float32, mean []float64, basis [][]float64) ([][]float64, []float64) {
	dim := len(mean)
	next := make([][]float64, len(basis))
	for k := range next {
		next[k] = make([]float64, dim)
	}
	variance := make([]float64, len(basis))
	along := make([]float64, len(basis))
	centred := make([]float64, dim)
	for _, v := range vectors {
		for i, e := range v {
			centred[i] = float64(e) - mean[i]
		}
		for k, b := range basis {
			var sum float64
			for i, c := range centred {
				sum += c * b[i]
			}
			along[k] = sum
			variance[k] += sum * sum
		}
		for k := range next {
			to, by := next[k], along[k]
			for i, c := range centred {
				to[i] += by * c
			}
		}
	}
	return next, variance
}

// orthogonal makes a basis of unit vectors at right angles, the first ones
// kept; directions that vanish become zeros.
func orthogonal(basis [][]float64) {
	for k, b := range basis {
		for range 2 { // once more, for what rounding left
			for _, earlier := range basis[:k] {
				var dot float64
				for i := range b {
					dot += b[i] * earlier[i]
				}
				for i := range b {
					b[i] -= dot * earlier[i]
				}
			}
		}
		var norm float64
		for _, e := range b {
			norm += e * e
		}
		norm = math.Sqrt(norm)
		for i := range b {
			if norm > 1e-150 {
				b[i] /= norm
			} else {
				b[i] = 0
			}
		}
	}
}

// face turns a direction so that its largest element is positive: both ways
// are right, and one must be chosen.
func face(b []float64) {
	var largest float64
	for _, e := range b {
		if math.Abs(e) > math.Abs(largest)*(1+1e-9) {
			largest = e
		}
	}
	if largest < 0 {
		for i := range b {
			b[i] = -b[i]
		}
	}
}
