package collection_test

import (
	"context"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
)

// TestAServerIsWhatItSaysOfItself has the words of each kind.
func TestAServerIsWhatItSaysOfItself(t *testing.T) {
	for said, want := range map[string]string{
		"v2.3.5-lite":       "Milvus 2.3.5",
		"milvus_lite-3.2.2": "Milvus Lite 3.2.2",
		"2.6.4":             "Milvus 2.6.4",
		"Zilliz Cloud Vector Database(Compatible with Milvus 2.5)": "Milvus 2.5",
		"master-20250101-abcdef":                                   "Milvus latest",
		"2.6-20250815-abcdef12":                                    "Milvus 2.6",
	} {
		s := dialTo(t, faulty.Serve(t, faulty.Script{Version: said}).URI)
		if have := string(s.Kind) + " " + s.Version.String(); have != want {
			t.Errorf("%s is %s, not %s", said, have, want)
		}
	}
}

// TestACallHasItsTime ends one that the server does not answer; a patient one
// has the time of its context.
func TestACallHasItsTime(t *testing.T) {
	t.Parallel()
	server := faulty.Serve(t, faulty.Script{Reply: func(ctx context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == "Insert" {
			faulty.Sleep(ctx, time.Minute)
		}
		if method == "Flush" {
			faulty.Sleep(ctx, 700*time.Millisecond)
		}
		return nil, faulty.ErrPass
	}})
	s, err := collection.Dial(t.Context(), collection.Options{URI: server.URI, Timeout: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	insert := func(ctx context.Context) error {
		answer, err := s.Service().Insert(ctx, &milvuspb.InsertRequest{CollectionName: "x"})
		return collection.Explain(err, answer.GetStatus())
	}
	if err := insert(t.Context()); !collection.IsUnclear(err) || core.CodeOf(err) != core.Unavailable {
		t.Errorf("a call without an answer: %v", err)
	}
	ctx, cancel := context.WithTimeout(collection.Patient(t.Context()), 100*time.Millisecond)
	defer cancel()
	if err := insert(ctx); !collection.IsUnclear(err) {
		t.Errorf("a patient call without an answer: %v", err)
	}
	answer, err := s.Service().Flush(collection.Patient(t.Context()), &milvuspb.FlushRequest{})
	if err := collection.Explain(err, answer.GetStatus()); err != nil {
		t.Errorf("a patient call with a late answer: %v", err)
	}
}

// TestAMessageThatIsTooLargeIsToldApart from calls that are too many.
func TestAMessageThatIsTooLargeIsToldApart(t *testing.T) {
	s := dialTo(t, faulty.Serve(t, faulty.Script{MaxMessage: 1 << 20}).URI)
	for name, bytes := range map[string]int{"over the server's limit": 2 << 20, "over our own": 65 << 20} {
		answer, err := s.Service().CreateCollection(t.Context(), &milvuspb.CreateCollectionRequest{Schema: make([]byte, bytes)})
		if err := collection.Explain(err, answer); !collection.IsTooLarge(err) || collection.IsRateLimit(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestALoginAndADatabaseGoWithEachCall has the ways to give them.
func TestALoginAndADatabaseGoWithEachCall(t *testing.T) {
	for _, o := range []collection.Options{
		{Token: "root:Milvus", Database: "docs"},
		{User: "root", Password: "Milvus", Database: "docs"},
		{URI: "http://root:Milvus@", Database: "docs"},
		{URI: "http://root:Milvus@", User: "root"},
	} {
		seen := make(chan metadata.MD, 9)
		server := faulty.Serve(t, faulty.Script{Reply: func(ctx context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
			headers, _ := metadata.FromIncomingContext(ctx)
			seen <- headers
			if method == "ListDatabases" { // one who may not list them may use one
				return nil, status.Error(codes.PermissionDenied, "permission deny")
			}
			return nil, faulty.ErrPass
		}})
		if o.URI == "" {
			o.URI = "http://"
		}
		o.URI += server.URI[len("http://"):]
		if o.Database == "" {
			o.URI += "/docs"
		}
		s, err := collection.Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if s.Database() != "docs" || server.Calls("CreateDatabase") != 0 {
			t.Errorf("the database is %q, made %d times", s.Database(), server.Calls("CreateDatabase"))
		}
		for range 2 { // GetVersion and ListDatabases
			headers := <-seen
			if got := headers.Get("authorization"); len(got) != 1 || got[0] != "cm9vdDpNaWx2dXM=" {
				t.Errorf("the login is %q", got)
			}
			if got := headers.Get("dbname"); len(got) != 1 || got[0] != "docs" {
				t.Errorf("the database is %q", got)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
