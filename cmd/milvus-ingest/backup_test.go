package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// TestBackupsLieInABucketAndComeBack exports into a bucket, with an old backup
// beside it that has outlived its time, restores from there, and refuses a file
// that was damaged.
func TestBackupsLieInABucketAndComeBack(t *testing.T) {
	dir := isolate(t)
	store := live.Minio(t)
	for name, value := range map[string]string{
		"MILVUS_URI": live.Lite(t), "MINIO_ENDPOINT": store.Endpoint, "MINIO_ACCESS_KEY": store.AccessKey, "MINIO_SECRET_KEY": store.SecretKey,
	} {
		t.Setenv(name, value)
	}
	one, two := live.Name(t), live.Name(t)
	data := filepath.Join(dir, "data")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "200", "--seed", "7", "--out", data)
	must(t, "to-milvus", "insert", data, "--collection-name", one)

	b, err := bucket.Open(t.Context(), bucket.Options{Endpoint: store.Endpoint, Bucket: store.Bucket, AccessKey: store.AccessKey, SecretKey: store.SecretKey}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	base := live.Name(t) + "/"
	old, other := base+one+"-20200101T000000Z/meta.json", base+one+"x-20200101T000000Z/meta.json"
	for _, key := range []string{old, other} {
		if _, err := b.Put(t.Context(), key, bytes.NewReader([]byte("{}")), bucket.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r := must(t, "export", one, "s3://"+store.Bucket+"/"+base, "--dated", "--retention-days", "30", "--output", "json")
	var told exportSummary
	if err := json.Unmarshal([]byte(r.stdout), &told); err != nil || told.Rows != 200 || len(told.Removed) != 1 {
		t.Fatalf("it tells %s (%v)", r.stdout, err)
	}
	keys := keysBelow(t, b, base)
	if slices.Contains(keys, old) || !slices.Contains(keys, other) {
		t.Errorf("after the retention there are %v", keys)
	}
	if left := filesBelow(t, filepath.Join(dir, "library", "staging")); len(left) > 0 {
		t.Errorf("on the way there are still %v", left)
	}

	must(t, "restore", told.Out, "--collection-name", two)
	must(t, "to-milvus", "verify", data, "--collection-name", two, "--level", "full")

	damaged := slices.IndexFunc(keys, func(key string) bool { return strings.HasSuffix(key, ".parquet") })
	object, _, err := b.Stat(t.Context(), keys[damaged])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), keys[damaged], bytes.NewReader(make([]byte, object.Bytes)), bucket.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	refused := ingest(t, "restore", told.Out, "--collection-name", live.Name(t))
	if refused.code != exitData || !strings.Contains(refused.stderr, "another hash") {
		t.Errorf("of a damaged backup: exit code %d\n%s", refused.code, refused.stderr)
	}
	if r := ingest(t, "restore", fmt.Sprintf("s3://%s/%snothing/", store.Bucket, base)); r.code != exitUsage {
		t.Errorf("of nothing: exit code %d\n%s", r.code, r.stderr)
	}
}

func keysBelow(t *testing.T, b *bucket.Bucket, prefix string) (keys []string) {
	t.Helper()
	for o, err := range b.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func filesBelow(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBackupsAreToldByTheirNames(t *testing.T) {
	folders := []string{"docs-20260301T000000Z", "docs-20260101T000000Z", "docs-new", "docs-2026", "docs-20260199T000000Z", "docsx-20260101T000000Z", "docs-20260201T000000Z"}
	var names []string
	for _, b := range backups(folders, "docs") {
		names = append(names, b.folder)
		if b.made.Year() != 2026 || b.made.Location() != time.UTC {
			t.Errorf("%s was made at %v", b.folder, b.made)
		}
	}
	if want := []string{"docs-20260101T000000Z", "docs-20260201T000000Z", "docs-20260301T000000Z"}; !slices.Equal(names, want) {
		t.Errorf("the backups are %v", names)
	}
}
