package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bench"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/truth"
)

const benchSchema = `{"collection_name": "bench", "fields": [
	{"name": "id", "type": "Int64", "is_primary": true},
	{"name": "price", "type": "Float", "generator": "number.uniform"},
	{"name": "v", "type": "FloatVector", "dim": 16, "generator": "vector.clustered", "index": {"type": "FLAT", "metric": "L2"}}]}`

// made generates a data set of a schema.
func made(t *testing.T, schema string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "schema.json")
	if err := os.WriteFile(file, []byte(schema), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "data")
	must(t, append([]string{"generate", "--schema", file, "--seed", "5", "--out", out, "--no-progress"}, args...)...)
	return out
}

// benchmarked runs a benchmark that should end with a code, and reads what it
// tells.
func benchmarked(t *testing.T, code int, args ...string) (*bench.Result, result) {
	t.Helper()
	args = append([]string{"benchmark", "--no-progress", "--output", "json", "--warmup", "0s", "--duration", "0s", "--count", "120", "--query-count", "60", "--concurrency", "4"}, args...)
	r := ingest(t, args...)
	if r.code != code {
		t.Fatalf("milvus-ingest %s: exit code %d, not %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	var told bench.Result
	if r.stdout != "" {
		if err := json.Unmarshal([]byte(r.stdout), &told); err != nil {
			t.Fatalf("%v\n%s", err, r.stdout)
		}
	}
	return &told, r
}

func TestABenchmarkOfARealServerTellsTheRecallOfItsIndex(t *testing.T) {
	data, more := made(t, benchSchema, "--total-rows", "800"), made(t, benchSchema, "--total-rows", "300", "--first-row", "800")
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			collectionName := live.Name(t)
			must(t, "to-milvus", "insert", data, "--uri", uri, "--collection-name", collectionName, "--no-progress")
			kept, saved := filepath.Join(t.TempDir(), "truth.json"), filepath.Join(t.TempDir(), "result.json")
			at := []string{data, "--uri", uri, "--collection-name", collectionName}

			told, _ := benchmarked(t, exitDone, append(at, "--truth", kept, "--save", saved, "--top-k", "1,10", "--threshold", "recall>=1", "errors<=0")...)
			if len(told.Runs) != 2 || told.Rows != 800 || told.Metric != "L2" || told.Index != "FLAT" {
				t.Errorf("%+v", told)
			}
			for _, run := range told.Runs {
				if run.Searches != 120 || run.Recall == nil || run.Recall.Mean != 1 || run.Recall.Queries != 60 || run.Latency.P99 <= 0 {
					t.Errorf("%+v", run)
				}
			}
			_, r := benchmarked(t, exitFailed, append(at, "--truth", kept, "--baseline", saved, "--threshold", "p99<1us", "qps>=0.001x")...)
			if !strings.Contains(r.stderr, "threshold p99<1us: 4 at a time, top 10: p99 is") {
				t.Error(r.stderr)
			}
			told, _ = benchmarked(t, exitDone, append(at, "--selectivity", "0.1", "--filter", "price > 1e9", "--queries", "planted", "--rate", "500", "--threshold", "errors<=0")...)
			if of := told.Runs[1]; of.Selectivity == nil || *of.Selectivity < 0.08 || *of.Selectivity > 0.12 || of.Recall == nil || of.Recall.Mean != 1 {
				t.Errorf("%+v", of)
			}
			if of := told.Runs[0]; *of.Selectivity != 0 || of.Recall != nil {
				t.Errorf("a filter that finds nothing: %+v", of)
			}
			told, _ = benchmarked(t, exitDone, append(at, "--insert-from", more, "--insert-rate", "200", "--duration", "500ms", "--count", "0")...)
			if told.Runs[0].Inserted < 50 || told.Runs[0].Recall != nil {
				t.Errorf("%+v", told.Runs[0])
			}
			if _, r := benchmarked(t, exitUsage, append(at, "--insert-from", data)...); !strings.Contains(r.stderr, "are in the collection already") {
				t.Error(r.stderr)
			}
			oldTruthIsRefused(t, uri, collectionName, at, kept)
		})
	}
}

// oldTruthIsRefused deletes a few rows.
func oldTruthIsRefused(t *testing.T, uri, name string, at []string, kept string) {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	answer, err := server.Service().Delete(t.Context(), &milvuspb.DeleteRequest{CollectionName: name, Expr: "id in [7, 8, 9, 10, 11]"})
	if err := collection.Explain(err, answer.GetStatus()); err != nil {
		t.Fatal(err)
	}
	_, r := benchmarked(t, exitData, append(at, "--truth", kept)...)
	if !strings.Contains(r.stderr, "has 800 rows, the collection 795") {
		t.Error(r.stderr)
	}
	told, _ := benchmarked(t, exitDone, at...)
	if told.Runs[0].Recall != nil || len(told.Warnings) != 1 {
		t.Errorf("%+v", told)
	}
	// Without the data set recall is of the rows that are there.
	told, _ = benchmarked(t, exitDone, append(at[1:], "--threshold", "recall>=1")...)
	if told.Runs[0].Recall.Mean != 1 {
		t.Errorf("%+v", told.Runs[0])
	}
	if _, r := benchmarked(t, exitData, append(at[1:], "--truth", kept)...); !strings.Contains(r.stderr, "800 rows, there are 795") {
		t.Error(r.stderr)
	}
}

