// Package deploy carries out the steps of a deployment one after another, and
// keeps what is done, so that one that was interrupted goes on where it was.
// It knows no step: each is a command line.
package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// Step is one command of a deployment.
type Step struct {
	Name string `json:"name"`
	// Args are the command line without the program. They may hold secrets.
	Args []string `json:"args"`
	// Again are the further arguments of a step that an earlier run began.
	Again []string `json:"again,omitempty"`
}

// Status is how far a step is.
type Status string

// The states of a step.
const (
	Begun  Status = "begun"
	Done   Status = "done"
	Failed Status = "failed"
)

// StepResult is what came of a step.
type StepResult struct {
	Name    string  `json:"name"`
	Status  Status  `json:"status"`
	Seconds float64 `json:"seconds"`
	// Result is what the command printed; null where it printed nothing.
	Result json.RawMessage `json:"result,omitempty"`
	// Error says why it failed.
	Error string `json:"error,omitempty"`
}

// Result is a deployment, whole or as far as it is.
type Result struct {
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment,omitempty"`
	Data        string `json:"data"`
	Alias       string `json:"alias"`
	// Version is the new collection; Before is what the alias stood for, ""
	// for nothing.
	Version string       `json:"version"`
	Before  string       `json:"before,omitempty"`
	Started time.Time    `json:"started"`
	Seconds float64      `json:"seconds"`
	Live    bool         `json:"live"`
	Steps   []StepResult `json:"steps"`
}

// Load reads the state of an unfinished deployment; nil where there is none.
func Load(file string) (*Result, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r Result
	if err := json.Unmarshal(data, &r); err != nil || r.Version == "" {
		return nil, core.Errorf(core.InvalidData, "%s holds no deployment", file).WithHint("begin anew with --force")
	}
	return &r, nil
}

// Runner carries out steps.
type Runner struct {
	// Do carries out one command line and returns what it printed, JSON.
	Do func(ctx context.Context, args []string) (json.RawMessage, error)
	// Tell is called before each step, which may be done already.
	Tell func(number, of int, name string, done bool)
	// Now is the clock.
	Now func() time.Time
	// State is the file in which r is kept after each step; it is removed
	// when all are done.
	State string
}

// Run carries out the steps that are not done. It ends at the first that
// fails; r tells how far it came.
func (w *Runner) Run(ctx context.Context, steps []Step, r *Result) error {
	for i, step := range steps {
		result, again := r.step(step.Name)
		w.Tell(i+1, len(steps), step.Name, result.Status == Done)
		if result.Status == Done {
			continue
		}
		*result = StepResult{Name: step.Name, Status: Begun}
		if err := w.save(r); err != nil {
			return err
		}
		args := step.Args
		if again {
			args = append(append([]string{}, args...), step.Again...)
		}
		began := w.Now()
		printed, err := w.Do(ctx, args)
		result.Seconds = w.Now().Sub(began).Seconds()
		r.Seconds += result.Seconds
		result.Result, result.Status = printed, Done
		if err != nil {
			result.Status, result.Error = Failed, err.Error()
		}
		if saved := w.save(r); saved != nil || err != nil {
			return errors.Join(err, saved)
		}
	}
	r.Live = true
	if err := os.Remove(w.State); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the state of the deployment: %w", err)
	}
	return nil
}

// step is the result of a step; begun tells that an earlier run began it.
func (r *Result) step(name string) (result *StepResult, begun bool) {
	for i := range r.Steps {
		if r.Steps[i].Name == name {
			return &r.Steps[i], true
		}
	}
	r.Steps = append(r.Steps, StepResult{Name: name})
	return &r.Steps[len(r.Steps)-1], false
}

func (w *Runner) save(r *Result) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state of the deployment: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(w.State), 0o700); err != nil {
		return err
	}
	if err := whole.Write(w.State, data); err != nil {
		return fmt.Errorf("keep the state of the deployment: %w", err)
	}
	return nil
}
