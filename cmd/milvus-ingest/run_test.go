package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// environments copies the example and returns its pipeline file.
func environments(t *testing.T, dir string) string {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("../../examples/environments")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "pipeline.yaml")
}

// pipelineFile writes a pipeline file beside a schema of few columns.
func pipelineFile(t *testing.T, dir, text string) string {
	t.Helper()
	tiny(t, dir)
	path := filepath.Join(dir, "pipeline.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheExampleOfEnvironmentsRuns(t *testing.T) {
	dir := isolate(t)
	file := environments(t, dir)
	for _, test := range []struct {
		env, sink, format string
		rows, dropped     int64
		files             int
	}{
		{"dev", "rows", "json", 100, 0, 1},
		{"staging", "lake", "parquet", 1998, 2, 3},
		{"staging", "rows", "json", 1998, 2, 3},
		{"prod", "lake", "parquet", 20000, 0, 1},
	} {
		out := filepath.Join(dir, "data", test.env, test.sink)
		if _, err := os.Stat(out); err != nil {
			must(t, "run", file, "--env", test.env)
		}
		meta := metaOf(t, out)
		g := meta.Generation
		if g.TotalRows != test.rows || meta.Hooks.Dropped != test.dropped || g.FileCount != test.files || g.Format != test.format || meta.Seed != 42 {
			t.Errorf("%s/%s is %+v, %d dropped", test.env, test.sink, g, meta.Hooks.Dropped)
		}
		must(t, "check", out)
	}
	same(t, rows(t, filepath.Join(dir, "data/dev/rows")), rows(t, filepath.Join(dir, "data/staging/rows"))[:100])
}

const twoSinks = `
schema: tiny.json
seed: 7
rows: 3000
files: {rows_per_file: 700}
sinks:
  lake: {sink: parquet, compression: zstd, row_group_rows: 512}
  rows: json
environments:
  both: {}
  lake: {sinks: [lake]}
  rows: {sinks: [rows]}
`

func TestTwoSinksAtOnceGetWhatTwoRunsGiveThem(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	for _, env := range []string{"both", "lake", "rows"} {
		must(t, "run", file, "--env", env)
	}
	for _, sink := range []string{"lake", "rows"} {
		got, want := sums(t, filepath.Join(dir, "data/both", sink)), sums(t, filepath.Join(dir, "data", sink, sink))
		if len(got) != 6 || !maps.Equal(got, want) {
			t.Errorf("%s holds\n%v\nnot\n%v", sink, got, want)
		}
	}
	out := filepath.Join(dir, "single")
	must(t, "generate", "--schema", filepath.Join(dir, "tiny.json"), "--seed", "7", "--total-rows", "3000", "--format", "json", "--out", out)
	same(t, rows(t, filepath.Join(dir, "data/both/rows")), rows(t, out))
}

func TestFlagsAreBeforeTheFile(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	out := filepath.Join(dir, "elsewhere")
	must(t, "run", file, "--env", "rows", "--rows", "30", "--first-row", "100", "--seed", "8", "--out", out, "--workers", "1")
	g := metaOf(t, filepath.Join(out, "rows")).Generation
	if g.TotalRows != 30 || g.FirstRow != 100 || g.Seed != 8 {
		t.Errorf("it made %+v", g)
	}
}

func TestADryRunShowsAllAndWritesNothing(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	before := sums(t, dir)
	r := must(t, "run", file, "--env", "both", "--dry-run")
	for _, want := range []string{"tiny.json", "3,000", "7", "identifier.sequence", "lake", "parquet", "rows", "5", "about", "zstd", filepath.Join(dir, "data/both/lake")} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.stdout)
		}
	}
	var p preparation
	if err := json.Unmarshal([]byte(must(t, "--output", "json", "run", file, "--env", "both", "--dry-run").stdout), &p); err != nil {
		t.Fatal(err)
	}
	if p.Rows != 3000 || *p.Seed != 7 || len(p.Sinks) != 2 || p.Sinks[0].Parts != 5 || p.Sinks[1].Bytes < 10_000 || p.Sinks[0].Holds != "nothing" || len(p.Columns) == 0 {
		t.Errorf("it tells %+v", p)
	}
	if after := sums(t, dir); !maps.Equal(before, after) {
		t.Errorf("it wrote: %v", after)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	must(t, "run", file, "--env", "both", "--rows", "10")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := write("broken.yaml", "shema: tiny.json\nrows: 0\nsinks:\n  lake: {sink: paquet}\n  rows: {sink: json, indent: 2}\n")
	secrets := write("secrets.yaml", "schema: tiny.json\nsinks:\n  a: {sink: parquet, compression: '${NOT_SET_A}'}\n  b: {sink: parquet, compression: '${NOT_SET_B}'}\n")
	nowhere := write("nowhere.yaml", "schema: gone.json\nsinks: {a: json}\n")
	unknown := write("unknown.yaml", "schema: knowlege_base\nsinks: {a: json}\n")
	hooked := write("hooked.yaml", "schema: tiny.json\non_invalid: drop\nsinks: {a: json}\n")
	tests := []struct {
		name string
		args []string
		says []string
	}{
		{"no file", nil, []string{"no pipeline file", "run pipeline.yaml"}},
		{"a file that is not there", []string{filepath.Join(dir, "no.yaml")}, []string{"no.yaml"}},
		{"no environment", []string{file}, []string{"--env both, --env lake, --env rows"}},
		{"an unknown environment", []string{file, "--env", "bth"}, []string{"did you mean --env both?"}},
		{"all faults of a file", []string{broken}, []string{"broken.yaml:1:1", `"schema"`, "broken.yaml:2:7", "broken.yaml:4:16", `"parquet"`, "broken.yaml:5:22", "indent"}},
		{"all variables that are missing", []string{secrets}, []string{"secrets.yaml:3:35: the environment variable NOT_SET_A is not set", "secrets.yaml:4:35: the environment variable NOT_SET_B"}},
		{"a schema that is not there", []string{nowhere}, []string{"gone.json"}},
		{"an unknown schema of the library", []string{unknown}, []string{"knowledge_base"}},
		{"verdicts without hooks", []string{hooked}, []string{"hooks that validate"}},
		{"all folders that are taken", []string{file, "--env", "both"}, []string{"both/lake holds a data set", "both/rows holds a data set", "--force"}},
		{"to replace and to go on", []string{file, "--env", "both", "--force", "--resume"}, []string{"exclude each other"}},
		{"to go on with other rows", []string{file, "--env", "both", "--resume"}, []string{"both/lake holds a data set of other rows", "both/rows holds"}},
		{"bad flags", []string{file, "--rows=-1", "--workers=-1"}, []string{"--rows", "--workers"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := ingest(t, append([]string{"run"}, test.args...)...)
			if r.code != exitUsage || r.stdout != "" {
				t.Errorf("exit code %d, it prints %s", r.code, r.stdout)
			}
			for _, text := range test.says {
				if !strings.Contains(r.stderr, text) {
					t.Errorf("%q is not in\n%s", text, r.stderr)
				}
			}
		})
	}
}

