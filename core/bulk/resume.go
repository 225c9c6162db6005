package bulk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// remember finds out what became of files that were sent before, and makes
// tasks of what is left to do.
func (r *run) remember(ctx context.Context, files []File) error {
	entries, err := r.journal.Entries(r.target)
	if err != nil {
		return err
	}
	if err := r.knowBefore(ctx); err != nil {
		return err
	}
	before := map[string]*Entry{}
	if r.o.Mode != Again {
		for _, e := range entries {
			for _, f := range e.Files {
				if e.State != Failed {
					before[f.identity()] = e
				}
			}
		}
	}
	var fresh []File
	old := map[*Entry]int{}
	for _, f := range files {
		if e := before[f.identity()]; e != nil {
			old[e]++
		} else {
			fresh = append(fresh, f)
		}
	}
	if len(old) > 0 && r.o.Mode == Fresh {
		return r.sentBefore(old, len(files))
	}
	for _, e := range entries {
		if old[e] == 0 {
			continue
		}
		r.result.Before = min(r.result.Before, e.Before)
		again, err := r.goOn(ctx, e, entries)
		if err != nil {
			return err
		}
		if again {
			fresh = append(fresh, e.Files...)
		}
	}
	for _, job := range r.cut(r.target, fresh) {
		r.todo = append(r.todo, task{job: job})
	}
	return nil
}

// identity tells a file from another version of it with the same key.
func (f File) identity() string { return fmt.Sprintf("%s %d %s", f.Key, f.Bytes, f.SHA256) }

// knowBefore notes which jobs the server has before any is sent.
func (r *run) knowBefore(ctx context.Context) error {
	listed, err := r.wire.list(ctx, r.target.Collection)
	if err != nil {
		return err
	}
	ids := make([]string, len(listed))
	for n, s := range listed {
		ids[n] = s.ID
		r.started[s.ID] = true
	}
	r.known, err = r.journal.noteKnown(r.target, ids)
	return err
}

// sentBefore refuses to load files twice.
func (r *run) sentBefore(old map[*Entry]int, all int) error {
	done, under, files := 0, 0, 0
	for e, n := range old {
		files += n
		if e.State == Completed {
			done += n
		} else {
			under += n
		}
	}
	what := fmt.Sprintf("%d of %d files were imported into %s before", files, all, r.target.Collection)
	if under > 0 {
		what = fmt.Sprintf("an earlier import into %s ended half-way: of %d files %d are loaded and %d under way or in doubt", r.target.Collection, all, done, under)
	}
	return core.Errorf(core.Conflict, "%s; their rows would be there twice", what).
		WithHint("--resume goes on with what is left, --drop-if-exists begins anew, --again loads them once more")
}

// goOn makes a task of an earlier job, or tells that its files have to be sent
// again.
func (r *run) goOn(ctx context.Context, e *Entry, entries []*Entry) (again bool, err error) {
	job := Job{Collection: r.target.Collection, Partition: r.target.Partition, Files: e.Files}
	switch {
	case e.State == Completed:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.result.Earlier += len(e.Files)
		r.result.Rows += e.Rows
		for _, f := range e.Files {
			delete(r.left, f.Key)
		}
		return false, nil
	case e.ID != "":
		r.mine(e.ID)
		r.todo = append(r.todo, task{job: job, entry: e})
		return false, nil
	}
	found, err := r.findEarlier(ctx, e, entries)
	if err != nil {
		return false, err
	}
	if found != "" {
		r.todo = append(r.todo, task{job: job, entry: e})
		return false, e.accepted(found)
	}
	return true, r.neverTaken(e)
}

// neverTaken makes sure that a job which the server does not know was never
// taken, and forgets it.
func (r *run) neverTaken(e *Entry) error {
	age := time.Since(e.Sent)
	switch {
	case age < settled:
		return core.Errorf(core.Unavailable, "whether the server took the job of %s is still unknown", e.Files[0].Key).
			WithHint("try again in %s: by then it has told, or never will", (settled - age).Round(time.Second))
	case age > remembered:
		return core.Errorf(core.Conflict, "whether the server took the job of %s at %s can no longer be told: servers forget jobs", e.Files[0].Key, e.Sent.Format(time.DateTime)).
			WithHint("milvus-ingest to-milvus verify DIR tells what is there; --drop-if-exists begins anew, --again loads all files once more")
	}
	return e.forget()
}

// findEarlier looks for the job that an earlier run lost.
func (r *run) findEarlier(ctx context.Context, lost *Entry, entries []*Entry) (string, error) {
	listed, err := lost.knownJobs()
	if err != nil {
		return "", err
	}
	known := map[string]bool{}
	for _, id := range listed {
		known[id] = true
	}
	for _, e := range entries {
		known[e.ID] = true
	}
	return r.find(ctx, lost.Files, func(id string) bool { return known[id] })
}

// begun counts the files that were sent to a collection before.
func (i *Importer) begun(into *collection.Collection, o RunOptions, files []File) (n int, err error) {
	t, err := i.target(into, o)
	if err != nil {
		return 0, err
	}
	entries, err := i.entries(t)
	if err != nil {
		return 0, err
	}
	wanted := map[string]bool{}
	for _, f := range files {
		wanted[f.identity()] = true
	}
	for _, e := range entries {
		for _, f := range e.Files {
			if wanted[f.identity()] && e.State != Failed {
				n++
			}
		}
	}
	return n, nil
}

// Sent counts the files below a prefix that were sent to a collection before,
// and did not fail.
func (i *Importer) Sent(into *collection.Collection, prefix string) (n int, err error) {
	t, err := i.target(into, RunOptions{})
	if err != nil {
		return 0, err
	}
	entries, err := i.entries(t)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		for _, f := range e.Files {
			if e.State != Failed && strings.HasPrefix(f.Key, strings.TrimSuffix(prefix, "/")) {
				n++
			}
		}
	}
	return n, nil
}
