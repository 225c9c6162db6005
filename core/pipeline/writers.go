package pipeline

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// writers are the open writers of one part, one for each outlet.
type writers []writer

type writer struct {
	core.Writer
	outlet string
}

// openAll opens a writer in every outlet. Those that are open come with the
// error, to be closed.
func openAll(ctx context.Context, outlets []Outlet, part Part) (writers, error) {
	var all writers
	for _, o := range outlets {
		w, err := o.Sink.Open(ctx, o.Spec(part))
		if err != nil {
			return all, inOutlet(o.Name, err)
		}
		all = append(all, writer{w, o.Name})
	}
	return all, nil
}

// inOutlet says which outlet an error is of, where there are several.
func inOutlet(name string, err error) error {
	if name == "" || err == nil {
		return err
	}
	return fmt.Errorf("sink %s: %w", name, err)
}

// Write gives the batch to all at the same time: they are different processes,
// and none changes it.
func (ws writers) Write(ctx context.Context, batch arrow.Record) error {
	if len(ws) == 1 {
		return inOutlet(ws[0].outlet, ws[0].Writer.Write(ctx, batch))
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, w := range ws {
		group.Go(func() error { return inOutlet(w.outlet, w.Writer.Write(ctx, batch)) })
	}
	return group.Wait()
}

// Commit commits in the order of the outlets, and stops at the first that
// fails.
func (ws writers) Commit(ctx context.Context) ([][]core.Artifact, error) {
	var all [][]core.Artifact
	for _, w := range ws {
		artifacts, err := w.Writer.Commit(ctx)
		if err != nil {
			return nil, inOutlet(w.outlet, err)
		}
		all = append(all, artifacts)
	}
	return all, nil
}

// Close closes all.
func (ws writers) Close() error {
	var problems []error
	for _, w := range ws {
		problems = append(problems, inOutlet(w.outlet, w.Writer.Close()))
	}
	return errors.Join(problems...)
}
