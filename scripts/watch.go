package scripts

import (
	"fmt"
	"os"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

const (
	// defaultTimeout is the time that one call of a hook may take.
	defaultTimeout = 2 * time.Second
	// grace is how long a call may go on once it was interrupted. Native
	// code, such as a backtracking regular expression, cannot be: the process
	// has to end.
	grace = time.Second
	// tick is how often the watch looks.
	tick = 20 * time.Millisecond
	// maxHeap is the memory at which hooks end their process.
	maxHeap = 2 << 30
)

// A watch ends calls that take too long or too much memory. It counts ticks
// instead of asking the clock, so that a call costs two atomic writes.
type watch struct {
	vm    *goja.Runtime
	name  string
	limit time.Duration
	call  atomic.Int64 // grows by one with each call; odd while it runs
	row   atomic.Int64
	end   chan struct{}
	ended chan struct{}
	// die ends the process; tests replace it.
	die func(message string)
}

func newWatch(vm *goja.Runtime, name string, limit time.Duration) *watch {
	w := &watch{vm: vm, name: name, limit: limit, end: make(chan struct{}), ended: make(chan struct{}), die: die}
	go w.run()
	return w
}

func die(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}

// begin and done enclose a call.
func (w *watch) begin(row int64) {
	w.row.Store(row)
	w.call.Add(1)
}

func (w *watch) done() { w.call.Add(1) }

func (w *watch) close() {
	close(w.end)
	<-w.ended
}

// timeout is the reason of an interrupt.
type timeout struct{ limit time.Duration }

func (t timeout) Error() string { return fmt.Sprintf("the call took longer than %v", t.limit) }

func (w *watch) run() {
	defer close(w.ended)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var last int64
	var ran time.Duration
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case <-w.end:
			return
		case <-ticker.C:
		}
		call := w.call.Load()
		if call%2 == 0 || call != last {
			last, ran = call, 0
			continue
		}
		ran += tick
		metrics.Read(heap)
		if used := heap[0].Value.Uint64(); used > maxHeap {
			w.die(fmt.Sprintf("%s: row %d: the hooks hold more than %d MB of memory", w.name, w.row.Load(), maxHeap>>20))
			return
		}
		switch {
		case ran >= w.limit+grace:
			w.die(fmt.Sprintf("%s: row %d: the call took longer than %v and cannot be interrupted (a regular expression?)", w.name, w.row.Load(), w.limit))
			return
		case ran >= w.limit:
			w.vm.Interrupt(timeout{w.limit})
		}
	}
}
