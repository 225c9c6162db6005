package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Mode says what to do with files that the journal tells of.
type Mode string

// The modes of Run.
const (
	// Fresh refuses files that were sent to the collection before.
	Fresh Mode = ""
	// Resume goes on where an earlier run ended.
	Resume Mode = "resume"
	// Again imports the files once more.
	Again Mode = "again"
)

// RunOptions say how files are imported.
type RunOptions struct {
	Mode Mode
	// NoWait hands the jobs over and does not wait for them.
	NoWait bool
	// Partition is the partition to import into, "" for the default one.
	Partition string
	// Before is how many rows the collection has.
	Before int64
}

// Result is what became of files.
type Result struct {
	// Jobs are those that were handed over or found, in no order.
	Jobs []Status `json:"jobs"`
	// Rows were loaded, by what the server says; with NoWait none are.
	Rows int64 `json:"rows"`
	// Files were loaded now, Earlier by an earlier run.
	Files   int `json:"files"`
	Earlier int `json:"files_earlier"`
	// Before is how many rows the collection had before the first of them.
	Before int64 `json:"rows_before"`
	// Left are the files that were not loaded.
	Left []string `json:"files_left,omitempty"`
}

// Run imports files into a collection. All jobs that fail are told, and the
// others are waited for. When it ends early the result tells what was loaded,
// and Resume goes on.
func (i *Importer) Run(ctx context.Context, into *collection.Collection, files []File, o RunOptions) (*Result, error) {
	t, err := i.target(into, o)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(Oversized(files)...); err != nil {
		return nil, err
	}
	journal, err := i.journal()
	if err != nil {
		return nil, err
	}
	r := &run{Importer: i, target: t, o: o, journal: journal, result: &Result{Before: o.Before}, left: map[string]bool{}, started: map[string]bool{}}
	for _, f := range files {
		r.left[f.Key] = true
	}
	if err := r.remember(ctx, files); err != nil {
		return r.sum(files), err
	}
	err = r.all(ctx)
	return r.sum(files), err
}

// target identifies the collection.
func (i *Importer) target(into *collection.Collection, o RunOptions) (Target, error) {
	if err := unparted(into.Schema, o.Partition); err != nil {
		return Target{}, err
	}
	return Target{
		Address: i.server.Address, Database: i.server.Database(), Collection: into.Name, CollectionID: into.ID(), Partition: o.Partition,
	}, nil
}

// unparted refuses a partition where a key decides.
func unparted(c *schema.Collection, partition string) error {
	for _, f := range c.Fields {
		if f.IsPartitionKey && partition != "" {
			return core.Errorf(core.InvalidConfig, "the collection has a partition key, %s: its rows find their partitions by themselves", f.Name).
				WithHint("leave --partition out")
		}
	}
	return nil
}

// run is one Run.
type run struct {
	*Importer
	target  Target
	o       RunOptions
	journal *Journal
	todo    []task

	mu       sync.Mutex
	result   *Result
	left     map[string]bool // files that are not loaded
	started  map[string]bool // ids of jobs that are ours, or were there before
	known    string          // what the journal calls the latter
	hopeless bool            // further jobs would fail as well
}

// task is a job that has to be handed over, or (with an entry) found or
// watched.
type task struct {
	job   Job
	entry *Entry
}

// sum completes the result.
func (r *run) sum(files []File) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Left = nil
	for _, f := range files {
		if r.left[f.Key] {
			r.result.Left = append(r.result.Left, f.Key)
		}
	}
	return r.result
}

// all carries out the tasks, some at once. It ends when all have ended.
func (r *run) all(ctx context.Context) error {
	tasks := make(chan task)
	problems := make([]error, len(r.todo)+1)
	var wg sync.WaitGroup
	next := 0
	for range min(r.Importer.o.Concurrent, len(r.todo)) {
		wg.Go(func() {
			for t := range tasks {
				err := r.carry(ctx, t)
				r.mu.Lock()
				problems[next] = err
				next++
				r.mu.Unlock()
			}
		})
	}
	problems[len(r.todo)] = r.feed(ctx, tasks)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return errors.Join(append(problems[:len(r.todo)], r.interrupted(err))...)
	}
	return errors.Join(problems...)
}

// feed hands the tasks out until there are no more, or more would be in vain.
func (r *run) feed(ctx context.Context, tasks chan<- task) error {
	defer close(tasks)
	for n, t := range r.todo {
		r.mu.Lock()
		hopeless := r.hopeless
		r.mu.Unlock()
		if hopeless {
			return core.Errorf(core.InvalidConfig, "%d more jobs were not handed over: they would fail for the same reason", len(r.todo)-n)
		}
		select {
		case <-ctx.Done():
			return nil // interrupted tells
		case tasks <- t:
		}
	}
	return nil
}

