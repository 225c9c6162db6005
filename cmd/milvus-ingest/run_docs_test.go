package main

import (
	"path/filepath"
	"testing"
)

func TestTheDocumentOfPipelinesCanBeFollowed(t *testing.T) {
	path, err := filepath.Abs("../../docs/pipeline.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(isolate(t))
	follow(t, blocksOf(t, path))
	if n := metaOf(t, "data/staging/lake").Generation.FileCount; n != 3 {
		t.Errorf("staging has %d files", n)
	}
	if h := metaOf(t, "data/dev/rows").Hooks; h != nil {
		t.Errorf("hooks that nobody named: %+v", h)
	}
}

func TestTheExampleOfEnvironmentsCanBeFollowed(t *testing.T) {
	dir := isolate(t)
	environments(t, dir)
	t.Chdir(dir)
	follow(t, blocksOf(t, "README.md"))
}
