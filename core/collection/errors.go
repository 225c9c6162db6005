package collection

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
)

// class is what a refusal means for whoever made the call.
type class int

const (
	other       class = iota
	unavailable       // no connection: nothing was done
	unclear           // no answer: it may have been done
	notReady          // the server is starting, or busy changing
	rateLimit         // too many calls a second: soon again
	quota             // memory, disk or time tick protection: later, maybe never
	tooLarge          // the message
	notFound          // collection, alias, database, index …
	notLoaded
	unsupported
	denied // not logged in, or not allowed
)

// A fault is the cause inside the errors of Explain: what the server said and
// what it means.
type fault struct {
	class class
	what  string // the protection of a quota, or lostConnection
	code  int32  // of Milvus, 0 where it is gRPC's
	err   error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// Explain makes a core.Error of what a call to the server returned: an error of
// the connection, or the status in its answer (resp.GetStatus(), which may be
// nil). It tells what happened, whether the same call may be repeated, and what
// mends it. Where both are fine it returns nil.
func Explain(err error, answer *commonpb.Status) error {
	switch {
	case err != nil:
		return explainCall(err)
	case answer.GetCode() != 0 || answer.GetErrorCode() != commonpb.ErrorCode_Success: //nolint:staticcheck // servers before 2.3 set only this one
		return explainStatus(answer)
	default:
		return nil
	}
}

// IsRateLimit tells whether the server was called too often: the same call
// succeeds a little later.
func IsRateLimit(err error) bool { return is(err, rateLimit) }

// IsQuota tells whether the server protects itself, and what it protects
// ("memory", "disk" …): the same call may succeed after minutes, or after an
// operator did something.
func IsQuota(err error) (protection string, ok bool) {
	var f *fault
	if errors.As(err, &f) && f.class == quota {
		return f.what, true
	}
	return "", false
}

// IsTooLarge tells whether the message was larger than the server takes.
func IsTooLarge(err error) bool { return is(err, tooLarge) }

// IsUnavailable tells whether the server was not there, or not ready: it did
// nothing, and the same call may succeed later.
func IsUnavailable(err error) bool { return is(err, unavailable) || is(err, notReady) }

// IsUnclear tells whether no answer came to a call that was sent: whether the
// server did it is unknown. A write must not be repeated blindly.
func IsUnclear(err error) bool { return is(err, unclear) }

// IsDenied tells whether the call needs a login or a privilege that we lack.
func IsDenied(err error) bool { return is(err, denied) }

// IsNotFound tells whether something that the call names is not there.
func IsNotFound(err error) bool { return is(err, notFound) }

// IsNotLoaded tells whether the collection must be loaded for the call.
func IsNotLoaded(err error) bool { return is(err, notLoaded) }

// IsUnsupported tells whether the server does not know the call.
func IsUnsupported(err error) bool { return is(err, unsupported) }

func isNotReady(err error) bool { return is(err, notReady) }

func is(err error, want class) bool {
	var f *fault
	return errors.As(err, &f) && f.class == want
}

// told adds what was being done to an error of Explain; nil stays nil.
func told(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	var known *core.Error
	if !errors.As(err, &known) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	copied := *known
	copied.Err = fmt.Errorf("%s: %w", doing, known.Err)
	return &copied
}

// explainCall explains an error of the connection. What a cancelled context did
// stays context.Canceled for errors.Is.
func explainCall(err error) error {
	var known *core.Error
	if errors.As(err, &known) {
		return err
	}
	said, ok := status.FromError(err)
	if !ok {
		return core.Errorf(core.Unavailable, "%w", &fault{class: unavailable, err: err})
	}
	switch said.Code() {
	case codes.Canceled:
		return fmt.Errorf("%s: %w", said.Message(), context.Canceled)
	case codes.DeadlineExceeded:
		return noAnswer(said.Message())
	case codes.Unavailable:
		return explainUnavailable(said.Message())
	case codes.ResourceExhausted:
		return explainExhausted(said.Message())
	case codes.Unauthenticated, codes.PermissionDenied:
		return deniedError(said.Code() == codes.Unauthenticated, said.Message(), 0)
	case codes.Unimplemented:
		return refuse(core.InvalidConfig, &fault{class: unsupported, err: errors.New("the server does not know this call: " + said.Message())}).
			WithHint("use a newer Milvus, and check that --uri is that of a Milvus")
	default:
		return refuse(core.Internal, &fault{err: fmt.Errorf("%s: %s", said.Code(), said.Message())})
	}
}

// noAnswer is a call whose time ran out, before or after the server got it.
func noAnswer(said string) error {
	if strings.Contains(said, "while dialing") || strings.Contains(said, "connections to become ready") || strings.Contains(said, "LB policy") {
		e := refuse(core.Unavailable, &fault{class: unavailable, err: errors.New("no answer in time: nothing listens there, or a firewall drops what is sent")})
		e.Retry = true
		return e.WithHint("check host and port, or give it more time with --connect-timeout")
	}
	e := refuse(core.Unavailable, &fault{class: unclear, err: errors.New("no answer in time")})
	e.Retry = true
	return e.WithHint("look at the server's load, or give it more time with --connect-timeout")
}

// unreachable is one way not to reach a server: the words of gRPC, ours, and
// the mend.
type unreachable struct {
	says       []string // any of them
	means, fix string
	code       core.Code
}

func unreachables() []unreachable {
	return []unreachable{
		{[]string{"no such host", "server misbehaving", "produced zero addresses", "name resolver error"}, "the name of the host is not known", "check the host of --uri, and the name server", core.Unavailable},
		{[]string{"connection refused"}, "the connection was refused: nothing listens on this port", "start Milvus there, or check host and port of --uri", core.Unavailable},
		{[]string{"first record does not look like a TLS handshake"}, "TLS problem: the server speaks no TLS", "write http:// instead of https:// in --uri", core.InvalidConfig},
		{[]string{"x509: certificate signed by unknown authority", "x509: certificate is not trusted"}, "TLS problem: the server's certificate is signed by nobody we trust", "give its authority with --tls-ca FILE", core.InvalidConfig},
		{[]string{"x509: certificate is valid for", "doesn't contain any IP SANs", "x509: cannot validate certificate for"}, "TLS problem: the server's certificate is for another name", "write that name in --uri, or give it with --tls-server-name", core.InvalidConfig},
		{[]string{"certificate has expired"}, "TLS problem: the server's certificate has expired or is not valid yet", "renew it, or check the clock of this machine", core.InvalidConfig},
		{[]string{"certificate required", "bad certificate"}, "TLS problem: the server wants a certificate of ours that it trusts", "give --tls-cert and --tls-key", core.InvalidConfig},
		{[]string{"authentication handshake failed"}, "TLS problem", "check https:// and the --tls options", core.InvalidConfig},
		{[]string{"use of closed network connection", "server preface within timeout"}, "no answer in time: what listens there stays silent", "check host and port of --uri, or give it more time with --connect-timeout", core.Unavailable},
		{[]string{"error reading server preface", "malformed HTTP response", "frame too large"}, "what listens there is no Milvus, or it wants TLS", "check the port of --uri, or write https://", core.InvalidConfig},
		{[]string{"i/o timeout", "network is unreachable", "no route to host", "host is down"}, "no answer: the host cannot be reached", "check host and port of --uri, and the network", core.Unavailable},
	}
}

// explainUnavailable tells the ways apart in which a server is not there.
func explainUnavailable(said string) error {
	for _, way := range unreachables() {
		for _, words := range way.says {
			if strings.Contains(said, words) {
				e := refuse(way.code, &fault{class: unavailable, err: fmt.Errorf("%s (%s)", way.means, said)})
				e.Retry = way.code == core.Unavailable
				return e.WithHint("%s", way.fix)
			}
		}
	}
	if strings.Contains(said, "not ready") || strings.Contains(said, "is initializing") {
		return notReadyError(said, 0)
	}
	// The connection broke while the call was on its way: only "transport is
	// closing" before it was sent would be safe, and gRPC repeats that itself.
	e := refuse(core.Unavailable, &fault{class: unclear, what: lostConnection, err: fmt.Errorf("the connection was lost (%s)", said)})
	e.Retry = true
	return e.WithHint("see whether Milvus still runs")
}

// lostConnection tells calls whose connection broke from those whose time ran
// out.
const lostConnection = "connection"

// hungUp explains a first call whose connection was lost.
func hungUp(err error) error {
	var f *fault
	if !errors.As(err, &f) || f.what != lostConnection {
		return err
	}
	return refuse(core.InvalidConfig, &fault{class: unavailable, err: fmt.Errorf("what listens there is no Milvus, or it wants TLS (it hangs up: %w)", f.err)}).
		WithHint("check the port of --uri, or write https://")
}

// explainExhausted tells a message that is too large from calls that are too
// many.
func explainExhausted(said string) error {
	if strings.Contains(said, "message larger than max") || strings.Contains(said, "trying to send message larger") {
		return tooLargeError(said, 0)
	}
	return rateError(said, 0)
}

func refuse(code core.Code, f *fault) *core.Error { return core.Errorf(code, "%w", f) }
