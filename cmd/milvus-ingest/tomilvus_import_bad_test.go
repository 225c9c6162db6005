package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// simple is a schema of two fields.
const simple = `
collection_name: simple
fields:
  - {name: id, type: Int64, is_primary: true}
  - {name: v, type: FloatVector, dim: %d}
`

// folderOf makes a folder of five good files without meta.json, and says where
// the bytes of one with another dim are.
func folderOf(t *testing.T, dir, format string) (folder, schema string, good, otherDim []byte) {
	t.Helper()
	read := func(dim int) []byte {
		file, out := filepath.Join(dir, fmt.Sprintf("dim%d.yaml", dim)), filepath.Join(dir, fmt.Sprintf("%s%d", format, dim))
		if err := os.WriteFile(file, fmt.Appendf(nil, simple, dim), 0o600); err != nil {
			t.Fatal(err)
		}
		must(t, "generate", "--schema", file, "--total-rows", "20", "--format", format, "--out", out)
		data, err := os.ReadFile(filepath.Join(out, "data."+format))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	good, otherDim = read(8), read(7)
	folder = filepath.Join(dir, "foreign-"+format)
	for n := range 5 {
		write(t, filepath.Join(folder, fmt.Sprintf("good-%d.%s", n, format)), good)
	}
	return folder, filepath.Join(dir, "dim8.yaml"), good, otherDim
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOneBadFileIsToldBeforeAnythingIsSent puts one bad file among good ones.
func TestOneBadFileIsToldBeforeAnythingIsSent(t *testing.T) {
	dir, store := isolate(t), storeOf(t)
	name, prefix := live.Name(t), swept(t, store)
	parquet, schema, whole, otherDim := folderOf(t, dir, "parquet")
	lines, _, array, _ := folderOf(t, dir, "json")
	// The same keys in each of the good files are no fault of this test's.
	for n := range 4 {
		for _, file := range []string{filepath.Join(parquet, fmt.Sprintf("good-%d.parquet", n+1)), filepath.Join(lines, fmt.Sprintf("good-%d.json", n+1))} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		what, folder, name string
		data               []byte
	}{
		{"a Parquet file that is cut", parquet, "bad.parquet", whole[:len(whole)-100]},
		{"an empty file", parquet, "bad.parquet", nil},
		{"vectors of another dim", parquet, "bad.parquet", otherDim},
		{"JSON that is called Parquet", parquet, "bad.parquet", array},
		{"an array without an end", lines, "bad.json", array[:len(array)-3]},
		{"JSON with a byte order mark", lines, "bad.json", append([]byte("\xef\xbb\xbf"), array...)},
		{"a file without rows", lines, "bad.json", []byte("[]")},
	} {
		path := filepath.Join(c.folder, c.name)
		write(t, path, c.data)
		line := []string{"to-milvus", "import", c.folder, "--schema", schema, "--s3-path", prefix, "--collection-name", name}
		if r := ingest(t, line...); r.code != exitData || !strings.Contains(r.stderr, c.name) || !strings.Contains(r.stderr, "--skip-bad") {
			t.Errorf("%s: exit code %d\n%s%s", c.what, r.code, r.stdout, r.stderr)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if objects := objectsBelow(t, store, prefix); len(objects) > 0 {
		t.Errorf("sent were %v", objects)
	}

	write(t, filepath.Join(parquet, "bad.json"), array)
	if r := ingest(t, "to-milvus", "import", parquet, "--schema", schema, "--s3-path", prefix, "--collection-name", name, "--skip-bad"); r.code != exitData || !strings.Contains(r.stderr, "one import takes files of one type") {
		t.Errorf("JSON beside Parquet: exit code %d\n%s", r.code, r.stderr)
	}
	if err := os.Remove(filepath.Join(parquet, "bad.json")); err != nil {
		t.Fatal(err)
	}

	write(t, filepath.Join(parquet, "bad.parquet"), otherDim)
	r := must(t, "to-milvus", "import", parquet, "--schema", schema, "--s3-path", prefix, "--collection-name", name, "--skip-bad", "--output", "json")
	var told bulk.LoadResult
	if err := json.Unmarshal([]byte(r.stdout), &told); err != nil || told.Files != 1 || told.Skipped["bad.parquet"] == "" || len(told.Jobs) != 1 {
		t.Errorf("with --skip-bad: %v\n%s", err, r.stdout)
	}
	if !strings.Contains(r.stderr, "bad.parquet is left out") {
		t.Errorf("that a file is left out is not said:\n%s", r.stderr)
	}
	if objects := objectsBelow(t, store, prefix); len(objects) != 1 || !strings.HasSuffix(objects[0], "good-0.parquet") {
		t.Errorf("sent were %v", objects)
	}
	must(t, "import", "wait", told.Jobs[0].ID, "--no-load")
}

func objectsBelow(t *testing.T, store live.Store, prefix string) []string {
	t.Helper()
	b, err := bucket.Open(t.Context(), bucket.Options{Endpoint: store.Endpoint, Bucket: store.Bucket, AccessKey: store.AccessKey, SecretKey: store.SecretKey}, false)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for o, err := range b.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

// TestWhatAnImportRefusesIsSaidBeforeAnythingIsDone needs no file in the
// bucket, and none of these makes a collection.
func TestWhatAnImportRefusesIsSaidBeforeAnythingIsDone(t *testing.T) {
	dir, store := isolate(t), storeOf(t)
	name, prefix := live.Name(t), swept(t, store)
	keyed := filepath.Join(dir, "keyed.yaml")
	write(t, keyed, []byte(strings.ReplaceAll(fmt.Sprintf(simple, 8), "}\n  - {name: v", "}\n  - {name: tenant, type: Int64, is_partition_key: true}\n  - {name: v")))
	two := filepath.Join(dir, "two.yaml")
	write(t, two, []byte(fmt.Sprintf(simple, 8)+"  - {name: w, type: FloatVector, dim: 4}\n"))
	for _, schema := range []string{keyed, two} {
		must(t, "generate", "--schema", schema, "--total-rows", "10", "--out", strings.TrimSuffix(schema, ".yaml"))
	}
	data := filepath.Join(dir, "keyed")
	for _, c := range []struct {
		what  string
		code  int
		wants []string
		args  []string
	}{
		{"a partition beside a partition key", exitUsage, []string{"partition key, tenant"}, []string{data, "--partition", "p1"}},
		{"two vectors for a server with one", exitUsage, []string{"--exclude-fields w"}, []string{filepath.Join(dir, "two")}},
		{"Milvus Lite", exitUsage, []string{"to-milvus insert"}, []string{data, "--uri", live.Lite(t)}},
		{"nothing to import", exitUsage, []string{"--local-path"}, nil},
		{"a folder and files", exitUsage, []string{"both"}, []string{data, "--files", "a.parquet"}},
		{"a local path as a key", exitUsage, []string{"path of this machine"}, []string{"--files", "./a.parquet"}},
		{"a bucket beside another", exitUsage, []string{"other", store.Bucket}, []string{"--files", "s3://other/a.parquet"}},
		{"files that are not there", exitUsage, []string{prefix + "a.parquet", "not in the bucket"}, []string{"--files", prefix + "a.parquet", "--schema", keyed}},
		{"no schema for a new collection", exitUsage, []string{"--schema"}, []string{"--files", prefix + "a.parquet"}},
		{"a time that is none", exitUsage, []string{"soon"}, []string{data, "--timeout", "soon"}},
		{"a server that is not there", exitUnavailable, []string{"refused"}, []string{data, "--uri", "http://127.0.0.1:1"}},
	} {
		line := append([]string{"to-milvus", "import", "--s3-path", prefix, "--collection-name", name}, c.args...)
		r := ingest(t, line...)
		if r.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.what, r.code, c.code, r.stdout, r.stderr)
		}
		for _, want := range c.wants {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: %q is not said\n%s", c.what, want, r.stderr)
			}
		}
	}
	if objects := objectsBelow(t, store, prefix); len(objects) > 0 {
		t.Errorf("sent were %v", objects)
	}
}
