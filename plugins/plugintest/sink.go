package plugintest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Stored is what a sink says that it has stored.
type Stored struct {
	Artifacts  []core.Artifact
	Collection *schema.Collection
	Schema     *arrow.Schema
	// Dir is the folder that {dir} stood for.
	Dir string
}

// A Reader reads all rows that were stored, in their order, in the form of
// Stored.Schema. Values that the store cannot tell apart may come back in
// another spelling where they are JSON.
type Reader func(ctx context.Context, stored Stored) (arrow.Record, error)

func sinkChecks() []Check {
	checks := []Check{
		{Name: "stores every value of every type", Run: storesEveryValue},
		{Name: "commits no rows", Run: commitsNoRows},
		{Name: "leaves nothing without a commit", Run: leavesNothing},
		{Name: "takes a batch at the limit of size", Run: takesTheLargest},
		{Name: "serves two writers at once", Run: servesTwo},
		{Name: "refuses a target that is taken, or replaces it whole", Run: refusesTaken},
		{Name: "tells the row that it cannot store", Run: tellsTheRow},
	}
	for i := range checks {
		checks[i].Kind = sdk.KindSink
	}
	return checks
}

// in puts the folder in a configuration.
func (f folder) in(config string) string {
	return strings.ReplaceAll(orEmpty(config), "{dir}", filepath.ToSlash(f.dir))
}

func (f folder) remove() {
	if f.dir != "" {
		_ = os.RemoveAll(f.dir) // it is in the temporary folder
	}
}

// print is the content of the folder, to compare it by.
func (f folder) print() (string, error) {
	var out strings.Builder
	err := filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == f.dir {
			return err
		}
		fmt.Fprint(&out, path[len(f.dir):])
		if !entry.IsDir() {
			raw, err := os.ReadFile(path) //nolint:gosec // the folder is the test's own
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, " %x", sha256.Sum256(raw))
		}
		fmt.Fprintln(&out)
		return nil
	})
	return out.String(), err
}

// empty tells what the folder has, though it should have nothing.
func (f folder) empty(of string) error {
	left, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return wrong("%s left %s behind", of, left[0].Name())
	}
	return nil
}

// store writes batches to a target and commits them.
func (t *Trial) store(ctx context.Context, f folder, batches ...arrow.Record) ([]core.Artifact, error) {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return nil, err
	}
	rows := core.Rows{}
	for _, b := range batches {
		rows.N += int(b.NumRows())
	}
	w, err := t.openWriter(ctx, p, t.schemaOf(batches), f.in(t.Config), rows)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer w.cancel()
	for _, b := range batches {
		if err := w.write(b); err != nil {
			return nil, fmt.Errorf("write: %w", err)
		}
	}
	artifacts, err := w.commit()
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return artifacts, w.close()
}

func (t *Trial) schemaOf(batches []arrow.Record) *arrow.Schema {
	if len(batches) > 0 {
		return batches[0].Schema()
	}
	return t.collection().Arrow()
}

// compare reads what was stored and compares it.
func (t *Trial) compare(ctx context.Context, f folder, artifacts []core.Artifact, want arrow.Record) error {
	if t.Reader == nil {
		return nil
	}
	got, err := t.Reader(ctx, Stored{Artifacts: artifacts, Collection: t.collection(), Schema: want.Schema(), Dir: f.dir})
	if err != nil {
		return fmt.Errorf("read what was stored: %w", err)
	}
	defer got.Release()
	return sameRows(want, got)
}

func storesEveryValue(ctx context.Context, t *Trial) error {
	f, err := newFolder()
	if err != nil {
		return err
	}
	defer f.remove()
	batch := t.batch(sampleRows)
	head, tail := batch.NewSlice(0, 13), batch.NewSlice(13, batch.NumRows())
	artifacts, err := t.store(ctx, f, head, tail)
	if err != nil {
		return err
	}
	return t.compare(ctx, f, artifacts, batch)
}

