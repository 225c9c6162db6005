package upload_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/upload"
)

const fields = `"collection_name": "c", "fields": [
	{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true},
	{"name": "title", "type": "VarChar", "max_length": 100},
	{"name": "vector", "type": "FloatVector", "dim": 2}]`

// folder makes a data set of ours with the given files, of 100 rows each.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	c, err := schema.Parse("c.json", []byte("{"+fields+"}"))
	if err != nil {
		t.Fatal(err)
	}
	meta := &dataset.Meta{Schema: c, Version: "test", Columns: []dataset.Column{{Name: "id"}, {Name: "title"}, {Name: "vector"}}}
	for i, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeRows(t, path, i*100)
		sum, err := dataset.SHA256(t.Context(), path)
		info, errStat := os.Stat(path)
		if err := errors.Join(err, errStat); err != nil {
			t.Fatal(err)
		}
		meta.Files = append(meta.Files, dataset.File{Path: name, Rows: 100, Bytes: info.Size(), SHA256: sum, FirstRow: int64(i * 100)})
	}
	if err := dataset.WriteMeta(dir, meta); err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeRows(t *testing.T, path string, first int) {
	t.Helper()
	var rows []string
	for i := first; i < first+100; i++ {
		rows = append(rows, fmt.Sprintf(`{"id": %d, "title": "t%d", "vector": [%d, 0.5]}`, i, i, i))
	}
	if strings.HasSuffix(path, ".json") {
		if err := os.WriteFile(path, []byte("["+strings.Join(rows, ",\n")+"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	s := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "title", Type: arrow.BinaryTypes.String},
		{Name: "vector", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(s, out, parquet.NewWriterProperties(parquet.WithStats(false)), pqarrow.DefaultWriterProps())
	if err == nil {
		err = errors.Join(w.Write(record), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *dataset.Set {
	t.Helper()
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// store is a bucket of the test's own.
func store(t *testing.T) *bucket.Bucket {
	t.Helper()
	s := live.Minio(t)
	b, err := bucket.Open(t.Context(), bucket.Options{Endpoint: s.Endpoint, Bucket: live.Name(t), AccessKey: s.AccessKey, SecretKey: s.SecretKey}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// states runs an upload and tells what became of each object, meta.json last.
func states(t *testing.T, dir string, b *bucket.Bucket, o upload.Options) string {
	t.Helper()
	r, err := upload.Run(t.Context(), open(t, dir), b, "p/", o)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, x := range append(r.Objects, *r.Meta) {
		all = append(all, x.State)
	}
	return strings.Join(all, " ")
}

func keys(t *testing.T, b *bucket.Bucket) []string {
	t.Helper()
	var all []string
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Key)
	}
	return all
}

func TestASecondRunSendsWhatDiffers(t *testing.T) {
	b, dir := store(t), folder(t, "data.parquet/part-00000.parquet", "data.parquet/part-00001.parquet")
	expect := func(when, want string, o upload.Options) {
		t.Helper()
		if got := states(t, dir, b, o); got != want {
			t.Errorf("%s: %s", when, got)
		}
	}
	expect("a dry run", "planned planned planned", upload.Options{DryRun: true})
	if all := keys(t, b); len(all) > 0 {
		t.Errorf("a dry run stored %q", all)
	}
	expect("first", "sent sent sent", upload.Options{})
	expect("again", "skipped skipped skipped", upload.Options{})
	if err := b.Delete(t.Context(), "p/data.parquet/part-00000.parquet"); err != nil {
		t.Fatal(err)
	}
	expect("one is gone", "sent skipped skipped", upload.Options{})
	spoil(t, filepath.Join(dir, "data.parquet/part-00001.parquet"))
	expect("one byte is another", "skipped sent sent", upload.Options{})
	expect("fields are left out", "sent sent sent", upload.Options{Exclude: []string{"title"}})
}

// spoil changes a byte of a value.
func spoil(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "t150")
	data[at+1] = '9'
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestADownloadIsADataSetAgain(t *testing.T) {
	for _, names := range [][]string{{"data.parquet/part-00000.parquet", "data.parquet/part-00001.parquet"}, {"data.json"}} {
		b, dir := store(t), folder(t, names...)
		r, err := upload.Run(t.Context(), open(t, dir), b, "p", upload.Options{Exclude: []string{"title"}})
		if err != nil {
			t.Fatal(err)
		}
		down := t.TempDir()
		for _, o := range append(r.Objects, *r.Meta) {
			fetch(t, b, o, filepath.Join(down, o.Name))
		}
		set := open(t, down)
		if err := set.Err(); err != nil || !slices.Equal(set.Meta.Projection.LeftOut, []string{"id", "title"}) || len(set.Meta.Columns) != 1 || set.Ours() {
			t.Fatalf("%v, %+v", err, set.Meta)
		}
		rows := 0
		for batch, err := range set.Rows(t.Context(), dataset.ReadOptions{Fields: []string{"vector"}}) {
			if err != nil {
				t.Fatal(err)
			}
			rows += int(batch.NumRows())
		}
		if rows != 100*len(names) || set.Schema.Field("title") != nil || set.Schema.Field("id") == nil {
			t.Errorf("%d rows of %v", rows, set.Schema)
		}
		for i, f := range set.Meta.Files {
			sum, err := dataset.SHA256(t.Context(), filepath.Join(down, f.Path))
			if err != nil || sum != f.SHA256 || f.FirstRow != int64(i*100) || f.Rows != 100 {
				t.Errorf("%+v holds %s, %v", f, sum, err)
			}
		}
	}
}

func fetch(t *testing.T, b *bucket.Bucket, o upload.Object, path string) {
	t.Helper()
	in, err := b.Get(t.Context(), o.Key, 0)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(in)
	err = errors.Join(err, in.Close(), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o600))
	if err != nil || int64(len(data)) != o.Bytes {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
}

func TestOnlyWhatBelongsToTheSetIsSent(t *testing.T) {
	b, dir := store(t), t.TempDir()
	for _, name := range []string{"a b#?.parquet", "数据.parquet", "nested/x.parquet"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeRows(t, filepath.Join(dir, name), 0)
	}
	for _, name := range []string{".DS_Store", "notes.txt", "_SUCCESS"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "host.parquet")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"p/old.parquet", "p/readme.txt", "other/x.parquet"} {
		if _, err := b.Put(t.Context(), key, strings.NewReader("x"), bucket.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := upload.Run(t.Context(), open(t, dir), b, "p", upload.Options{})
	if err != nil || r.Meta != nil || !slices.Equal(r.Others, []string{"p/old.parquet"}) {
		t.Errorf("%+v, %v", r, err)
	}
	want := []string{"other/x.parquet", "p/a b#?.parquet", "p/nested/x.parquet", "p/old.parquet", "p/readme.txt", "p/数据.parquet"}
	if got := keys(t, b); !slices.Equal(got, want) {
		t.Errorf("the bucket holds %q", got)
	}
}

func TestAllIsCheckedBeforeTheFirstByte(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"is cut off":                 func(dir string) error { return os.Truncate(filepath.Join(dir, "b.parquet"), 600) },
		"has zero bytes":             func(dir string) error { return os.Truncate(filepath.Join(dir, "b.parquet"), 0) },
		"the content is JSON":        func(dir string) error { return os.WriteFile(filepath.Join(dir, "b.parquet"), []byte("[]"), 0o600) },
		"a json file beside parquet": func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.json"), []byte("[]"), 0o600) },
		"no file above 16 GB": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "a.parquet")), os.Remove(filepath.Join(dir, "b.parquet")), huge(filepath.Join(dir, "d.json")))
		},
		"has characters that no key may": func(dir string) error {
			return os.Rename(filepath.Join(dir, "b.parquet"), filepath.Join(dir, "b\n.parquet"))
		},
	} {
		dir := t.TempDir()
		writeRows(t, filepath.Join(dir, "a.parquet"), 0)
		writeRows(t, filepath.Join(dir, "b.parquet"), 100)
		if err := change(dir); err != nil {
			t.Fatal(err)
		}
		var c schema.Collection
		if err := json.Unmarshal([]byte("{"+fields+"}"), &c); err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{Schema: &c})
		if err == nil {
			_, err = upload.Prepare(set, "p", upload.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not tell that it %s", err, name)
		}
	}
}

// huge makes a file of 17 GB that takes no room.
func huge(path string) error {
	return errors.Join(os.WriteFile(path, []byte(`[{"title": "x"},`), 0o600), os.Truncate(path, 17<<30))
}

func TestFieldsThatCannotBeLeftOutAreToldTogether(t *testing.T) {
	_, err := upload.Prepare(open(t, folder(t, "data.json")), "p", upload.Options{Exclude: []string{"id", "titel"}})
	if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), "primary key") || !strings.Contains(err.Error(), `"titel" is no field`) {
		t.Error(err)
	}
}
