package dataset

import (
	"fmt"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// source reads one column of a row group.
type source interface {
	// next gives the next n values in the data set's Arrow form.
	next(n int, c *cells) (arrow.Array, error)
}

// cells are the values of one column of a batch while they are converted: it
// knows where they are, and takes what is wrong with them.
type cells struct {
	file  *DataFile
	field *schema.Field
	// first is the row of the first cell in its file.
	first  int64
	mem    memory.Allocator
	report func(Finding)
	// strict tells that the first report ends the reading.
	strict bool
	// broken are the cells that could not be converted, rising.
	broken []int
}

// bad reports a value that cannot be converted; it becomes null.
func (c *cells) bad(row int, rule, format string, args ...any) {
	if n := len(c.broken); n == 0 || c.broken[n-1] != row {
		c.broken = append(c.broken, row)
	}
	c.find(row, rule, Error, format, args...)
}

func (c *cells) find(row int, rule string, severity Severity, format string, args ...any) {
	c.report(Finding{
		Rule: rule, Severity: severity, File: c.file.Name, Row: c.first + int64(row), Field: c.field.Name,
		Message: fmt.Sprintf(format, args...),
	})
}

// recycler keeps large buffers for the next batch: fresh memory costs more
// than the copying of vectors.
type recycler struct {
	mu   sync.Mutex
	free [][]byte
}

const (
	recycleFrom = 64 << 10
	recycleMost = 16
)

// Allocate gives memory with any content.
func (r *recycler) Allocate(size int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, b := range r.free {
		if cap(b) >= size && cap(b) <= 2*size {
			r.free[i] = r.free[len(r.free)-1]
			r.free = r.free[:len(r.free)-1]
			return b[:size]
		}
	}
	return make([]byte, size)
}

// Reallocate implements memory.Allocator.
func (r *recycler) Reallocate(size int, old []byte) []byte {
	if size <= cap(old) {
		return old[:size]
	}
	b := r.Allocate(size)
	copy(b, old)
	r.Free(old)
	return b
}

// Free keeps the memory for the next Allocate.
func (r *recycler) Free(b []byte) {
	if cap(b) < recycleFrom {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.free) == recycleMost {
		copy(r.free, r.free[1:])
		r.free = r.free[:recycleMost-1]
	}
	r.free = append(r.free, b[:cap(b)])
}
