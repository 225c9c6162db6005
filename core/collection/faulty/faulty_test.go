package faulty_test

import (
	"context"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

func dial(t *testing.T, uri string) *collection.Server {
	t.Helper()
	s, err := collection.Dial(t.Context(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestAServerAnswersAsItsScriptSays has each kind of answer once.
func TestAServerAnswersAsItsScriptSays(t *testing.T) {
	server := faulty.Serve(t, faulty.Script{
		Version: "v2.5.4",
		Reply: func(_ context.Context, method string, n int, _ proto.Message) (proto.Message, error) {
			switch {
			case method == "DropCollection" && n == 1:
				return faulty.RateLimited(), nil
			case method == "DropCollection" && n == 2:
				return faulty.QuotaExceeded("memory quota exceeded"), nil
			case method == "DropCollection" && n == 3:
				return nil, faulty.ErrCut
			}
			return nil, faulty.ErrPass
		},
	})
	s := dial(t, server.URI)
	if s.Version.String() != "2.5.4" {
		t.Errorf("the version is %s", s.Version)
	}
	drop := func() error {
		answer, err := s.Service().DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "x"})
		return collection.Explain(err, answer)
	}
	if err := drop(); !collection.IsRateLimit(err) {
		t.Errorf("the first drop: %v", err)
	}
	if what, ok := collection.IsQuota(drop()); !ok || what != "memory" {
		t.Errorf("the second drop protects %q", what)
	}
	if err := drop(); !collection.IsUnclear(err) {
		t.Errorf("the third drop: %v", err)
	}
	if err := drop(); err != nil {
		t.Errorf("the fourth drop: %v", err)
	}
	if n := server.Calls("DropCollection"); n != 4 {
		t.Errorf("%d calls were counted", n)
	}
}

// TestCallsGoOnToARealServer adds a fault to a server that works.
func TestCallsGoOnToARealServer(t *testing.T) {
	uri := live.Lite(t)
	server := faulty.Serve(t, faulty.Script{
		Upstream: uri,
		Reply: func(_ context.Context, method string, n int, _ proto.Message) (proto.Message, error) {
			if method == "ShowCollections" && n == 1 {
				return &milvuspb.ShowCollectionsResponse{Status: &commonpb.Status{Code: 2, Reason: "service unavailable"}}, nil
			}
			return nil, faulty.ErrPass
		},
	})
	s := dial(t, server.URI)
	if s.Kind != collection.Lite {
		t.Errorf("the server is %s", s.Kind)
	}
	if _, err := s.List(t.Context()); !collection.IsUnavailable(err) {
		t.Errorf("the first list: %v", err)
	}
	if _, err := s.List(t.Context()); err != nil {
		t.Error(err)
	}
	server.Cut()
	if _, err := s.List(t.Context()); err != nil && !collection.IsUnclear(err) && !collection.IsUnavailable(err) {
		t.Errorf("a list on a cut connection: %v", err)
	}
}
