package dataset_test

import (
	"context"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// everything is a schema with a field of each type.
const everything = `{"collection_name":"c","enable_dynamic_field":true,"fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"v","type":"FloatVector","dim":4},
	{"name":"s","type":"VarChar","max_length":20},{"name":"h","type":"Float16Vector","dim":4},{"name":"b","type":"BFloat16Vector","dim":4},{"name":"bin","type":"BinaryVector","dim":16},
	{"name":"sp","type":"SparseFloatVector"},{"name":"j","type":"JSON"},{"name":"a","type":"Array","element_type":"Int8","max_capacity":5},{"name":"n","type":"Int32","nullable":true}]}`

// readBytes reads a file of the given content and wants rows, or an error of
// the data that names the file.
func readBytes(t *testing.T, dir, name string, content []byte, c *schema.Collection) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(context.Background(), path, dataset.OpenOptions{Schema: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Findings {
		if f.File != name {
			t.Errorf("a finding names no file: %v", f)
		}
	}
	reader, err := set.Reader(dataset.ReadOptions{Report: func(dataset.Finding) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, unit := range set.Units() {
		if unit.Rows > 1<<20 {
			continue // a footer that lies: as many rows as it says would take long
		}
		err := reader.Read(context.Background(), unit, func(b *dataset.Batch) error {
			for i := range b.Columns() {
				if n := b.Column(i).Len(); int64(n) != b.NumRows() {
					t.Errorf("a column of %d values in a batch of %d rows", n, b.NumRows())
				}
			}
			return nil
		})
		if err != nil && (core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), name)) {
			t.Errorf("the error does not name the file: %v", err)
		}
	}
}

func seedFile(t testing.TB, pattern string) []byte {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDamagedFilesGiveErrorsThatNameThem(t *testing.T) {
	c := parse(t, everything)
	random := rand.New(rand.NewSource(1))
	dir := t.TempDir()
	for _, file := range []struct{ pattern, name string }{
		{"testdata/bulkwriter-parquet/*/1.parquet", "x.parquet"}, {"testdata/bulkwriter-json/*/1.json", "x.json"},
	} {
		whole := seedFile(t, file.pattern)
		for i := range 400 {
			damaged := append([]byte(nil), whole...)
			if i%4 == 0 {
				damaged = damaged[:random.Intn(len(damaged))]
			}
			for range 1 + i%5 {
				if len(damaged) > 0 {
					damaged[random.Intn(len(damaged))] = byte(random.Intn(256))
				}
			}
			readBytes(t, dir, file.name, damaged, c)
		}
	}
}

func FuzzParquet(f *testing.F) {
	c := parse(f, everything)
	f.Add(seedFile(f, "testdata/bulkwriter-parquet/*/1.parquet"))
	f.Add(seedFile(f, "testdata/python-parquet/data-00001-of-00003.parquet"))
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, content []byte) { readBytes(t, t.TempDir(), "x.parquet", content, c) })
}

func FuzzJSON(f *testing.F) {
	c := parse(f, everything)
	f.Add(seedFile(f, "testdata/bulkwriter-json/*/1.json"))
	f.Add(seedFile(f, "testdata/python-json/data.json"))
	for _, text := range []string{
		`[]`, `{"rows":[]}`, `[{}]`, "\xef\xbb\xbf[{}]", `{"id":1}` + "\n" + `{"id":2}`, `[{"sp":{"1":2,"indices":[1],"values":[2]}}]`,
		`[{"v":[1,2,3,4],"h":[1,2,3,NaN],"$meta":"{\"a\":1}","a":[1,null]}]`, `[{"s":"\ud800","j":"{\"a\":[1,{}]}"}]`, `[{"x":{"$meta":{}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) { readBytes(t, t.TempDir(), "x.json", content, c) })
}
