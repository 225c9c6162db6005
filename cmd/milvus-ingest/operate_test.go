package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/health"
)

// typesOfMilvus is a schema with each type that Milvus 2.3 can hold.
const typesOfMilvus = `
collection_name: types
enable_dynamic_field: true
dynamic_fields: [{name: extra, type: Int}]
fields:
  - {name: id, type: VarChar, max_length: 40, is_primary: true, generator: identifier.uuid}
  - {name: flag, type: Bool}
  - {name: tiny, type: Int8}
  - {name: short, type: Int16}
  - {name: whole, type: Int32}
  - {name: long, type: Int64}
  - {name: single, type: Float}
  - {name: double, type: Double}
  - {name: text, type: VarChar, max_length: 60}
  - {name: document, type: JSON}
  - {name: tags, type: Array, element_type: VarChar, max_capacity: 4, max_length: 20}
  - {name: numbers, type: Array, element_type: Float, max_capacity: 4}
  - {name: v, type: FloatVector, dim: 8, index: {type: HNSW, metric: COSINE, params: {M: 8, efConstruction: 64}}}
`

// typesOfLite adds what Milvus Lite can hold beyond that.
const typesOfLite = typesOfMilvus + `
  - {name: maybe, type: Int64, nullable: true}
  - {name: nothing, type: VarChar, max_length: 20, nullable: true}
  - {name: second, type: FloatVector, dim: 4}
  - {name: sparse, type: SparseFloatVector}
`

// TestACollectionIsBackedUpAndRestored goes the way of an operator on both
// servers: health, export, a killed export, restore, verify, aliases.
func TestACollectionIsBackedUpAndRestored(t *testing.T) {
	for name, c := range map[string]struct{ uri, schema, level string }{
		"Milvus":      {live.Milvus(t), typesOfMilvus, "Session"},
		"Milvus Lite": {live.Lite(t), typesOfLite, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := isolate(t)
			t.Setenv("MILVUS_URI", c.uri)
			t.Setenv("MILVUS_INGEST_EXCLUDE_FIELDS", "")
			schema, data, backup := filepath.Join(dir, "types.yaml"), filepath.Join(dir, "data"), filepath.Join(dir, "backup")
			if err := os.WriteFile(schema, []byte(c.schema), 0o600); err != nil {
				t.Fatal(err)
			}
			one, two := live.Name(t), live.Name(t)
			must(t, "generate", "--schema", schema, "--total-rows", "700", "--seed", "7", "--out", data)
			must(t, "to-milvus", "insert", data, "--collection-name", one, "--consistency", "Session")
			hasLevel(t, one, c.level)

			tellsHealth(t, one, name == "Milvus")
			resumesAnExport(t, one, backup)
			goesOnAfterAKill(t, one, filepath.Join(dir, "killed"))
			must(t, "to-milvus", "verify", backup, "--collection-name", one, "--level", "full")
			must(t, "restore", backup, "--collection-name", two)
			hasLevel(t, two, c.level)
			must(t, "to-milvus", "verify", data, "--collection-name", two, "--level", "full")
			movesAnAlias(t, one, two)
		})
	}
}

