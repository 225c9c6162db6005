package arena

import "unsafe"

// Slab is a memory.Allocator over a piece of memory: it allocates upwards and
// frees all at once, by Reset. What does not fit comes from the Go heap, so
// it never fails. One goroutine uses it at a time.
type Slab struct {
	bytes []byte
	used  int
	last  int // where the last allocation began
}

// Reset makes the slab empty, over another piece of memory. What was
// allocated before is no longer the caller's.
func (s *Slab) Reset(bytes []byte) { s.bytes, s.used, s.last = bytes, 0, -1 }

// Take gives n bytes of the slab, or nil when they do not fit. Their content
// is whatever it was.
func (s *Slab) Take(n int) []byte {
	start := (s.used + Align - 1) &^ (Align - 1)
	if n <= 0 || n > len(s.bytes)-start {
		return nil
	}
	s.last, s.used = start, start+n
	return s.bytes[start : start+n : start+n]
}

// cleared is the size below which Allocate gives zeros. Larger buffers are
// those of vectors, whose every byte is written anyway: clearing them would
// cost as much again.
const cleared = 1 << 20

// Allocate implements memory.Allocator; memory below 1 MiB is zero.
func (s *Slab) Allocate(n int) []byte {
	if b := s.Take(n); b != nil {
		if n < cleared {
			clear(b)
		}
		return b
	}
	return make([]byte, n)
}

// Reallocate implements memory.Allocator. The last allocation grows in place.
func (s *Slab) Reallocate(n int, b []byte) []byte {
	if n <= len(b) {
		return b[:n]
	}
	if s.isLast(b) && n <= len(s.bytes)-s.last {
		s.used = max(s.used, s.last+n)
		grown := s.bytes[s.last : s.last+n : s.last+n]
		clear(grown[len(b):])
		return grown
	}
	grown := s.Allocate(n)
	copy(grown, b)
	return grown
}

// Free implements memory.Allocator; Reset frees.
func (s *Slab) Free([]byte) {}

func (s *Slab) isLast(b []byte) bool {
	return len(b) > 0 && s.last >= 0 && unsafe.SliceData(b) == &s.bytes[s.last]
}
