package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/export"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/core/schema"
)

type exportCommand struct {
	Collection string `arg:"" name:"collection" help:"Collection, or an alias of it."`
	Out        string `arg:"" name:"out" help:"Folder of the data set, or s3://bucket/prefix/."`

	Format        string   `enum:"parquet,json" default:"parquet" help:"Form of the files: ${enum}."`
	FileSize      byteSize `default:"1GB" placeholder:"SIZE" help:"Size of the rows of a file, in memory."`
	Dated         bool     `help:"Make a folder with the collection's name and the time in OUT: a backup beside earlier ones."`
	RetentionDays int      `env:"BACKUP_RETENTION_DAYS" placeholder:"N" help:"With --dated: when all is well, remove backups of the collection that are older. 0 keeps all."`
	Resume        bool     `help:"Go on with an export that was interrupted."`
	Force         bool     `help:"Replace a data set that is in OUT."`
	Load          bool     `help:"Load the collection, if it is not loaded; it stays so."`
	Staging       string   `placeholder:"DIR" help:"Folder for the files on their way to s3:// (default: in your data folder)."`
	NoProgress    bool     `help:"Show no progress."`

	serverFlags
	storeFlags `group:"Store"`
}

// exportSummary is what export tells at its end.
type exportSummary struct {
	Out        string  `json:"out"`
	Collection string  `json:"collection"`
	Rows       int64   `json:"rows"`
	Bytes      int64   `json:"bytes"`
	Files      int     `json:"files"`
	Resumed    int64   `json:"rows_of_earlier_run,omitempty"`
	Before     int64   `json:"rows_before"`
	After      int64   `json:"rows_after"`
	Consistent bool    `json:"consistent"`
	Seconds    float64 `json:"seconds"`
	// Removed are the older backups that were removed.
	Removed []string `json:"removed,omitempty"`
}

// Run implements the command.
func (c *exportCommand) Run(ctx context.Context, a *app) (err error) {
	if c.RetentionDays < 0 || c.RetentionDays > 0 && !c.Dated {
		return core.Errorf(core.InvalidConfig, "--retention-days goes with --dated, and is not negative").
			WithHint("add --dated: backups lie beside each other then")
	}
	place, err := c.place(ctx, a)
	if err != nil {
		return err
	}
	server, err := c.dial(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	found, err := c.find(ctx, server)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := place.choose(c, found.Name, began); err != nil {
		return err
	}
	result, err := c.export(ctx, a, found, place.dir)
	if err != nil {
		return errors.Join(err, unfinished(err, place.dir))
	}
	s := exportSummary{Collection: found.Name, Rows: result.Meta.Generation.TotalRows, Files: len(result.Meta.Files), Resumed: result.Taken}
	s.Before, s.After, s.Consistent = result.Before, result.After, !result.Changed()
	for _, f := range result.Meta.Files {
		s.Bytes += f.Bytes
	}
	if s.Out, err = place.deliver(ctx); err != nil {
		return err
	}
	if s.Removed, err = place.retire(ctx, c, found.Name, began); err != nil {
		return err
	}
	s.Seconds = time.Since(began).Seconds()
	return a.summarizeExport(c, s)
}

// unfinished says how to go on, where something was stored.
func unfinished(err error, dir string) error {
	state, _ := dataset.Look(dir) // what cannot be looked at is not told of
	if state != dataset.Unfinished || core.CodeOf(err) == core.Conflict {
		return nil
	}
	return core.Errorf(core.CodeOf(err), "the export is unfinished: what was stored so far stays").
		WithHint("go on with the same command and --resume")
}

// find is the collection, loaded.
func (c *exportCommand) find(ctx context.Context, server *collection.Server) (*collection.Collection, error) {
	found, err := server.Find(ctx, c.Collection)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noCollection(ctx, server, c.Collection)
	}
	state, _, err := found.Loaded(ctx)
	switch {
	case err != nil:
		return nil, err
	case state == collection.Loaded:
		return found, nil
	case !c.Load && server.Kind != collection.Lite: // a file of Milvus Lite is never loaded when it is opened
		return nil, core.Errorf(core.Conflict, "the collection %s is not loaded: its rows cannot be read", found.Name).
			WithHint("load it with --load")
	}
	return found, found.Load(ctx, nil)
}

