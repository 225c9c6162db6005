package verify

import (
	"math/bits"
	"sync"

	"github.com/zeebo/xxh3"
)

// bucketBits is how finely rows are dealt to buckets by their hash.
const bucketBits = 16

// heldRows bounds how many hashes are held in memory to tell which rows
// differ, once it is known in which buckets they are.
const heldRows = 4 << 20

// bucket is the number of rows in it, and the sum of their hashes: two buckets
// with the same rows, in any order, are the same, and hardly any others.
type bucket struct {
	rows   int64
	hi, lo uint64
}

// tally is all rows of a side in buckets. It takes the same memory whatever
// the number of rows.
type tally struct {
	buckets [1 << bucketBits]bucket
}

func bucketOf(h xxh3.Uint128) int { return int(h.Hi >> (64 - bucketBits)) }

func (t *tally) add(h xxh3.Uint128) {
	b := &t.buckets[bucketOf(h)]
	var carry uint64
	b.rows++
	b.lo, carry = bits.Add64(b.lo, h.Lo, 0)
	b.hi, _ = bits.Add64(b.hi, h.Hi, carry)
}

// differing are the buckets in which two sides differ. held of them can be
// looked at in detail; of others it is only known how many rows there are at
// least on one side alone.
func differing(a, b *tally) (held map[int]bool, missing, extra int64) {
	held = map[int]bool{}
	room := int64(heldRows)
	for i := range a.buckets {
		x, y := a.buckets[i], b.buckets[i]
		if x == y {
			continue
		}
		if room -= x.rows + y.rows; room >= 0 || len(held) == 0 {
			held[i] = true
			continue
		}
		missing += max(0, x.rows-y.rows)
		extra += max(0, y.rows-x.rows)
	}
	return held, missing, extra
}

// balance says, for each hash, how often the data set has it more than the
// collection. It is safe for concurrent use.
type balance struct {
	held map[int]bool
	mu   sync.Mutex
	more map[xxh3.Uint128]int64
}

func (b *balance) add(h xxh3.Uint128, n int64) {
	if !b.held[bucketOf(h)] {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.more[h] += n; b.more[h] == 0 {
		delete(b.more, h)
	}
}

// sums are the rows that are missing and those that are extra.
func (b *balance) sums() (missing, extra int64) {
	for _, n := range b.more {
		missing += max(0, n)
		extra += max(0, -n)
	}
	return missing, extra
}

// claim takes one of the rows with this hash that one side has alone; false
// where there is none left. sign is 1 for the data set, -1 for the collection.
func (b *balance) claim(h xxh3.Uint128, sign int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.more[h]*sign <= 0 {
		return false
	}
	b.more[h] -= sign
	return true
}
