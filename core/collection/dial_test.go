package collection_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
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
)

// listener is a port that does as serve says with each connection.
func listener(t *testing.T, wrap func(net.Listener) net.Listener, serve func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if wrap != nil {
		l = wrap(l)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close() // the test is over
		<-done
	})
	return address
}

func silent(net.Conn) {}

// certificate is one for localhost, signed by itself.
func certificate(t *testing.T) (pair tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// TestEachWayNotToReachAServerIsTold has every one of them within its time.
func TestEachWayNotToReachAServerIsTold(t *testing.T) {
	pair, _ := certificate(t)
	encrypted := func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}})
	}
	shake := func(conn net.Conn) {
		if c, ok := conn.(*tls.Conn); ok {
			_ = c.HandshakeContext(context.Background()) // the other end may refuse it
			_ = conn.Close()
		}
	}
	plain := faulty.Serve(t, faulty.Script{})
	answers := func(code codes.Code, said string) string {
		return faulty.Serve(t, faulty.Script{Reply: func(context.Context, string, int, proto.Message) (proto.Message, error) {
			return nil, status.Error(code, said)
		}}).URI
	}
	starting := faulty.Serve(t, faulty.Script{Reply: func(context.Context, string, int, proto.Message) (proto.Message, error) {
		return &milvuspb.GetVersionResponse{Status: &commonpb.Status{ErrorCode: commonpb.ErrorCode_UnexpectedError, Code: 1, Reason: "service not ready[Proxy=7]: Initializing"}}, nil //nolint:staticcheck // as servers say it
	}})
	closes := listener(t, nil, func(conn net.Conn) { _ = conn.Close() })
	for _, c := range []struct {
		name, uri string
		code      core.Code
		says      string
	}{
		{"an empty address", "", core.InvalidConfig, "empty"},
		{"a scheme that is none", "ftp://x:1", core.InvalidConfig, "ftp"},
		{"a port that is none", "http://x:0", core.InvalidConfig, "port"},
		{"a port that is too high", "http://x:70000", core.InvalidConfig, "port"},
		{"no host", "http://:19530", core.InvalidConfig, "no host"},
		{"a broken URI", "http://%zz", core.InvalidConfig, "no URI"},
		{"a name that nobody knows", "milvus.invalid:19530", core.Unavailable, "the name of the host is not known"},
		{"a port where nothing listens", "http://127.0.0.1:1", core.Unavailable, "refused"},
		{"a host that is not there", "http://192.0.2.1:19530", core.Unavailable, "192.0.2.1"}, // some networks refuse, others swallow it
		{"a port that accepts and stays silent", listener(t, nil, silent), core.Unavailable, "no answer"},
		{"a port that hangs up", closes, core.InvalidConfig, "no Milvus"},
		{"TLS spoken to a plain port", strings.Replace(plain.URI, "http", "https", 1), core.InvalidConfig, "TLS problem: the server speaks no TLS"},
		{"a plain word to a TLS port", listener(t, encrypted, shake), core.InvalidConfig, "wants TLS"},
		{"a certificate that nobody knows", "https://" + listener(t, encrypted, shake), core.InvalidConfig, "TLS problem"},
		{"a wrong token", answers(codes.Unauthenticated, "auth check failure, please check api key is correct or not"), core.InvalidConfig, "not logged in"},
		{"a user who may not", answers(codes.PermissionDenied, "PrivilegeDescribeCollection: permission deny"), core.InvalidConfig, "not allowed"},
		{"a server that starts", starting.URI, core.Unavailable, "not ready"},
		{"a gRPC server that is no Milvus", answers(codes.Unimplemented, "unknown service milvus.proto.milvus.MilvusService"), core.InvalidConfig, "does not know this call"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := time.Now()
			_, err := collection.Dial(t.Context(), collection.Options{URI: c.uri, Timeout: 700 * time.Millisecond})
			if core.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", core.CodeOf(err), err)
			}
			var known *core.Error
			if !errors.As(err, &known) || known.Hint == "" {
				t.Errorf("no hint: %v", err)
			}
			if took := time.Since(before); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// encryptedTo is a port that speaks TLS before a plain one.
func encryptedTo(t *testing.T, pair tls.Certificate, plain string) string {
	t.Helper()
	wrap := func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}})
	}
	return listener(t, wrap, func(conn net.Conn) {
		inner, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(plain, "http://"))
		if err != nil {
			_ = conn.Close()
			return
		}
		go func() {
			_, _ = io.Copy(inner, conn) // it ends with either side
			_ = inner.Close()
		}()
		_, _ = io.Copy(conn, inner)
		_ = conn.Close()
	})
}

// TestTLSIsTrustedAsTheUserSays has each way to trust a certificate.
func TestTLSIsTrustedAsTheUserSays(t *testing.T) {
	pair, ca := certificate(t)
	at := "https://" + encryptedTo(t, pair, faulty.Serve(t, faulty.Script{}).URI)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tls  collection.TLS
		says string // "" where it is trusted
	}{
		{"its authority and its name", collection.TLS{CAFile: ca, ServerName: "localhost"}, ""},
		{"anything", collection.TLS{Insecure: true}, ""},
		{"its authority alone", collection.TLS{CAFile: ca}, "for another name"},
		{"its name alone", collection.TLS{ServerName: "localhost"}, "signed by nobody we trust"},
		{"a file that holds no certificate", collection.TLS{CAFile: empty}, "holds no certificate"},
		{"a file that is not there", collection.TLS{CAFile: empty + "x"}, "no such file"},
		{"a certificate without its key", collection.TLS{CertFile: ca}, "needs its key"},
		{"a certificate with a wrong key", collection.TLS{CertFile: ca, KeyFile: ca}, "to log in with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := collection.Dial(t.Context(), collection.Options{URI: at, TLS: c.tls, Timeout: 5 * time.Second})
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", core.CodeOf(err), err)
			}
		})
	}
}

// TestAnInterruptEndsADial tells a user who stopped from a server that is slow.
func TestAnInterruptEndsADial(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := collection.Dial(ctx, collection.Options{URI: listener(t, nil, silent)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestSecretsAreInNoMessage has them in all places that they may stand in.
func TestSecretsAreInNoMessage(t *testing.T) {
	for _, o := range []collection.Options{
		{URI: "http://root:s3cret@127.0.0.1:1"},
		{URI: "http://root:s3cret@%zz"},
		{URI: "http://127.0.0.1:1", Token: "s3cret"},
		{URI: "http://127.0.0.1:1", User: "root", Password: "s3cret"},
	} {
		o.Timeout = time.Second
		_, err := collection.Dial(t.Context(), o)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
}
