package plugintest

import (
	"sync"
	"testing"

	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Generator makes all checks of a generator in a Go test. TestMain must serve
// the component when sdk.Hosted. Without cases, each of its types is tried
// with an empty configuration.
func Generator(t *testing.T, component sdk.Component, cases ...Case) {
	t.Helper()
	New(t, Launch{}).Generator(component, cases...)
}

// Sink makes all checks of a sink in a Go test, as Generator does. In config,
// {dir} stands for a folder that is new in each check; reader may be nil.
func Sink(t *testing.T, component sdk.Component, config string, reader Reader) {
	t.Helper()
	New(t, Launch{}).Sink(component, config, reader)
}

// Suite tests several components of one plugin by the same processes; what is
// asked of the process is asked with the first of them.
type Suite struct {
	t         *testing.T
	processes *processes
	once      sync.Once
	// Skip names checks that are not to be made, with the reason.
	Skip map[string]string
}

// New makes a suite; its processes end with the test.
func New(t *testing.T, l Launch) *Suite {
	s := &Suite{t: t, processes: newProcesses(l.Start)}
	t.Cleanup(s.processes.close)
	return s
}

// Generator makes all checks of a generator.
func (s *Suite) Generator(component sdk.Component, cases ...Case) {
	s.t.Helper()
	s.run(Target{Kind: sdk.KindGenerator, Name: component.Describe().Name, Cases: cases})
}

// Sink makes all checks of a sink.
func (s *Suite) Sink(component sdk.Component, config string, reader Reader) {
	s.t.Helper()
	s.run(Target{Kind: sdk.KindSink, Name: component.Describe().Name, Config: config, Reader: reader})
}

func (s *Suite) run(target Target) {
	s.t.Helper()
	target.Start, target.Skip = s.processes.start, s.Skip
	first := false
	s.once.Do(func() { first = true })
	s.t.Run(target.Name, func(t *testing.T) {
		for _, r := range run(t.Context(), target, s.processes, first) {
			name := r.Check
			if r.Case != "" {
				name = r.Case + " " + name
			}
			t.Run(name, func(t *testing.T) {
				switch {
				case r.Err != nil:
					t.Error(r.Err)
				case r.Skipped != "":
					t.Skip(r.Skipped)
				}
			})
		}
	})
}
