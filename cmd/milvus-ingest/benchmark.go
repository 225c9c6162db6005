package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bench"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/page"
	"github.com/zilliz/milvus-ingest/core/whole"
)

type benchmarkCommand struct {
	Path string `arg:"" optional:"" name:"path" help:"Data set that the collection holds: queries and ground truth are of it. Without one they are of the rows of the collection."`

	serverFlags
	CollectionName string `aliases:"collection" env:"MILVUS_COLLECTION" placeholder:"NAME" help:"Collection, or an alias of it (default: that of the data set's schema)."`

	Field        string    `xor:"what" placeholder:"NAME" help:"Vector field to search (default: the first)."`
	Hybrid       []string  `xor:"what" placeholder:"FIELD,…" help:"Search several fields, and rank their hits together: by reciprocal rank, or by --weights."`
	Weights      []float64 `placeholder:"W,…" help:"Weight of each field of --hybrid."`
	Text         bool      `xor:"what" help:"Search the first field that BM25 fills, with texts."`
	Metric       string    `placeholder:"NAME" help:"L2, IP, COSINE, HAMMING or JACCARD (default: that of the index)."`
	Queries      string    `default:"rows" placeholder:"SOURCE" help:"What to search for: rows (of the data, each finds itself), planted (rows with noise), random, or a file: .npy, .json, .parquet, .txt."`
	QueryCount   int       `default:"1000" placeholder:"N" help:"Most queries."`
	Noise        float64   `default:"0.1" placeholder:"SHARE" help:"Noise of planted queries, as a share of the size of a vector's numbers; of bits, the share that is turned."`
	Seed         uint64    `default:"1" placeholder:"N" help:"Seed of the choice of queries."`
	TopK         []int     `name:"top-k" default:"10" placeholder:"K,…" help:"Rows to find, one run each."`
	Param        []string  `placeholder:"NAME=V,…" sep:"none" help:"Search parameter with the values to try, such as ef=64,128. Repeatable: all combinations are tried."`
	Filter       []string  `placeholder:"EXPR" sep:"none" help:"Filter, one run each. Repeatable."`
	Selectivity  []float64 `placeholder:"SHARE,…" help:"Look for filters that find this share of the rows, such as 0.01,0.1."`
	OutputFields []string  `placeholder:"NAME,…" help:"Fields that come with each hit."`
	Consistency  string    `placeholder:"LEVEL" help:"Strong, Bounded, Session or Eventually (default: Bounded)."`

	Concurrency []int         `default:"1,4,16" placeholder:"N,…" help:"Searches at a time, one run each: each begins when one has ended."`
	Rate        []float64     `placeholder:"N,…" help:"Searches a second, one run each, instead of --concurrency: each begins when it is due, and its time counts from then."`
	Duration    time.Duration `default:"10s" placeholder:"TIME" help:"Time of a run (0: as long as --count takes)."`
	Count       int64         `placeholder:"N" help:"Most searches of a run."`
	Warmup      time.Duration `default:"1s" placeholder:"TIME" help:"Time before each run in which nothing is measured."`

	InsertFrom string  `type:"existingdir" placeholder:"DIR" help:"Insert the rows of this data set meanwhile; they are deleted afterwards."`
	InsertRate float64 `default:"100" placeholder:"N" help:"Rows that are inserted a second."`
	InsertKeep bool    `help:"Keep the rows that were inserted."`

	Truth     string `placeholder:"FILE" help:"File that keeps the ground truth: made where it is missing, refused where the rows, the queries or the metric are others."`
	TruthOnly bool   `help:"Compute the ground truth into --truth, and search nothing."`
	NoRecall  bool   `help:"Compute no ground truth, and measure no recall."`

	Threshold thresholds `placeholder:"DEMAND…" help:"What every run must reach: p99<50ms recall@10>=0.95 errors<1% qps>=0.9x (x: times the baseline's). A miss is exit code 1."`
	Baseline  string     `type:"existingfile" placeholder:"FILE" help:"Earlier result, of --save or --output json, to compare with."`
	Save      string     `placeholder:"FILE" help:"File for the result, as JSON."`
	Report    string     `placeholder:"FILE" help:"File for the result as a page (HTML)."`
	Lang      string     `enum:"en,zh" default:"en" help:"Language of the page's own words: ${enum}."`

	NoProgress bool `help:"Show no progress."`
}

// Help implements kong.HelpProvider.
func (*benchmarkCommand) Help() string {
	return `Every combination of filter, top-k, search parameters and load is a run. The
exit code is 1 when a threshold was missed.`
}

