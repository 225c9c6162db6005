package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"go.uber.org/goleak"

	"github.com/zilliz/milvus-ingest/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counting gives the row numbers as values.
type counting struct {
	mem  memory.Allocator
	fail int64 // the row at which it fails
	slow time.Duration
}

func (c counting) Fill(ctx context.Context, rows core.Rows, _ arrow.Record) (arrow.Record, error) {
	if c.fail >= rows.Start && c.fail < rows.End() {
		return nil, errors.New("the worker broke")
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(c.slow):
	}
	b := array.NewInt64Builder(c.mem)
	defer b.Release()
	for i := range rows.N {
		b.Append(rows.Start + int64(i))
	}
	a := b.NewArray()
	defer a.Release()
	return array.NewRecord(rowSchema(), []arrow.Array{a}, int64(rows.N)), nil
}

func (counting) Close() error { return nil }

func rowSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{{Name: "row", Type: arrow.PrimitiveTypes.Int64}}, nil)
}

// memorySink keeps the rows of committed parts.
type memorySink struct {
	mu         sync.Mutex
	parts      map[int64][]int64
	batches    map[int64][]int
	discarded  int
	failAt     int64
	failCommit bool
}

type memoryWriter struct {
	sink      *memorySink
	start     int64
	rows      []int64
	batches   []int
	committed bool
}

func newMemorySink() *memorySink {
	return &memorySink{parts: map[int64][]int64{}, batches: map[int64][]int{}, failAt: -1}
}

func (s *memorySink) Open(_ context.Context, spec core.WriteSpec) (core.Writer, error) {
	return &memoryWriter{sink: s, start: spec.Rows.Start}, nil
}

func (w *memoryWriter) Write(_ context.Context, batch arrow.Record) error {
	values := batch.Column(0).(*array.Int64).Int64Values()
	if slices.Contains(values, w.sink.failAt) {
		return errors.New("the disk is full")
	}
	w.rows = append(w.rows, values...)
	w.batches = append(w.batches, len(values))
	return nil
}

func (w *memoryWriter) Commit(context.Context) ([]core.Artifact, error) {
	if w.sink.failCommit {
		return nil, errors.New("the footer was not written")
	}
	w.committed = true
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	w.sink.parts[w.start], w.sink.batches[w.start] = w.rows, w.batches
	return []core.Artifact{{URI: fmt.Sprint(w.start), Rows: int64(len(w.rows))}}, nil
}

func (w *memoryWriter) Close() error {
	if !w.committed {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		w.sink.discarded++
	}
	return nil
}

func job(mem memory.Allocator, sink *memorySink, workers, parts, perPart, span, group int) (Job, *int) {
	j := Job{SpanRows: span, GroupRows: group, Progress: &Progress{}}
	for range workers {
		j.Workers = append(j.Workers, counting{mem: mem, fail: -1})
	}
	for i := range parts {
		j.Parts = append(j.Parts, Part{i, core.Rows{Start: int64(1000 + i*perPart), N: perPart}})
	}
	j.Outlets = []Outlet{{Sink: sink, Spec: func(p Part) core.WriteSpec { return core.WriteSpec{Rows: p.Rows} }}}
	done := new(int)
	j.Done = func(Part, [][]core.Artifact) error { *done++; return nil }
	return j, done
}

func TestRowsArriveOnceAndInOrder(t *testing.T) {
	for _, test := range []struct{ workers, parts, perPart, span, group int }{
		{1, 1, 1, 1, 0},
		{1, 1, 100, 7, 10},
		{4, 1, 100, 7, 10},
		{4, 3, 50, 16, 16},
		{3, 7, 11, 4, 0},
		{8, 2, 1000, 1, 64},
	} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			sink := newMemorySink()
			j, done := job(mem, sink, test.workers, test.parts, test.perPart, test.span, test.group)
			if err := Run(context.Background(), j); err != nil {
				t.Fatal(err)
			}
			if *done != test.parts || sink.discarded != 0 || j.Progress.Rows() != int64(test.parts*test.perPart) {
				t.Fatalf("%d parts done, %d discarded, %d rows", *done, sink.discarded, j.Progress.Rows())
			}
			for _, part := range j.Parts {
				want := make([]int64, part.Rows.N)
				for i := range want {
					want[i] = part.Rows.Start + int64(i)
				}
				if !slices.Equal(sink.parts[part.Rows.Start], want) {
					t.Errorf("part %d holds %v", part.Index, sink.parts[part.Rows.Start])
				}
				checkGroups(t, sink.batches[part.Rows.Start], test.span, test.group)
			}
		})
	}
}

