package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// asMain makes the test binary behave as the program: for tests that kill it.
const asMain = "MILVUS_INGEST_TEST_MAIN"

func TestMain(m *testing.M) {
	if sdk.Hosted() && filepath.Base(os.Args[0]) == leakyName {
		sdk.Serve(leaky())
	}
	if e, err := trust.Named(os.Args[0]); err == nil && sdk.Hosted() {
		foreigner(e)
	}
	if sdk.Hosted() || os.Getenv(asMain) == "1" {
		main()
		os.Exit(0)
	}
	time.Local = time.UTC // as main does
	os.Exit(m.Run())
}

// result is what one command line did.
type result struct {
	code           int
	stdout, stderr string
}

// ingest runs a command line in this process; plugins are processes of their
// own. The library of schemas is that of $MILVUS_INGEST_DATA_DIR, which
// isolate sets.
func ingest(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), args, &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr})
	return result{code, stdout.String(), stderr.String()}
}

// must runs a command line that has to succeed.
func must(t *testing.T, args ...string) result {
	t.Helper()
	r := ingest(t, args...)
	if r.code != exitDone {
		t.Fatalf("milvus-ingest %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r
}

// isolate gives a test a folder of its own and an empty library of schemas. It
// takes the servers and stores of whoever runs the tests out of its sight.
func isolate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"MILVUS_", "MINIO_", "AWS_"} {
			if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, "MILVUS_INGEST_TEST_") && name != "MILVUS_INGEST_LITE" {
				t.Setenv(name, "") // it comes back when the test ends
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	t.Setenv("MILVUS_INGEST_DATA_DIR", filepath.Join(dir, "library"))
	return dir
}

// python is the interpreter of tests that read files with other libraries.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if path == "" {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with pandas and pyarrow; make test sets it")
	}
	return path
}

func tiny(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "tiny.json")
	text := `{
  "collection_name": "tiny",
  "fields": [
    {"name": "id", "type": "Int64", "is_primary": true},
    {"name": "title", "type": "VarChar", "max_length": 40},
    {"name": "price", "type": "Double", "min": 1, "max": 99, "nullable": true},
    {"name": "v", "type": "FloatVector", "dim": 8}
  ]
}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// sums hashes all files of a data set that are not hidden.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		found[relative] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