// Run implements the command.
func (c *benchmarkCommand) Run(ctx context.Context, a *app) (err error) {
	o, err := c.options()
	if err != nil {
		return err
	}
	if c.Path != "" {
		if o.Set, err = dataset.Open(ctx, c.Path, dataset.OpenOptions{}); err != nil {
			return err
		}
		if c.CollectionName == "" {
			c.CollectionName = o.Set.Schema.Name
		}
	}
	if c.TruthOnly && o.Set != nil && c.needsNoServer(o.Set) {
		return c.truthOnly(ctx, a, o)
	}
	if c.CollectionName == "" {
		return core.Errorf(core.InvalidConfig, "no collection was named").WithHint("give --collection-name NAME")
	}
	server, err := c.dial(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if o.Collection, err = findLoaded(ctx, a, server, c.CollectionName); err != nil {
		return err
	}
	if c.TruthOnly {
		return c.truthOnly(ctx, a, o)
	}
	return c.measure(ctx, a, o)
}

// options are those of bench.Measure that flags alone tell; all that is wrong
// with them is told at once.
func (c *benchmarkCommand) options() (bench.Options, error) {
	o := bench.Options{
		Version: version(), Fields: c.Hybrid, Weights: c.Weights, Text: c.Text, Metric: strings.ToUpper(c.Metric),
		Queries:     bench.Queries{Source: c.Queries, Count: c.QueryCount, Seed: c.Seed, Noise: c.Noise},
		Concurrency: c.Concurrency, Rates: c.Rate, Duration: c.Duration, Count: c.Count, Warmup: c.Warmup,
		TopK: c.TopK, Filters: c.Filter, Shares: c.Selectivity, Output: c.OutputFields, Consistency: c.Consistency,
		TruthFile: c.Truth, NoRecall: c.NoRecall, Thresholds: c.Threshold,
	}
	if c.Field != "" {
		o.Fields = []string{c.Field}
	}
	if len(c.Rate) > 0 {
		o.Concurrency = nil
	}
	var err error
	problems := c.problems()
	if o.Params, err = parseParams(c.Param); err != nil {
		problems = append(problems, err)
	}
	if c.Baseline != "" {
		if o.Baseline, err = readResult(c.Baseline); err != nil {
			problems = append(problems, err)
		}
	}
	for _, t := range c.Threshold {
		o.NeedRecall = o.NeedRecall || t.NeedsRecall()
		if t.NeedsBaseline() && c.Baseline == "" {
			problems = append(problems, core.Errorf(core.InvalidConfig, "threshold %q compares with a baseline", t.Text).WithHint("give --baseline FILE"))
		}
	}
	if o.NeedRecall && c.NoRecall {
		problems = append(problems, core.Errorf(core.InvalidConfig, "a threshold for recall, and --no-recall").WithHint("leave one of them out"))
	}
	return o, errors.Join(problems...)
}

// problems are flags whose values make no sense.
func (c *benchmarkCommand) problems() (all []error) {
	check := func(good bool, format string, args ...any) {
		if !good {
			all = append(all, core.Errorf(core.InvalidConfig, format, args...))
		}
	}
	positive := func(f float64) bool { return f > 0 }
	check(!slices.ContainsFunc(c.TopK, func(k int) bool { return k < 1 || k > collection.Window }) && len(c.TopK) > 0,
		"--top-k is 1 to %d", collection.Window)
	check(!slices.ContainsFunc(c.Concurrency, func(n int) bool { return n < 1 || n > 10000 }) && len(c.Concurrency) > 0,
		"--concurrency is 1 to 10000")
	check(!slices.ContainsFunc(c.Rate, func(f float64) bool { return !positive(f) || f > 1e6 }), "--rate is more than 0, and at most 1000000")
	check(!slices.ContainsFunc(c.Selectivity, func(f float64) bool { return !positive(f) || f > 1 }), "--selectivity is more than 0, and at most 1")
	check(c.QueryCount >= 1 && c.QueryCount <= 100000, "--query-count is 1 to 100000")
	check(c.Noise >= 0 && c.Noise <= 100, "--noise is 0 to 100")
	check(c.Duration >= 0 && c.Warmup >= 0 && c.Count >= 0, "--duration, --warmup and --count are 0 or more")
	check(c.Duration > 0 || c.Count > 0, "neither --duration nor --count ends a run")
	check(c.InsertFrom == "" || positive(c.InsertRate), "--insert-rate is more than 0")
	check(len(c.Weights) == 0 || len(c.Weights) == len(c.Hybrid), "--weights has %d weights for the %d fields of --hybrid", len(c.Weights), len(c.Hybrid))
	check(len(c.Hybrid) != 1, "--hybrid takes two fields or more")
	check(!c.TruthOnly || c.Truth != "", "--truth-only needs --truth FILE")
	return all
}

// parseParams reads NAME=V1,V2 into all combinations of values.
func parseParams(flags []string) ([]map[string]string, error) {
	all := []map[string]string{nil}
	for _, flag := range flags {
		name, values, ok := strings.Cut(flag, "=")
		if !ok || name == "" || values == "" {
			return nil, core.Errorf(core.InvalidConfig, "--param %q is no NAME=VALUE", flag).WithHint("write --param ef=64,128")
		}
		var next []map[string]string
		for _, before := range all {
			for value := range strings.SplitSeq(values, ",") {
				with := map[string]string{strings.TrimSpace(name): strings.TrimSpace(value)}
				for n, v := range before {
					with[n] = v
				}
				next = append(next, with)
			}
		}
		all = next
	}
	return all, nil
}

func readResult(path string) (*bench.Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "--baseline: %w", err)
	}
	var r bench.Result
	if err := json.Unmarshal(data, &r); err != nil || len(r.Runs) == 0 {
		return nil, core.Errorf(core.InvalidConfig, "--baseline: %s is no result of benchmark", path).
			WithHint("make one with --save FILE")
	}
	return &r, nil
}

