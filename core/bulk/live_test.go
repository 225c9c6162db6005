package bulk_test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/bulk/gateway"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// perFile is how many rows a file of these tests has.
const perFile = 5

// bench is a server with a collection, and a bucket that it reads from.
type bench struct {
	server  *collection.Server
	into    *collection.Collection
	bucket  *bucket.Bucket
	prefix  string
	journal string
}

func newBench(t *testing.T, uri string) *bench {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	name := live.Name(t)
	c := &schema.Collection{Name: name, Fields: []schema.Field{
		{Name: "id", Type: schema.Int64, IsPrimary: true},
		{Name: "v", Type: schema.FloatVector, Dim: 4, Index: &schema.Index{Type: "FLAT", Metric: "L2"}},
	}}
	into, _, err := server.Prepare(t.Context(), name, c, collection.PrepareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store := live.Minio(t)
	b, err := bucket.Open(t.Context(), bucket.Options{
		Endpoint: store.Endpoint, Bucket: store.Bucket, AccessKey: store.AccessKey, SecretKey: store.SecretKey,
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{server, into, b, name, filepath.Join(t.TempDir(), "journal")}
}

// files puts n small files into the bucket, with keys from first on.
func (b *bench) files(t *testing.T, first, n int) []bulk.File {
	t.Helper()
	var files []bulk.File
	for i := range n {
		data := rows(t, int64(first+i)*perFile)
		key := fmt.Sprintf("%s/part-%05d.parquet", b.prefix, first+i)
		put, err := b.bucket.Put(t.Context(), key, bytes.NewReader(data), bucket.PutOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.bucket.Delete(t.Context(), key) }) // it is small
		files = append(files, bulk.File{Key: key, Bytes: int64(len(data)), Rows: perFile, SHA256: put.SHA256})
	}
	return files
}

// rows is a Parquet file with the keys from first on.
func rows(t *testing.T, first int64) []byte {
	t.Helper()
	s := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "v", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for i := range int64(perFile) {
		b.Field(0).(*array.Int64Builder).Append(first + i)
		list := b.Field(1).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{float32(first + i), 1, 2, 3}, nil)
	}
	record := b.NewRecord()
	defer record.Release()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(s, &out, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (b *bench) importer(t *testing.T, o bulk.Options) *bulk.Importer {
	t.Helper()
	journal, err := bulk.OpenJournal(b.journal)
	if err != nil {
		t.Fatal(err)
	}
	o.Journal = journal
	i, err := bulk.New(t.Context(), b.server, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

// finished looks at the collection as whoever comes next.
func (b *bench) finished(t *testing.T, want int64) {
	t.Helper()
	got, err := bulk.Finish(t.Context(), b.into, want, nil)
	if err != nil {
		t.Error(err)
	}
	if got != want {
		t.Errorf("%d rows are there, want %d", got, want)
	}
	if said, err := b.into.Estimate(t.Context()); err != nil || said != want {
		t.Errorf("the statistics say %d rows, want %d (%v)", said, want, err)
	}
}

// TestMilvus23TakesOneFileATaskAndTellsAllThatFail imports three files, one of
// which is not there, mends that and goes on.
func TestMilvus23TakesOneFileATaskAndTellsAllThatFail(t *testing.T) {
	t.Parallel()
	b := newBench(t, live.Milvus(t))
	files := b.files(t, 0, 3)
	missing := files[1]
	if err := b.bucket.Delete(t.Context(), missing.Key); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []bulk.State
	i := b.importer(t, bulk.Options{Concurrent: 3, Bucket: b.bucket.Name, Tell: func(s bulk.Status) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, s.State)
	}})
	if i.Over != bulk.GRPC {
		t.Fatalf("jobs go over %s, want gRPC", i.Over)
	}

	result, err := i.Run(t.Context(), b.into, files, bulk.RunOptions{})
	if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), missing.Key) || !strings.Contains(hint(err), "bucket "+b.bucket.Name) {
		t.Fatalf("error %v (hint %q) does not tell which file is missing and where it was looked for", err, hint(err))
	}
	if result.Files != 2 || result.Rows != 2*perFile || !slices.Equal(result.Left, []string{missing.Key}) {
		t.Fatalf("the others did not finish: %+v", result)
	}
	if !slices.Contains(told, bulk.Completed) || !slices.Contains(told, bulk.Failed) {
		t.Errorf("the states that were told are %v", told)
	}

	_, err = i.Run(t.Context(), b.into, files, bulk.RunOptions{})
	if core.CodeOf(err) != core.Conflict {
		t.Fatalf("files that are loaded were taken again: %v", err)
	}

	b.files(t, 1, 1)
	result, err = i.Run(t.Context(), b.into, files, bulk.RunOptions{Mode: bulk.Resume})
	if err != nil || result.Files != 1 || result.Earlier != 2 || result.Rows != 3*perFile || len(result.Left) > 0 {
		t.Fatalf("going on gives %+v, %v", result, err)
	}
	b.finished(t, 3*perFile)
	jobs, err := i.List(t.Context(), b.into.Name)
	if err != nil || len(jobs) != 4 {
		t.Fatalf("%d jobs are listed (%v), want 4: two, the failed one, and that again", len(jobs), err)
	}
	if s, err := i.Status(t.Context(), result.Jobs[0].ID); err != nil || s.State != bulk.Completed || s.Rows != perFile || s.Collection != b.into.Name {
		t.Errorf("the last job is told as %+v, %v", s, err)
	}
	// A collection that is loaded shows what is imported now, too.
	more := b.files(t, 3, 1)
	if _, err := i.Run(t.Context(), b.into, more, bulk.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	b.finished(t, 4*perFile)
}

// TestRESTJobsArriveOnceThoughAnAnswerIsLost imports three files as two jobs
// through the gateway, which stores the second and hangs up.
func TestRESTJobsArriveOnceThoughAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, live.Milvus(t))
	creates := 0
	g.Before = func(action string, w http.ResponseWriter, r *http.Request) bool {
		if action != "create" {
			return false
		}
		if creates++; creates != 2 {
			return false
		}
		if _, err := g.Store(r); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler) // closes the connection without a word
	}
	b := newBench(t, g.URI)
	files := b.files(t, 0, 3)
	i := b.importer(t, bulk.Options{FilesPerJob: 2, Concurrent: 1})
	if i.Over != bulk.REST {
		t.Fatalf("jobs go over %s, want REST v2", i.Over)
	}
	result, err := i.Run(t.Context(), b.into, files, bulk.RunOptions{})
	if err != nil || result.Files != 3 || len(result.Jobs) != 2 || result.Rows != 3*perFile {
		t.Fatalf("the result is %+v, %v", result, err)
	}
	var sent []string
	for _, c := range g.Created() {
		for _, group := range c.Files {
			sent = append(sent, group...)
		}
	}
	if len(g.Created()) != 2 || len(sent) != 3 || len(slices.Compact(slices.Sorted(slices.Values(sent)))) != 3 {
		t.Errorf("%d jobs with the files %v were sent, want each file once in 2", len(g.Created()), sent)
	}
	b.finished(t, 3*perFile)
	jobs, err := i.List(t.Context(), b.into.Name)
	if err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs are listed (%v), want 2", len(jobs), err)
	}
}

// hint is the first hint of an error.
func hint(err error) string {
	var found string
	var walk func(error)
	walk = func(err error) {
		if e, ok := err.(*core.Error); ok && found == "" { //nolint:errorlint // the chain is walked link by link
			found = e.Hint
		}
		switch e := err.(type) { //nolint:errorlint // the same
		case interface{ Unwrap() error }:
			if e.Unwrap() != nil {
				walk(e.Unwrap())
			}
		case interface{ Unwrap() []error }:
			for _, next := range e.Unwrap() {
				walk(next)
			}
		}
	}
	walk(err)
	return found
}
