// Package pipeline moves rows from generators to sinks:
//
//	parts → spans → columns (workers) → batches in row order → writers
//
// It knows neither processes nor files: workers are core.Columns, sinks are
// core.Sink. Its memory is set by the workers and the size of a span, never by
// the number of rows.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// Part is one piece of a run that a writer of its own takes in each sink, such
// as a file.
type Part struct {
	Index int
	Rows  core.Rows
}

// Job is what a run does.
type Job struct {
	// Parts are written each by writers of its own, several at once.
	Parts []Part
	// SpanRows bounds the rows of a batch, GroupRows says after how many rows
	// of a part a new group begins: no batch crosses a group. 0: no groups.
	SpanRows, GroupRows int
	// Workers make the rows; at least one. Run uses each from one goroutine
	// and leaves closing them to its caller.
	Workers []core.Columns
	// MayDrop tells that workers may leave rows of a span out.
	MayDrop bool
	// Outlets are where the rows go, each batch to all of them; at least one.
	Outlets []Outlet
	// Done is called once a part is committed in all outlets, with what each
	// of them stored; never from two goroutines.
	Done func(Part, [][]core.Artifact) error
	// Progress may be nil.
	Progress *Progress
}

// An Outlet is one sink of a run.
type Outlet struct {
	// Name is what errors call it; "" where there is no other.
	Name string
	Sink core.Sink
	// Spec is what the sink gets to know of a part.
	Spec func(Part) core.WriteSpec
}

// Progress counts what writers have taken. It may be read at any time.
type Progress struct{ rows, bytes atomic.Int64 }

// Rows is the number of rows that writers have taken.
func (p *Progress) Rows() int64 { return p.rows.Load() }

// Bytes is the size of those rows in memory.
func (p *Progress) Bytes() int64 { return p.bytes.Load() }

func (p *Progress) add(batch arrow.Record) {
	if p != nil {
		p.rows.Add(batch.NumRows())
		p.bytes.Add(Size(batch))
	}
}

// Run does the job. When it fails, parts that are done stay. A part that some
// outlets committed before another failed is not done; no other part leaves
// anything behind.
func Run(ctx context.Context, job Job) error {
	lanes := min(len(job.Workers), len(job.Parts))
	group, ctx := errgroup.WithContext(ctx)
	var done sync.Mutex
	for i := range lanes {
		l := lane{job: &job, done: &done}
		for w := i; w < len(job.Workers); w += lanes {
			l.workers = append(l.workers, job.Workers[w])
		}
		for p := i; p < len(job.Parts); p += lanes {
			l.parts = append(l.parts, job.Parts[p])
		}
		group.Go(func() error { return l.run(ctx) })
	}
	return group.Wait()
}

// A lane writes its parts one after the other, each with the rows that its
// workers make. Span j is made by worker j modulo their number, and written in
// the order of j: the file is the same whoever was faster.
type lane struct {
	job     *Job
	workers []core.Columns
	parts   []Part
	done    *sync.Mutex
}

func (l *lane) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	queues := make([]chan arrow.Record, len(l.workers))
	for i, worker := range l.workers {
		queues[i] = make(chan arrow.Record, 1)
		group.Go(func() error {
			defer close(queues[i])
			return l.fill(ctx, worker, i, queues[i])
		})
	}
	group.Go(func() error { return l.write(ctx, queues) })
	err := group.Wait()
	for _, queue := range queues {
		for batch := range queue {
			batch.Release()
		}
	}
	return err
}

// fill makes every span of the lane that falls to the worker.
func (l *lane) fill(ctx context.Context, worker core.Columns, turn int, queue chan<- arrow.Record) error {
	j := 0
	for _, part := range l.parts {
		for span := range l.job.spans(part.Rows) {
			mine := j%len(l.workers) == turn
			j++
			if !mine {
				continue
			}
			batch, err := worker.Fill(ctx, span, nil)
			if err != nil {
				return fmt.Errorf("rows %d to %d: %w", span.Start, span.End()-1, err)
			}
			select {
			case queue <- batch:
			case <-ctx.Done():
				batch.Release()
				return ctx.Err()
			}
		}
	}
	return nil
}

func (l *lane) write(ctx context.Context, queues []chan arrow.Record) error {
	j := 0
	for _, part := range l.parts {
		n, err := l.writePart(ctx, part, queues, j)
		if err != nil {
			return err
		}
		j += n
	}
	return nil
}

// writePart writes one part; it returns the number of its spans.
func (l *lane) writePart(ctx context.Context, part Part, queues []chan arrow.Record, first int) (n int, err error) {
	writers, err := openAll(ctx, l.job.Outlets, part)
	defer func() { err = errors.Join(err, writers.Close()) }()
	if err != nil {
		return 0, err
	}
	for span := range l.job.spans(part.Rows) {
		batch, err := next(ctx, queues[(first+n)%len(queues)])
		if err != nil {
			return n, err
		}
		if err := l.writeBatch(ctx, writers, span, batch); err != nil {
			return n, err
		}
		n++
	}
	artifacts, err := writers.Commit(ctx)
	if err != nil {
		return n, err
	}
	l.done.Lock()
	defer l.done.Unlock()
	return n, l.job.Done(part, artifacts)
}

// next takes the batch of a worker. A worker that fails ends the lane and
// tells why itself; its queue is closed a moment before.
func next(ctx context.Context, queue <-chan arrow.Record) (arrow.Record, error) {
	select {
	case batch, ok := <-queue:
		if ok {
			return batch, nil
		}
		<-ctx.Done()
	case <-ctx.Done():
	}
	return nil, context.Cause(ctx)
}

func (l *lane) writeBatch(ctx context.Context, writers writers, span core.Rows, batch arrow.Record) error {
	defer batch.Release()
	if n := batch.NumRows(); n > int64(span.N) || n < int64(span.N) && !l.job.MayDrop {
		return core.Errorf(core.Internal, "%d rows for a span of %d", batch.NumRows(), span.N).WithRow(span.Start)
	}
	if err := writers.Write(ctx, batch); err != nil {
		return err
	}
	l.job.Progress.add(batch)
	return nil
}
