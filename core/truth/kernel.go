package truth

// A kernel multiplies a few rows with a panel of queries and tells which
// products are large enough to look at.
type kernel struct {
	// rows and queries are the size of what one call of tile takes.
	rows, queries int
	// tile sets bit q of mask[r] where the product of row r and query q is at
	// least scale[r]*limit[q] + bias[r]. The rows lie stride values apart; the
	// panel holds, for each of the dim places, one value of each query. All
	// is single precision and rounded in any order.
	tile func(rows []float32, stride int, panel []float32, dim int, limit, scale, bias []float32, mask []uint32)
	// dot and square are the sum of products, and of squared differences, in
	// double precision.
	dot, square func(a, b []float32) float64
}

// plain is the kernel of every machine, and what the others are tested
// against.
func plain() kernel {
	return kernel{rows: 4, queries: 8, tile: plainTile, dot: plainDot, square: plainSquare}
}

func plainTile(rows []float32, stride int, panel []float32, dim int, limit, scale, bias []float32, mask []uint32) {
	for r := range 4 {
		row := rows[r*stride:][:dim]
		var s [8]float32
		for i, v := range row {
			p := (*[8]float32)(panel[8*i:])
			s[0] += v * p[0]
			s[1] += v * p[1]
			s[2] += v * p[2]
			s[3] += v * p[3]
			s[4] += v * p[4]
			s[5] += v * p[5]
			s[6] += v * p[6]
			s[7] += v * p[7]
		}
		mask[r] = 0
		for q, product := range s {
			if product >= limit[q]*scale[r]+bias[r] {
				mask[r] |= 1 << q
			}
		}
	}
}

func plainDot(a, b []float32) float64 {
	var even, odd float64
	b = b[:len(a)]
	i := 0
	for ; i+1 < len(a); i += 2 {
		even += float64(a[i]) * float64(b[i])
		odd += float64(a[i+1]) * float64(b[i+1])
	}
	if i < len(a) {
		even += float64(a[i]) * float64(b[i])
	}
	return even + odd
}

func plainSquare(a, b []float32) float64 {
	var sum float64
	b = b[:len(a)]
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return sum
}
