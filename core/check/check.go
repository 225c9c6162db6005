// Package check says whether a data set is one that Milvus will take: every
// rule, every file, every row, all problems at once. It also says what the data
// looks like. It streams: the size of a data set does not matter.
package check

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Options say how to check.
type Options struct {
	// Limit is how many findings of each rule and field are kept; 0: 5.
	Limit int
	// Target is the version of Milvus that the data is for.
	Target schema.Version
	// DropAutoID accepts the column of a key that Milvus makes: whoever
	// sends the file leaves it out.
	DropAutoID bool
	// Workers is how many units are read at once; 0: one a CPU.
	Workers int
	// TempDir is where keys are sorted that do not fit memory; empty: the
	// system's.
	TempDir string
	// Judge gives rules of the user's own; may be nil.
	Judge Judge
	// Units are the pieces to read; nil: all of them. Of a part neither the
	// number of rows nor the hashes of files are compared.
	Units []dataset.Unit
	// See is shown every batch by the worker that read it, counted from 0; it
	// must not keep the batch. May be nil.
	See func(worker int, b *dataset.Batch)
	// Progress is told how many rows were read since the last call; it is
	// called by several goroutines.
	Progress func(rows int64)
}

// Run checks a data set. The error is only for what keeps it from checking;
// what is wrong with the data is in the report.
func Run(ctx context.Context, set *dataset.Set, o Options) (*Report, error) {
	if o.Limit <= 0 {
		o.Limit = 5
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	r := &run{set: set, o: o, problems: newProblems(o.Limit, set.Files), units: o.Units, told: told(set.Meta)}
	if o.Units == nil {
		r.units = set.Units()
	}
	for _, f := range set.Findings {
		r.problems.add(f)
	}
	r.schemaRules()
	for _, f := range set.Files {
		r.fileRules(f)
		r.columnRules(f)
	}
	columns, err := r.readAll(ctx)
	if err != nil {
		return nil, err
	}
	if o.Units == nil {
		r.setRules()
	}
	return r.report(columns), nil
}

// run is one check.
type run struct {
	set      *dataset.Set
	o        Options
	problems *problems
	units    []dataset.Unit
	told     map[string]*dataset.File
	keys     *keys
	// rows are those read of each unit.
	rows []int64
}

func (r *run) find(f dataset.Finding) { r.problems.add(f) }

// readAll reads every unit in parallel, and hashes the files.
func (r *run) readAll(ctx context.Context) (_ []*column, err error) {
	if r.keys, err = newKeys(r); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.keys.close()) }()
	r.rows = make([]int64, len(r.units))
	var hashes []*dataset.DataFile
	if r.o.Units == nil {
		hashes = r.hashJobs()
	}
	workers := make([]*worker, max(1, min(r.o.Workers, len(r.units)+len(hashes))))
	var next atomic.Int64
	group, working := errgroup.WithContext(ctx)
	for i := range workers {
		workers[i] = newWorker(r, i)
		group.Go(func() (err error) {
			w := workers[i]
			defer func() { err = errors.Join(err, w.close()) }()
			for {
				job := int(next.Add(1)) - 1
				switch {
				case job < len(r.units):
					err = w.read(working, job)
				case job < len(r.units)+len(hashes):
					err = r.hash(working, hashes[job-len(r.units)])
				default:
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	columns := workers[0].columns
	for _, w := range workers[1:] {
		for i, c := range w.columns {
			columns[i].merge(c)
		}
	}
	return columns, r.keys.finish(ctx)
}

// worker reads units and looks at their columns.
type worker struct {
	run     *run
	reader  *dataset.Reader
	columns []*column
	number  int
	// verdicts are the user's own rules; nil until the first rows.
	verdicts core.Columns
}

func newWorker(r *run, number int) *worker {
	w := &worker{run: r, number: number}
	for _, f := range r.set.Arrow().Fields() {
		w.columns = append(w.columns, newColumn(r.set.Schema, f))
	}
	return w
}

func (w *worker) close() (err error) {
	if w.reader != nil {
		err = w.reader.Close()
	}
	if w.verdicts != nil {
		err = errors.Join(err, w.verdicts.Close())
	}
	return err
}

// read reads one unit. That it is damaged is a finding.
func (w *worker) read(ctx context.Context, job int) error {
	r := w.run
	if w.reader == nil {
		reader, err := r.set.Reader(dataset.ReadOptions{Report: r.reported, BatchBytes: 8 << 20})
		if err != nil {
			return err
		}
		w.reader = reader
	}
	unit := r.units[job]
	err := w.reader.Read(ctx, unit, func(b *dataset.Batch) error {
		r.rows[job] += b.NumRows()
		if err := r.keys.take(job, b); err != nil {
			return err
		}
		for i, c := range w.columns {
			c.look(b, i, r.problems.add)
		}
		if r.o.See != nil {
			r.o.See(w.number, b)
		}
		if err := w.judge(ctx, b); err != nil {
			return judged{err}
		}
		if r.o.Progress != nil {
			r.o.Progress(b.NumRows())
		}
		return nil
	})
	var own judged
	if err == nil || ctx.Err() != nil || errors.As(err, &own) {
		return err
	}
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.InvalidData {
		return fmt.Errorf("check %s: %w", unit.File.Name, err)
	}
	r.problems.add(dataset.Finding{
		Rule: dataset.RuleFile, Severity: dataset.Error, File: unit.File.Name, Row: core.NoRow,
		Message: strings.TrimPrefix(e.Err.Error(), unit.File.Name+": "), Hint: e.Hint,
	})
	return nil
}

// judged marks an error of the user's own rules: the file is not damaged.
type judged struct{ error }

// Unwrap gives the cause.
func (j judged) Unwrap() error { return j.error }

// reported takes what the reader finds.
func (r *run) reported(f dataset.Finding) { r.problems.add(f) }
