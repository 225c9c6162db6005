//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

const manyRows = `
schema: tiny.json
seed: 5
rows: 60000
files: {rows_per_file: 8192}
sinks:
  lake: parquet
  rows: json
`

// TestARunIntoTwoSinksThatIsKilledCanBeResumed kills the program at several
// moments: nothing stands half-written under a final name, no sink is said to
// be done alone, and --resume ends with the same bytes.
func TestARunIntoTwoSinksThatIsKilledCanBeResumed(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, manyRows)
	undisturbed := filepath.Join(dir, "undisturbed")
	must(t, "run", file, "--out", undisturbed)
	want := sums(t, undisturbed)
	for i, moment := range []time.Duration{100, 250, 450} {
		for _, victim := range []string{"host", "plugin"} {
			t.Run(fmt.Sprintf("%s after %d ms", victim, moment), func(t *testing.T) {
				out := filepath.Join(dir, fmt.Sprint(victim, i))
				tag := fmt.Sprintf("run-%s-%d-%d", victim, i, os.Getpid())
				killAt(t, moment*time.Millisecond, victim, tag, []string{"run", file, "--out", out})
				gone(t, tag)
				for path, sum := range sums(t, out) {
					if sum != want[path] {
						t.Errorf("%s stands under its final name and is not whole", path)
					}
				}
				must(t, "run", file, "--out", out, "--resume")
				if got := sums(t, out); !maps.Equal(got, want) {
					t.Errorf("resumed to\n%v\nnot\n%v", got, want)
				}
			})
		}
	}
}

// blocked begins a run whose second sink cannot store a part.
func blocked(t *testing.T, dir, file, out string) string {
	t.Helper()
	killAt(t, 0, "host", "blocked", []string{"run", file, "--env", "both", "--out", out})
	obstacle := filepath.Join(out, "rows", "data.json", "part-00001.json", "in the way")
	if err := os.MkdirAll(obstacle, 0o755); err != nil {
		t.Fatal(err)
	}
	// The obstacle would be taken for files of somebody else, but for a run
	// that is noted as unfinished.
	for _, name := range []string{"lake", "rows"} {
		beginOnly(t, dir, file, out, name)
	}
	return obstacle
}

// beginOnly leaves the folder of a sink as a run that was killed at once does.
func beginOnly(t *testing.T, dir, file, out, name string) {
	t.Helper()
	whole := filepath.Join(dir, "whole")
	if _, err := os.Stat(whole); err != nil {
		must(t, "run", file, "--env", "both", "--out", whole)
	}
	meta := metaOf(t, filepath.Join(whole, name))
	plan := dataset.Plan{
		Version: meta.Version, Schema: meta.Schema, Seed: meta.Seed, Format: meta.Generation.Format, PartRows: 700, GroupRows: 131072, SpanRows: 131072,
		Sink: []byte(`{"overwrite":true}`), Pipeline: "both/" + name,
	}
	plan.Rows.N = int(meta.Generation.TotalRows)
	if name == "lake" {
		plan.Sink = []byte(`{"compression":"zstd","overwrite":true,"row_group_rows":512}`)
	}
	for _, column := range meta.Columns {
		column.Nulls, column.Bytes = 0, 0
		plan.Columns = append(plan.Columns, column)
	}
	run, err := dataset.Begin(filepath.Join(out, name), plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhereOneSinkFailsNoneIsDone(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	out := filepath.Join(dir, "out")
	obstacle := blocked(t, dir, file, out)
	r := ingest(t, "run", file, "--env", "both", "--out", out, "--resume")
	if r.code == exitDone || r.stdout != "" {
		t.Fatalf("exit code %d, it prints %s", r.code, r.stdout)
	}
	for _, want := range []string{"sink rows: ", "no sink is done", "go on with: milvus-ingest run " + file + " --env both --out " + out + " --resume"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is not in\n%s", want, r.stderr)
		}
	}
	for _, name := range []string{"lake", "rows"} {
		if state, err := dataset.Look(filepath.Join(out, name)); state != dataset.Unfinished || err != nil {
			t.Errorf("%s is in state %v, %v", name, state, err)
		}
	}
	if r := ingest(t, "generate", "--resume", "--out", filepath.Join(out, "lake")); r.code != exitUsage || !strings.Contains(r.stderr, "a run of a pipeline file (both/lake)") {
		t.Errorf("generate goes on with it: %s", r.stderr)
	}
	if err := os.RemoveAll(filepath.Dir(obstacle)); err != nil {
		t.Fatal(err)
	}
	must(t, "run", file, "--env", "both", "--out", out, "--resume")
	if got, want := sums(t, out), sums(t, filepath.Join(dir, "whole")); !maps.Equal(got, want) {
		t.Errorf("resumed to\n%v\nnot\n%v", got, want)
	}
}

func TestARunThatFinishedInOneSinkAloneIsFinished(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, strings.Replace(twoSinks, "seed: 7", "", 1))
	out := filepath.Join(dir, "out")
	must(t, "run", file, "--env", "both", "--out", out)
	want := sums(t, out)
	for _, gone := range []string{"lake", "rows"} {
		if err := os.RemoveAll(filepath.Join(out, gone)); err != nil {
			t.Fatal(err)
		}
		must(t, "run", file, "--env", "both", "--out", out, "--resume")
		if got := sums(t, out); !maps.Equal(got, want) {
			t.Errorf("without %s it went on to\n%v\nnot\n%v", gone, got, want)
		}
	}
	if r := must(t, "run", file, "--env", "both", "--out", out, "--resume"); !strings.Contains(r.stderr, "nothing to resume") {
		t.Errorf("it says %s", r.stderr)
	}
}

func TestToGoOnTheOptionsMustBeTheSame(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	out := filepath.Join(dir, "out")
	blocked(t, dir, file, out)
	pipelineFile(t, dir, strings.Replace(strings.Replace(twoSinks, "zstd", "none", 1), "seed: 7", "seed: 8", 1))
	r := ingest(t, "run", file, "--env", "both", "--out", out, "--resume")
	for _, want := range []string{"lake: the interrupted run has other options of the sink lake", "rows: the interrupted run has another seed: 7, not 8"} {
		if r.code != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d; %q is not in\n%s", r.code, want, r.stderr)
		}
	}
}
