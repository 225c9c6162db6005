package main

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// theWorkflow is the blocks of docs/workflow.md, in smaller sizes, without the
// one that says where the servers are.
func theWorkflow(t *testing.T, name string) []block {
	t.Helper()
	path, err := filepath.Abs("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	smaller := strings.NewReplacer("50000", "1500", "rows: 1000000", "rows: 2000", "file_size: 256MB", "file_size: 6MB")
	for _, b := range blocksOf(t, path) {
		if b.kind != "bash" {
			b.text = smaller.Replace(b.text)
			blocks = append(blocks, b)
		}
	}
	return blocks
}

func TestTheWorkflowCanBeFollowed(t *testing.T) {
	blocks := theWorkflow(t, "workflow.md")
	t.Chdir(isolate(t))
	store := live.Minio(t)
	for name, value := range map[string]string{
		"MILVUS_URI": live.Milvus(t), "MINIO_ENDPOINT": store.Endpoint, "MINIO_ACCESS_KEY": store.AccessKey,
		"MINIO_SECRET_KEY": store.SecretKey, "MINIO_BUCKET": store.Bucket,
		// What Milvus 2.3 cannot hold.
		"MILVUS_INGEST_EXCLUDE_FIELDS": "answer_embedding,metadata",
	} {
		t.Setenv(name, value)
	}
	drop := func() { dropAll(t, os.Getenv("MILVUS_URI"), "kb") }
	drop()
	t.Cleanup(drop)
	follow(t, blocks)
	for _, made := range []string{"kb_sample.html", "bench.json"} {
		if info, err := os.Stat(made); err != nil || info.Size() == 0 {
			t.Errorf("there is no %s (%v)", made, err)
		}
	}
}

// dropAll removes an alias and all collections whose names begin with it.
func dropAll(t *testing.T, uri, alias string) {
	t.Helper()
	ctx := context.Background()
	server, err := collection.Dial(ctx, collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	aliases, err := server.Aliases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if aliases[alias] != "" {
		if err := server.DropAlias(ctx, alias); err != nil {
			t.Error(err)
		}
	}
	names, err := server.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, alias+"_") {
			if err := server.Drop(ctx, name); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestBothWorkflowsAreTheSame keeps the commands of the Chinese document equal
// to those of the English one, which is run.
func TestBothWorkflowsAreTheSame(t *testing.T) {
	english, chinese := theWorkflow(t, "workflow.md"), theWorkflow(t, "workflow.zh-CN.md")
	if !reflect.DeepEqual(english, chinese) {
		t.Error("the blocks differ")
	}
}
