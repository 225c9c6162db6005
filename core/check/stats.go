package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// moments are the least, the mean and the largest of numbers.
type moments struct {
	n           int64
	sum         float64
	least, most float64
}

func (m *moments) take(v float64) {
	if m.n == 0 {
		m.least, m.most = v, v
	}
	m.n++
	m.sum += v
	m.least, m.most = min(m.least, v), max(m.most, v)
}

func (m *moments) add(o *moments) {
	if o.n == 0 {
		return
	}
	if m.n == 0 {
		*m = *o
		return
	}
	m.n += o.n
	m.sum += o.sum
	m.least, m.most = min(m.least, o.least), max(m.most, o.most)
}

// mean has nine digits: the last ones of a sum depend on who added what first.
func (m *moments) mean() float64 { return rounded(m.sum / float64(max(m.n, 1))) }

func rounded(v float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 9, 64), 64)
	if err != nil {
		return 0
	}
	return v
}

// mix spreads the bits of a number.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// distinct counts different values by the smallest of their hashes: exactly
// up to distinctMost, to about 2 % beyond.
type distinct struct {
	hashes []uint64
	limit  uint64 // larger hashes are not kept; 0 is none
}

const distinctMost = 4096

func (d *distinct) take(hash uint64) {
	if d.limit != 0 && hash >= d.limit {
		return
	}
	d.hashes = append(d.hashes, hash)
	if len(d.hashes) >= 4*distinctMost {
		d.trim()
	}
}

func (d *distinct) trim() {
	slices.Sort(d.hashes)
	d.hashes = slices.Compact(d.hashes)
	if len(d.hashes) > distinctMost {
		d.hashes = d.hashes[:distinctMost+1]
		d.limit = d.hashes[distinctMost] // itself the largest that is kept
		d.hashes = d.hashes[:distinctMost]
	}
}

func (d *distinct) add(o *distinct) {
	if o.limit != 0 && (d.limit == 0 || o.limit < d.limit) {
		d.limit = o.limit
		d.hashes = slices.DeleteFunc(d.hashes, func(h uint64) bool { return h >= d.limit })
	}
	for _, h := range o.hashes {
		d.take(h)
	}
	d.trim()
}

// count is the number of different values and whether it is exact.
func (d *distinct) count() (int64, bool) {
	d.trim()
	if d.limit == 0 {
		return int64(len(d.hashes)), true
	}
	return int64(float64(len(d.hashes)) / (float64(d.limit) / math.MaxUint64)), false
}

// sample keeps about sampleMost values that depend on the rows alone, not on
// who reads them: those whose row's hash is least.
type sample[T any] struct {
	rows  []uint64
	kept  []T
	limit uint64
}

const sampleMost = 2048

// wants tells whether the value of a row belongs to the sample.
func (s *sample[T]) wants(key uint64) bool { return s.limit == 0 || key < s.limit }

func (s *sample[T]) take(key uint64, value T) {
	s.rows, s.kept = append(s.rows, key), append(s.kept, value)
	if len(s.rows) >= 2*sampleMost {
		s.halve()
	}
}

// halve lowers the limit until there is room.
func (s *sample[T]) halve() {
	if s.limit == 0 {
		s.limit = 1 << 63
	} else {
		s.limit /= 2
	}
	n := 0
	for i, key := range s.rows {
		if key < s.limit {
			s.rows[n], s.kept[n] = key, s.kept[i]
			n++
		}
	}
	s.rows, s.kept = s.rows[:n], s.kept[:n]
	if n >= 2*sampleMost {
		s.halve()
	}
}

func (s *sample[T]) add(o *sample[T]) {
	if o.limit != 0 && (s.limit == 0 || o.limit < s.limit) {
		s.limit = o.limit
	}
	for i, key := range o.rows {
		s.rows, s.kept = append(s.rows, key), append(s.kept, o.kept[i])
	}
	n := 0
	for i, key := range s.rows {
		if s.wants(key) {
			s.rows[n], s.kept[n] = key, s.kept[i]
			n++
		}
	}
	s.rows, s.kept = s.rows[:n], s.kept[:n]
	if n >= 2*sampleMost {
		s.halve()
	}
}

// first gives n values of the sample, the same whoever read them.
func (s *sample[T]) first(n int) []T {
	order := make([]int, len(s.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.rows[a], s.rows[b]) })
	var values []T
	for _, i := range order[:min(n, len(order))] {
		values = append(values, s.kept[i])
	}
	return values
}

// rowKey is the hash of a row by which samples choose.
func rowKey(at *place, row int) uint64 {
	return mix(uint64(at.first+int64(row))*0x9e3779b97f4a7c15 ^ at.salt)
}

// quantile of numbers that are sorted.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// tops counts the values of a field while they are few.
type tops struct {
	counts map[string]int64
	many   bool
}

const topsMost = 1000

func (t *tops) take(value string) {
	if t.many {
		return
	}
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	t.counts[value]++
	if len(t.counts) > topsMost {
		t.counts, t.many = nil, true
	}
}

func (t *tops) add(o *tops) {
	if t.many || o.many {
		t.counts, t.many = nil, true
		return
	}
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	for value, n := range o.counts {
		t.counts[value] += n
	}
	if len(t.counts) > topsMost {
		t.counts, t.many = nil, true
	}
}

// topList is how many of the most frequent values are told.
const topList = 10

// list gives the most frequent values with their shares.
func (t *tops) list() []Top {
	var all []Top
	var total int64
	for value, n := range t.counts {
		all = append(all, Top{Value: value, Count: n})
		total += n
	}
	slices.SortFunc(all, func(a, b Top) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	all = all[:min(len(all), topList)]
	for i := range all {
		all[i].Share = float64(all[i].Count) / float64(total)
		all[i].Value = nameOf(all[i].Value)
	}
	return all
}

// topsOf are the most frequent values of a sample; none where no value is
// frequent.
func topsOf(values []string) []Top {
	var t tops
	t.counts = map[string]int64{}
	for _, v := range values {
		t.counts[v]++
	}
	list := t.list()
	return slices.DeleteFunc(list, func(v Top) bool { return v.Share < 0.01 || v.Count < 5 })
}
