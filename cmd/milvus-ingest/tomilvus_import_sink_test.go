package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// TestARunIsImportedAsItIsMadeAndNothingTwice carries a pipeline out whose sink
// is milvus-import, and does so again, as after a run that was killed before it
// could note what it had done.
func TestARunIsImportedAsItIsMadeAndNothingTwice(t *testing.T) {
	dir, store := isolate(t), storeOf(t)
	name, prefix := live.Name(t), swept(t, store)
	write(t, filepath.Join(dir, "simple.yaml"), fmt.Appendf(nil, simple, 8))
	file, out, journal := filepath.Join(dir, "pipeline.yaml"), filepath.Join(dir, "out"), filepath.Join(dir, "journal")
	pipeline := func(rows int) {
		write(t, file, fmt.Appendf(nil, `
schema: simple.yaml
rows: %d
seed: 7
files: {file_count: 2}
sinks:
  staging:
    sink: milvus-import
    place: s3://%s/%s
    endpoint_url: %s
    access_key_id: %s
    secret_access_key: ${MINIO_SECRET_KEY}
    uri: %s
    collection: %s
    journal: %s
`, rows, store.Bucket, prefix, store.Endpoint, store.AccessKey, live.Milvus(t), name, journal))
	}
	pipeline(60)
	must(t, "run", file, "--out", out)
	same := filepath.Join(dir, "same")
	must(t, "generate", "--schema", filepath.Join(dir, "simple.yaml"), "--total-rows", "60", "--seed", "7", "--out", same)
	sameRows(t, same, name)

	must(t, "run", file, "--out", out, "--force")
	sameRows(t, same, name)
	if n := jobsOf(t, name); n != 2 {
		t.Errorf("the server had %d jobs, want one for each part", n)
	}
	if meta, err := os.ReadFile(filepath.Join(out, "staging", "meta.json")); err != nil || strings.Contains(string(meta), store.SecretKey+`"`) && store.SecretKey != store.AccessKey {
		t.Errorf("meta.json: %v\n%s", err, meta)
	}

	if err := os.RemoveAll(journal); err != nil {
		t.Fatal(err)
	}
	if r := ingest(t, "run", file, "--out", out, "--force"); r.code != exitUsage || !strings.Contains(r.stderr, "has rows already") {
		t.Errorf("into rows of nobody knows where from: exit code %d\n%s", r.code, r.stderr)
	}
}

// jobsOf counts the import jobs of a collection.
func jobsOf(t *testing.T, name string) int {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: live.Milvus(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	i, err := bulk.New(t.Context(), server, bulk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	jobs, err := i.List(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return len(jobs)
}
