// Package faulty is a Milvus for tests that answers as its script says: with
// refusals, late, or by cutting the connection. What the script passes on goes
// to a real server, or gets an empty answer, which means success.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// What a script returns instead of an answer.
var (
	// ErrPass leaves the call to the real server; without one the answer is
	// empty, which means success.
	ErrPass = errors.New("pass the call on")
	// ErrCut cuts the connection that the call came on, without an answer.
	ErrCut = errors.New("cut the connection")
)

// Script says how the server answers.
type Script struct {
	// Reply answers one call. method is the bare name, such as "Insert"; n
	// counts the calls of this method from 1. Instead of an answer it may
	// return an error of gRPC (status.Error), ErrPass or ErrCut. It is called
	// from many goroutines; nil passes all on.
	Reply func(ctx context.Context, method string, n int, request proto.Message) (proto.Message, error)
	// Upstream is the URI of the real server; "" is none.
	Upstream string
	// Version is what the server says of itself without Upstream; "" is
	// v2.6.2.
	Version string
	// MaxMessage bounds what it takes, in bytes; 0 is 64 MiB, as with Milvus.
	MaxMessage int
}

// Server is a running one. It ends with the test.
type Server struct {
	URI string

	script   Script
	upstream *grpc.ClientConn
	server   *grpc.Server

	mu    sync.Mutex
	calls map[string]int
	conns map[string]net.Conn // by the address of the other end
}

const largest = 64 << 20

// Serve starts a server on loopback.
func Serve(t testing.TB, script Script) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if script.MaxMessage == 0 {
		script.MaxMessage = largest
	}
	s := &Server{URI: "http://" + listener.Addr().String(), script: script, calls: map[string]int{}, conns: map[string]net.Conn{}}
	if script.Upstream != "" {
		s.upstream, err = grpc.NewClient(strings.TrimPrefix(script.Upstream, "http://"),
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8*largest), grpc.MaxCallSendMsgSize(largest)))
		if err != nil {
			t.Fatal(err)
		}
	}
	s.server = grpc.NewServer(grpc.UnknownServiceHandler(s.handle), grpc.MaxRecvMsgSize(script.MaxMessage), grpc.MaxSendMsgSize(8*largest))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.server.Serve(&watched{listener, s}) // it ends with Stop
	}()
	t.Cleanup(func() {
		s.server.Stop()
		<-done
		if s.upstream != nil {
			if err := s.upstream.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return s
}

// Calls is how often a method ("Insert") was called.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Cut cuts all connections, as a server that dies does.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		sever(conn)
	}
}

// handle serves one call of any method.
func (s *Server) handle(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	request, answer, err := messagesOf(full)
	if err != nil {
		return status.Error(codes.Unimplemented, err.Error())
	}
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	reply, err := s.reply(stream.Context(), full, request, answer)
	if err != nil {
		return err
	}
	return stream.SendMsg(reply)
}

func (s *Server) reply(ctx context.Context, full string, request, answer proto.Message) (proto.Message, error) {
	method := full[strings.LastIndex(full, "/")+1:]
	n := s.count(method)
	if s.script.Reply != nil {
		reply, err := s.script.Reply(ctx, method, n, request)
		switch {
		case errors.Is(err, ErrCut):
			s.cut(ctx)
			return nil, err
		case !errors.Is(err, ErrPass):
			return reply, err
		}
	}
	if s.upstream != nil {
		headers, _ := metadata.FromIncomingContext(ctx)
		return answer, s.upstream.Invoke(metadata.NewOutgoingContext(ctx, forwarded(headers)), full, request, answer)
	}
	if version, ok := answer.(*milvuspb.GetVersionResponse); ok {
		version.Version = s.script.Version
		if version.Version == "" {
			version.Version = "v2.6.2"
		}
	}
	return answer, nil
}

// forwarded are the headers that Milvus reads.
func forwarded(headers metadata.MD) metadata.MD {
	kept := metadata.MD{}
	for _, key := range []string{"authorization", "dbname", "identifier"} {
		if values := headers.Get(key); len(values) > 0 {
			kept.Set(key, values...)
		}
	}
	return kept
}

func (s *Server) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	return s.calls[method]
}

// cut severs the connection of a call.
func (s *Server) cut(ctx context.Context) {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if conn := s.conns[from.Addr.String()]; conn != nil {
		sever(conn)
	}
}

// sever ends a connection by a reset, not in good order.
func sever(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it is closed either way
	}
	_ = conn.Close() // the other end must not mind
}

// watched keeps the connections that it accepts.
type watched struct {
	net.Listener
	server *Server
}

func (w *watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err == nil {
		w.server.mu.Lock()
		w.server.conns[conn.RemoteAddr().String()] = conn
		w.server.mu.Unlock()
	}
	return conn, err
}

// messagesOf makes an empty request and answer for a method by its full name,
// /milvus.proto.milvus.MilvusService/Insert.
func messagesOf(full string) (request, answer proto.Message, err error) {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(full, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, nil, err
	}
	method, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, nil, fmt.Errorf("%s is no method", full)
	}
	empty := func(d protoreflect.MessageDescriptor) proto.Message {
		kind, problem := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
		if problem != nil {
			err = problem
			return nil
		}
		return kind.New().Interface()
	}
	request, answer = empty(method.Input()), empty(method.Output())
	return request, answer, err
}

// RateLimited is the status of a call that came too soon.
func RateLimited() *commonpb.Status {
	return &commonpb.Status{ErrorCode: commonpb.ErrorCode_RateLimit, Code: 8, Reason: "request is rejected by limiter, rate limit exceeded[rate=0.1]", Retriable: true} //nolint:staticcheck // as servers say it
}

// QuotaExceeded is the status of a server that protects itself.
func QuotaExceeded(reason string) *commonpb.Status {
	return &commonpb.Status{ErrorCode: commonpb.ErrorCode_ForceDeny, Code: 9, Reason: "quota exceeded[reason=" + reason + "]"} //nolint:staticcheck // as servers say it
}

// Sleep waits as a slow server does, or until the call is given up.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
