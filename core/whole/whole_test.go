package whole_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/zilliz/milvus-ingest/core/whole"
)

func TestFilesAreWrittenWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "数据.json")
	if err := whole.Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := whole.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("making a file that exists gives %v", err)
	}
	holds(t, path, "first")
	if err := whole.Write(path, []byte("third")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "third")
	if err := whole.Write(filepath.Join(dir, "none", "x"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into a folder that is not there gives %v", err)
	}
	if err := whole.Write(dir, []byte("x")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v; want one file", entries, err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || string(data) != want {
		t.Errorf("the file holds %q, %v; want %q", data, err, want)
	}
}
