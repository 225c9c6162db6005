package main

import (
	"context"
	"errors"
	"math"
	"runtime"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

type generateCommand struct {
	Schema  string `xor:"schema" placeholder:"FILE" help:"Schema file, JSON or YAML."`
	Builtin string `xor:"schema" placeholder:"ID" help:"Schema of the library: the user's own of that name, else a built-in (see schema list)."`

	TotalRows int64   `short:"r" default:"1000" help:"Rows to make."`
	FirstRow  int64   `default:"0" placeholder:"ROW" help:"Row to begin with: continues a data set of the same seed elsewhere."`
	Seed      *uint64 `help:"Seed of all randomness; drawn and recorded when not given."`
	Out       string  `placeholder:"DIR" help:"Folder of the data set (default: the collection's name)."`
	Format    string  `short:"f" enum:"parquet,json" default:"parquet" help:"File format: ${enum}."`

	FileSize     byteSize `placeholder:"SIZE" help:"Largest size of a file: 256MB, 10GB (default: 8GB)."`
	RowsPerFile  int      `placeholder:"N" help:"Most rows of a file."`
	FileCount    int      `placeholder:"N" help:"Number of files; with --file-size it sets the number of rows, too."`
	Compression  string   `enum:"none,snappy,zstd" default:"snappy" help:"Parquet: codec of all columns but vectors: ${enum}."`
	RowGroupSize int      `placeholder:"ROWS" help:"Parquet: rows of a row group (default: as many as take 16 MB)."`

	Partitions int `placeholder:"N" help:"Partitions that the collection is made with; needs a partition key."`
	Shards     int `placeholder:"N" help:"Shards that the collection is made with."`
	Workers    int `placeholder:"N" help:"Processes that make rows (default: one a core)."`
	BatchSize  int `placeholder:"ROWS" help:"Most rows of a batch (default: as many as take 16 MB)."`

	hookFlags
	verdictFlags
	sinkFlags

	Preview       bool   `short:"p" help:"Show the first rows and write nothing."`
	ValidateOnly  bool   `help:"Check the schema and its generators and write nothing."`
	TargetVersion string `placeholder:"VERSION" help:"Milvus that the data is for; warns of what it lacks (default: the latest)."`
	Truth         string `placeholder:"FILE" help:"Compute the exact nearest rows of the first vector field, too, for benchmark --truth."`
	NoProgress    bool   `help:"Show no progress."`
	Force         bool   `help:"Replace the data set that is in the folder."`
	Resume        bool   `help:"Go on with the run that was interrupted in the folder."`
}

// Run implements the command.
func (c *generateCommand) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Resume && c.Schema == "" && c.Builtin == "" {
		return c.resume(ctx, a, nil)
	}
	draft, err := c.draft(ctx, a)
	if err != nil {
		return err
	}
	if err := c.toSink(ctx, a, draft); err != nil {
		return err
	}
	switch {
	case c.ValidateOnly:
		return c.validate(ctx, a, draft)
	case c.Preview:
		return c.preview(ctx, a, draft)
	}
	if c.Out == "" {
		c.Out = draft.Schema.Name
	}
	if key := draft.Schema.Primary(); c.Truth != "" && key != nil && key.AutoID {
		return core.Errorf(core.InvalidConfig, "--truth names rows by their keys, and Milvus makes those of this collection").
			WithField(key.Name).WithHint("leave --truth out: benchmark computes it from the rows of the collection")
	}
	produce := c.begin
	if c.Resume {
		produce = c.resume
	}
	if err := produce(ctx, a, draft); err != nil || c.Truth == "" {
		return err
	}
	// It has told of its errors itself.
	_, err = a.carryOut(ctx, []string{"benchmark", c.Out, "--truth-only", "--truth=" + c.Truth})
	return err
}

