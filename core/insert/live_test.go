package insert_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/insert"
)

// data writes a data set of n rows: a key, its text and a small vector.
func data(t *testing.T, n int, autoID bool) *dataset.Set {
	t.Helper()
	return titled(t, n, autoID, "row")
}

// titled is data with a title for each row.
func titled(t *testing.T, n int, autoID bool, title string) *dataset.Set {
	t.Helper()
	dir := t.TempDir()
	meta := fmt.Sprintf(`{"schema": {"collection_name": "c", "fields": [
		{"name": "id", "type": "Int64", "is_primary": true, "auto_id": %t},
		{"name": "n", "type": "Int64"},
		{"name": "title", "type": "VarChar", "max_length": 10000},
		{"name": "v", "type": "FloatVector", "dim": 4, "index": {"type": "FLAT", "metric": "L2"}}]},
		"version": "test", "generation_info": {"data_files": ["data.jsonl"]}}`, autoID)
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, "{\"id\": %d, \"n\": %d, \"title\": \"%s %d\", \"v\": [%d, 1, 2, 3]}\n", i, i, title, i, i)
	}
	for name, text := range map[string]string{"meta.json": meta, "data.jsonl": rows.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func dial(t *testing.T, uri string) *collection.Server {
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
	return server
}

// exactly checks that the collection has each of n rows once.
func exactly(t *testing.T, c *collection.Collection, n int) {
	t.Helper()
	seen := map[int64]int{}
	batch, err := c.Query(t.Context(), collection.Read{Fields: []string{"n"}, Filter: "n >= 0"})
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	for i := range batch.Column(0).Len() {
		seen[batch.Column(0).(*array.Int64).Value(i)]++
	}
	for i := range n {
		if seen[int64(i)] != 1 {
			t.Fatalf("row %d is there %d times; %d rows of %d", i, seen[int64(i)], batch.NumRows(), n)
		}
	}
	if int(batch.NumRows()) != n {
		t.Errorf("%d rows, expected %d", batch.NumRows(), n)
	}
}

// servers are those that tests share.
func servers(t *testing.T) map[string]string {
	return map[string]string{"Milvus 2.3.5": live.Milvus(t), "Milvus Lite": live.Lite(t)}
}

// between serves a server that stands between us and a real one, and answers
// Insert as cut says.
func between(t *testing.T, uri string, cut func(n int) bool) *faulty.Server {
	t.Helper()
	upstream, err := grpc.NewClient(strings.TrimPrefix(uri, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = upstream.Close() }) // it was only for this test
	service := milvuspb.NewMilvusServiceClient(upstream)
	return faulty.Serve(t, faulty.Script{Upstream: uri, Reply: func(ctx context.Context, method string, n int, request proto.Message) (proto.Message, error) {
		insert, is := request.(*milvuspb.InsertRequest)
		if !is || !cut(n) {
			return nil, faulty.ErrPass
		}
		// The rows arrive, and the answer does not.
		if answer, err := service.Insert(ctx, insert); err != nil || answer.GetInsertCnt() == 0 {
			return nil, errors.Join(errors.New("not stored"), err)
		}
		return nil, faulty.ErrCut
	}})
}

func TestRowsWhoseAnswerIsLostAreNotDoubled(t *testing.T) {
	for kind, uri := range servers(t) {
		for _, autoID := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, auto_id %t", kind, autoID), func(t *testing.T) {
				t.Parallel()
				cutter := between(t, uri, func(n int) bool { return n == 2 || n == 5 })
				server := dial(t, cutter.URI)
				run := &insert.Run{
					Server: server, Set: data(t, 200, autoID), Name: live.Name(t), StateDir: t.TempDir(),
					Options: insert.Options{BatchRows: 25},
				}
				result, err := run.Do(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if result.Rows != 200 || result.After != 200 || !result.Made || !result.Loaded || len(result.Indexes) != 1 {
					t.Errorf("%+v", result)
				}
				found, err := server.Find(t.Context(), run.Name)
				if err != nil {
					t.Fatal(err)
				}
				exactly(t, found, 200)
				if server.Kind == collection.Lite { // Milvus flushes once in ten seconds
					again(t, run, found, autoID)
				}
			})
		}
	}
}

// again goes on with a run that is done, and inserts its data set once more.
func again(t *testing.T, run *insert.Run, found *collection.Collection, autoID bool) {
	t.Helper()
	next := *run
	next.Resume = true
	if result, err := next.Do(t.Context()); err != nil || result.Rows != 0 || result.Resumed != 200 || result.After != 200 {
		t.Errorf("resumed though it was done: %+v, %v", result, err)
	}
	next.Resume = false
	result, err := next.Do(t.Context())
	if autoID {
		if err != nil || result.Before != 200 || result.After != 400 {
			t.Errorf("once more: %+v, %v", result, err)
		}
		return
	}
	if core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "id ") {
		t.Errorf("keys that are there already: %v", err)
	}
	next.Upsert = true
	if result, err := next.Do(t.Context()); err != nil || result.Rows != 200 || result.After != 200 {
		t.Errorf("upsert: %+v, %v", result, err)
	}
	exactly(t, found, 200)
}

func TestMessagesFollowTheLimitOfTheServer(t *testing.T) {
	small := faulty.Serve(t, faulty.Script{Upstream: live.Lite(t), MaxMessage: 4 << 10})
	run := &insert.Run{
		Server: dial(t, small.URI), Set: data(t, 500, false), Name: live.Name(t), StateDir: t.TempDir(), Options: insert.Options{InFlight: 1},
	}
	result, err := run.Do(t.Context())
	if err != nil || result.After != 500 || result.Calls < 6 {
		t.Fatalf("%+v, %v", result, err)
	}
	run.Set, run.Prepare.Drop = titled(t, 3, false, strings.Repeat("x", 5000)), true
	if _, err = run.Do(t.Context()); core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), "data.jsonl, key ") {
		t.Errorf("a row that is too large: %v", err)
	}
}

// stopAfter ends a run once the server has been called some times.
type stopAfter struct {
	mu    sync.Mutex
	calls int
	stop  context.CancelFunc
}

func TestARunThatIsInterruptedIsGoneOnWith(t *testing.T) {
	for _, autoID := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		s := stopAfter{stop: cancel}
		// The third message is stored, and then the user has had enough.
		middle := between(t, live.Lite(t), func(int) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.calls++; s.calls == 3 {
				s.stop()
				return true
			}
			return false
		})
		server := dial(t, middle.URI)
		run := &insert.Run{
			Server: server, Set: data(t, 200, autoID), Name: live.Name(t), StateDir: t.TempDir(), Options: insert.Options{BatchRows: 20, InFlight: 2},
		}
		if _, err := run.Do(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted: %v", err)
		}
		if _, err := run.Do(t.Context()); core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("begun again without a word: %v", err)
		}
		run.Resume, run.Prepare.Drop = true, true // a script says the same again
		result, err := run.Do(t.Context())
		if err != nil || result.Rows+result.Resumed != 200 || result.After != 200 {
			t.Fatalf("resumed: %+v, %v", result, err)
		}
		found, err := server.Find(t.Context(), run.Name)
		if err != nil {
			t.Fatal(err)
		}
		exactly(t, found, 200)
	}
}
