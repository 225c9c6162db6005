package insert

import (
	"math"
	"slices"
)

// interval holds the numbers from lo up to, but not including, hi.
type interval struct{ lo, hi int64 }

// ranges is a set of numbers as intervals that rise and do not touch: rows and
// ids come in long runs, so that it stays small.
type ranges []interval

// add puts the numbers of [lo, hi) into the set.
func (r *ranges) add(lo, hi int64) {
	if lo >= hi {
		return
	}
	all := *r
	first, _ := slices.BinarySearchFunc(all, lo, func(i interval, lo int64) int { return compare(i.hi, lo) })
	last := first
	for last < len(all) && all[last].lo <= hi {
		lo, hi = min(lo, all[last].lo), max(hi, all[last].hi)
		last++
	}
	*r = slices.Replace(all, first, last, interval{lo, hi})
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// missing are the numbers of [lo, hi) that are not in the set.
func (r ranges) missing(lo, hi int64) []interval {
	var gaps []interval
	first, _ := slices.BinarySearchFunc(r, lo, func(i interval, lo int64) int { return compare(i.hi, lo) })
	for _, i := range r[first:] {
		if i.lo >= hi {
			break
		}
		if lo < i.lo {
			gaps = append(gaps, interval{lo, i.lo})
		}
		lo = max(lo, i.hi)
	}
	if lo < hi {
		gaps = append(gaps, interval{lo, hi})
	}
	return gaps
}

// overlaps tells whether a number of [lo, hi) is in the set.
func (r ranges) overlaps(lo, hi int64) bool {
	gaps := r.missing(lo, hi)
	return len(gaps) != 1 || gaps[0] != interval{lo, hi}
}

// has tells whether n is in the set; the largest int64 never is.
func (r ranges) has(n int64) bool { return n < math.MaxInt64 && r.overlaps(n, n+1) }

// total is how many numbers are in the set.
func (r ranges) total() int64 {
	var n int64
	for _, i := range r {
		n += i.hi - i.lo
	}
	return n
}
