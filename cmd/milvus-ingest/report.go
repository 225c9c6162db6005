package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/deploy"
	"github.com/zilliz/milvus-ingest/core/page"
	"github.com/zilliz/milvus-ingest/core/portrait"
	"github.com/zilliz/milvus-ingest/core/schema"
)

type reportCommand struct {
	Path string `arg:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file."`

	Out     string `short:"o" placeholder:"FILE" help:"The page to write, such as report.html (default: none, the chief figures are printed)."`
	Schema  string `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin string `xor:"schema" placeholder:"ID" help:"Schema of the library."`
	Lang    string `enum:"en,zh" default:"en" help:"Language of the page's own words: ${enum}."`

	Whole      bool `help:"Read all rows of a data set of more than 1 GB, too: exact figures, for the time that takes."`
	Workers    int  `placeholder:"N" help:"Row groups or files that are read at once (default: one a core)."`
	NoProgress bool `help:"Show no progress."`
}

// Run implements the command.
func (c *reportCommand) Run(ctx context.Context, a *app) (err error) {
	if c.Out != "" {
		if err := hasFolder(c.Out); err != nil {
			return err
		}
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
	var rows atomic.Int64
	total := set.Count()
	if set.Bytes() > portrait.ReadMost && !c.Whole {
		total = -1 // a part of them is read
	}
	stop := a.countRows(&rows, total, c.NoProgress)
	p, err := portrait.Take(ctx, set, portrait.Options{
		Whole: c.Whole, Workers: c.Workers, Progress: func(n int64) { rows.Add(n) },
	})
	stop()
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := a.savePage(c.Out, c.Lang, page.DataSet(p)); err != nil {
			return err
		}
	}
	if a.output == "json" {
		return a.printJSON(p)
	}
	a.printPortrait(p)
	if c.Out == "" {
		a.say("next: milvus-ingest report %s --out report.html", shellWord(c.Path))
	}
	return nil
}

// savePage writes a page where --out or --report of a command says.
func (a *app) savePage(path, lang string, r page.Report) error {
	r.Lang = lang
	if err := page.Save(path, r); err != nil {
		return err
	}
	a.say("%s: the report; it opens in any browser and needs no network", path)
	return nil
}

// hasFolder refuses a page that could not be written, before anything is read.
func hasFolder(path string) error {
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case err != nil || !info.IsDir():
		return core.Errorf(core.InvalidConfig, "there is no folder %s for the page", folder).WithHint("mkdir -p %s", folder)
	default:
		return nil
	}
}

// withoutSecrets is a deployment with the names of secrets in their place,
// whatever its steps told.
func (a *app) withoutSecrets(r *deploy.Result) *deploy.Result {
	if a.hidden == nil {
		return r
	}
	var shown deploy.Result
	told, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal([]byte(a.hidden.Replace(string(told))), &shown)
	}
	if err != nil { // rather nothing than a secret
		return &deploy.Result{Alias: r.Alias, Version: r.Version, Live: r.Live}
	}
	return &shown
}
