package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/page"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/verify"
)

type verifyCommand struct {
	Path string `arg:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file."`

	serverFlags
	CollectionName string `aliases:"collection" placeholder:"NAME" help:"Collection, or an alias of it (default: that of the schema)."`
	Level          string `enum:"count,scalar,full" default:"full" help:"What is compared: the number of rows, all rows without their vectors, or all rows with all fields."`
	Schema         string `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin        string `xor:"schema" placeholder:"ID" help:"Schema of the library."`
	fieldFlags

	Sample         int           `default:"20" placeholder:"N" help:"Rows that are looked up by key and, for each vector field, searched for (0: none)."`
	MinRecall      float64       `default:"0.9" placeholder:"SHARE" help:"Least share of the truly nearest rows that searches must find."`
	Tolerance      float64       `placeholder:"SHARE" help:"Take floats that differ by no more than this share for equal (default: they must be the same bits)."`
	AllowExtra     bool          `help:"Rows that only the collection has are no difference: the data set is a part of it."`
	MaxDifferences int           `default:"20" placeholder:"N" help:"How many differences are shown; all are counted."`
	Workers        int           `placeholder:"N" help:"Requests that are on their way at once (default: 4, or one a core)."`
	Timeout        time.Duration `default:"30s" placeholder:"TIME" help:"Time that rows may take to be seen after they were loaded."`
	Load           bool          `help:"Load the collection, if it is not loaded; it stays so."`
	Report         string        `placeholder:"FILE" help:"Write the outcome as a page, too."`
	NoProgress     bool          `help:"Show no progress."`
}

// Help tells how the command is used.
func (*verifyCommand) Help() string {
	return `Every row of the data set is looked up in the collection and compared: whole numbers
and floats exact at their stored width, null apart from empty, JSON by value. Then
rows are looked up and searched for as users do. Anything that differs is told with
its key, and the exit code is 3:
  milvus-ingest to-milvus verify data/kb --uri http://127.0.0.1:19530
  milvus-ingest to-milvus verify data/kb --level count --collection-name kb_v2`
}

// Run implements the command.
func (c *verifyCommand) Run(ctx context.Context, a *app) (err error) {
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
	server, err := c.dial(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	found, err := c.find(ctx, server, set)
	if err != nil {
		return err
	}
	report, err := c.compare(ctx, a, set, found)
	if err != nil {
		return err
	}
	return c.tell(a, report)
}

// find is the collection, loaded where that was asked for. Milvus Lite has
// nothing loaded when it is started for a file.
func (c *verifyCommand) find(ctx context.Context, server *collection.Server, set *dataset.Set) (*collection.Collection, error) {
	name := c.CollectionName
	if name == "" {
		name = set.Schema.Name
	}
	if name == "" {
		return nil, core.Errorf(core.InvalidConfig, "the schema names no collection").WithHint("name one with --collection-name")
	}
	found, err := server.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noCollection(ctx, server, name)
	}
	if c.Load || server.Kind == collection.Lite && strings.HasSuffix(c.URI, ".db") {
		state, _, err := found.Loaded(ctx)
		if err == nil && state != collection.Loaded {
			err = found.Load(ctx, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *verifyCommand) compare(ctx context.Context, a *app, set *dataset.Set, found *collection.Collection) (*verify.Report, error) {
	watch := &verifyWatch{began: time.Now()}
	defer a.follow(c.NoProgress, watch.line)()
	return verify.Run(ctx, set, found, verify.Options{
		Level: verify.Level(c.Level), Fields: c.Fields, Exclude: c.ExcludeFields, Workers: c.Workers, MaxDifferences: c.MaxDifferences,
		Sample: c.Sample, MinRecall: c.MinRecall, Wait: c.Timeout, Tolerance: c.Tolerance, AllowExtra: c.AllowExtra, Progress: watch.tell,
	})
}

// tell shows the report; its error is the outcome.
func (c *verifyCommand) tell(a *app, r *verify.Report) error {
	if c.Report != "" {
		if err := a.savePage(c.Report, "", page.Verify(r)); err != nil {
			return err
		}
	}
	if a.output == "json" {
		if err := a.printJSON(r); err != nil {
			return err
		}
		return r.Err()
	}
	a.showVerification(r)
	return r.Err()
}

// showVerification prints the report.
func (a *app) showVerification(r *verify.Report) {
	say := func(what, format string, args ...any) {
		fmt.Fprintf(a.stdout, "%-9s %s\n", what, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(a.stdout, "%s and the collection %s on %s (%s %s)\n\n", r.DataSet, r.Collection, r.Server, r.Kind, r.Version)
	say("rows", "%s in the data set, %s in the collection", inThousands(r.Rows.DataSet), inThousands(r.Rows.Collection))
	if r.Level != verify.Count {
		how := "each looked up by its key"
		if r.ByContent {
			how = "by their content, for the server made the keys"
		}
		say("compared", "%s rows, %s", inThousands(r.Rows.Compared), how)
		say("fields", "%s", strings.Join(r.Fields, ", "))
	}
	if r.Lookups != nil {
		say("lookups", "%d of %d keys found", r.Lookups.Found, r.Lookups.Queries)
	}
	for _, s := range r.Searches {
		say("search", "%s", searchedText(s))
	}
	for _, text := range r.Notes {
		say("note", "%s", text)
	}
	a.showDifferences(r)
	fmt.Fprintf(a.stdout, "\n%s after %.1f s\n", verdictText(r), r.Seconds)
}

func searchedText(s verify.Searched) string {
	what := fmt.Sprintf("recall@%d %.3f", s.K, s.Recall)
	switch {
	case s.Judged == 0:
		what = "too many ties to judge"
	case s.Metric == "BM25":
		what = fmt.Sprintf("%.0f %% of the texts find themselves", 100*s.Recall)
	}
	text := fmt.Sprintf("%s by %s: %s, of %d queries", s.Field, strings.TrimSpace(s.Index+" "+s.Metric), what, s.Queries)
	if !s.Passed {
		text += fmt.Sprintf(": below %.3g", s.MinRecall)
	}
	return text
}

func verdictText(r *verify.Report) string {
	switch {
	case !r.Equal:
		return "NOT EQUAL"
	case r.Level == verify.Count:
		return "equal in number"
	case r.Level == verify.Scalar:
		return "equal, without the vectors"
	default:
		return "equal"
	}
}
