package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/page"
	"github.com/zilliz/milvus-ingest/core/schema"
)

type checkCommand struct {
	Path string `arg:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file."`

	Schema  string `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin string `xor:"schema" placeholder:"ID" help:"Schema of the library."`

	hookFlags

	MaxProblems   int    `default:"5" placeholder:"N" help:"How many findings of each rule and field are shown; all are counted."`
	TargetVersion string `placeholder:"VERSION" help:"Milvus that the data is for; warns of what it lacks (default: the latest)."`
	DropAutoID    bool   `name:"drop-auto-id" help:"Accept the column of a key that Milvus makes: upload and import do not send it."`
	Workers       int    `placeholder:"N" help:"Row groups or files that are read at once (default: one a core)."`
	TempDir       string `placeholder:"DIR" help:"Folder in which keys are sorted that do not fit memory (default: the system's)."`
	Report        string `placeholder:"FILE" help:"Write the outcome as a page, too, such as check.html."`
	NoProgress    bool   `help:"Show no progress."`
}

// Run implements the command.
func (c *checkCommand) Run(ctx context.Context, a *app) (err error) {
	if c.Report != "" {
		if err := hasFolder(c.Report); err != nil {
			return err
		}
	}
	target, err := schema.ParseVersion(c.TargetVersion)
	if err != nil {
		return err
	}
	var given *schema.Collection
	if c.Schema != "" || c.Builtin != "" {
		if given, err = a.findSchema(c.Schema, c.Builtin); err != nil {
			return err
		}
	}
	set, err := dataset.Open(ctx, c.Path, dataset.OpenOptions{Schema: given})
	if err != nil {
		return err
	}
	if set.Inferred {
		a.say("no schema was given and there is no %s: the schema is %s", dataset.MetaName, set.SchemaFrom)
	}
	judge, done, err := c.judge(ctx, a, set)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var rows atomic.Int64
	stop := a.countRows(&rows, set.Count(), c.NoProgress)
	report, err := check.Run(ctx, set, check.Options{
		Limit: c.MaxProblems, Target: target, DropAutoID: c.DropAutoID, Workers: c.Workers, TempDir: c.TempDir, Judge: judge,
		Progress: func(n int64) { rows.Add(n) },
	})
	stop()
	if err != nil {
		return err
	}
	if c.Report != "" {
		if err := a.savePage(c.Report, "", page.Check(report)); err != nil {
			return err
		}
	}
	if a.output == "json" {
		err = a.printJSON(report)
	} else {
		err = report.Write(a.stdout, a.width)
	}
	if err != nil {
		return err
	}
	return report.Err()
}

// countRows shows how many rows were read until stop is called; total is -1
// where it is not known.
func (a *app) countRows(rows *atomic.Int64, total int64, quiet bool) (stop func()) {
	return a.showWhile(quiet, func() string {
		if total > 0 {
			return inThousands(rows.Load()) + " of " + inThousands(total) + " rows"
		}
		return inThousands(rows.Load()) + " rows"
	})
}

// countBytes shows how many bytes came until stop is called.
func (a *app) countBytes(bytes *atomic.Int64, quiet bool) (stop func()) {
	return a.showWhile(quiet, func() string { return inBytes(bytes.Load()) })
}

// showWhile shows what text tells to somebody who watches, until stop is
// called.
func (a *app) showWhile(quiet bool, text func() string) (stop func()) {
	return a.follow(quiet || !a.isTerminal, func(time.Duration) string { return text() })
}