func TestTextsAndSeveralFieldsAreSearched(t *testing.T) {
	uri, name := live.Lite(t), live.Name(t)
	data := made(t, `{"collection_name": "mix", "fields": [
		{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true},
		{"name": "question", "type": "VarChar", "max_length": 200, "enable_analyzer": true},
		{"name": "v", "type": "FloatVector", "dim": 8, "index": {"type": "FLAT", "metric": "COSINE"}},
		{"name": "bm", "type": "SparseFloatVector"}],
		"functions": [{"name": "f", "type": "BM25", "input_field_names": ["question"], "output_field_names": ["bm"]}]}`, "--total-rows", "200")
	must(t, "to-milvus", "insert", data, "--uri", uri, "--collection-name", name, "--no-progress")
	at := []string{data, "--uri", uri, "--collection-name", name}
	for kind, args := range map[bench.Kind][]string{
		bench.Vector: {"--threshold", "recall>=1"}, bench.Text: {"--text", "--output-fields", "question"}, bench.Hybrid: {"--hybrid", "v,bm"},
	} {
		told, _ := benchmarked(t, exitDone, append(append(args, "--threshold", "errors<=0"), at...)...)
		if told.Kind != kind || told.Runs[0].Searches != 120 || (told.Runs[0].Recall != nil) != (kind == bench.Vector) {
			t.Errorf("%s: %+v", kind, told)
		}
	}
	_, r := benchmarked(t, exitUsage, append(at, "--text", "--threshold", "recall>=1")...)
	if !strings.Contains(r.stderr, "no ground truth for a text search") {
		t.Error(r.stderr)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, append([]string{"benchmark", "--duration", "1m", "--warmup", "0s"}, at...), &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr})
	if code != exitInterrupted || !strings.Contains(stdout.String(), "1 at a time") || !strings.Contains(stderr.String(), "ended before its time") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}

// TestUniformVectorsAreAsFarFromEachOther shows why recall is measured on
// clustered ones: of uniform vectors the nearest is hardly nearer than any.
func TestUniformVectorsAreAsFarFromEachOther(t *testing.T) {
	contrast := func(generator string) float64 {
		data := made(t, `{"collection_name": "c", "fields": [{"name": "id", "type": "Int64", "is_primary": true},
			{"name": "v", "type": "FloatVector", "dim": 64, "generator": "`+generator+`"}]}`, "--total-rows", "2000")
		file := filepath.Join(t.TempDir(), "truth.json")
		must(t, "benchmark", data, "--truth-only", "--truth", file, "--metric", "L2", "--top-k", "2000", "--query-count", "20", "--no-progress")
		kept, err := truth.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var nearest, mean float64
		for _, n := range kept.Truths[0].Answer.Neighbors {
			if n.Scores[0] != 0 || len(n.Scores) != 2000 {
				t.Fatalf("a row is %g from itself, and has %d neighbours", n.Scores[0], len(n.Scores))
			}
			nearest += n.Scores[1]
			for _, s := range n.Scores[1:] {
				mean += s / 1999
			}
		}
		return nearest / mean
	}
	uniform, clustered := contrast("vector.uniform"), contrast("vector.clustered")
	if uniform < 0.3 || clustered > uniform/2 {
		t.Errorf("the nearest row is %.2f of the mean distance away when uniform, %.2f when clustered", uniform, clustered)
	}
}

func TestFlagsOfABenchmarkThatMakeNoSenseAreToldAtOnce(t *testing.T) {
	r := ingest(t, "benchmark", "--top-k", "0", "--concurrency", "0", "--param", "ef", "--hybrid", "a", "--duration", "0s", "--selectivity", "2", "--threshold", "qps>=1x")
	for _, want := range []string{"--top-k is 1 to 16384", "--concurrency is", `"ef" is no NAME=VALUE`, "two fields or more", "ends a run", "--selectivity is", "compares with a baseline"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is not told:\n%s", want, r.stderr)
		}
	}
	if r.code != exitUsage {
		t.Errorf("exit code %d", r.code)
	}
	for text, want := range map[string]string{"p99<50": `"50" is no time`, "recal>=1": "did you mean recall?"} {
		if r := ingest(t, "benchmark", "--threshold", "p99<50ms", text); r.code != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d\n%s", text, r.code, r.stderr)
		}
	}
}

func TestARunWithoutAnAnswerFails(t *testing.T) {
	for _, c := range []struct {
		searches, failed int64
		want             core.Code
	}{{5, 4, ""}, {5, 5, core.Unavailable}, {0, 0, core.Unavailable}} {
		r := &bench.Result{Runs: []bench.Run{{Searches: 9}, {Searches: c.searches, Failed: c.failed}}}
		if err := unanswered(r); (err != nil) != (c.want != "") || err != nil && core.CodeOf(err) != c.want {
			t.Errorf("%d of %d failed: %v", c.failed, c.searches, err)
		}
	}
}