func tellsHealth(t *testing.T, name string, imports bool) {
	t.Helper()
	r := ingest(t, "health", "--collection-name", name, "--min-rows", "700", "--max-query-time", "1m", "--max-search-time", "1m", "--output", "json")
	var report health.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != 0 || report.Overall != health.Healthy {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if rows := report.Checks["data_integrity"].Rows; rows == nil || *rows != 700 {
		t.Errorf("it counts %v rows", rows)
	}
	if found := report.Checks["search_performance"].Results; found == nil || *found != 5 {
		t.Errorf("a search finds %v rows", found)
	}
	if queue := report.Checks["import_queue"]; (queue.Status == health.OK) != imports {
		t.Errorf("of imports it says %+v", queue)
	}
	if r := ingest(t, "health", "--collection-name", name, "--min-rows", "701", "--max-query-time", "1m", "--max-search-time", "1m"); r.code != 1 || !strings.Contains(r.stdout, "DEGRADED") {
		t.Errorf("with too few rows: exit code %d\n%s", r.code, r.stdout)
	}
	if r := ingest(t, "health", "--collection-name", name+"x"); r.code != 2 || !strings.Contains(r.stdout, "not found") {
		t.Errorf("without the collection: exit code %d\n%s", r.code, r.stdout)
	}
}

// resumesAnExport exports into small files, forgets the last of them as a kill
// would, and goes on.
func resumesAnExport(t *testing.T, name, backup string) {
	t.Helper()
	must(t, "export", name, backup, "--file-size", "20KB")
	whole := sums(t, backup)
	if len(whole) < 3 {
		t.Fatalf("an export into small files has %d", len(whole))
	}
	meta := metaOf(t, backup)
	state := map[string]any{
		"server": meta.Source.Server, "collection": meta.Source.Collection, "timestamp": meta.Source.Timestamp, "database": meta.Source.Database,
		"schema": meta.Schema, "format": "parquet", "rows_before": 700, "consistency_level": meta.Source.Consistency,
	}
	first := meta.Files[0]
	state["parts"] = []any{map[string]any{
		"path": first.Path, "rows": first.Rows, "last_key": lastKey(t, backup),
		"artifact": map[string]any{"rows": first.Rows, "bytes": first.Bytes, "sha256": first.SHA256},
	}}
	kept, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	file := dataset.StateFile(backup, dataset.ExportState)
	for _, err := range []error{
		os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, kept, 0o600), os.Remove(filepath.Join(backup, dataset.MetaName)),
		os.Remove(filepath.Join(backup, filepath.FromSlash(meta.Files[1].Path))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if r := ingest(t, "check", backup); r.code != exitData {
		t.Errorf("an unfinished export is checked: exit code %d", r.code)
	}
	must(t, "export", name, backup, "--file-size", "20KB", "--resume")
	again := sums(t, backup)
	if len(again) != len(whole) {
		t.Errorf("it goes on to %d files of %d", len(again), len(whole))
	}
	must(t, "check", backup)
	if r := ingest(t, "export", name, backup); r.code != exitUsage || !strings.Contains(r.stderr, "--force") {
		t.Errorf("over a data set: exit code %d\n%s", r.code, r.stderr)
	}
}

// lastKey is the key of the last row of the first file.
func lastKey(t *testing.T, dir string) string {
	t.Helper()
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var last string
	for batch, err := range set.Rows(t.Context(), dataset.ReadOptions{Fields: []string{"id"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if batch.File.Name != set.Files[0].Name {
			break
		}
		last = batch.Column(0).ValueStr(int(batch.NumRows()) - 1)
	}
	return last
}

func movesAnAlias(t *testing.T, one, two string) {
	t.Helper()
	alias := live.Name(t)
	t.Cleanup(func() { dropAll(t, os.Getenv("MILVUS_URI"), alias) })
	must(t, "alias", "switch", alias, one)
	moved := must(t, "alias", "switch", alias, two)
	if !strings.Contains(moved.stdout, "no longer for "+one) {
		t.Errorf("it says %s", moved.stdout)
	}
	must(t, "health", "--collection-name", alias, "--max-query-time", "1m", "--max-search-time", "1m")
	if r := ingest(t, "alias", "switch", alias, two+"x"); r.code != exitUsage || !strings.Contains(r.stderr, "did you mean") {
		t.Errorf("to nowhere: exit code %d\n%s", r.code, r.stderr)
	}
	must(t, "alias", "rollback", alias) // to what was live before
	if now := standsFor(t, os.Getenv("MILVUS_URI"), alias); now != one {
		t.Errorf("after the rollback it stands for %s", now)
	}
	must(t, "alias", "rollback", alias, "--to", two)
	must(t, "alias", "rollback", alias, "--to", one)
	listed := must(t, "alias", "list", "--output", "json")
	var lines []aliasLine
	if err := json.Unmarshal([]byte(listed.stdout), &lines); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Alias == alias && line.Collection != one {
			t.Errorf("after the rollback it stands for %s", line.Collection)
		}
	}
}

// TestHealthServesPrometheus scrapes the exporter of a running command.
func TestHealthServesPrometheus(t *testing.T) {
	uri := live.Lite(t)
	dir := isolate(t)
	name := live.Name(t)
	t.Setenv("MILVUS_URI", uri)
	data := filepath.Join(dir, "data")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "50", "--seed", "7", "--out", data)
	must(t, "to-milvus", "insert", data, "--collection-name", name)

	// An exporter is stopped by the end of its context, as by Ctrl-C.
	ctx, stop := context.WithCancel(t.Context())
	said, ended := &lines{}, make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{
			"health", "--collection-name", name, "--listen", "127.0.0.1:0", "--watch", "100ms", "--max-query-time", "1m", "--max-search-time", "1m",
		}, &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: said})
	}()
	address := said.address(t)
	var body string
	for range 100 {
		if body = get(t, address+"/metrics"); strings.Contains(body, "milvus_ingest_health_rounds_total") && !strings.Contains(body, `rounds_total{collection="`+name+`"} 0`) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, want := range []string{
		`milvus_ingest_collection_rows{collection="` + name + `"} 50`, `milvus_ingest_health_status{collection="` + name + `"} 0`,
		`check="search_performance"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s\nlacks %s", body, want)
		}
	}
	if state := get(t, address+"/healthz"); !strings.Contains(state, "HEALTHY") {
		t.Errorf("healthz says %s", state)
	}
	stop()
	if code := <-ended; code != exitDone {
		t.Errorf("it ends with %d\n%s", code, said)
	}
}

// lines is what a command says while it runs.
type lines struct {
	sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.text.Write(p)
}

// String is what was said so far.
func (l *lines) String() string {
	l.Lock()
	defer l.Unlock()
	return l.text.String()
}

// address waits for the address that is served.
func (l *lines) address(t *testing.T) string {
	t.Helper()
	for range 200 {
		if found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(l.String()); found != "" {
			return found
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no address in %s", l)
	return ""
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
