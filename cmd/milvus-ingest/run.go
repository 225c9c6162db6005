package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/recipe"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type runCommand struct {
	File string `arg:"" optional:"" help:"Pipeline file, YAML or JSON (see docs/pipeline.md)."`

	Env      string  `placeholder:"NAME" help:"Environment of the file, such as dev, staging or prod."`
	DryRun   bool    `help:"Show what would be made and where it would go, and write nothing."`
	Rows     int64   `short:"r" placeholder:"N" help:"Rows to make, whatever the file says."`
	FirstRow *int64  `placeholder:"ROW" help:"Row to begin with, whatever the file says."`
	Seed     *uint64 `help:"Seed of all randomness, whatever the file says."`
	Out      string  `placeholder:"DIR" help:"Folder with a folder for each sink, whatever the file says."`
	Workers  int     `placeholder:"N" help:"Processes that make rows, whatever the file says."`

	NoProgress bool `help:"Show no progress."`
	Force      bool `help:"Replace the data sets that are in the folders."`
	Resume     bool `help:"Go on with the run that was interrupted."`
	JSONSchema bool `name:"json-schema" help:"Print the JSON Schema of pipeline files, for editors."`
}

// Help tells how the command is used.
func (*runCommand) Help() string {
	return `A pipeline file says which data set is made and, for each environment, how many
rows of it go to which sinks:
  milvus-ingest run pipeline.yaml --env staging --dry-run
  milvus-ingest run pipeline.yaml --env staging
Editors check and complete the file with its JSON Schema:
  milvus-ingest run --json-schema > milvus-ingest.pipeline.json`
}

// Run implements the command.
func (c *runCommand) Run(ctx context.Context, a *app) error {
	if c.JSONSchema {
		components, err := a.sinkComponents()
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(recipe.JSONSchema(components))
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.read(a)
	if err != nil {
		return err
	}
	if err := d.draftPlan(ctx, a); err != nil {
		return err
	}
	if c.DryRun {
		return d.dryRun(ctx, a)
	}
	return d.run(ctx, a)
}

func (c *runCommand) check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, core.Errorf(core.InvalidConfig, format, args...))
		}
	}
	if c.File == "" {
		problems = append(problems, core.Errorf(core.InvalidConfig, "no pipeline file was named").
			WithHint("milvus-ingest run pipeline.yaml --env dev; docs/pipeline.md tells what is in the file"))
	}
	wrong(c.Rows < 0, "--rows is %d, expected at least 1", c.Rows)
	wrong(c.FirstRow != nil && *c.FirstRow < 0, "--first-row is less than 0")
	wrong(c.Workers < 0, "--workers is %d, expected at least 1", c.Workers)
	wrong(c.Force && c.Resume, "--force and --resume exclude each other")
	return errors.Join(problems...)
}

// sinkComponents are the sinks that pipeline files may use: those that are
// built in, and those of plugins that the user has locked.
func (a *app) sinkComponents() ([]recipe.Component, error) {
	lock, err := a.lock()
	if err != nil {
		return nil, err
	}
	var all []recipe.Component
	for _, p := range lock.Plugins() {
		for _, offered := range p.Components {
			if p.Kind == sdk.KindSink {
				all = append(all, recipe.Component{Name: offered.Name, Summary: offered.Summary, Config: offered.ConfigSchema})
			}
		}
	}
	for _, component := range components() {
		d := component.Describe()
		if p, _ := lock.Find(d.Kind, d.Name); d.Kind == sdk.KindSink && p == nil {
			all = append(all, recipe.Component{Name: d.Name, Summary: d.Summary, Config: d.ConfigSchema})
		}
	}
	return all, nil
}

// delivery is one run of a pipeline file in one environment.
type delivery struct {
	*runCommand
	choice *recipe.Choice
	// missing tells of the variables that a dry run does without.
	missing []string
	// hidden replaces secrets by their names; nil where there are none.
	hidden *strings.Replacer
	// generate is what makes the rows.
	generate generateCommand
	draft    *dataset.Plan
	targets  []target
	// lock has the plugins that may run.
	lock *trust.Lock
}

