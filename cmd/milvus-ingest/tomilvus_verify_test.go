package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/verify"
)

const schemaToVerify = `
collection_name: books
fields:
  - {name: id, type: Int64, is_primary: true}
  - {name: title, type: VarChar, max_length: 60}
  - {name: v, type: FloatVector, dim: 4}
`

func TestVerifyTellsWhatDiffersAndEndsWithThree(t *testing.T) {
	dir := isolate(t)
	t.Setenv("MILVUS_URI", live.Lite(t))
	t.Setenv("MILVUS_INGEST_EXCLUDE_FIELDS", "")
	file, data, other := filepath.Join(dir, "books.yaml"), filepath.Join(dir, "data"), filepath.Join(dir, "other")
	if err := os.WriteFile(file, []byte(schemaToVerify), 0o600); err != nil {
		t.Fatal(err)
	}
	name := live.Name(t)
	must(t, "generate", "--schema", file, "--total-rows", "120", "--seed", "1", "--out", data)
	must(t, "generate", "--schema", file, "--total-rows", "120", "--seed", "2", "--out", other)
	must(t, "to-milvus", "insert", data, "--collection-name", name)

	r := must(t, "to-milvus", "verify", data, "--collection-name", name)
	for _, want := range []string{"120 in the data set, 120 in the collection", "120 rows, each looked up by its key", "20 of 20 keys found", "recall@10 1.000", "\nequal after"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.stdout)
		}
	}
	page := filepath.Join(dir, "verified.html")
	r = ingest(t, "to-milvus", "verify", other, "--collection-name", name, "--sample", "0", "--max-differences", "3", "--report", page)
	for _, want := range []string{"120 rows with other values", "v differs in 120 rows", "NOT EQUAL"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.stdout)
		}
	}
	if _, err := os.Stat(page); err != nil || r.code != exitData {
		t.Errorf("exit code %d, page: %v", r.code, err)
	}
	var report verify.Report
	r = ingest(t, "to-milvus", "verify", other, "--collection-name", name, "--sample", "0", "--max-differences", "3", "--exclude-fields", "v", "--output", "json")
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != exitData {
		t.Fatalf("exit code %d: %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
	if report.Equal || report.Different == 0 || len(report.Differences) != 3 || strings.Join(report.Fields, " ") != "title" {
		t.Errorf("%+v", report)
	}
	must(t, "to-milvus", "verify", other, "--collection-name", name, "--level", "count")
	if r = ingest(t, "to-milvus", "verify", data, "--collection-name", name+"x"); r.code != exitUsage || !strings.Contains(r.stderr, "did you mean "+name) {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
