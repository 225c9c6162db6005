package truth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestEveryKernelOfThisMachineAgreesWithDoublePrecision(t *testing.T) {
	for _, k := range kernels() {
		t.Run(fmt.Sprintf("%d rows by %d queries", k.rows, k.queries), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(k.rows)))
			for _, dim := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 768, 1023} {
				tryTile(t, k, dim, dim+random.IntN(9), random)
				tryLong(t, k, dim, random)
			}
		})
	}
}

func FuzzKernels(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, dim uint16, gap uint8) {
		random := rand.New(rand.NewPCG(seed, 1))
		for _, k := range kernels() {
			tryTile(t, k, int(dim%1500)+1, int(dim%1500)+1+int(gap), random)
			tryLong(t, k, int(dim%1500)+1, random)
		}
	})
}

func normals(random *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(random.NormFloat64())
	}
	return v
}

// tryTile compares a tile with the products in double precision; those that
// are too near the limit to tell may be on either side.
func tryTile(t *testing.T, k kernel, dim, stride int, random *rand.Rand) {
	t.Helper()
	rows, panel := normals(random, k.rows*stride), normals(random, k.queries*dim)
	limit, scale, bias := normals(random, k.queries), normals(random, k.rows), normals(random, k.rows)
	limit[0], limit[1], scale[0], bias[k.rows-1] = float32(math.Inf(-1)), float32(math.Inf(1)), 1, float32(math.Inf(1))
	mask := make([]uint32, k.rows)
	k.tile(rows, stride, panel, dim, limit, scale, bias, mask)
	for r := range k.rows {
		for q := range k.queries {
			var want, size float64
			for i := range dim {
				p := float64(rows[r*stride+i]) * float64(panel[i*k.queries+q])
				want, size = want+p, size+math.Abs(p)
			}
			least := float64(limit[q])*float64(scale[r]) + float64(bias[r])
			if math.Abs(want-least) <= float64(dim+4)*0x1p-23*(size+math.Abs(least)+1) {
				continue
			}
			if got := mask[r]>>q&1 == 1; got != (want >= least) {
				t.Fatalf("dim %d, row %d, query %d: %v for %g against %g", dim, r, q, got, want, least)
			}
		}
	}
}

func tryLong(t *testing.T, k kernel, n int, random *rand.Rand) {
	t.Helper()
	a, b := normals(random, n), normals(random, n)
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-12*(math.Abs(want)+float64(n)) {
			t.Fatalf("%s of %d values: %g, want %g", what, n, got, want)
		}
	}
	near("dot", k.dot(a, b), plainDot(a, b))
	near("square", k.square(a, b), plainSquare(a, b))
}

func BenchmarkTile(b *testing.B) {
	for _, k := range kernels() {
		b.Run(fmt.Sprintf("%dx%d", k.rows, k.queries), func(b *testing.B) {
			const dim, tiles = 768, 7
			random := rand.New(rand.NewPCG(1, 1))
			rows, panel := normals(random, tiles*k.rows*dim), normals(random, k.queries*dim)
			limit, scale, bias := normals(random, k.queries), normals(random, k.rows), normals(random, k.rows)
			mask := make([]uint32, k.rows)
			for b.Loop() {
				for i := range tiles {
					k.tile(rows[i*k.rows*dim:], dim, panel, dim, limit, scale, bias, mask)
				}
			}
			flops := float64(2*dim*k.rows*k.queries*tiles) * float64(b.N)
			b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
