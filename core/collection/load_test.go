package collection_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// TestRowsAreIndexedLoadedAndCounted takes a collection from its making to its
// count, on both servers.
func TestRowsAreIndexedLoadedAndCounted(t *testing.T) {
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx, name := dialTo(t, uri), t.Context(), live.Name(t)
			c, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Index: collection.Policy{None: true}})
			if err != nil {
				t.Fatal(err)
			}
			if states, err := c.Indexes(ctx); err != nil || len(states) > 0 {
				t.Errorf("without an index there are %v: %v", states, err)
			}
			if s.Kind == collection.Milvus { // Milvus Lite loads what it makes
				isNotLoaded(t, c)
			}
			const rows = 300
			insertTiny(t, c, 0, rows)
			for range 2 { // an index that is there is not made again
				if err := c.Index(ctx, collection.Policy{}); err != nil {
					t.Fatal(err)
				}
			}
			isLoaded(t, c, rows)
			counts(t, c, "", rows)
			counts(t, c, "id < 100", 100)
			insertTiny(t, c, rows, 1)
			counts(t, c, "", rows+1) // strong: at once
			if n, err := c.Estimate(ctx); err != nil || n < rows {
				t.Errorf("the statistics say %d: %v", n, err)
			}
			if err := s.Drop(ctx, name); err != nil {
				t.Fatal(err)
			}
			if state, _, err := c.Loaded(ctx); state != collection.NotExist && !collection.IsNotFound(err) {
				t.Errorf("after the drop it is %s: %v", state, err)
			}
		})
	}
}

// isNotLoaded has what a collection without an index refuses.
func isNotLoaded(t *testing.T, c *collection.Collection) {
	t.Helper()
	if err := c.Load(t.Context(), nil); !collection.IsNotFound(err) || !strings.Contains(hintOf(err), "index") {
		t.Errorf("a load without an index: %v", err)
	}
	if state, percent, err := c.Loaded(t.Context()); state != collection.NotLoad || percent != 0 || err != nil {
		t.Errorf("before the load it is %s (%d): %v", state, percent, err)
	}
	if _, err := c.Count(t.Context(), ""); !collection.IsNotLoaded(err) || hintOf(err) == "" {
		t.Errorf("a count before the load: %v", err)
	}
}

// isLoaded flushes, waits for the index, and loads.
func isLoaded(t *testing.T, c *collection.Collection, rows int64) {
	t.Helper()
	ctx := t.Context()
	if err := c.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	indexed := int64(0)
	if err := c.WaitIndexes(ctx, func(done, _ int64) { indexed = done }); err != nil || indexed != rows {
		t.Errorf("%d rows are indexed: %v", indexed, err)
	}
	last := int64(-1)
	if err := c.Load(ctx, func(percent int64) { last = percent }); err != nil || c.Server.Kind == collection.Milvus && last != 100 {
		t.Errorf("it is loaded to %d %%: %v", last, err)
	}
	if state, percent, err := c.Loaded(ctx); state != collection.Loaded || percent != 100 || err != nil {
		t.Errorf("after the load it is %s (%d): %v", state, percent, err)
	}
}

func counts(t *testing.T, c *collection.Collection, filter string, want int64) {
	t.Helper()
	if n, err := c.Count(t.Context(), filter); err != nil || n != want {
		t.Errorf("%q counts %d, not %d: %v", filter, n, want, err)
	}
}