func (c *exportCommand) export(ctx context.Context, a *app, from *collection.Collection, dir string) (_ *export.Result, err error) {
	whole, err := c.vacate(dir)
	if err != nil {
		return nil, err
	}
	if whole {
		return exported(dir)
	}
	host, err := newHost(a, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	sink, err := host.Sink(c.Format)
	if err != nil {
		return nil, err
	}
	total, err := from.Estimate(ctx)
	if err != nil {
		return nil, err
	}
	var rows atomic.Int64
	stop := a.countRows(&rows, total, c.NoProgress)
	defer stop()
	group := pipeline.GroupRows(rowBytes(from.Schema))
	return export.Run(ctx, from, export.Options{
		Dir: dir, Resume: c.Resume, Format: c.Format, Sink: sink, FileBytes: int64(c.FileSize), Version: version(),
		Config: func(path string) json.RawMessage {
			config := map[string]any{"path": path, "overwrite": true}
			if c.Format == "parquet" {
				config["row_group_rows"] = group
			}
			return withKeys(nil, config)
		},
		Progress: func(n int64) { rows.Add(n) },
	})
}

// vacate makes room where the user said so. whole tells that an earlier run
// has exported all: it waits to be uploaded.
func (c *exportCommand) vacate(dir string) (whole bool, err error) {
	state, err := dataset.Look(dir)
	switch {
	case err != nil || state == dataset.Empty || state == dataset.Unfinished && c.Resume:
		return false, err
	case state == dataset.Whole && c.Resume && isBucket(c.Out):
		return true, nil
	case !c.Force:
		return false, occupied(dir, state)
	}
	return false, dataset.Remove(dir)
}

// exported is the result of an earlier run.
func exported(dir string) (*export.Result, error) {
	meta, err := dataset.ReadMeta(dir)
	if err != nil {
		return nil, err
	}
	rows := meta.Generation.TotalRows
	return &export.Result{Meta: meta, Before: rows, After: rows, Taken: rows}, nil
}

// rowBytes is about what a row takes in memory.
func rowBytes(c *schema.Collection) int64 {
	n := int64(64)
	for _, f := range c.Stored() {
		switch {
		case f.Type == schema.FloatVector:
			n += 4 * int64(f.Dim)
		case f.Type.IsDense():
			n += 2 * int64(f.Dim)
		default:
			n += 64
		}
	}
	return n
}

func (a *app) summarizeExport(c *exportCommand, s exportSummary) error {
	if !s.Consistent {
		a.say("warning: the collection changed while it was read: it had %s rows before, %s after; %s were read",
			inThousands(s.Before), inThousands(s.After), inThousands(s.Rows))
	}
	if a.output == "json" {
		return a.printJSON(s)
	}
	fmt.Fprintf(a.stdout, "%s: %s rows, %s in %d files, in %s\n", s.Collection, inThousands(s.Rows), inBytes(s.Bytes), s.Files, s.Out)
	for _, removed := range s.Removed {
		fmt.Fprintf(a.stdout, "removed %s: older than its retention\n", removed)
	}
	fmt.Fprintf(a.stdout, "%.1f s, %s rows/s\n", s.Seconds, inThousands(int64(float64(s.Rows-s.Resumed)/max(s.Seconds, 1e-3))))
	if !isBucket(s.Out) {
		a.say("next: milvus-ingest to-milvus verify %s%s --collection-name %s --level full", shellWord(filepath.ToSlash(s.Out)), c.where(), s.Collection)
	}
	return nil
}