// findLoaded finds a collection that can be searched, and loads it where it is
// not loaded.
func findLoaded(ctx context.Context, a *app, server *collection.Server, name string) (*collection.Collection, error) {
	found, err := server.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, core.Errorf(core.InvalidConfig, "there is no collection %s on %s", name, server.Address).
			WithHint("insert or import a data set first, or look at the names: milvus-ingest health --collection-name NAME")
	}
	state, _, err := found.Loaded(ctx)
	if err != nil || state == collection.Loaded {
		return found, err
	}
	a.say("loading %s", name)
	return found, found.Load(ctx, nil)
}

func (c *benchmarkCommand) measure(ctx context.Context, a *app, o bench.Options) error {
	watch := &benchWatch{a: a, quiet: c.NoProgress}
	o.Progress = watch.tell
	r, err := c.inserting(ctx, o)
	watch.end()
	if r == nil {
		return err
	}
	if a.output == "json" {
		err = errors.Join(err, a.printJSON(r))
	} else {
		a.printBench(r)
	}
	if err != nil {
		return err
	}
	status := missed(a, r)
	if err := errors.Join(c.keep(a, r), unanswered(r)); err != nil {
		return err
	}
	return status
}

// unanswered tells of runs in which no search succeeded: they measured nothing.
func unanswered(r *bench.Result) error {
	var problems []error
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Failed >= run.Searches {
			problems = append(problems, core.Errorf(core.Unavailable, "%s: none of %d searches succeeded", run.Setting, run.Searches).
				WithHint("look at the server (milvus-ingest health), or make the run longer: --duration"))
		}
	}
	return errors.Join(problems...)
}

// inserting measures while rows are inserted, where that was asked for, and
// takes them out again before anything else can go wrong.
func (c *benchmarkCommand) inserting(ctx context.Context, o bench.Options) (*bench.Result, error) {
	if c.InsertFrom == "" {
		return bench.Measure(ctx, o)
	}
	set, err := dataset.Open(ctx, c.InsertFrom, dataset.OpenOptions{})
	if err != nil {
		return nil, err
	}
	stream, err := bench.NewStream(ctx, o.Collection, set, c.InsertRate)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	o.Insert = stream
	r, err := bench.Measure(ctx, o)
	if !c.InsertKeep {
		// Also when the user ended it.
		err = errors.Join(err, stream.Remove(context.WithoutCancel(ctx)))
	}
	return r, err
}

// keep writes the files that were asked for.
func (c *benchmarkCommand) keep(a *app, r *bench.Result) error {
	if c.Save != "" {
		data, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := whole.Write(c.Save, append(data, '\n')); err != nil {
			return core.Errorf(core.InvalidConfig, "--save: %w", err)
		}
	}
	if c.Report != "" {
		return a.savePage(c.Report, c.Lang, page.Bench(r))
	}
	return nil
}

// missed tells the thresholds that were missed, with exit code 1.
func missed(a *app, r *bench.Result) error {
	var status error
	for _, v := range r.Thresholds {
		for _, m := range v.Missed {
			a.say("error: threshold %s: %s", v.Threshold, m)
			status = exitStatus(exitFailed)
		}
	}
	return status
}