func commitsNoRows(ctx context.Context, t *Trial) error {
	f, err := newFolder()
	if err != nil {
		return err
	}
	defer f.remove()
	artifacts, err := t.store(ctx, f)
	if err != nil {
		return err
	}
	return t.compare(ctx, f, artifacts, t.batch(0))
}

func leavesNothing(ctx context.Context, t *Trial) error {
	if !strings.Contains(t.Config, "{dir}") {
		return Skip("the configuration has no {dir} to look into")
	}
	for _, batches := range []int{0, 1} {
		f, err := newFolder()
		if err != nil {
			return err
		}
		defer f.remove()
		p, err := t.processes.get(ctx, 0)
		if err != nil {
			return err
		}
		batch := t.batch(sampleRows)
		w, err := t.openWriter(ctx, p, batch.Schema(), f.in(t.Config), core.Rows{})
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		for range batches {
			err = errors.Join(err, w.write(batch))
		}
		if err := errors.Join(err, w.close()); err != nil {
			return err
		}
		if err := f.empty(fmt.Sprintf("a writer that got %d batches and no commit", batches)); err != nil {
			return err
		}
	}
	return nil
}

func takesTheLargest(ctx context.Context, t *Trial) error {
	batch, c := t.largest()
	if batch == nil {
		return Skip("it stores neither FloatVector nor VarChar, of which the batch is made")
	}
	f, err := newFolder()
	if err != nil {
		return err
	}
	defer f.remove()
	artifacts, err := t.store(ctx, f, batch)
	if err != nil || t.Reader == nil {
		return err
	}
	got, err := t.Reader(ctx, Stored{Artifacts: artifacts, Collection: c, Schema: batch.Schema(), Dir: f.dir})
	if err != nil {
		return fmt.Errorf("read what was stored: %w", err)
	}
	defer got.Release()
	return sameRows(batch, got)
}

// servesTwo writes to two targets by turns.
func servesTwo(ctx context.Context, t *Trial) error {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	var folders [2]folder
	var writers [2]*writer
	batch := t.batch(sampleRows)
	rows := core.Rows{N: 2 * sampleRows}
	for i := range writers {
		if folders[i], err = newFolder(); err != nil {
			return err
		}
		defer folders[i].remove()
		if writers[i], err = t.openWriter(ctx, p, batch.Schema(), folders[i].in(t.Config), rows); err != nil {
			return fmt.Errorf("open writer %d while the other is open: %w", i+1, err)
		}
		defer writers[i].cancel()
	}
	for n := range 4 {
		if err := writers[n%2].write(batch); err != nil {
			return fmt.Errorf("writer %d: %w", n%2+1, err)
		}
	}
	twice := sampleBatch(t.collection(), sampleRows, sampleRows)
	for i, w := range writers {
		artifacts, err := w.commit()
		if err == nil {
			err = errors.Join(w.close(), t.compare(ctx, folders[i], artifacts, twice))
		}
		if err != nil {
			return fmt.Errorf("writer %d: %w", i+1, err)
		}
	}
	return nil
}

// refusesTaken stores on one target twice.
func refusesTaken(ctx context.Context, t *Trial) error {
	f, err := newFolder()
	if err != nil {
		return err
	}
	defer f.remove()
	first, second := t.batch(sampleRows), t.batch(sampleRows/2)
	artifacts, err := t.store(ctx, f, first)
	if err != nil {
		return err
	}
	before, err := f.print()
	if err != nil {
		return err
	}
	again, err := t.store(ctx, f, second)
	if err == nil {
		return t.compare(ctx, f, again, second)
	}
	if err := refused(err, core.Conflict, core.InvalidConfig); err != nil {
		return fmt.Errorf("the second run: %w", err)
	}
	if after, err := f.print(); err != nil || after != before {
		return errors.Join(err, wrong("the second run was refused, and has changed what the first had stored"))
	}
	return t.compare(ctx, f, artifacts, first)
}
