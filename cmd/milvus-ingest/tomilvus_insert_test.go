package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// dataOf writes a data set with a title for each row.
func dataOf(t *testing.T, dir, key string, titles ...string) string {
	t.Helper()
	meta := fmt.Sprintf(`{"schema": {"collection_name": "tiny", "fields": [
		{"name": "id", "type": "Int64", "is_primary": true},
		{"name": "title", "type": "VarChar", "max_length": 20%s},
		{"name": "v", "type": "FloatVector", "dim": 2, "index": {"type": "FLAT", "metric": "L2"}}]},
		"version": "test", "generation_info": {"data_files": ["data.jsonl"]}}`, key)
	var rows bytes.Buffer
	for i, title := range titles {
		fmt.Fprintf(&rows, "{\"id\": %d, \"title\": %q, \"v\": [%d, 1]}\n", i, title, i)
	}
	for name, text := range map[string][]byte{"meta.json": []byte(meta), "data.jsonl": rows.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func someTitles(n int) []string {
	titles := make([]string, n)
	for i := range titles {
		titles[i] = fmt.Sprintf("title %d", i)
	}
	return titles
}

func TestInsertMakesFillsAndCountsACollection(t *testing.T) {
	uri, name, dir := live.Lite(t), live.Name(t), isolate(t)
	data := dataOf(t, dir, "", someTitles(100)...)
	insert := []string{"to-milvus", "insert", data, "--uri", uri, "--collection-name", name}

	plan := must(t, append(insert, "--dry-run")...)
	if !strings.Contains(plan.stdout, "would be made") || !strings.Contains(plan.stdout, "100 rows") && !strings.Contains(plan.stdout, "all rows") || !strings.Contains(plan.stderr, "nothing was changed") {
		t.Errorf("%s%s", plan.stdout, plan.stderr)
	}
	first := must(t, append(insert, "--batch-size", "30", "--index", "v=HNSW,metric=IP,M=8,efConstruction=64")...)
	for _, want := range []string{"100 rows in the new collection " + name, "100 rows counted", "index of v: HNSW IP", "client CPU"} {
		if !strings.Contains(first.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, first.stdout)
		}
	}
	if !strings.Contains(first.stderr, "next: milvus-ingest to-milvus verify "+data) {
		t.Errorf("no next step: %s", first.stderr)
	}
	if r := ingest(t, insert...); r.code != exitUsage || !strings.Contains(r.stderr, "--upsert") {
		t.Errorf("the same rows once more: %d %s", r.code, r.stderr)
	}
	var told insertReport
	r := must(t, append([]string{"--output", "json"}, append(insert, "--drop-if-exists")...)...)
	if err := json.Unmarshal([]byte(r.stdout), &told); err != nil || told.Rows != 100 || told.After != 100 || !told.Made || told.CPU <= 0 {
		t.Errorf("%v: %s", err, r.stdout)
	}
	parted := dataOf(t, t.TempDir(), `, "is_partition_key": true`, someTitles(3)...)
	if r := ingest(t, "to-milvus", "insert", parted, "--uri", uri, "--collection-name", name, "--partition", "p1"); r.code != exitUsage || !strings.Contains(r.stderr, "by the key title") {
		t.Errorf("a partition beside a partition key: %d %s", r.code, r.stderr)
	}
}

func TestInsertLeavesOutWhatTheServerRefusesAndSaysSo(t *testing.T) {
	uri, name, dir := live.Milvus(t), live.Name(t), isolate(t)
	titles := someTitles(50)
	titles[7], titles[31] = strings.Repeat("long ", 10), strings.Repeat("longer ", 10)
	data := dataOf(t, dir, "", titles...)
	insert := []string{"to-milvus", "insert", data, "--uri", uri, "--collection-name", name, "--no-index"}
	if r := ingest(t, insert...); r.code != exitData || !strings.Contains(r.stderr, "row 7") || !strings.Contains(r.stderr, "--max-errors") {
		t.Fatalf("%d %s", r.code, r.stderr)
	}
	rejects := filepath.Join(t.TempDir(), "rejects.jsonl")
	r := ingest(t, append(insert, "--drop-if-exists", "--max-errors", "5", "--rejects", rejects)...)
	if r.code != exitData || !strings.Contains(r.stdout, "48 rows") || !strings.Contains(r.stderr, "refused 2 rows") {
		t.Errorf("%d %s%s", r.code, r.stdout, r.stderr)
	}
	text, err := os.ReadFile(rejects)
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `"row":7,"key":7,`) || !strings.Contains(string(text), `"row":31,"key":31,`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestInsertThatIsInterruptedEndsWith130AndIsGoneOnWith(t *testing.T) {
	name, dir := live.Name(t), isolate(t)
	data := dataOf(t, dir, "", someTitles(200)...)
	var inserts atomic.Int64
	slow := faulty.Serve(t, faulty.Script{Upstream: live.Lite(t), Reply: func(ctx context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == "Insert" && inserts.Add(1) > 3 {
			faulty.Sleep(ctx, 100*time.Millisecond)
		}
		return nil, faulty.ErrPass
	}})
	insert := []string{"to-milvus", "insert", data, "--uri", slow.URI, "--collection-name", name, "--batch-size", "2"}
	command := exec.Command(os.Args[0], insert...)
	command.Env = append(os.Environ(), asMain+"=1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for inserts.Load() < 6 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // the code is looked at
	if code := command.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(stderr.String(), "--resume") {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	inserts.Store(-1000) // not slow any more; a journal belongs to a server
	r := must(t, append(insert, "--resume", "--batch-size", "100")...)
	if !strings.Contains(r.stdout, "200 rows counted") {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
}

func TestInsertTellsAWrongTokenAndNeverShowsIt(t *testing.T) {
	const token = "root:S3cret-of-mine"
	dir := isolate(t)
	data := dataOf(t, dir, "", someTitles(3)...)
	t.Setenv("MILVUS_TOKEN", token)
	locked := faulty.Serve(t, faulty.Script{Reply: func(_ context.Context, _ string, _ int, request proto.Message) (proto.Message, error) {
		if _, ok := request.(*milvuspb.GetVersionRequest); ok {
			return nil, faulty.ErrPass
		}
		return nil, status.Error(codes.Unauthenticated, "auth check failure, please check api key is correct: "+token)
	}})
	r := ingest(t, "-v", "to-milvus", "insert", data, "--uri", locked.URI, "--collection-name", "x")
	if r.code != exitUsage || !strings.Contains(r.stderr, "not logged in") || strings.Contains(r.stdout+r.stderr, "S3cret") {
		t.Errorf("%d %s%s", r.code, r.stdout, r.stderr)
	}
}
