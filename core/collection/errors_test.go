package collection_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// what is which of the questions about an error have the answer yes.
func what(err error) string {
	protection, quota := collection.IsQuota(err)
	var yes []string
	for _, q := range []struct {
		name string
		yes  bool
	}{
		{"rate limit", collection.IsRateLimit(err)},
		{"quota of " + protection, quota},
		{"too large", collection.IsTooLarge(err)},
		{"unavailable", collection.IsUnavailable(err)},
		{"unclear", collection.IsUnclear(err)},
		{"not found", collection.IsNotFound(err)},
		{"not loaded", collection.IsNotLoaded(err)},
		{"unsupported", collection.IsUnsupported(err)},
		{"denied", collection.IsDenied(err)},
	} {
		if q.yes {
			yes = append(yes, q.name)
		}
	}
	return strings.Join(yes, ", ")
}

// TestARefusalSaysWhatItMeans has the refusals of Milvus, old and new, of
// Milvus Lite and of gRPC.
func TestARefusalSaysWhatItMeans(t *testing.T) {
	said := func(code int32, reason string) *commonpb.Status {
		return &commonpb.Status{ErrorCode: commonpb.ErrorCode_UnexpectedError, Code: code, Reason: reason} //nolint:staticcheck // as servers say it
	}
	old := func(code commonpb.ErrorCode, reason string) *commonpb.Status { //nolint:staticcheck // servers before 2.3
		return &commonpb.Status{ErrorCode: code, Reason: reason} //nolint:staticcheck // servers before 2.3
	}
	for _, c := range []struct {
		name   string
		err    error
		answer *commonpb.Status
		what   string
		code   core.Code
		retry  bool
	}{
		{"a rate limit", nil, said(8, "request is rejected by limiter, rate limit exceeded"), "rate limit", core.Exhausted, true},
		{"a rate limit of old", nil, old(commonpb.ErrorCode_RateLimit, "rejected"), "rate limit", core.Exhausted, true},
		{"a full queue", nil, said(4, "too many concurrent requests, queue is full"), "rate limit", core.Exhausted, true},
		{"a rate limit of gRPC", status.Error(codes.ResourceExhausted, "slow down"), nil, "rate limit", core.Exhausted, true},
		{"memory protection", nil, said(9, "quota exceeded[reason=memory quota exceeded, please allocate more resources]"), "quota of memory", core.Exhausted, true},
		{"memory protection of old", nil, old(commonpb.ErrorCode_MemoryQuotaExhausted, "the memory quota is exhausted"), "quota of memory", core.Exhausted, true},
		{"disk protection", nil, said(9, "quota exceeded[reason=disk quota exceeded, please allocate more resources]"), "quota of disk", core.Exhausted, true},
		{"time tick protection", nil, said(11, "time tick long delay"), "quota of time tick", core.Exhausted, true},
		{"growing segments", nil, said(9, "quota exceeded[reason=growing segments size exceeded]"), "quota of growing segments", core.Exhausted, true},
		{"writes that are forbidden", nil, said(9, "quota exceeded[reason=the writing has been deactivated by the administrator: force deny]"), "quota of data against all writes", core.Exhausted, true},
		{"another quota", nil, said(9, "quota exceeded"), "quota of quota", core.Exhausted, true},
		{"too little memory to load", nil, old(commonpb.ErrorCode_InsufficientMemoryToLoad, "no memory"), "quota of memory", core.Exhausted, true},
		{"a message over our limit", status.Error(codes.ResourceExhausted, "trying to send message larger than max (70000000 vs. 67108864)"), nil, "too large", core.Exhausted, false},
		{"a message over the server's limit", status.Error(codes.ResourceExhausted, "grpc: received message larger than max (5000000 vs. 4194304)"), nil, "too large", core.Exhausted, false},
		{"no connection", status.Error(codes.Unavailable, `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"`), nil, "unavailable", core.Unavailable, true},
		{"a connection that broke", status.Error(codes.Unavailable, "error reading from server: read tcp: connection reset by peer"), nil, "unclear", core.Unavailable, true},
		{"a connection that ended", status.Error(codes.Unavailable, "error reading from server: EOF"), nil, "unclear", core.Unavailable, true},
		{"a call without an answer", status.Error(codes.DeadlineExceeded, "context deadline exceeded"), nil, "unclear", core.Unavailable, true},
		{"a server that starts", nil, said(1, "service not ready[standalone=7]: Initializing"), "unavailable", core.Unavailable, true},
		{"a server that recovers", nil, said(106, "collection on recovering"), "unavailable", core.Unavailable, true},
		{"no such collection", nil, said(100, "collection not found[database=default][collection=x]"), "not found", core.InvalidConfig, false},
		{"no such collection of old", nil, old(commonpb.ErrorCode_CollectionNotExists, "can't find collection: x"), "not found", core.InvalidConfig, false},
		{"no such collection, by its words", nil, said(65535, "can't find collection: x"), "not found", core.InvalidConfig, false},
		{"a collection that is not loaded", nil, said(65535, "failed to query: collection not loaded[collection=470714148713342207]"), "not loaded", core.Conflict, false},
		{"a wrong login", status.Error(codes.Unauthenticated, "auth check failure"), nil, "denied", core.InvalidConfig, false},
		{"a missing privilege", nil, said(1401, "privilege not permitted"), "denied", core.InvalidConfig, false},
		{"an unknown call", status.Error(codes.Unimplemented, "Method not implemented!"), nil, "unsupported", core.InvalidConfig, false},
		{"a wrong parameter", nil, said(1100, "invalid parameter[expected=supported field]"), "", core.InvalidConfig, false},
		{"a wrong schema for Milvus Lite", nil, said(6, "FLOAT_VECTOR field 'v' is missing required 'dim'"), "", core.InvalidConfig, false},
		{"a text that is too long", nil, said(1100, "the length (12) of 0th VarChar title exceeds max length (10): invalid parameter"), "", core.InvalidData, false},
		{"a text that is too long for Milvus Lite", nil, said(6, "VARCHAR field 't' value length 12 exceeds max_length=10"), "", core.InvalidData, false},
		{"rows that Milvus cannot read", nil, said(1804, "fail to deal the insert data"), "", core.InvalidData, false},
		{"anything", nil, said(1, "unexpected"), "", core.Internal, false},
		{"nothing said", nil, said(65535, ""), "", core.Internal, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := collection.Explain(c.err, c.answer)
			var known *core.Error
			if !errors.As(err, &known) {
				t.Fatalf("%v", err)
			}
			if known.Code != c.code || known.Retry != c.retry || what(err) != c.what {
				t.Errorf("%s, retry %v, %q: %v", known.Code, known.Retry, what(err), err)
			}
			if c.what != "" && known.Hint == "" {
				t.Errorf("no hint: %v", err)
			}
		})
	}
}

// TestWhatIsNoRefusalIsNoError has the answers that mean success.
func TestWhatIsNoRefusalIsNoError(t *testing.T) {
	for _, answer := range []*commonpb.Status{nil, {}, {Reason: "fine"}} {
		if err := collection.Explain(nil, answer); err != nil {
			t.Error(err)
		}
	}
}

// TestAnInterruptStaysOne keeps what the exit code of an interrupt rests on.
func TestAnInterruptStaysOne(t *testing.T) {
	if err := collection.Explain(status.FromContextError(context.Canceled).Err(), nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	known := core.Errorf(core.InvalidData, "a row")
	if err := collection.Explain(known, nil); !errors.Is(err, known) {
		t.Error(err)
	}
}
