package collection_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// TestAnAliasIsNotLostWhenItsCollectionCannotBeReplaced has a server that
// refuses to drop the old collection, and then one that refuses to make the
// new one.
func TestAnAliasIsNotLostWhenItsCollectionCannotBeReplaced(t *testing.T) {
	t.Parallel()
	var refused atomic.Value
	refused.Store("")
	proxy := faulty.Serve(t, faulty.Script{Upstream: live.Lite(t), Reply: func(_ context.Context, method string, _ int, _ proto.Message) (proto.Message, error) {
		if method == refused.Load() {
			return nil, status.Error(codes.PermissionDenied, "not you")
		}
		return nil, faulty.ErrPass
	}})
	s, ctx, name := dialTo(t, proxy.URI), t.Context(), live.Name(t)
	alias := "alias_of_" + name
	replace := func() error {
		_, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Drop: true, MoveAlias: true, Index: collection.Policy{None: true}})
		return err
	}
	if err := replace(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.DropAlias(context.Background(), alias) }) // the last replacement took it away
	if err := s.SetAlias(ctx, alias, name); err != nil {
		t.Fatal(err)
	}
	refused.Store("DropCollection")
	err := replace()
	if all, listed := s.Aliases(ctx); err == nil || listed != nil || all[alias] != name {
		t.Errorf("after a drop that failed (%v) the alias stands for %q: %v", err, all[alias], listed)
	}
	refused.Store("CreateCollection")
	if err := replace(); err == nil || !strings.Contains(err.Error(), alias+" of "+name+" stands for nothing now") {
		t.Errorf("after a collection that could not be made: %v", err)
	}
}
