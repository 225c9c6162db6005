package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// bucketOf sets the environment to the shared store, or to what stands before
// it, and opens a bucket of the test's own there.
func bucketOf(t *testing.T, front string) *bucket.Bucket {
	t.Helper()
	store := live.Minio(t)
	b, err := bucket.Open(t.Context(), bucket.Options{Endpoint: store.Endpoint, Bucket: live.Name(t), AccessKey: store.AccessKey, SecretKey: store.SecretKey}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if front == "" {
		front = store.Endpoint
	}
	for name, value := range map[string]string{
		"MINIO_ENDPOINT": front, "MINIO_ACCESS_KEY": store.AccessKey, "MINIO_SECRET_KEY": store.SecretKey, "MINIO_BUCKET": "",
	} {
		t.Setenv(name, value)
	}
	return b
}

func keysOf(t *testing.T, b *bucket.Bucket) []string {
	t.Helper()
	var keys []string
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func TestUploadsAreToldAndRepeatedCheaply(t *testing.T) {
	dir := isolate(t)
	b, data := bucketOf(t, ""), filepath.Join(dir, "data")
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "40", "--rows-per-file", "20", "--seed", "1", "--out", data)
	place := "s3://" + b.Name + "/kb/v1/"
	var said struct {
		Sent, Skipped int
		LeftOut       []string `json:"left_out"`
		Objects       []struct{ Key, SHA256, State string }
	}
	r := must(t, "--output", "json", "upload", data, place, "--exclude-fields", "metadata")
	if err := json.Unmarshal([]byte(r.stdout), &said); err != nil || said.Sent != 3 || len(said.Objects) != 2 || !slices.Equal(said.LeftOut, []string{"doc_id", "metadata"}) {
		t.Errorf("%v, %s", err, r.stdout)
	}
	if keys := keysOf(t, b); !slices.Equal(keys, []string{"kb/v1/data.parquet/part-00000.parquet", "kb/v1/data.parquet/part-00001.parquet", "kb/v1/meta.json"}) {
		t.Errorf("the bucket holds %q", keys)
	}
	// The other way to say it; the environment leaves fields out, too.
	t.Setenv("MILVUS_INGEST_EXCLUDE_FIELDS", "metadata")
	r = must(t, "upload", "--local-path", data, "--bucket", b.Name, "--s3-path", "/kb//v1")
	if !strings.Contains(r.stdout, "0 objects sent (0 B), 3 were there already") || !strings.Contains(r.stderr, "to-milvus import --local-path "+data) {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	r = must(t, "upload", data, place, "--auto-id", "keep", "--dry-run")
	if !strings.Contains(r.stdout, "3 objects would be sent") || strings.Contains(r.stdout, "doc_id") {
		t.Error(r.stdout)
	}
}

func TestUploadsThatCannotBeAreRefused(t *testing.T) {
	dir := isolate(t)
	data := filepath.Join(dir, "data")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "5", "--out", data)
	t.Setenv("MINIO_BUCKET", "")
	for _, test := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "names no bucket", []string{data, "s3:///x"}},
		{exitUsage, "the variable is empty", []string{data, ""}},
		{exitUsage, "is no place in a bucket", []string{data, "http://b/x"}},
		{exitUsage, "given twice", []string{data, "s3://data/x", "--local-path", data}},
		{exitUsage, "only one is given", []string{data, "s3://data/x", "--access-key-id", "k"}},
		{exitUsage, "open " + data + "x", []string{data + "x", "s3://data/x"}},
		{exitUnavailable, "refuses connections", []string{data, "s3://data/x", "--endpoint-url", "http://127.0.0.1:1", "--access-key-id", "k", "--secret-access-key", "topsecret"}},
	} {
		r := ingest(t, append([]string{"upload"}, test.args...)...)
		if r.code != test.code || !strings.Contains(r.stderr, test.says) || strings.Contains(r.stderr, "topsecret") {
			t.Errorf("upload %q: %d\n%s", test.args, r.code, r.stderr)
		}
	}
}

// inFront stands before a store; pass is asked of requests that have a word in
// their path or query, and tells whether the store gets them.
func inFront(t *testing.T, word string, pass func() bool) string {
	t.Helper()
	target, err := url.Parse(live.Minio(t).Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.String(), word) && !pass() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// large makes a data set of one file of more than two parts.
func large(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "large.json")
	var text strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&text, "%s{\"id\": %d, \"text\": %q}", map[bool]string{true: "[", false: ",\n"}[i == 0], i, strings.Repeat("x", 1000))
	}
	if err := os.WriteFile(path, []byte(text.String()+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInterruptedUploadsLeaveNothingAndGoOn(t *testing.T) {
	dir := isolate(t)
	file := large(t, dir)
	var command *exec.Cmd
	var parts atomic.Int32
	stop := func() bool {
		parts.Add(1)
		if err := command.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		return true
	}
	b := bucketOf(t, inFront(t, "partNumber=2", func() bool { return parts.Load() > 0 || stop() }))
	args := []string{"upload", file, "s3://" + b.Name + "/p/", "--part-size", "5MiB", "--concurrency", "1"}
	command = exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), asMain+"=1")
	out, err := command.CombinedOutput()
	if command.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(string(out), "run the same command again") {
		t.Errorf("%v\n%s", err, out)
	}
	clean(t, b)
	must(t, args...)
	if keys := keysOf(t, b); !slices.Equal(keys, []string{"p/large.json"}) {
		t.Errorf("the bucket holds %q", keys)
	}
}