// interrupted says what goes on without us.
func (r *run) interrupted(err error) error {
	what := core.Errorf(core.Unavailable, "not done in time: %w", err)
	if errors.Is(err, context.Canceled) {
		what = core.Errorf(core.Unavailable, "interrupted: %w", err)
	}
	return what.WithHint("jobs that were handed over go on without this command; the same command with --resume waits for them and goes on with the rest")
}

// carry sees one task through: it is handed over, unless that was done, and
// watched until it ends.
func (r *run) carry(ctx context.Context, t task) error {
	if ended(ctx) {
		return nil
	}
	if t.entry == nil || t.entry.ID == "" {
		err := r.handOver(ctx, &t)
		if err != nil {
			return r.unlessEnded(ctx, err)
		}
	}
	if r.o.NoWait {
		s := Status{ID: t.entry.ID, Collection: r.target.Collection, State: Pending, Says: string(Pending), Files: keysOf(t.job.Files)}
		r.tell(s)
		r.note(s, t.job.Files)
		return nil
	}
	s, err := r.watch(ctx, t.entry.ID)
	if err != nil {
		return r.unlessEnded(ctx, err)
	}
	r.note(s, t.job.Files)
	if s.State == Failed {
		problem, every := failure(s, t.job.Files, r.Importer.o.Bucket)
		r.mu.Lock()
		r.hopeless = r.hopeless || every
		r.mu.Unlock()
		return errors.Join(problem, t.entry.finished(s))
	}
	return t.entry.finished(s)
}

// unlessEnded leaves out what is only told because the context ended.
func (r *run) unlessEnded(ctx context.Context, err error) error {
	if ended(ctx) {
		return nil
	}
	return err
}

// ended tells whether the run was interrupted: interrupted says so, once.
func ended(ctx context.Context) bool { return ctx.Err() != nil }

// note adds what became of a job to the result.
func (r *run) note(s Status, files []File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Jobs = append(r.result.Jobs, s)
	if s.State == Failed {
		return
	}
	if s.State == Completed {
		r.result.Rows += s.Rows
	}
	r.result.Files += len(files)
	for _, f := range files {
		delete(r.left, f.Key)
	}
}

func (r *run) tell(s Status) {
	if r.Importer.o.Tell == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Importer.o.Tell(s)
}

func keysOf(files []File) []string {
	keys := make([]string, len(files))
	for i, f := range files {
		keys[i] = f.Key
	}
	return keys
}

// watch looks at a job until it ends. A server that is away for a while is
// waited for.
func (r *run) watch(ctx context.Context, id string) (Status, error) {
	return r.Importer.watch(ctx, id, r.tell)
}

// Wait looks at a job until it ends; tell, which may be nil, gets each change.
// A job that failed is an error.
func (i *Importer) Wait(ctx context.Context, id string, tell func(Status)) (Status, error) {
	if tell == nil {
		tell = func(Status) {}
	}
	s, err := i.watch(ctx, id, tell)
	if err == nil && s.State == Failed {
		files := []File{{Key: "its files"}}
		if len(s.Files) > 0 {
			files = make([]File, len(s.Files))
			for n, key := range s.Files {
				files[n].Key = key
			}
		}
		err, _ = failure(s, files, i.o.Bucket)
	}
	return s, err
}

func (i *Importer) watch(ctx context.Context, id string, tell func(Status)) (Status, error) {
	const first = 200 * time.Millisecond
	var last Status
	seen := time.Now()
	for wait := first; ; wait = min(wait*3/2, i.o.Pause) {
		s, err := i.wire.describe(ctx, id)
		switch {
		case err == nil:
			seen = time.Now()
			if s.State != last.State || s.Percent != last.Percent || s.Rows != last.Rows || s.Says != last.Says {
				tell(s)
				last = s
			}
			if s.State == Completed || s.State == Failed {
				return s, nil
			}
		case ctx.Err() != nil:
			return last, ctx.Err()
		case !passing(err):
			return last, err
		case time.Since(seen) > i.o.Patience:
			return last, core.Errorf(core.Unavailable, "the server was away for %s while job %s was under way: %w", i.o.Patience, id, err).
				WithHint("when it is back: milvus-ingest import wait %s", id)
		}
		if err := pause(ctx, wait); err != nil {
			return last, err
		}
	}
}

// passing tells whether an error of a question may be gone a little later.
func passing(err error) bool {
	return collection.IsUnavailable(err) || collection.IsUnclear(err) || collection.IsRateLimit(err) ||
		marked[unsent](err) || marked[unclear](err) || marked[full](err)
}

// withFiles asks for the files of a job that a list did not tell.
func (i *Importer) withFiles(ctx context.Context, s Status) (Status, error) {
	if s.Files != nil {
		return s, nil
	}
	full, err := i.wire.describe(ctx, s.ID)
	if err != nil {
		return s, fmt.Errorf("look for the files of job %s: %w", s.ID, err)
	}
	return full, nil
}
