package truth

import "golang.org/x/sys/cpu"

// fastest is the best kernel of this machine.
func fastest() kernel {
	all := kernels()
	return all[len(all)-1]
}

// kernels are those that this machine can run, the best one last.
func kernels() []kernel {
	all := []kernel{plain()}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, kernel{rows: 6, queries: 16, tile: tileAVX2, dot: dotAVX2, square: squareAVX2})
	}
	if len(all) > 1 && cpu.X86.HasAVX512F {
		all = append(all, kernel{rows: 12, queries: 32, tile: tileAVX512, dot: dotAVX2, square: squareAVX2})
	}
	return all
}

func tileAVX2(rows []float32, stride int, panel []float32, dim int, limit, scale, bias []float32, mask []uint32) {
	_, _, _, _, _, _ = rows[5*stride+dim-1], panel[16*dim-1], limit[15], scale[5], bias[5], mask[5]
	tile6x16(&rows[0], uintptr(4*stride), &panel[0], dim, &limit[0], &scale[0], &bias[0], &mask[0])
}

func tileAVX512(rows []float32, stride int, panel []float32, dim int, limit, scale, bias []float32, mask []uint32) {
	_, _, _, _, _, _ = rows[11*stride+dim-1], panel[32*dim-1], limit[31], scale[11], bias[11], mask[11]
	tile12x32(&rows[0], uintptr(4*stride), &panel[0], dim, &limit[0], &scale[0], &bias[0], &mask[0])
}

func dotAVX2(a, b []float32) float64 {
	n := len(a) &^ 7
	rest := plainDot(a[n:], b[n:len(a)])
	if n == 0 {
		return rest
	}
	return dot8(&a[0], &b[0], n) + rest
}

func squareAVX2(a, b []float32) float64 {
	n := len(a) &^ 7
	rest := plainSquare(a[n:], b[n:len(a)])
	if n == 0 {
		return rest
	}
	return square8(&a[0], &b[0], n) + rest
}

// tile12x32 is tile for 12 rows and 32 queries; stride is in bytes.
//
//go:noescape
func tile12x32(rows *float32, stride uintptr, panel *float32, dim int, limit, scale, bias *float32, mask *uint32)

// tile6x16 is tile for 6 rows and 16 queries; stride is in bytes.
//
//go:noescape
func tile6x16(rows *float32, stride uintptr, panel *float32, dim int, limit, scale, bias *float32, mask *uint32)

// dot8 is dot for a multiple of 8 values, not 0.
//
//go:noescape
func dot8(a, b *float32, n int) float64

// square8 is square for a multiple of 8 values, not 0.
//
//go:noescape
func square8(a, b *float32, n int) float64
