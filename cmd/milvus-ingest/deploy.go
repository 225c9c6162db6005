package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/deploy"
	"github.com/zilliz/milvus-ingest/core/page"
	"github.com/zilliz/milvus-ingest/core/recipe"
	"github.com/zilliz/milvus-ingest/core/userdir"
)

type deployCommand struct {
	File string `arg:"" help:"Pipeline file with a deploy section (see docs/pipeline.md)."`

	Env         string `placeholder:"NAME" help:"Environment of the file, such as staging or prod."`
	Data        string `placeholder:"DIR" help:"Data set, whatever the file says."`
	VersionName string `placeholder:"NAME" help:"Name of the new collection (default: ALIAS_ and the time)."`
	DryRun      bool   `help:"Show the steps, and carry out none."`
	Resume      bool   `help:"Go on with the deployment that was interrupted, or that failed."`
	Force       bool   `help:"Begin anew, though an earlier deployment is unfinished."`
	State       string `placeholder:"FILE" help:"Where what is done is kept (default: in your data folder)."`
	Report      string `placeholder:"FILE" help:"Write what came of it as a page, too, such as deploy.html."`
}

// Help tells how the command is used.
func (*deployCommand) Help() string {
	return `Brings a data set into a new collection, and moves an alias to it when all is well:
backup, upload, import (or insert), verify, benchmark, switch. Each step is a command
of its own, with the options of the pipeline file. What fails leaves the alias where
it is.
  milvus-ingest deploy pipeline.yaml --env prod --dry-run
  milvus-ingest deploy pipeline.yaml --env prod
  milvus-ingest deploy pipeline.yaml --env prod --resume`
}

// Run implements the command.
func (c *deployCommand) Run(ctx context.Context, a *app) error {
	if c.Report != "" {
		if err := hasFolder(c.Report); err != nil {
			return err
		}
	}
	d, err := c.read(a)
	if err != nil {
		return err
	}
	r, err := c.begin(a, d)
	if err != nil {
		return err
	}
	steps := deploySteps(d.Deployment, r)
	if err := c.understood(ctx, a, steps); err != nil {
		return err
	}
	if c.DryRun {
		return a.printSteps(deploySteps(&recipe.Deployment{Alias: d.Alias, Data: d.Data, Keep: d.Keep, Steps: d.Shown}, r))
	}
	if r.Before, err = d.before(ctx, a); err != nil {
		return err
	}
	if r.Before == "" { // there is nothing to back up
		steps = without(steps, "backup")
	}
	runner := deploy.Runner{
		State: c.state(), Now: time.Now,
		Do: func(ctx context.Context, args []string) (json.RawMessage, error) { return a.carryOut(ctx, args) },
		Tell: func(number, of int, name string, done bool) {
			note := ""
			if done {
				note = " (done before)"
			}
			a.say("%d/%d %s%s", number, of, name, note)
		},
	}
	err = runner.Run(ctx, steps, r)
	if c.Report != "" {
		err = errors.Join(err, a.savePage(c.Report, "", page.Deploy(a.withoutSecrets(r))))
	}
	if printed := a.summarizeDeploy(r); printed != nil {
		return errors.Join(err, printed)
	}
	if err != nil {
		a.say("%s is not live: %s", r.Version, standing(r))
		a.say("hint: when the cause is mended: milvus-ingest deploy %s%s --resume", shellWord(c.File), inEnv(c.Env))
	}
	return err
}

func standing(r *deploy.Result) string {
	if r.Before == "" {
		return r.Alias + " stands for nothing yet"
	}
	return r.Alias + " stands for " + r.Before + ", as before"
}

func inEnv(env string) string {
	if env == "" {
		return ""
	}
	return " --env " + env
}

// deployment is what a pipeline file says of going live.
type deployment struct{ *recipe.Deployment }

func (c *deployCommand) read(a *app) (*deployment, error) {
	choice, _, err := a.choose(c.File, c.Env)
	if err != nil {
		return nil, err
	}
	filled, secrets, problems := choice.FillDeploy(os.LookupEnv)
	if problems != nil {
		return nil, problems
	}
	if filled == nil {
		return nil, core.Errorf(core.InvalidConfig, "%s says nothing of a deployment", c.File).
			WithHint("add a section deploy: with alias, data and insert or import (see docs/pipeline.md)")
	}
	a.hide(secrets)
	switch {
	case c.Data != "":
		filled.Data = c.Data
	case !filepath.IsAbs(filled.Data):
		filled.Data = filepath.Join(filepath.Dir(c.File), filled.Data)
	}
	if filled.Steps["import"] == nil && filled.Steps["insert"] == nil {
		return nil, core.Errorf(core.InvalidConfig, "%s: deploy has neither import nor insert", c.File).
			WithHint("add insert: {} to bring the rows in one by one, or import: {bucket: …, s3-path: …}")
	}
	return &deployment{filled}, nil
}