func TestUploadsToAStoreThatDiesAreTakenUp(t *testing.T) {
	dir := isolate(t)
	var dead atomic.Bool
	dead.Store(true)
	b := bucketOf(t, inFront(t, "partNumber=2", func() bool { return !dead.Load() }))
	args := []string{"upload", large(t, dir), "s3://" + b.Name + "/p/", "--part-size", "5MiB"}
	if r := ingest(t, args...); r.code != exitUnavailable || !strings.Contains(r.stderr, "run the same command again") {
		t.Errorf("%d\n%s", r.code, r.stderr)
	}
	clean(t, b)
	dead.Store(false)
	must(t, args...)
}

// clean sees that nothing is left of an upload.
func clean(t *testing.T, b *bucket.Bucket) {
	t.Helper()
	left, err := b.Unfinished(t.Context(), "p/large.json")
	if keys := keysOf(t, b); err != nil || len(left) > 0 || len(keys) > 0 {
		t.Errorf("unfinished are %v, %v; the bucket holds %q", left, err, keys)
	}
}

func TestRowsGoStraightIntoABucket(t *testing.T) {
	dir := isolate(t)
	b, out := bucketOf(t, ""), filepath.Join(dir, "out")
	generate := []string{
		"generate", "--builtin", "knowledge_base", "--total-rows", "60", "--rows-per-file", "20", "--seed", "1", "--out", out,
		"--sink", "minio", "--sink-option", "place=s3://" + b.Name + "/kb/",
	}
	must(t, generate...)
	data := filepath.Join(dir, "data")
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "60", "--rows-per-file", "20", "--seed", "1", "--out", data)
	meta, err := os.ReadFile(filepath.Join(out, dataset.MetaName))
	if err != nil || strings.Contains(string(meta), os.Getenv("MINIO_SECRET_KEY")) {
		t.Errorf("%v, %s", err, meta)
	}
	if r := ingest(t, "check", out); r.code != exitUsage || !strings.Contains(r.stderr, "s3://"+b.Name+"/kb/") || !strings.Contains(r.stderr, "hint: bring the prefix") {
		t.Errorf("the rows are not in the folder: %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	// What upload would send of the same rows on the disk is the same.
	for _, part := range []string{"0", "1", "2"} {
		key := "data.parquet/part-0000" + part + ".parquet"
		must(t, "upload", data, "s3://"+b.Name+"/again/")
		straight, _, err := b.Stat(t.Context(), "kb/"+key)
		again, _, errAgain := b.Stat(t.Context(), "again/"+key)
		if err != nil || errAgain != nil || straight.Bytes == 0 || straight.Bytes < again.Bytes-1000 || straight.Bytes > again.Bytes+1000 {
			t.Errorf("%s: %+v, %v, and %+v, %v", key, straight, err, again, errAgain)
		}
	}
	generate[slices.Index(generate, out)] = out + "2"
	if r := ingest(t, generate...); r.code != exitUsage || !strings.Contains(r.stderr, "holds a data set") {
		t.Errorf("%d\n%s", r.code, r.stderr)
	}
	must(t, append(generate, "--force", "--total-rows", "20")...)
	for _, key := range keysOf(t, b) {
		if strings.HasPrefix(key, "kb/") && key != "kb/meta.json" && key != "kb/data.parquet" {
			t.Errorf("%s is of the data set that was replaced", key)
		}
	}
	for _, option := range []string{"plase=s3://x/y", "secret_access_key=topsecret"} {
		if r := ingest(t, "generate", "--builtin", "knowledge_base", "--sink", "minio", "--sink-option", option); r.code != exitUsage || strings.Contains(r.stderr, "topsecret") {
			t.Errorf("%s: %d\n%s", option, r.code, r.stderr)
		}
	}
}

func TestRowsThatABucketDidNotTakeAreMadeAgain(t *testing.T) {
	dir := isolate(t)
	var dead atomic.Bool
	dead.Store(true)
	b, out := bucketOf(t, inFront(t, "part-00002", func() bool { return !dead.Load() })), filepath.Join(dir, "out")
	r := ingest(t, "generate", "--builtin", "knowledge_base", "--total-rows", "60", "--rows-per-file", "20", "--seed", "1", "--out", out, "--workers", "1",
		"--sink", "minio", "--sink-option", "place=s3://"+b.Name+"/kb/")
	if keys := keysOf(t, b); r.code != exitUnavailable || slices.Contains(keys, "kb/meta.json") {
		t.Errorf("%d, %q\n%s", r.code, keys, r.stderr)
	}
	dead.Store(false)
	must(t, "generate", "--resume", "--out", out)
	if keys := keysOf(t, b); len(keys) != 4 || keys[3] != "kb/meta.json" {
		t.Errorf("the bucket holds %q", keys)
	}
}

func TestPipelinesStoreInBuckets(t *testing.T) {
	dir := isolate(t)
	b := bucketOf(t, "")
	file := filepath.Join(dir, "pipeline.yaml")
	text := "schema: knowledge_base\nrows: 30\nseed: 1\nsinks:\n  disk: parquet\n  store:\n    sink: minio\n    place: s3://" + b.Name +
		"/kb\n    endpoint_url: ${MINIO_ENDPOINT}\n    access_key_id: ${MINIO_ACCESS_KEY}\n    secret_access_key: ${MINIO_SECRET_KEY}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "run", file, "--dry-run")
	if keys := keysOf(t, b); len(keys) > 0 {
		t.Errorf("a dry run stored %q", keys)
	}
	must(t, "run", file, "--out", filepath.Join(dir, "one"))
	if keys := keysOf(t, b); !slices.Equal(keys, []string{"kb/data.parquet", "kb/meta.json"}) {
		t.Errorf("the bucket holds %q", keys)
	}
	if r := ingest(t, "run", file, "--out", filepath.Join(dir, "two")); r.code != exitUsage || !strings.Contains(r.stderr, "holds a data set") {
		t.Errorf("%d\n%s", r.code, r.stderr)
	}
}
