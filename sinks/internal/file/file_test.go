package file_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/sinks/internal/file"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// fill writes small, large and shared pieces; it returns all of them joined.
func fill(t *testing.T, f *file.File) []byte {
	t.Helper()
	var all []byte
	for i := range 200 {
		p := make([]byte, i*i*7)
		for j := range p {
			p[j] = byte(i + j*j)
		}
		all = append(all, p...)
		var err error
		if i%3 == 0 {
			err = f.WriteShared(p)
		} else {
			_, err = f.Write(p)
			clear(p) // Write has copied it
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestCommitGivesTheNameAndTheHash(t *testing.T) {
	dir := t.TempDir()
	f, err := file.Create(filepath.Join(dir, "data"), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := fill(t, f)
	if found := names(t, dir); len(found) != 1 || !strings.HasPrefix(found[0], ".data.tmp-") {
		t.Errorf("while it is written the folder holds %q", found)
	}
	checked := false
	sum, err := f.Commit(func(r io.ReaderAt, size int64) error {
		got := make([]byte, size)
		_, err := r.ReadAt(got, 0)
		checked = slices.Equal(got, all)
		return err
	})
	if err != nil || !checked {
		t.Fatalf("commit: %v; what was read back is the same: %t", err, checked)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "data"))
	if want := sha256.Sum256(all); err != nil || !slices.Equal(got, all) || sum != hex.EncodeToString(want[:]) || f.Tell() != int64(len(all)) {
		t.Errorf("%d of %d bytes, hash %s, error %v", len(got), len(all), sum, err)
	}
	if found := names(t, dir); len(found) != 1 {
		t.Errorf("the folder holds %q", found)
	}
	if err := f.Close(); err != nil {
		t.Error("a second Close:", err)
	}
}

func TestWithoutCommitNothingStays(t *testing.T) {
	dir := t.TempDir()
	for _, end := range []func(f *file.File) error{
		func(*file.File) error { return nil },
		func(f *file.File) error {
			_, err := f.Commit(func(io.ReaderAt, int64) error { return errors.New("broken") })
			if err == nil {
				t.Error("a check that fails lets a file through")
			}
			return nil
		},
	} {
		f, err := file.Create(filepath.Join(dir, "data"), file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, f)
		if err := errors.Join(end(f), f.Close()); err != nil {
			t.Error(err)
		}
		if found := names(t, dir); len(found) != 0 {
			t.Errorf("the folder holds %q", found)
		}
	}
}

func TestWhatCannotBeWrittenIsSaidAtOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"taken", "folder/", "locked/"} {
		var err error
		if strings.HasSuffix(name, "/") {
			err = os.Mkdir(filepath.Join(dir, name), 0o755)
		} else {
			err = os.WriteFile(filepath.Join(dir, name), []byte("theirs"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "locked"), 0o500); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		opts       file.Options
		code       core.Code
		hint       string
	}{
		{"no name", "", file.Options{}, core.InvalidConfig, ""},
		{"the target exists", "taken", file.Options{}, core.Conflict, "--force"},
		{"the path is a folder", "folder", file.Options{}, core.Conflict, "remove the folder"},
		{"a folder is not overwritten", "folder", file.Options{Overwrite: true}, core.Conflict, "remove the folder"},
		{"there is no such folder", "nowhere/data", file.Options{}, core.InvalidConfig, "make the folder"},
		{"its folder is a file", "taken/data", file.Options{}, core.InvalidConfig, "make the folder"},
		{"its folder is read-only", "locked/data", file.Options{}, core.InvalidConfig, "may write"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := test.path
			if path != "" {
				path = filepath.Join(dir, path)
			}
			if strings.HasPrefix(test.path, "locked") && os.Getuid() <= 0 {
				t.Skip("this user may write everywhere")
			}
			f, err := file.Create(path, test.opts)
			if err == nil {
				err = f.Close()
				t.Fatal("it was let through; close:", err)
			}
			var e *core.Error
			if !errors.As(err, &e) || e.Code != test.code || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("%v (%s), hint %q", err, core.CodeOf(err), e.Hint)
			}
		})
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "taken")); err != nil || string(raw) != "theirs" {
		t.Errorf("the file of others holds %q, %v", raw, err)
	}
}

func TestTwoAtOnceForOneName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data")
	first, err := file.Create(path, file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := file.Create(path, file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, first)
	fill(t, second)
	if _, err := first.Commit(nil); err != nil {
		t.Error("the first:", err)
	}
	if _, err := second.Commit(nil); core.CodeOf(err) != core.Conflict {
		t.Error("the second:", err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
	if found := names(t, dir); len(found) != 1 {
		t.Errorf("the folder holds %q", found)
	}
}

func TestOverwriteReplacesAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := file.Create(path, file.Options{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "old" {
		t.Errorf("before the end it holds %q", raw)
	}
	if _, err := f.Commit(nil); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "new" {
		t.Errorf("at the end it holds %q", raw)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskIsAnErrorOfEveryCall(t *testing.T) {
	dir := t.TempDir()
	for _, disk := range []sample.Full{{Room: 0}, {Room: 1 << 20}, {Room: 1 << 30, Unsynced: syscall.ENOSPC}} {
		f, err := file.Create(filepath.Join(dir, "data"), file.Options{Wrap: disk.Wrap})
		if err != nil {
			t.Fatal(err)
		}
		var written error
		for range 20 {
			_, err := f.Write(make([]byte, 100_000))
			written = errors.Join(written, err, f.WriteShared(make([]byte, 100_000)))
		}
		if _, err := f.Commit(nil); core.CodeOf(err) != core.Exhausted {
			t.Errorf("commit: %v", err)
		}
		if (core.CodeOf(written) == core.Exhausted) != (disk.Unsynced == nil) {
			t.Errorf("writes: %v", written)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if found := names(t, dir); len(found) != 0 {
			t.Errorf("the folder holds %q", found)
		}
	}
}