func TestWithoutSecretsADryRunStillShowsThePlan(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, "schema: tiny.json\nsinks:\n  a: {sink: parquet, compression: '${NOT_SET_A}'}\n")
	r := must(t, "run", file, "--dry-run")
	if !strings.Contains(r.stderr, "warning: "+file+":3:35: the environment variable NOT_SET_A is not set") || !strings.Contains(r.stdout, "compression = ${NOT_SET_A}") || !strings.Contains(r.stdout, "unknown") {
		t.Errorf("it says %s%s", r.stdout, r.stderr)
	}
}

func TestTheSummaryOfARunIsAResult(t *testing.T) {
	dir := isolate(t)
	file := pipelineFile(t, dir, twoSinks)
	var s runSummary
	if err := json.Unmarshal([]byte(must(t, "--output", "json", "run", file, "--env", "both", "--rows", "50").stdout), &s); err != nil {
		t.Fatal(err)
	}
	if s.Made != 50 || fmt.Sprint(s.Sinks[0].Name, s.Sinks[1].Name) != "lakerows" || s.Sinks[1].Meta.Generation.TotalRows != 50 || s.Environment != "both" {
		t.Errorf("it tells %+v", s)
	}
	if text := must(t, "run", "--json-schema").stdout; !strings.Contains(text, "https://json-schema.org") || !strings.Contains(text, "compress_vectors") {
		t.Errorf("the JSON Schema is %s", text)
	}
}