func checkGroups(t *testing.T, batches []int, span, group int) {
	t.Helper()
	at := 0
	for _, n := range batches {
		if n > span || group > 0 && at%group+n > group {
			t.Errorf("a batch of %d rows at %d, with spans of %d and groups of %d", n, at, span, group)
		}
		at += n
	}
}

func TestAFailureEndsTheRunAndDiscardsItsParts(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Job, *memorySink)
		want  string
	}{
		{"a worker", func(j *Job, _ *memorySink) { j.Workers[1] = counting{mem: memory.DefaultAllocator, fail: 1150} }, "the worker broke"},
		{"a write", func(_ *Job, s *memorySink) { s.failAt = 1130 }, "the disk is full"},
		{"a commit", func(_ *Job, s *memorySink) { s.failCommit = true }, "the footer was not written"},
		{"the caller", func(j *Job, _ *memorySink) {
			j.Done = func(Part, [][]core.Artifact) error { return errors.New("no space for notes") }
		}, "no space for notes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sink := newMemorySink()
			j, _ := job(memory.DefaultAllocator, sink, 2, 1, 1000, 10, 0)
			test.spoil(&j, sink)
			err := Run(context.Background(), j)
			if err == nil || !errorsContain(err, test.want) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			if len(sink.parts) > 0 && test.name != "the caller" {
				t.Error("a part was committed")
			}
		})
	}
}

func errorsContain(err error, text string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == text {
			return true
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				if errorsContain(e, text) {
					return true
				}
			}
			return false
		}
	}
	return false
}

func TestCancelEndsWithinASecond(t *testing.T) {
	sink := newMemorySink()
	j, _ := job(memory.DefaultAllocator, sink, 3, 2, 1_000_000, 10, 0)
	for i := range j.Workers {
		j.Workers[i] = counting{mem: memory.DefaultAllocator, fail: -1, slow: 20 * time.Millisecond}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := Run(ctx, j); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error is %v", err)
	}
	if time.Since(start) > time.Second {
		t.Error("the run went on after it was cancelled")
	}
	if sink.discarded != 2 || len(sink.parts) != 0 {
		t.Errorf("%d parts discarded, %d kept", sink.discarded, len(sink.parts))
	}
}

func TestGroupAndSpanRows(t *testing.T) {
	tests := []struct {
		rowBytes            int64
		limit, group, spans int
	}{
		{6700, 0, 2048, 2048},
		{6700, 100, 2048, 100},
		{50, 0, 131072, 131072},
		{131_072, 50_000, 128, 128},
		{64 << 20, 0, 1, 1},
		{0, 0, 131072, 131072},
	}
	for _, test := range tests {
		group := GroupRows(test.rowBytes)
		if spans := SpanRows(test.rowBytes, group, test.limit); group != test.group || spans != test.spans {
			t.Errorf("%d bytes a row, limit %d: groups of %d, spans of %d", test.rowBytes, test.limit, group, spans)
		}
	}
}

func TestTheEndOfAQueueIsNoEndOfItsPart(t *testing.T) {
	broke := errors.New("the worker broke")
	ctx, cancel := context.WithCancelCause(context.Background())
	queue := make(chan arrow.Record)
	close(queue) // a worker that fails closes its queue before its error is known
	time.AfterFunc(time.Millisecond, func() { cancel(broke) })
	if batch, err := next(ctx, queue); batch != nil || !errors.Is(err, broke) {
		t.Errorf("%v, %v", batch, err)
	}
}
