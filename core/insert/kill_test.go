package insert_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/insert"
)

// A server of the test's own is killed while rows are on their way, and comes
// back: the run that waits and the one that is resumed lose and double
// nothing.

func TestMilvusThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	server := live.StartMilvus(t, nil)
	// One start serves all: it takes the server a while to find itself again.
	waiting, resumed := startRun(t, server, "waits", false, 3*time.Minute), startRun(t, server, "resumed", true, time.Millisecond)
	waiting.until(t, 500)
	resumed.until(t, 500)
	server.Kill(t)
	if err := resumed.end(); core.CodeOf(err) != core.Unavailable {
		t.Fatalf("the server is dead: %v", err)
	}
	server.Restart(t)
	next := resumed.again(t, server)
	waiting.check(t, waiting.end())
	next.check(t, next.end())
}

func TestMilvusLiteThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	server := live.StartLite(t)
	for _, autoID := range []bool{false, true} {
		waiting, resumed := startRun(t, server, fmt.Sprintf("waits_%t", autoID), autoID, time.Minute), startRun(t, server, fmt.Sprintf("resumed_%t", autoID), autoID, time.Millisecond)
		waiting.until(t, 500)
		resumed.until(t, 500)
		server.Kill(t)
		if err := resumed.end(); core.CodeOf(err) != core.Unavailable {
			t.Fatalf("the server is dead: %v", err)
		}
		server.Restart(t)
		next := resumed.again(t, server)
		waiting.check(t, waiting.end())
		next.check(t, next.end())
	}
}

// a running run.
type running struct {
	run    *insert.Run
	in     chan *insert.Inserter
	at     *insert.Inserter
	done   chan struct{}
	result *insert.Result
	err    error
}

const killRows = 2000

func startRun(t *testing.T, server *live.Server, name string, autoID bool, wait time.Duration) *running {
	t.Helper()
	return start(t, &insert.Run{
		Server: dial(t, server.URI), Set: data(t, killRows, autoID), Name: name, StateDir: t.TempDir(),
		Options: insert.Options{BatchRows: 10, InFlight: 2, MaxWait: wait},
	})
}

func start(t *testing.T, run *insert.Run) *running {
	t.Helper()
	r := &running{run: run, in: make(chan *insert.Inserter, 1), done: make(chan struct{})}
	var once sync.Once
	run.Sending = func(in *insert.Inserter, _ int64) { once.Do(func() { r.in <- in }) }
	go func() {
		defer close(r.done)
		r.result, r.err = run.Do(t.Context())
	}()
	t.Cleanup(func() { <-r.done })
	return r
}

// until waits until rows have been acknowledged.
func (r *running) until(t *testing.T, rows int64) {
	t.Helper()
	if r.at == nil {
		select {
		case r.at = <-r.in:
		case <-r.done:
			t.Fatalf("ended before the first row: %v", r.err)
		}
	}
	for r.at.Progress().Rows < rows {
		select {
		case <-r.done:
			t.Fatalf("ended before %d rows: %v", rows, r.err)
		case <-time.After(time.Millisecond):
		}
	}
}

func (r *running) end() error { <-r.done; return r.err }

// again resumes a run that failed.
func (r *running) again(t *testing.T, server *live.Server) *running {
	t.Helper()
	run := *r.run
	run.Server, run.Resume, run.MaxWait = dial(t, server.URI), true, 3*time.Minute
	return start(t, &run)
}

func (r *running) check(t *testing.T, err error) {
	t.Helper()
	if err != nil || r.result.Rows+r.result.Resumed != killRows || r.result.After != killRows {
		t.Fatalf("%s: %+v, %v", r.run.Name, r.result, err)
	}
	found, err := r.run.Server.Find(t.Context(), r.run.Name)
	if err != nil {
		t.Fatal(err)
	}
	exactly(t, found, killRows)
}
