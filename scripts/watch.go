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
	// defaultMemory is the memory at which a call of a hook is ended.
	defaultMemory = 1 << 30
	// grace is how long a call may go on once it was interrupted. Native
	// code, such as a backtracking regular expression, cannot be: the process
	// has to end.
	grace = time.Second
	// tick is how often the watch looks.
	tick = 20 * time.Millisecond
)

// A watch ends calls that take too long or too much memory. It counts ticks
// instead of asking the clock, so that a call costs two atomic writes. First
// it interrupts, which leaves an error with file and line; where that does not
// help, or memory grows on, it ends the process.
type watch struct {
	vm     *goja.Runtime
	limits limits
	what   atomic.Pointer[string] // whose calls it watches
	call   atomic.Int64           // grows by one with each call; odd while it runs
	row    atomic.Int64
	end    chan struct{}
	ended  chan struct{}
}

// limits is what one call may take.
type limits struct {
	time   time.Duration
	memory uint64 // of the whole process
}

func newWatch(vm *goja.Runtime, what string, l limits) *watch {
	w := &watch{vm: vm, limits: l, end: make(chan struct{}), ended: make(chan struct{})}
	w.place(what)
	go w.run()
	return w
}

// place says whose calls are to come, for the last words of the process.
func (w *watch) place(what string) { w.what.Store(&what) }

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

// excess is the reason of an interrupt.
type excess string

func (e excess) Error() string { return string(e) }

func (w *watch) run() {
	defer close(w.ended)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var last int64
	var ran, over time.Duration
	for {
		select {
		case <-w.end:
			return
		case <-ticker.C:
		}
		call := w.call.Load()
		if call%2 == 0 || call != last {
			last, ran, over = call, 0, 0
			continue
		}
		ran += tick
		reason, drastic := w.excess(ran)
		if reason == "" {
			continue
		}
		if over += tick; over > grace || drastic {
			w.die(reason)
		}
		w.vm.Interrupt(reason)
	}
}

// excess tells what the running call takes too much of; drastic: there is no
// time to wait for it.
func (w *watch) excess(ran time.Duration) (reason excess, drastic bool) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	if used := heap[0].Value.Uint64(); used > w.limits.memory {
		reason = excess(fmt.Sprintf("the call needs more memory than the limit of %d MB", w.limits.memory>>20))
		return reason, used > w.limits.memory+w.limits.memory/2
	}
	if ran >= w.limits.time {
		return excess(fmt.Sprintf("the call took longer than %v", w.limits.time)), false
	}
	return "", false
}

// die ends the process; the host tells its last words.
func (w *watch) die(reason excess) {
	at := ""
	if row := w.row.Load(); row >= 0 {
		at = fmt.Sprintf("row %d: ", row)
	}
	fmt.Fprintf(os.Stderr, "%s: %s%s, and could not be interrupted (a regular expression, or one huge value?)\n", *w.what.Load(), at, reason)
	os.Exit(1)
}