// choose reads a pipeline file and chooses what it says of an environment.
func (a *app) choose(path, environment string) (*recipe.Choice, []recipe.Component, error) {
	components, err := a.sinkComponents()
	if err != nil {
		return nil, nil, err
	}
	file, err := recipe.ParseFile(path, components)
	if err != nil {
		return nil, nil, err
	}
	choice, err := file.Choose(environment, components)
	return choice, components, err
}

// read takes from the file what the run needs.
func (c *runCommand) read(a *app) (*delivery, error) {
	choice, components, err := a.choose(c.File, c.Env)
	if err != nil {
		return nil, err
	}
	d := &delivery{runCommand: c, choice: choice}
	if d.lock, err = a.lock(); err != nil {
		return nil, err
	}
	secrets, problems := choice.Fill(os.LookupEnv)
	a.hide(secrets)
	d.hidden = a.hidden
	switch {
	case problems != nil && !c.DryRun:
		return nil, problems
	case problems != nil:
		for _, problem := range problems {
			a.say("warning: %s", problem)
			d.missing = append(d.missing, problem.String())
		}
	}
	d.setUp()
	return d, d.settle(components)
}

// setUp tells the command that makes rows what the file and the flags say.
func (d *delivery) setUp() {
	s := d.choice.Settings
	g := &d.generate
	*g = generateCommand{
		TotalRows: 1000, FirstRow: or(s.FirstRow, 0), Seed: s.Seed,
		FileSize: byteSize(or(s.Files.Size, 0)), RowsPerFile: int(or(s.Files.PerFile, 0)), FileCount: int(or(s.Files.Count, 0)),
		Workers: int(or(s.Workers, 0)), BatchSize: int(or(s.BatchSize, 0)),
		hookFlags:    hookFlags{HookTimeout: 2 * time.Second, HookMemory: 1 << 30},
		verdictFlags: verdictFlags{OnInvalid: or(s.OnInvalid, "fail"), MaxInvalid: or(s.MaxInvalid, 0)},
		NoProgress:   d.NoProgress, Force: d.Force, Resume: d.Resume,
	}
	g.TotalRows = or(s.Rows, g.TotalRows)
	if d.Rows > 0 {
		g.TotalRows = d.Rows
		if g.FileSize > 0 {
			g.FileCount = 0 // both would set the number of rows
		}
	}
	g.FirstRow = or(d.FirstRow, g.FirstRow)
	if d.Seed != nil {
		g.Seed = d.Seed
	}
	if d.Workers > 0 {
		g.Workers = d.Workers
	}
	if s.Hooks != nil {
		g.Hooks = d.beside(*s.Hooks)
	}
	if schema := d.choice.Schema; isFile(schema) {
		g.Schema = d.beside(schema)
	} else {
		g.Builtin = schema
	}
}

func or[T any](value *T, standard T) T {
	if value == nil {
		return standard
	}
	return *value
}

// isFile tells a schema file from a name of the library.
func isFile(schema string) bool {
	return strings.ContainsAny(schema, `/\.`)
}

// beside is a path of the file, which is relative to its folder.
func (d *delivery) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.File), path)
}

// draftPlan plans the rows; what the sinks need is added for each.
func (d *delivery) draftPlan(ctx context.Context, a *app) error {
	g := &d.generate
	if g.FirstRow > math.MaxInt64-g.TotalRows {
		return core.Errorf(core.InvalidConfig, "the first row is %d: the rows after it have no numbers", g.FirstRow)
	}
	var err error
	d.draft, err = g.draft(ctx, a)
	return err
}

// again is the command line that goes on with the run.
func (d *delivery) again() string {
	line := "milvus-ingest run " + d.File
	if d.choice.Environment != "" {
		line += " --env " + d.choice.Environment
	}
	if d.Out != "" {
		line += " --out " + d.Out
	}
	if d.Rows > 0 {
		line += fmt.Sprintf(" --rows %d", d.Rows)
	}
	if d.FirstRow != nil {
		line += fmt.Sprintf(" --first-row %d", *d.FirstRow)
	}
	return line + " --resume"
}
