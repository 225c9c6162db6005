package plugins

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// slabs is the slabs of one worker. A free slab is the only credit there is:
// whoever wants to fill one waits for it.
type slabs struct {
	free chan struct{} // one token for each free slab

	mu    sync.Mutex
	stack []wire.Region // the slab used last is given first: its pages are there
	lost  int
	total int
}

func newSlabs(arena []byte, offset, size int64, n int) *slabs {
	s := &slabs{free: make(chan struct{}, n), total: n}
	for i := range n {
		at := offset + int64(n-1-i)*size
		s.stack = append(s.stack, wire.Region{Bytes: arena[at : at+size : at+size], Offset: at})
		s.free <- struct{}{}
	}
	return s
}

// take waits for a free slab. When all are lost it gives none, and rows come
// in messages.
func (s *slabs) take(ctx context.Context) (*slab, error) {
	if s == nil || s.allLost() {
		return nil, nil
	}
	select {
	case <-s.free:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.stack) - 1
	region := s.stack[last]
	s.stack = s.stack[:last]
	out := &slab{Region: region, home: s}
	out.holds.Store(1)
	return out, nil
}

func (s *slabs) allLost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost == s.total
}

// idle tells whether nobody uses any of the slabs.
func (s *slabs) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.stack)+s.lost == s.total
}

// slab is one slab in use. It is a memory.Allocator that allocates nothing:
// each buffer that is made of it holds it, and the last release frees it.
type slab struct {
	wire.Region
	home  *slabs
	holds atomic.Int64
}

// wrap makes a buffer of a piece of the slab.
func (s *slab) wrap(b []byte) *memory.Buffer {
	s.holds.Add(1)
	return memory.NewBufferWithAllocator(b, s)
}

// Free implements memory.Allocator: a buffer has been released.
func (s *slab) Free([]byte) { s.drop() }

// Allocate implements memory.Allocator; buffers of a slab never grow.
func (s *slab) Allocate(int) []byte { panic("plugins: a slab's buffers are not to be written") }

// Reallocate implements memory.Allocator, as Allocate.
func (s *slab) Reallocate(int, []byte) []byte { return s.Allocate(0) }

// drop gives up one hold.
func (s *slab) drop() {
	if s == nil || s.holds.Add(-1) > 0 {
		return
	}
	s.home.mu.Lock()
	s.home.stack = append(s.home.stack, s.Region)
	s.home.mu.Unlock()
	s.home.free <- struct{}{}
}

// lose gives the slab up for good: a plugin may still be writing to it.
func (s *slab) lose() {
	if s == nil {
		return
	}
	s.home.mu.Lock()
	s.home.lost++
	s.home.mu.Unlock()
}
