package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// rows reads the rows of a JSON data set, in order.
func rows(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "data.json", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		names = []string{filepath.Join(dir, "data.json")}
	}
	var all []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var some []json.RawMessage
		if err := json.Unmarshal(data, &some); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, row := range some {
			all = append(all, string(row))
		}
	}
	return all
}

func TestARowIsTheSameHoweverItIsMade(t *testing.T) {
	dir := isolate(t)
	base := []string{"generate", "--builtin", "all_types", "--format", "json", "--seed", "0", "--total-rows", "600"}
	want := func() []string {
		out := filepath.Join(dir, "want")
		must(t, append(base, "--out", out)...)
		return rows(t, out)
	}()
	if len(want) != 600 {
		t.Fatalf("%d rows", len(want))
	}
	for _, options := range [][]string{
		{"--workers", "1"},
		{"--workers", "3", "--batch-size", "7"},
		{"--batch-size", "100", "--rows-per-file", "250"},
		{"--file-count", "7", "--workers", "2"},
		{"--file-size", "100KB"},
	} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			out := filepath.Join(dir, strings.Join(options, ""))
			must(t, append(append(base, "--out", out), options...)...)
			same(t, rows(t, out), want)
		})
	}
	t.Run("another machine makes the second half", func(t *testing.T) {
		out := filepath.Join(dir, "half")
		must(t, "generate", "--builtin", "all_types", "--format", "json", "--seed", "0", "--first-row", "300", "--total-rows", "300", "--out", out)
		same(t, rows(t, out), want[300:])
	})
	t.Run("in one process", func(t *testing.T) {
		t.Setenv("MILVUS_INGEST_INPROC", "1")
		out := filepath.Join(dir, "inproc")
		must(t, append(base, "--out", out)...)
		same(t, rows(t, out), want)
	})
	t.Run("over the portable data plane", func(t *testing.T) {
		t.Setenv("MILVUS_INGEST_DATA_PLANE", "ipc")
		out := filepath.Join(dir, "ipc")
		must(t, append(base, "--out", out)...)
		same(t, rows(t, out), want)
	})
	t.Run("another seed makes other rows", func(t *testing.T) {
		out := filepath.Join(dir, "other")
		must(t, "generate", "--builtin", "all_types", "--format", "json", "--seed", "1", "--total-rows", "600", "--out", out)
		if got := rows(t, out); got[5] == want[5] {
			t.Error("row 5 is the same for seeds 0 and 1")
		}
	})
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row %d is\n%.600s\nnot\n%.600s", i, got[i], want[i])
		}
	}
}

func TestRowsAreCutIntoFiles(t *testing.T) {
	const rowBytes = 1000
	tests := []struct {
		name    string
		command generateCommand
		group   int
		part    int
	}{
		{"whole row groups", generateCommand{FileSize: 100_500}, 8, 96},
		{"a group that is larger than a file", generateCommand{FileSize: 100_500}, 1000, 100},
		{"as many files as were asked for", generateCommand{FileCount: 3}, 8, 33334},
		{"the smaller of two limits", generateCommand{FileSize: 100_500, RowsPerFile: 50}, 8, 50},
		{"no more row groups than a file can number", generateCommand{}, 1, 32767},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := dataset.Plan{Rows: core.Rows{N: 100_000}, GroupRows: test.group}
			test.command.cut(&plan, rowBytes)
			if plan.PartRows != test.part {
				t.Errorf("%d rows a file, want %d", plan.PartRows, test.part)
			}
		})
	}
}

func TestSamplesOfKilledRunsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{samplePrefix + "1": 2 * time.Hour, samplePrefix + "2": time.Minute, "other": 2 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	forgetSamples(dir, now.Add(-time.Hour))
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != samplePrefix+"2" || filepath.Base(left[1]) != "other" {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestASeedIsDrawnAndRecorded(t *testing.T) {
	dir := isolate(t)
	seeds := map[string]bool{}
	for i := range 2 {
		out := filepath.Join(dir, fmt.Sprint(i))
		must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "10", "--out", out)
		var meta struct {
			Seed json.Number `json:"seed"`
		}
		data, err := os.ReadFile(filepath.Join(out, "meta.json"))
		if err != nil || json.Unmarshal(data, &meta) != nil {
			t.Fatal(err, string(data))
		}
		seeds[meta.Seed.String()] = true
	}
	if len(seeds) != 2 {
		t.Errorf("two runs drew %v", seeds)
	}
}

func TestGenerateRefuses(t *testing.T) {
	dir := isolate(t)
	schema := tiny(t, dir)
	whole := filepath.Join(dir, "whole")
	must(t, "generate", "--schema", schema, "--total-rows", "10", "--out", whole)
	broken := filepath.Join(dir, "broken.json")
	if err := os.WriteFile(broken, []byte("{\n \"fields\": [\n  {\"name\": \"1st\", \"type\": \"Int64\", \"is_primry\": true},\n  {\"name\": \"v\", \"type\": \"FloatVektor\"}\n ]\n}"), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign")
	if err := os.MkdirAll(filepath.Join(foreign, "data.parquet"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no schema", []string{"--total-rows", "10"}, exitUsage, []string{"--schema FILE", "--builtin ID"}},
		{"two schemas", []string{"--schema", schema, "--builtin", "all_types"}, exitUsage, []string{"--schema", "--builtin"}},
		{"a schema that is not there", []string{"--schema", filepath.Join(dir, "no.json")}, exitUsage, []string{"no.json"}},
		{"an unknown built-in", []string{"--builtin", "knowlege_base"}, exitUsage, []string{"knowledge_base"}},
		{"all faults of a schema", []string{"--schema", broken}, exitUsage, []string{"broken.json:3", "is_primary", "1st", "broken.json:4", "FloatVector"}},
		{"all faults of the flags", []string{"--schema", schema, "--total-rows", "0", "--workers=-1"}, exitUsage, []string{"--total-rows", "--workers"}},
		{"an unknown flag", []string{"--schema", schema, "--rows", "5"}, exitUsage, []string{"--rows"}},
		{"a bad size", []string{"--schema", schema, "--file-size", "12 parsecs"}, exitUsage, []string{"12 parsecs", "256MB"}},
		{"a whole data set", []string{"--schema", schema, "--out", whole}, exitUsage, []string{"--force"}},
		{"files of somebody else", []string{"--schema", schema, "--out", foreign}, exitUsage, []string{"somebody else"}},
		{"partitions without a key", []string{"--schema", schema, "--partitions", "4", "--out", filepath.Join(dir, "p")}, exitUsage, []string{"partition key"}},
		{"a disk that is too small", []string{"--schema", schema, "--total-rows", "900000000000000", "--out", filepath.Join(dir, "big")}, exitFailed, []string{"free"}},
		{"nothing to resume", []string{"--resume", "--out", filepath.Join(dir, "nothing")}, exitUsage, []string{"no run to resume"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := ingest(t, append([]string{"generate"}, test.args...)...)
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			for _, text := range test.says {
				if !strings.Contains(r.stderr, text) {
					t.Errorf("%q is not in\n%s", text, r.stderr)
				}
			}
			if r.stdout != "" {
				t.Errorf("it printed a result: %s", r.stdout)
			}
		})
	}
}

func TestForceReplacesAndLeavesOtherFilesAlone(t *testing.T) {
	dir := isolate(t)
	out := filepath.Join(dir, "out")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "100", "--rows-per-file", "10", "--out", out)
	note := filepath.Join(out, "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "5", "--format", "json", "--out", out, "--force")
	if got := rows(t, out); len(got) != 5 {
		t.Errorf("%d rows", len(got))
	}
	if _, err := os.Lstat(filepath.Join(out, "data.parquet")); !os.IsNotExist(err) {
		t.Error("the old files are still there")
	}
	if text, err := os.ReadFile(note); err != nil || !bytes.Equal(text, []byte("mine")) {
		t.Error("a file of the user's was touched")
	}
}

func TestTheSummaryIsAResult(t *testing.T) {
	dir := isolate(t)
	r := must(t, "--output", "json", "generate", "--schema", tiny(t, dir), "--total-rows", "25", "--seed", "3", "--out", filepath.Join(dir, "o"))
	var s struct {
		Meta struct {
			Seed  uint64 `json:"seed"`
			Files []struct {
				Rows   int64  `json:"rows"`
				SHA256 string `json:"sha256"`
			} `json:"files"`
		} `json:"meta"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &s); err != nil {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	if s.Meta.Seed != 3 || len(s.Meta.Files) != 1 || s.Meta.Files[0].Rows != 25 || len(s.Meta.Files[0].SHA256) != 64 {
		t.Errorf("summary is %+v", s)
	}
}

func TestGenerateComputesGroundTruthForKeysOfItsOwn(t *testing.T) {
	dir := isolate(t)
	truth := filepath.Join(dir, "truth.json")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "300", "--seed", "7", "--out", filepath.Join(dir, "data"), "--truth", truth)
	if info, err := os.Stat(truth); err != nil || info.Size() == 0 {
		t.Errorf("there is no ground truth: %v", err)
	}
	out := filepath.Join(dir, "kb")
	r := ingest(t, "generate", "--builtin", "knowledge_base", "--total-rows", "10", "--out", out, "--truth", truth)
	if _, err := os.Stat(out); r.code != exitUsage || !os.IsNotExist(err) || !strings.Contains(r.stderr, "doc_id") {
		t.Errorf("for keys of the server: exit code %d, %v\n%s", r.code, err, r.stderr)
	}
}