// state is the file that keeps what is done.
func (c *deployCommand) state() string {
	if c.State != "" {
		return c.State
	}
	file, err := filepath.Abs(c.File)
	if err != nil {
		file = c.File
	}
	return filepath.Join(userdir.Path(), "deployments", fmt.Sprintf("%016x.json", xxh3.HashString(file+"\x00"+c.Env)))
}

// begin is the deployment that goes on, or a new one.
func (c *deployCommand) begin(_ *app, d *deployment) (*deploy.Result, error) {
	if c.State == "" && userdir.Path() == "" {
		return nil, core.Errorf(core.InvalidConfig, "you have no data folder to keep what is done in").WithHint("name a file with --state")
	}
	before, err := deploy.Load(c.state())
	switch {
	case err != nil && !c.Force:
		return nil, err
	case c.Resume && before == nil:
		return nil, core.Errorf(core.Conflict, "no deployment of %s%s is unfinished", c.File, inEnv(c.Env)).WithHint("leave --resume out")
	case c.Resume && (before.Alias != d.Alias || before.Data != d.Data):
		return nil, core.Errorf(core.Conflict, "the unfinished deployment is of %s as %s, not of %s as %s", before.Data, before.Alias, d.Data, d.Alias).
			WithHint("begin anew with --force")
	case c.Resume:
		return before, nil
	case before != nil && !c.Force && !c.DryRun:
		return nil, core.Errorf(core.Conflict, "the deployment of %s is unfinished", before.Version).
			WithHint("go on with --resume, or begin anew with --force")
	}
	now := time.Now().UTC()
	r := &deploy.Result{Pipeline: c.File, Environment: c.Env, Data: d.Data, Alias: d.Alias, Version: c.VersionName, Started: now}
	if r.Version == "" {
		r.Version = d.Alias + "_" + now.Format("20060102_150405")
	}
	return r, nil
}

// before is what the alias stands for now; "" for nothing. It looks at the
// data set, too: before a backup that takes an hour, not after it.
func (d *deployment) before(ctx context.Context, a *app) (string, error) {
	set, err := dataset.Open(ctx, d.Data, dataset.OpenOptions{})
	if err != nil {
		return "", err
	}
	if err := set.Err(); err != nil {
		return "", err
	}
	var probe cli
	parser, err := newParser(ctx, &probe, a, nil)
	if err != nil {
		return "", err
	}
	if _, err := parse(parser, append([]string{"alias", "list"}, flags(d.Steps["server"])...)); err != nil {
		return "", err
	}
	var stands string
	err = withServer(ctx, a, &probe.Alias.List.serverFlags, func(s *collection.Server) error {
		aliases, err := s.Aliases(ctx)
		stands = aliases[d.Alias]
		return err
	})
	return stands, err
}

// carryOut runs a command of this program and returns what it printed. It has
// told of its errors itself.
func (a *app) carryOut(ctx context.Context, args []string) (json.RawMessage, error) {
	var printed bytes.Buffer
	inner := &app{stdin: strings.NewReader(""), stdout: &printed, stderr: a.stderr}
	code := run(ctx, append([]string{"--output=json"}, args...), inner)
	result := json.RawMessage(bytes.TrimSpace(printed.Bytes()))
	if !json.Valid(result) {
		result = nil
	}
	if code != exitDone {
		return result, exitStatus(code)
	}
	return result, nil
}

// understood parses the command lines of all steps, before the first is
// carried out.
func (c *deployCommand) understood(ctx context.Context, a *app, steps []deploy.Step) error {
	var problems []error
	for _, step := range steps {
		var probe cli
		parser, err := newParser(ctx, &probe, a, nil)
		if err != nil {
			return err
		}
		if _, err := parse(parser, step.Args); err != nil {
			problems = append(problems, core.Errorf(core.InvalidConfig, "%s: deploy.%s: %w", c.File, step.Name, err).
				WithHint("the keys are the options of milvus-ingest %s", commandOf(step)))
		}
	}
	return errors.Join(problems...)
}

func commandOf(step deploy.Step) string {
	for i, word := range step.Args {
		if strings.HasPrefix(word, "-") || i == 2 {
			return strings.Join(step.Args[:i], " ")
		}
	}
	return strings.Join(step.Args, " ")
}
