package main

import (
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/upload"
)

// halfImported says what was loaded by an import that failed, and how to go
// on.
func (a *app) halfImported(r *bulk.LoadResult) error {
	loaded, left := r.Files+r.Earlier, len(r.Left)
	if loaded == 0 || left == 0 {
		return nil
	}
	if a.verbose {
		for _, key := range r.Left {
			a.say("not loaded: %s", key)
		}
	}
	return core.Errorf(core.Internal, "of %d files %d are loaded (%s rows), and %d are not", loaded+left, loaded, inThousands(r.Rows), left).
		WithHint("when the cause is mended, the same command with --resume loads the rest; -v names the files")
}

// reportImport tells what was done.
func (a *app) reportImport(c *toImportCommand, r *bulk.LoadResult) error {
	if a.output == "json" {
		return a.printJSON(r)
	}
	if r.Uploaded != nil {
		sent, bytes := 0, int64(0)
		for _, o := range r.Uploaded.Objects {
			if o.State == upload.Sent {
				sent, bytes = sent+1, bytes+o.Bytes
			}
		}
		fmt.Fprintf(a.stdout, "%s: %d objects sent (%s), %d were there already\n", r.Place, sent, inBytes(bytes), len(r.Uploaded.Objects)-sent)
		if len(r.Uploaded.LeftOut) > 0 {
			fmt.Fprintf(a.stdout, "left out of the objects: %s\n", strings.Join(r.Uploaded.LeftOut, ", "))
		}
	}
	if !c.Wait {
		return a.reportHanded(c, r)
	}
	verb := "imported into"
	if r.Made {
		verb = "imported into the new collection"
	}
	fmt.Fprintf(a.stdout, "%s rows of %d files %s %s on %s, by %d jobs over %s", inThousands(r.Rows), r.Files+r.Earlier, verb, r.Collection, r.Server, len(r.Jobs), r.Over)
	if r.Earlier > 0 {
		fmt.Fprintf(a.stdout, " (%d files by an earlier run)", r.Earlier)
	}
	fmt.Fprintf(a.stdout, "\n%.1f s: upload %.1f s, import %.1f s (%s rows/s), index, load and count %.1f s\n", r.Seconds, r.SecondsUpload, r.SecondsImport,
		inThousands(int64(float64(r.Rows)/max(r.SecondsImport, 1e-3))), r.SecondsFinish)
	counted := "not counted: the collection is not loaded"
	if r.After >= 0 {
		counted = inThousands(r.After) + " rows counted"
	}
	fmt.Fprintf(a.stdout, "%s (its statistics say %s)\n", counted, inThousands(r.Estimate))
	if c.LocalPath+c.Path != "" {
		a.say("next: milvus-ingest to-milvus verify %s%s --collection-name %s", shellWord(c.LocalPath+c.Path), c.where()+c.shown(), r.Collection)
	}
	return nil
}

// reportHanded tells of jobs that are not waited for.
func (a *app) reportHanded(c *toImportCommand, r *bulk.LoadResult) error {
	ids := make([]string, len(r.Jobs))
	for n, j := range r.Jobs {
		ids[n] = j.ID
	}
	if len(ids) == 0 {
		fmt.Fprintf(a.stdout, "nothing to do: all %d files are in %s\n", r.Earlier, r.Collection)
		return nil
	}
	fmt.Fprintf(a.stdout, "%d jobs with %d files handed over to %s on %s, over %s:\n", len(ids), r.Files, r.Collection, r.Server, r.Over)
	for _, id := range ids {
		fmt.Fprintln(a.stdout, id)
	}
	a.say("next: milvus-ingest import wait %s%s", strings.Join(ids, " "), c.where())
	return nil
}