// insertTiny puts n rows into a collection of the schema tiny.
func insertTiny(t *testing.T, c *collection.Collection, first, n int) {
	t.Helper()
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"id": %d, "v": [%d, 1, 0, 0.5]}`+"\n", first+i, i)
	}
	columns, err := c.Encode(rowsOf(t, c.Schema.Arrow(), "["+strings.ReplaceAll(strings.TrimSpace(text.String()), "\n", ",")+"]"))
	if err == nil {
		_, err = c.Insert(t.Context(), columns, n)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestEachIndexOfAServerIsMade makes all indexes that we say a server has.
func TestEachIndexOfAServerIsMade(t *testing.T) {
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, name := dialTo(t, uri), live.Name(t)
			c := parsed(t, name, `{"fields": [{"name": "id", "type": "Int64", "is_primary": true}, {"name": "n", "type": "Double"},
				{"name": "s", "type": "VarChar", "max_length": 9}, {"name": "v", "type": "FloatVector", "dim": 4}]}`)
			if s.Kind == collection.Milvus {
				c.Fields[3] = schema.Field{Name: "v", Type: schema.Float16, Dim: 4}
			}
			for _, x := range []string{"HNSW", "IVF_FLAT,nlist=16", "IVF_SQ8", "FLAT", "AUTOINDEX"} {
				scalar := map[collection.Kind]string{collection.Milvus: "Trie", collection.Lite: "INVERTED"}[s.Kind]
				number := map[collection.Kind]string{collection.Milvus: "STL_SORT", collection.Lite: "INVERTED"}[s.Kind]
				policy, err := collection.ParsePolicy([]string{"v=" + x + ",metric=L2", "s=" + scalar, "n=" + number})
				if err != nil {
					t.Fatal(err)
				}
				made, _, err := s.Prepare(t.Context(), name, c, collection.PrepareOptions{Drop: true, Index: policy})
				if err != nil {
					t.Errorf("%s: %v", x, err)
					continue
				}
				states, err := made.Indexes(t.Context())
				if err != nil || len(states) != 3 {
					t.Errorf("%s: %v, %v", x, states, err)
				}
			}
		})
	}
}

// collectionOf is a collection of a server that answers by a script; its
// description and the like come from nowhere.
func collectionOf(t *testing.T, script faulty.Script) (*collection.Collection, *faulty.Server) {
	t.Helper()
	server := faulty.Serve(t, script)
	return &collection.Collection{Server: dialTo(t, server.URI), Name: "x"}, server
}

// TestWaitingEndsWithTheContext holds for all that waits for a server.
func TestWaitingEndsWithTheContext(t *testing.T) {
	c, _ := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		switch method {
		case "DescribeIndex":
			return &milvuspb.DescribeIndexResponse{IndexDescriptions: []*milvuspb.IndexDescription{
				{FieldName: "v", State: commonpb.IndexState_InProgress, IndexedRows: 3, TotalRows: 10, PendingIndexRows: 7},
			}}, nil
		case "GetLoadState":
			return &milvuspb.GetLoadStateResponse{State: commonpb.LoadState_LoadStateNotLoad}, nil
		case "GetLoadingProgress":
			return &milvuspb.GetLoadingProgressResponse{Progress: 40}, nil
		}
		return nil, faulty.ErrPass
	}})
	for name, wait := range map[string]func(context.Context) error{
		"indexes": func(ctx context.Context) error { return c.WaitIndexes(ctx, nil) },
		"load":    func(ctx context.Context) error { return c.Load(ctx, nil) },
		"flush":   c.Flush,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := wait(ctx)
		cancel()
		if core.CodeOf(err) != core.Unavailable || !strings.Contains(err.Error(), "the time ran out") && !strings.Contains(err.Error(), "no answer") {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnIndexIsDoneThoughACompactionGoesOn does not wait for rows that have an
// index, and get another one.
func TestAnIndexIsDoneThoughACompactionGoesOn(t *testing.T) {
	c, _ := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == "DescribeIndex" {
			return &milvuspb.DescribeIndexResponse{IndexDescriptions: []*milvuspb.IndexDescription{
				{FieldName: "v", State: commonpb.IndexState_Finished, IndexedRows: 10, TotalRows: 10, PendingIndexRows: 4},
			}}, nil
		}
		return nil, faulty.ErrPass
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := c.WaitIndexes(ctx, nil); err != nil {
		t.Error(err)
	}
}

// TestAFailedIndexIsTold with the reason of the server.
func TestAFailedIndexIsTold(t *testing.T) {
	c, _ := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == "DescribeIndex" {
			return &milvuspb.DescribeIndexResponse{IndexDescriptions: []*milvuspb.IndexDescription{
				{FieldName: "v", State: commonpb.IndexState_Failed, IndexStateFailReason: "nlist is too large"},
			}}, nil
		}
		return nil, faulty.ErrPass
	}})
	if err := c.WaitIndexes(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "nlist is too large") || hintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

// TestALoadAsksAgainAfterAPassingFault has a server that starts anew while it
// loads.
func TestALoadAsksAgainAfterAPassingFault(t *testing.T) {
	c, server := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, n int, _ proto.Message) (proto.Message, error) {
		switch {
		case method == "GetLoadState":
			return &milvuspb.GetLoadStateResponse{State: commonpb.LoadState_LoadStateNotLoad}, nil
		case method == "GetLoadingProgress" && n == 1:
			return &milvuspb.GetLoadingProgressResponse{Progress: 40}, nil
		case method == "GetLoadingProgress" && n == 2:
			return nil, faulty.ErrCut
		case method == "GetLoadingProgress" && n == 3:
			return nil, status.Error(codes.Unavailable, "service not ready")
		case method == "GetLoadingProgress":
			return &milvuspb.GetLoadingProgressResponse{Progress: 100}, nil
		}
		return nil, faulty.ErrPass
	}})
	if err := c.Load(t.Context(), nil); err != nil || server.Calls("GetLoadingProgress") != 4 {
		t.Errorf("after %d questions: %v", server.Calls("GetLoadingProgress"), err)
	}
}

// TestALoadedCollectionIsRefreshed brings in what was imported.
func TestALoadedCollectionIsRefreshed(t *testing.T) {
	t.Parallel()
	c, _ := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, n int, request proto.Message) (proto.Message, error) {
		switch method {
		case "GetLoadState":
			return &milvuspb.GetLoadStateResponse{State: commonpb.LoadState_LoadStateLoaded}, nil
		case "LoadCollection":
			if load, ok := request.(*milvuspb.LoadCollectionRequest); !ok || !load.GetRefresh() {
				return nil, status.Error(codes.InvalidArgument, "it is loaded already")
			}
		case "GetLoadingProgress":
			return &milvuspb.GetLoadingProgressResponse{Progress: 100, RefreshProgress: int64(50 * n)}, nil
		}
		return nil, faulty.ErrPass
	}})
	var seen []int64
	if err := c.Load(t.Context(), func(percent int64) { seen = append(seen, percent) }); err != nil || !slices.Equal(seen, []int64{50, 100}) {
		t.Errorf("%v: %v", seen, err)
	}
}

// TestAFlushThatCameTooSoonIsRepeated waits as the server asks for.
func TestAFlushThatCameTooSoonIsRepeated(t *testing.T) {
	t.Parallel()
	c, server := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, n int, _ proto.Message) (proto.Message, error) {
		switch {
		case method == "Flush" && n == 1:
			return &milvuspb.FlushResponse{Status: faulty.RateLimited()}, nil
		case method == "GetFlushState":
			return &milvuspb.GetFlushStateResponse{Flushed: n > 1}, nil
		}
		return nil, faulty.ErrPass
	}})
	if err := c.Flush(t.Context()); err != nil || server.Calls("Flush") != 2 || server.Calls("GetFlushState") != 2 {
		t.Errorf("after %d flushes: %v", server.Calls("Flush"), err)
	}
}

// TestAPageThatCannotBeReadForAMomentIsAskedForAgain has a server that limits
// its rate, and breaks a connection; and one that refuses for good.
func TestAPageThatCannotBeReadForAMomentIsAskedForAgain(t *testing.T) {
	t.Parallel()
	read := func(c *collection.Collection) (err error) {
		c.Schema = &schema.Collection{Fields: []schema.Field{{Name: "id", Type: schema.Int64, IsPrimary: true}}}
		for _, err = range c.Rows(t.Context(), collection.Read{Fresh: 1}) {
			if err != nil {
				return err
			}
		}
		return err
	}
	c, server := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, n int, _ proto.Message) (proto.Message, error) {
		switch {
		case method == "Query" && n == 1:
			return &milvuspb.QueryResults{Status: faulty.RateLimited()}, nil
		case method == "Query" && n == 2:
			return nil, faulty.ErrCut
		}
		return nil, faulty.ErrPass
	}})
	if err := read(c); core.CodeOf(err) == core.Unavailable || core.CodeOf(err) == core.Exhausted || server.Calls("Query") < 3 {
		t.Errorf("after %d queries: %v", server.Calls("Query"), err)
	}
	c, server = collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == "Query" {
			return nil, status.Error(codes.PermissionDenied, "not you")
		}
		return nil, faulty.ErrPass
	}})
	if err := read(c); err == nil || server.Calls("Query") != 1 {
		t.Errorf("after %d queries: %v", server.Calls("Query"), err)
	}
}

// TestNothingIsRepeatedBehindOurBack holds the client of Milvus to one call:
// it would try six times, for 43 seconds.
func TestNothingIsRepeatedBehindOurBack(t *testing.T) {
	for name, fault := range map[string]error{
		"unavailable": status.Error(codes.Unavailable, "gone"), "exhausted": status.Error(codes.ResourceExhausted, "slow down"), "cut": faulty.ErrCut,
	} {
		c, server := collectionOf(t, faulty.Script{Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
			if method == "Insert" {
				return nil, fault
			}
			return nil, faulty.ErrPass
		}})
		answer, err := c.Server.Service().Insert(t.Context(), &milvuspb.InsertRequest{CollectionName: "x"})
		if collection.Explain(err, answer.GetStatus()) == nil || server.Calls("Insert") != 1 {
			t.Errorf("%s: %d calls", name, server.Calls("Insert"))
		}
	}
}
