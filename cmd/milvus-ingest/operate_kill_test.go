package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// goesOnAfterAKill kills an export once some of its files are done. What is
// resumed keeps them, and has every row once.
func goesOnAfterAKill(t *testing.T, name, backup string) {
	t.Helper()
	command := exec.Command(os.Args[0], "export", name, backup, "--file-size", "8KB")
	command.Env = append(os.Environ(), asMain+"=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	done := func() int {
		files, err := filepath.Glob(filepath.Join(backup, "data.parquet", "part-*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	for deadline := time.Now().Add(time.Minute); done() < 3 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatalf("it ended before it was killed: %v", err)
	}
	_ = command.Wait() // it was killed
	if state, err := dataset.Look(backup); state != dataset.Unfinished || err != nil {
		t.Fatalf("after the kill there is %v: %v", state, err)
	}
	kept := sums(t, backup)
	must(t, "export", name, backup, "--file-size", "8KB", "--resume")
	whole := sums(t, backup)
	if first := filepath.Join("data.parquet", "part-00000.parquet"); kept[first] == "" || whole[first] != kept[first] {
		t.Errorf("the first file was %q and is %q", kept[first], whole[first])
	}
	if meta := metaOf(t, backup); meta.Generation.TotalRows != 700 {
		t.Errorf("there are %d rows", meta.Generation.TotalRows)
	}
	must(t, "check", backup)
	must(t, "to-milvus", "verify", backup, "--collection-name", name, "--level", "full", "--sample", "0")
}

// hasLevel looks at the consistency level of a collection, which no schema
// holds.
func hasLevel(t *testing.T, name, level string) {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: os.Getenv("MILVUS_URI")})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	found, err := server.Find(t.Context(), name)
	if err != nil || found == nil || found.Consistency() != level {
		t.Errorf("%s has not the level %q: %v", name, level, err)
	}
}
