// Package gateway is a server for tests that speaks REST v2 imports, as newer
// Milvus has them, in front of a Milvus that has only the gRPC calls: each job
// is carried out there, file by file, so that its rows really arrive. On the
// same port it hands gRPC through, as newer Milvus does.
package gateway

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Gateway is a running gateway.
type Gateway struct {
	// URI is its address, for both gRPC and REST.
	URI string
	// Before, where it is set, sees each REST call first; true means that it
	// has answered.
	Before func(action string, w http.ResponseWriter, r *http.Request) bool
	// Token is what calls must log in with; "" for none.
	Token string

	behind  string
	service milvuspb.MilvusServiceClient

	mu      sync.Mutex
	created []Create
	jobs    []*job
	open    map[net.Conn]bool
}

// Create is a job as it was asked for.
type Create struct {
	Database   string     `json:"dbName"`
	Collection string     `json:"collectionName"`
	Partition  string     `json:"partitionName"`
	Files      [][]string `json:"files"`
}

type job struct {
	Create
	id    string
	tasks []int64
	// failed is why a file could not be handed on.
	failed string
}

// Start runs a gateway in front of the Milvus at uri, until the test ends.
func Start(t testing.TB, uri string) *Gateway {
	t.Helper()
	to, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(to.Host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{URI: "http://" + listener.Addr().String(), behind: to.Host, service: milvuspb.NewMilvusServiceClient(conn), open: map[net.Conn]bool{}}
	calls := &queue{address: listener.Addr(), conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: g} //nolint:gosec // loopback, and for the time of a test
	var wg sync.WaitGroup
	wg.Go(func() { g.sort(listener, calls, &wg) })
	wg.Go(func() { _ = server.Serve(calls) }) // returns when it is closed
	t.Cleanup(func() {
		problems := errors.Join(listener.Close(), server.Close(), conn.Close())
		g.hangUp()
		wg.Wait()
		if problems != nil && !errors.Is(problems, net.ErrClosed) {
			t.Error(problems)
		}
	})
	return g
}

// Created are the jobs that were asked for, in order.
func (g *Gateway) Created() []Create {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Create(nil), g.created...)
}

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, found := strings.CutPrefix(r.URL.Path, "/v2/vectordb/jobs/import/")
	if !found || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	if g.Token != "" && r.Header.Get("Authorization") != "Bearer "+g.Token {
		Answer(w, 1800, "user hasn't authenticated", nil)
		return
	}
	if g.Before != nil && g.Before(action, w, r) {
		return
	}
	switch action {
	case "create":
		g.create(w, r)
	case "describe", "get_progress":
		g.describe(w, r)
	case "list":
		g.list(w, r)
	default:
		http.NotFound(w, r)
	}
}

// Answer writes an answer as Milvus does: HTTP 200, with a code inside.
func Answer(w http.ResponseWriter, code int, message string, data any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message, "data": data}) // the test sees what is missing
}
