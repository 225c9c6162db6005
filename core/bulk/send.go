package bulk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

const (
	// tries is how often a job is sent to a server that refuses connections.
	tries = 5
	// lookFor is how long a job whose answer was lost is looked for: what was
	// on its way may still arrive.
	lookFor = 10 * time.Second
	// settled is after how long a job that the server does not know was
	// certainly never taken; remembered is how long servers remember jobs.
	settled    = 2 * time.Minute
	remembered = 2 * time.Hour
)

// handOver sends a job, once. It is noted down before; t.entry tells its id
// afterwards.
func (r *run) handOver(ctx context.Context, t *task) (err error) {
	if t.entry == nil {
		if t.entry, err = r.journal.begin(r.target, t.job.Files, r.known, r.o.Before); err != nil {
			return err
		}
	}
	id, err := r.send(ctx, t.job)
	switch {
	case err == nil:
		r.mine(id)
		return t.entry.accepted(id)
	case marked[unclear](err):
		return r.findLost(ctx, t, err)
	default:
		return errors.Join(err, t.entry.forget())
	}
}

// send makes the request until it is accepted, refused or in doubt.
func (r *run) send(ctx context.Context, job Job) (string, error) {
	refused := 0
	for wait := time.Second; ; wait = min(2*wait, 10*time.Second) {
		id, err := r.wire.create(ctx, job)
		switch {
		case err == nil:
			return id, nil
		case marked[full](err):
			if r.Importer.o.Wait != nil {
				r.Importer.o.Wait(err.Error())
			}
		case marked[unsent](err) && refused < tries:
			refused++
		default:
			return "", err
		}
		if err := pause(ctx, min(wait, r.Importer.o.Pause)); err != nil {
			return "", err
		}
	}
}

// isKnown tells whether a job is ours already, or was there before.
func (r *run) isKnown(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started[id]
}

// mine notes that a job is not to be taken for a lost one.
func (r *run) mine(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started[id] = true
}

// findLost looks for a job whose answer was lost. It is never sent again.
func (r *run) findLost(ctx context.Context, t *task, lost error) error {
	end := time.Now().Add(min(lookFor, r.Importer.o.Patience))
	for ctx.Err() == nil {
		found, err := r.find(ctx, t.job.Files, r.isKnown)
		if err == nil && found != "" {
			return t.entry.accepted(found)
		}
		if err != nil && !passing(err) {
			return errors.Join(r.inDoubt(t, lost), err)
		}
		if time.Now().After(end) {
			break
		}
		if err := pause(ctx, min(time.Second, r.Importer.o.Pause)); err != nil {
			break
		}
	}
	return r.inDoubt(t, lost)
}

// inDoubt says that nobody knows whether a job was taken.
func (r *run) inDoubt(t *task, lost error) error {
	return core.Errorf(core.Unavailable, "outcome unknown: whether the server took the job of %s cannot be told: %w", t.job.Files[0].Key, lost).
		WithHint("it is not sent again, for its rows would be twice in %s; after %s the same command with --resume finds out and goes on",
			r.target.Collection, settled)
}

// find looks among the server's jobs for one with these files that is not
// known: the one whose answer was lost.
func (r *run) find(ctx context.Context, files []File, known func(id string) bool) (string, error) {
	listed, err := r.wire.list(ctx, r.target.Collection)
	if err != nil {
		return "", err
	}
	var problems []error
	for _, s := range listed {
		if known(s.ID) || s.CollectionID != 0 && s.CollectionID != r.target.CollectionID {
			continue
		}
		s, err := r.withFiles(ctx, s)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if sameFiles(s.Files, files) {
			r.mine(s.ID)
			return s.ID, nil
		}
	}
	return "", errors.Join(problems...)
}

// sameFiles tells whether a job's files, as the server tells them, are these.
// REST v2 puts other words around a key.
func sameFiles(told []string, files []File) bool {
	if len(told) != len(files) {
		return false
	}
	all := map[string]bool{}
	for _, name := range told {
		all[bareKey(name)] = true
	}
	for _, f := range files {
		if !all[f.Key] {
			return false
		}
	}
	return true
}

// bareKey takes a key out of what REST v2 tells: id:449 paths:"/a/1.parquet".
func bareKey(name string) string {
	if _, after, ok := strings.Cut(name, `paths:"`); ok {
		name, _, _ = strings.Cut(after, `"`)
	}
	return strings.TrimPrefix(name, "/")
}
