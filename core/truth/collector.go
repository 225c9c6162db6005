package truth

import (
	"cmp"
	"math"
	"slices"
)

// mostTies bounds the rows that are kept for a query beyond those that were
// asked for.
const mostTies = 1 << 14

// hit is a row that may be among the nearest: the larger value, the nearer.
type hit struct {
	value float64
	// slack is the difference of values that single precision cannot tell.
	slack float64
	key   Key
}

// collector keeps the k nearest rows of one query, and all that are as near as
// the last of them.
type collector struct {
	k    int
	hits []hit
	// limit is the least value that is still wanted; lost is the largest that
	// was wanted, but not kept.
	limit, lost float64
}

func collectors(queries, k int) []collector {
	all := make([]collector, queries)
	for i := range all {
		all[i] = collector{k: k, limit: math.Inf(-1), lost: math.Inf(-1)}
	}
	return all
}

func (c *collector) add(h hit) {
	if h.value < c.limit {
		return
	}
	c.hits = append(c.hits, h)
	if len(c.hits) >= 2*c.k+32 && len(c.hits) == cap(c.hits) {
		c.compact()
	}
}

// compact drops what is no longer wanted, and makes room.
func (c *collector) compact() {
	slices.SortFunc(c.hits, nearest)
	if len(c.hits) <= c.k {
		return
	}
	last := c.hits[c.k-1]
	c.limit = last.value - last.slack
	n := c.k
	for n < len(c.hits) && c.hits[n].value >= c.limit {
		n++
	}
	if n > c.k+mostTies {
		n = c.k + mostTies
		c.lost = max(c.lost, c.hits[n].value)
	}
	// Half of the room is for what comes until the next time.
	c.hits = slices.Grow(c.hits[:n], n+32)
}

// nearest orders hits, the nearest first, and equal ones by key: the order
// does not depend on who found them.
func nearest(a, b hit) int {
	if d := cmp.Compare(b.value, a.value); d != 0 {
		return d
	}
	return cmp.Or(cmp.Compare(a.key.Int, b.key.Int), cmp.Compare(a.key.Text, b.key.Text))
}

func (c *collector) merge(other collector) {
	c.lost = max(c.lost, other.lost)
	c.hits = append(c.hits, other.hits...)
}

func (c *collector) neighbors(similar bool) Neighbors {
	c.compact()
	n := Neighbors{Keys: make([]Key, len(c.hits)), Scores: make([]float64, len(c.hits)), Open: c.lost >= c.limit && !math.IsInf(c.lost, -1)}
	if len(c.hits) > 0 {
		n.Slack = c.hits[min(c.k, len(c.hits))-1].slack
	}
	for i, h := range c.hits {
		n.Keys[i], n.Scores[i] = h.key, h.value
		if !similar {
			n.Scores[i] = 0 - h.value
		}
	}
	return n
}
