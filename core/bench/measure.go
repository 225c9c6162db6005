package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/truth"
)

// measure makes all runs. Before the first of them each search is tried once:
// what the server refuses is told at once, and before time was spent.
func (b *bench) measure(ctx context.Context) error {
	runs, err := b.plan(ctx)
	if err != nil {
		return err
	}
	for i, r := range runs {
		r.progress.Run, r.progress.Runs = i+1, len(runs)
		run, err := r.run(ctx)
		if run != nil {
			run.Selectivity = r.share
			b.result.Runs = append(b.result.Runs, *run)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plan prepares the runs.
func (b *bench) plan(ctx context.Context) (runs []*running, err error) {
	settings, filters, loads := b.settings()
	refused := map[string]bool{}
	var problems []error
	for i, s := range settings {
		r := &running{bench: b, load: loads[i], progress: Progress{Setting: s}, setting: s}
		if s.Filter != "" {
			r.share = &b.filters[filters[i]].share
		}
		if b.answers != nil {
			r.judge = newJudge(b.answers[filters[i]], s.TopK)
		}
		if r.prepared, err = b.search(s); err != nil {
			return nil, err
		}
		what := fmt.Sprintf("top %d %s %s", s.TopK, s.ParamText(), s.Filter)
		if _, tried := refused[what]; !tried {
			_, err := r.prepared.Do(ctx, 0, 1)
			// A server that is away for a moment is measured, too.
			if refused[what] = err != nil && core.CodeOf(err) != core.Unavailable; refused[what] {
				problems = append(problems, fmt.Errorf("search for the %s: %w", strings.TrimSpace(what), err))
			}
		}
		runs = append(runs, r)
	}
	return runs, errors.Join(problems...)
}

// search prepares the searches of a setting.
func (b *bench) search(s Setting) (*collection.Prepared, error) {
	var all []collection.Search
	for i, f := range b.fields {
		one := collection.Search{
			Field: f.Name, Metric: b.Metric, Vectors: b.queries[i], Limit: s.TopK, Filter: s.Filter,
			Params: map[string]any{}, Output: b.Output, Consistency: b.Consistency,
		}
		for name, value := range s.Params {
			one.Params[name] = parameter(value)
		}
		all = append(all, one)
	}
	if len(all) == 1 {
		return b.Collection.PrepareSearch(all[0])
	}
	return b.Collection.PrepareHybrid(collection.Hybrid{
		Searches: all, Weights: b.Weights, Limit: s.TopK, Output: b.Output, Consistency: b.Consistency,
	})
}

// parameter is the value of a parameter as Milvus wants it: a number where it
// is one.
func parameter(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	if is, err := strconv.ParseBool(text); err == nil {
		return is
	}
	return text
}

// running is one run.
type running struct {
	*bench
	prepared *collection.Prepared
	load     Load
	setting  Setting
	progress Progress
	judge    *judge   // nil where there is no truth
	share    *float64 // of the rows that the filter finds; nil without one
}

// run makes the run. Where ctx ends it returns what was measured, and why it
// ended.
func (r *running) run(ctx context.Context) (*Run, error) {
	if r.Warmup > 0 {
		warm := Load{Concurrency: r.load.Concurrency, Rate: r.load.Rate, Duration: r.Warmup}
		_, err := r.drive(ctx, warm, "warming up", nil)
		if err != nil {
			return nil, err
		}
	}
	return r.inserting(ctx, func() (*Run, error) { return r.drive(ctx, r.load, "searching", r.judge) })
}

// inserting makes a run while rows are inserted.
func (r *running) inserting(ctx context.Context, search func() (*Run, error)) (*Run, error) {
	if r.Insert == nil {
		return search()
	}
	meanwhile, stop := context.WithCancel(ctx)
	defer stop()
	var rows int64
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() { rows, failed = r.Insert.Insert(meanwhile) })
	run, err := search()
	stop()
	wg.Wait()
	if run != nil {
		run.Inserted = rows
	}
	return run, errors.Join(err, failed)
}

// drive carries a load out and tells how it goes.
func (r *running) drive(ctx context.Context, load Load, doing string, j *judge) (*Run, error) {
	record := newRecorder()
	queries := int64(r.prepared.Len())
	l := &loop{Load: load, record: record.record, search: func(ctx context.Context, n int64) error {
		query := int(n % queries)
		hits, err := r.prepared.Do(ctx, query, 1)
		if err == nil && j != nil {
			j.see(query, hits[0].Keys)
		}
		return err
	}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads(load)))
	cpu, begin := CPUTime(), time.Now()
	stop := r.follow(record, doing, begin)
	l.run(ctx)
	stop()
	elapsed, cpu := time.Since(begin), CPUTime()-cpu
	if n := l.left.Load(); n > 0 {
		record.mu.Lock()
		record.fail(errLeft(load.Rate).Error(), n)
		record.mu.Unlock()
	}
	run := &Run{Setting: r.setting, Late: l.late.Load()}
	record.fill(run, elapsed)
	if run.Searches > 0 {
		run.ClientCPU = float64(cpu) / float64(time.Millisecond) / float64(run.Searches)
	}
	if j != nil {
		run.Recall = j.recall()
	}
	if ctx.Err() != nil && run.Searches == 0 {
		run = nil
	}
	return run, ctx.Err()
}

// threads is on how many threads a load is made. A search is little work, and
// mostly waiting: threads that are not needed wake each other for nothing, at
// the cost of a quarter of the CPU, which a server on the same machine lacks.
func threads(load Load) int {
	const searches, perSecond = 32, 4000 // that one can make with ease
	n := 1 + load.Concurrency/searches
	if load.Rate > 0 {
		n = 1 + int(load.Rate/perSecond)
	}
	return min(n, runtime.GOMAXPROCS(0))
}

// follow tells how a load goes until stop is called.
func (r *running) follow(record *recorder, doing string, begin time.Time) (stop func()) {
	if r.Progress == nil {
		return func() {}
	}
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				p := r.progress
				p.Doing, p.Now = doing, record.now(time.Since(begin))
				r.tell(p)
			}
		}
	})
	return func() { close(end); wg.Wait() }
}

// judge compares what searches find with the truth: each query once. It is
// safe for concurrent use.
type judge struct {
	answer *truth.Answer
	topK   int
	seen   []atomic.Bool
	mu     sync.Mutex
	shares []float64
	tied   int
}

func newJudge(a *truth.Answer, topK int) *judge {
	return &judge{answer: a, topK: topK, seen: make([]atomic.Bool, len(a.Neighbors))}
}

func (j *judge) see(query int, found []any) {
	if j.seen[query].Swap(true) {
		return
	}
	keys := make([]truth.Key, 0, len(found))
	for _, value := range found {
		if key, err := truth.KeyOf(value); err == nil {
			keys = append(keys, key)
		}
	}
	judgement, ok := j.answer.Judge(query, j.topK, keys)
	if !ok {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shares = append(j.shares, judgement.Recall)
	if judgement.Tied {
		j.tied++
	}
}

// recall is nil where no query could be judged.
func (j *judge) recall() *Recall {
	if len(j.shares) == 0 {
		return nil
	}
	slices.Sort(j.shares)
	sum := 0.
	for _, s := range j.shares {
		sum += s
	}
	n := len(j.shares)
	return &Recall{Queries: n, Mean: sum / float64(n), P5: j.shares[n/20], Min: j.shares[0], Tied: j.tied}
}