// check finds all that is wrong with the flags.
func (c *generateCommand) check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, core.Errorf(core.InvalidConfig, format, args...))
		}
	}
	if c.Schema == "" && c.Builtin == "" && !c.Resume {
		problems = append(problems, core.Errorf(core.InvalidConfig, "no schema: give --schema FILE or --builtin ID").
			WithHint("milvus-ingest schema list shows what is built in, milvus-ingest schema init writes a new one"))
	}
	wrong(c.TotalRows < 1, "--total-rows is %d, expected at least 1", c.TotalRows)
	wrong(c.FirstRow < 0, "--first-row is %d, expected at least 0", c.FirstRow)
	wrong(c.FirstRow > math.MaxInt64-max(c.TotalRows, 0), "--first-row is %d: the rows after it have no numbers", c.FirstRow)
	for _, flag := range []struct {
		name  string
		value int
	}{
		{"--rows-per-file", c.RowsPerFile},
		{"--file-count", c.FileCount},
		{"--row-group-size", c.RowGroupSize},
		{"--partitions", c.Partitions},
		{"--shards", c.Shards},
		{"--workers", c.Workers},
		{"--batch-size", c.BatchSize},
	} {
		wrong(flag.value < 0, "%s is %d, expected at least 1", flag.name, flag.value)
	}
	wrong(c.MaxInvalid < 0, "--max-invalid is %d, expected at least 1", c.MaxInvalid)
	wrong(c.HookTimeout <= 0, "--hook-timeout is %v, expected more than none", c.HookTimeout)
	wrong(c.FileCount > 0 && c.RowsPerFile > 0, "--file-count and --rows-per-file exclude each other")
	wrong(c.Force && c.Resume, "--force and --resume exclude each other")
	wrong(c.Resume && c.Schema == "" && c.Builtin == "" && c.Out == "", "--resume without a schema: give the folder with --out")
	return errors.Join(problems...)
}

// begin makes a new data set.
func (c *generateCommand) begin(ctx context.Context, a *app, draft *dataset.Plan) error {
	state, err := dataset.Look(c.Out)
	if err != nil {
		return err
	}
	if state != dataset.Empty && !c.Force {
		return occupied(c.Out, state)
	}
	crew, err := hire(a, draft, c.workers())
	if err != nil {
		return err
	}
	err = c.produce(ctx, a, crew, func() (*dataset.Run, error) {
		if err := c.size(ctx, a, crew, draft); err != nil {
			return nil, err
		}
		if err := dataset.Remove(c.Out); err != nil {
			return nil, err
		}
		return dataset.Begin(c.Out, *draft)
	})
	return errors.Join(err, crew.Close())
}

// occupied says what is in the way, and what the user can do.
func occupied(dir string, state dataset.State) error {
	switch state {
	case dataset.Unfinished:
		return core.Errorf(core.Conflict, "%s holds a run that was interrupted", dir).
			WithHint("go on with --resume, or start anew with --force")
	case dataset.Whole:
		return core.Errorf(core.Conflict, "%s holds a data set", dir).
			WithHint("replace it with --force, or choose another --out")
	default:
		return core.Errorf(core.Conflict, "%s holds data files of somebody else", dir).
			WithHint("choose another --out, or replace them with --force")
	}
}

// resume goes on with an interrupted run. draft is what the user asks for now;
// nil: whatever was begun.
func (c *generateCommand) resume(ctx context.Context, a *app, draft *dataset.Plan) error {
	state, err := dataset.Look(c.Out)
	if err != nil {
		return err
	}
	switch {
	case state == dataset.Whole:
		a.say("%s is whole: there is nothing to resume", c.Out)
		return nil
	case state != dataset.Unfinished && draft == nil:
		return core.Errorf(core.Conflict, "%s holds no run to resume", c.Out).WithHint("start one with --schema FILE or --builtin ID")
	case state != dataset.Unfinished:
		return c.begin(ctx, a, draft)
	}
	run, err := dataset.Resume(ctx, c.Out)
	if err != nil {
		return err
	}
	if run.Plan.Pipeline != "" {
		return errors.Join(core.Errorf(core.Conflict, "%s holds a run of a pipeline file (%s)", c.Out, run.Plan.Pipeline).
			WithHint("go on with: milvus-ingest run PIPELINE --env NAME --resume"), run.Close())
	}
	if err := c.sameRun(run, draft); err != nil {
		return errors.Join(err, run.Close())
	}
	crew, err := hire(a, &run.Plan, c.workers())
	if err != nil {
		return errors.Join(err, run.Close())
	}
	err = c.produce(ctx, a, crew, func() (*dataset.Run, error) { return run, nil })
	return errors.Join(err, crew.Close())
}

func (c *generateCommand) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// produce makes the parts of a run that are not done, and finishes it.
func (c *generateCommand) produce(ctx context.Context, a *app, crew *crew, start func() (*dataset.Run, error)) (err error) {
	began := time.Now()
	run, err := start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	config, err := c.withSecrets(a, &run.Plan)
	if err != nil {
		return err
	}
	metas, made, err := a.produce(ctx, crew, []outlet{{run: run, config: config, hidden: a.hidden}}, c.NoProgress)
	if err != nil {
		if ctx.Err() != nil {
			err = core.Errorf(core.CodeOf(err), "%w", err).WithHint("go on with: milvus-ingest generate --resume --out %s", c.Out)
		}
		return err
	}
	return a.summarize(summary{
		Out: c.Out, Meta: metas[0], Seconds: time.Since(began).Seconds(), Made: made,
	})
}
