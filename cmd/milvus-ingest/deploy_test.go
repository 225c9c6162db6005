package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/deploy"
)

const deployFile = `
schema: tiny.json
sinks: {lake: parquet}
deploy:
  alias: ALIAS
  data: data
  server: {uri: "${SERVER}", token: "${TOKEN}"}
  backup: {out: BACKUPS, retention-days: 30}
  insert: {batch-size: 100}
  verify: {level: full}
  benchmark: {field: v, duration: 300ms, concurrency: 1, top-k: 5, threshold: ["recall@5>=${LEAST}"]}
  keep: 0
`

// TestADeploymentHoldsBackWhatIsNotGoodEnough deploys twice: the second version
// misses a threshold, stays out of sight, and goes live with --resume once the
// threshold is mended. Searches through the alias go on all the while.
func TestADeploymentHoldsBackWhatIsNotGoodEnough(t *testing.T) {
	uri := live.Lite(t)
	dir := isolate(t)
	alias := live.Name(t)
	t.Cleanup(func() { dropAll(t, uri, alias) })
	file := filepath.Join(dir, "pipeline.yaml")
	text := strings.NewReplacer("ALIAS", alias, "BACKUPS", filepath.Join(dir, "backups")).Replace(deployFile)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "300", "--seed", "7", "--out", filepath.Join(dir, "data"))

	if r := ingest(t, "deploy", file); r.code != exitUsage || !strings.Contains(r.stderr, "SERVER is not set") {
		t.Fatalf("without its variables: exit code %d\n%s", r.code, r.stderr)
	}
	t.Setenv("SERVER", uri)
	t.Setenv("TOKEN", "somebody:verysecret")
	t.Setenv("LEAST", "0.5")
	shown := must(t, "deploy", file, "--dry-run")
	if strings.Contains(shown.stdout, "verysecret") || !strings.Contains(shown.stdout, "--token=${TOKEN}") {
		t.Errorf("a dry run shows\n%s", shown.stdout)
	}
	must(t, "deploy", file, "--version-name", alias+"_1")

	stop := searching(t, uri, alias)
	t.Setenv("LEAST", "1.1")
	r := ingest(t, "deploy", file, "--version-name", alias+"_2")
	if r.code == exitDone || !strings.Contains(r.stderr, "as before") || !strings.Contains(r.stderr, "--resume") {
		t.Fatalf("a version that misses its threshold: exit code %d\n%s", r.code, r.stderr)
	}
	if now := standsFor(t, uri, alias); now != alias+"_1" {
		t.Errorf("the alias stands for %s", now)
	}
	if r := ingest(t, "deploy", file); r.code != exitUsage || !strings.Contains(r.stderr, "--resume") {
		t.Errorf("beside an unfinished one: exit code %d\n%s", r.code, r.stderr)
	}
	t.Setenv("LEAST", "0.5")
	done := must(t, "deploy", file, "--resume", "--output", "json")
	if searches := stop(); searches == 0 {
		t.Error("nobody searched meanwhile")
	}
	var result deploy.Result
	if err := json.Unmarshal([]byte(done.stdout), &result); err != nil || !result.Live || result.Before != alias+"_1" {
		t.Errorf("it ends with %+v (%v)", result, err)
	}
	if strings.Contains(done.stdout+done.stderr, "verysecret") {
		t.Error("it tells the secret")
	}
	if now := standsFor(t, uri, alias); now != alias+"_2" {
		t.Errorf("the alias stands for %s", now)
	}
	if found := must(t, "check", filepath.Join(dir, "backups", backupOf(t, dir, alias))); !strings.Contains(found.stdout, "300") {
		t.Errorf("the backup is\n%s", found.stdout)
	}
}

func backupOf(t *testing.T, dir, alias string) string {
	t.Helper()
	folders, err := foldersIn(filepath.Join(dir, "backups"))
	if err != nil || len(folders) != 1 || !strings.HasPrefix(folders[0], alias+"_1-") {
		t.Fatalf("the backups are %v (%v)", folders, err)
	}
	return folders[0]
}

func standsFor(t *testing.T, uri, alias string) (name string) {
	t.Helper()
	ask(t, uri, func(ctx context.Context, s *collection.Server) {
		aliases, err := s.Aliases(ctx)
		if err != nil {
			t.Fatal(err)
		}
		name = aliases[alias]
	})
	return name
}

func ask(t *testing.T, uri string, use func(context.Context, *collection.Server)) {
	t.Helper()
	ctx := context.Background()
	server, err := collection.Dial(ctx, collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	use(ctx, server)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// searching searches through an alias until stop is called, which tells how
// often that went well. A search that fails is a fault of the test.
func searching(t *testing.T, uri, alias string) (stop func() int) {
	t.Helper()
	server, err := collection.Dial(context.Background(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	searches := make(chan int)
	go func() {
		var done int
		for ctx.Err() == nil {
			if err := searchOnce(server, alias); err != nil {
				t.Errorf("search %d through the alias: %v", done, err)
				break
			}
			done++
			time.Sleep(20 * time.Millisecond)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		searches <- done
	}()
	return func() int { cancel(); return <-searches }
}

func searchOnce(s *collection.Server, alias string) error {
	// It must not be cut off half-way when the test ends.
	ctx := context.Background()
	found, err := s.Find(ctx, alias)
	if err != nil {
		return err
	}
	vector := array.NewBuilder(memory.DefaultAllocator, found.Schema.Field("v").Arrow().Type).(*array.FixedSizeListBuilder)
	defer vector.Release()
	vector.Append(true)
	vector.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, 8), nil)
	vectors := vector.NewArray()
	defer vectors.Release()
	_, err = found.Search(ctx, collection.Search{Field: "v", Vectors: vectors, Limit: 3})
	return err
}
