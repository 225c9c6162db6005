// Package plugintest holds plugins to their contract. There is one list of
// checks, Checks, for plugins in any language: each starts the plugin's
// process and speaks to it over gRPC, as a run does.
//
// In a Go test, which is the plugin's process as well:
//
//	func TestMain(m *testing.M) {
//		if sdk.Hosted() {
//			sdk.Serve(component())
//		}
//		os.Exit(m.Run())
//	}
//
//	func TestPlugin(t *testing.T) { plugintest.Generator(t, component()) }
//
// For any executable:
//
//	results := plugintest.Run(ctx, plugintest.Target{Start: plugintest.Launch{Path: path, TLS: true}.Start, Name: "city"})
package plugintest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// A Check is one thing that a plugin must do.
type Check struct {
	// Name says what the plugin does when it passes: "makes the same rows twice".
	Name string
	// Kind is the kind of component that it is for; "" is for both.
	Kind sdk.Kind
	// Process marks what is asked of the process, whatever its component.
	Process bool
	// Once marks what is asked of a component, whatever the case.
	Once bool
	// Run returns nil where the plugin passes, Skip(…) where the check cannot
	// be made, and else what is wrong.
	Run func(ctx context.Context, t *Trial) error
}

// Checks lists all checks, in the order in which they are made.
func Checks() []Check {
	return slices.Concat(describeChecks(), generatorChecks(), sinkChecks(), processChecks())
}

// Target is what is tested: one component of a plugin.
type Target struct {
	// Start starts a process of the plugin.
	Start func(ctx context.Context) (*Process, error)
	// Kind and Name name the component; where both are empty it is the only
	// one of the plugin.
	Kind sdk.Kind
	Name string
	// Cases are what a generator is tried with; empty: each of its types, with
	// Config.
	Cases []Case
	// Config is the configuration of a sink, or of the cases of a generator
	// that has none. In it, {dir} stands for a folder that is new in each
	// check, which begins empty. Of a sink that has an option path, and no
	// Config, it is {"path": "{dir}/data"}.
	Config string
	// Reader reads what a sink has stored; without one, checks can tell only
	// what the sink takes and refuses.
	Reader Reader
	// Skip names checks that are not to be made, each with the reason.
	Skip map[string]string
	// limit is the time of a check; 0: checkTimeout.
	limit time.Duration
}

// Result is what came of one check.
type Result struct {
	Check string
	// Case is the generator's case, or "".
	Case string
	// Skipped is why the check was not made, or "".
	Skipped string
	// Err is what is wrong, or nil.
	Err  error
	Took time.Duration
}

// Trial is what a check gets: the target, one case of it, and its processes.
type Trial struct {
	Target
	// Case is what a generator is tried with; zero for sinks and processes.
	Case Case
	// Component is what the plugin says of the component.
	Component *pluginpb.Component
	processes *processes
}

// skipped is the error of a check that cannot be made.
type skipped string

func (s skipped) Error() string { return "skipped: " + string(s) }

// Skip is what a check returns when it cannot be made.
func Skip(format string, args ...any) error { return skipped(fmt.Sprintf(format, args...)) }

// Run makes all checks of the target's kind. It never stops at the first that
// fails, but for a plugin that cannot be started or does not answer.
func Run(ctx context.Context, target Target) []Result {
	p := newProcesses(target.Start)
	defer p.close()
	return run(ctx, target, p, true)
}

const (
	checkStarts  = "starts and tells what it is"
	checkTimeout = 2 * time.Minute
)

func run(ctx context.Context, target Target, p *processes, withProcess bool) []Result {
	trial := &Trial{Target: target, processes: p}
	began := time.Now()
	err := trial.find(ctx)
	results := []Result{{Check: checkStarts, Err: err, Took: time.Since(began)}}
	if err != nil {
		return results
	}
	cases := []Case{{}}
	if trial.Kind == sdk.KindGenerator {
		cases = trial.cases(ctx)
	}
	for _, check := range Checks() {
		if check.Kind != "" && check.Kind != trial.Kind || check.Process && !withProcess {
			continue
		}
		these := cases
		if check.Once || check.Process {
			these = cases[:1]
		}
		for _, c := range these {
			result := trial.run(ctx, check, c)
			results = append(results, result)
			if result.Err != nil && result.Took >= trial.patience() {
				trial.Target.Skip = skipAll("the plugin did not answer in time: see above")
			}
		}
	}
	return results
}

func skipAll(reason string) map[string]string {
	all := map[string]string{}
	for _, check := range Checks() {
		all[check.Name] = reason
	}
	return all
}

// patience is how long a check may take.
func (t *Trial) patience() time.Duration { return cmp.Or(t.limit, checkTimeout) }

func (t *Trial) run(ctx context.Context, check Check, c Case) Result {
	result := Result{Check: check.Name}
	if !check.Once && !check.Process {
		result.Case = c.Name
	}
	for _, reasons := range []map[string]string{t.Target.Skip, c.Skip} {
		if reason, ok := reasons[check.Name]; ok {
			result.Skipped = reason
			return result
		}
	}
	one := *t
	one.Case = c
	ctx, cancel := context.WithTimeout(ctx, t.patience())
	defer cancel()
	began := time.Now()
	err := check.Run(ctx, &one)
	result.Took = time.Since(began)
	var skip skipped
	if errors.As(err, &skip) {
		result.Skipped = string(skip)
	} else {
		result.Err = err
	}
	return result
}

// find asks the plugin what it is and picks the component.
func (t *Trial) find(ctx context.Context) error {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	description, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	for _, c := range description.GetComponents() {
		if t.Name == "" && len(description.GetComponents()) == 1 || t.Name == c.GetName() && (t.Kind == "" || string(t.Kind) == c.GetKind()) {
			t.Component, t.Name, t.Kind = c, c.GetName(), sdk.Kind(c.GetKind())
			t.Config = standard(t.Config, c)
			return nil
		}
	}
	return core.Errorf(core.PluginFailed, "it has %d components, none of which is %s %q", len(description.GetComponents()), t.Kind, t.Name)
}

// standard is the configuration of a sink that writes to a path.
func standard(config string, c *pluginpb.Component) string {
	var described struct{ Properties map[string]json.RawMessage }
	if config != "" || c.GetKind() != string(sdk.KindSink) || json.Unmarshal([]byte(c.GetConfigSchema()), &described) != nil {
		return config
	}
	if _, ok := described.Properties["path"]; ok {
		return `{"path": "{dir}/data"}`
	}
	return config
}

// Failed tells whether a check failed.
func Failed(results []Result) bool {
	return slices.ContainsFunc(results, func(r Result) bool { return r.Err != nil })
}
