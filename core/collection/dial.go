package collection

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"regexp"
	"strings"
	"time"

	grpc_retry "github.com/grpc-ecosystem/go-grpc-middleware/retry"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const (
	defaultTimeout = 30 * time.Second
	// maxSend is the largest message that Milvus takes; it sends larger ones.
	maxSend    = 64 << 20
	maxReceive = 512 << 20
	// readyPause is the time between two questions whether a server that
	// starts is ready.
	readyPause = 250 * time.Millisecond
)

// Dial connects and asks the server what it is. Errors tell bad address, name
// not found, refused, no answer, TLS, login and not ready apart (code
// InvalidConfig or Unavailable, with the mend). For ./x.db it starts Milvus
// Lite on loopback and ends it with Close.
func Dial(ctx context.Context, o Options) (*Server, error) {
	to, err := parseAddress(o.URI)
	if err != nil {
		return nil, err
	}
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	s := &Server{options: o}
	if to.file != "" {
		if s.local, err = startLite(ctx, to.file, o.Log); err != nil {
			return nil, err
		}
		if to, err = parseAddress(s.local.address); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	s.Address = to.String()
	if s.local != nil {
		// The port is another one each time; journals go by the address.
		s.Address = s.local.path
	}
	s.options.User, s.options.Password = cmp.Or(o.User, to.user), cmp.Or(o.Password, to.password)
	s.options.Database = cmp.Or(o.Database, to.database)
	if err := s.connect(ctx, to); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends the connection, and Milvus Lite if Dial started it.
func (s *Server) Close() error {
	var problems []error
	if s.client != nil {
		problems = append(problems, s.client.Close(context.Background()))
	}
	if s.local != nil {
		problems = append(problems, s.local.Close())
	}
	return errors.Join(problems...)
}

// connect logs in, waits until the server is ready, asks what it is and opens
// the database.
func (s *Server) connect(ctx context.Context, to address) error {
	within, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	dialled, err := s.dialOptions(to)
	if err != nil {
		return err
	}
	config := &milvusclient.ClientConfig{
		Address: to.host, DialOptions: dialled, APIKey: s.options.Token,
		Username: s.options.User, Password: s.options.Password, DBName: s.options.Database,
		// The client would ask nothing but this before the database is there.
		DisableConn: true,
	}
	if s.client, err = milvusclient.New(within, config); err != nil {
		return badAddress("%w", err)
	}
	version, err := s.version(within)
	if err != nil {
		return told(hungUp(err), "connecting to Milvus at %s", s.Address)
	}
	s.identify(version, to)
	return s.openDatabase(within)
}

// version asks for the server's version until it is ready to tell.
func (s *Server) version(ctx context.Context) (string, error) {
	for {
		answer, err := s.Service().GetVersion(ctx, &milvuspb.GetVersionRequest{})
		problem := Explain(err, answer.GetStatus())
		if problem == nil {
			return answer.GetVersion(), nil
		}
		if !isNotReady(problem) || pause(ctx, readyPause) != nil {
			return "", problem
		}
	}
}

// identify tells which kind of server says this of its version.
func (s *Server) identify(version string, to address) {
	s.Kind = Milvus
	if isCloud(to.host) {
		s.Kind = Cloud
	}
	if strings.HasPrefix(version, "milvus_lite") {
		s.Kind = Lite
	}
	// Zilliz Cloud puts words around the number. Builds of a branch have none
	// ("master-20250101-…"): they count as the latest.
	number := regexp.MustCompile(`\d+\.\d+(?:\.\d+)?`).FindString(version)
	if parsed, err := schema.ParseVersion(number); err == nil {
		s.Version = parsed
	}
}

// openDatabase makes the database where it is missing.
func (s *Server) openDatabase(ctx context.Context) error {
	name := s.options.Database
	if name == "" || name == "default" {
		return nil
	}
	listed, err := s.Service().ListDatabases(ctx, &milvuspb.ListDatabasesRequest{})
	switch problem := Explain(err, listed.GetStatus()); {
	case IsDenied(problem) || IsUnsupported(problem): // the next call tells whether it is there
		return nil
	case problem != nil:
		return told(problem, "listing the databases")
	}
	for _, known := range listed.GetDbNames() {
		if known == name {
			return nil
		}
	}
	made, err := s.Service().CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: name})
	return told(Explain(err, made), "making the database %s", name)
}

// dialOptions are ours instead of the client's: those wait without end for a
// connection, and it repeats calls for up to 43 seconds.
func (s *Server) dialOptions(to address) ([]grpc.DialOption, error) {
	options := []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second},
			// The context of a call ends an attempt; this is for those that
			// no call waits for.
			MinConnectTimeout: 2 * s.options.Timeout,
		}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallSendMsgSize(maxSend), grpc.MaxCallRecvMsgSize(maxReceive), grpc_retry.Disable(),
		),
		grpc.WithChainUnaryInterceptor(bound(s.options.Timeout)),
	}
	if !isLoopback(to.host) {
		// A host that is gone says nothing. The server of a process here does,
		// and Milvus Lite would end a long call for being asked too often.
		options = append(options, grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}))
	}
	if !to.tls {
		return options, nil
	}
	trust, err := s.options.TLS.config()
	if err != nil {
		return nil, err
	}
	return append(options, grpc.WithTransportCredentials(credentials.NewTLS(trust))), nil
}

// bound gives each call its time.
func bound(limit time.Duration) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if ctx.Value(patientKey{}) != nil {
			return invoke(ctx, method, req, reply, cc, opts...)
		}
		within, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return invoke(within, method, req, reply, cc, opts...)
	}
}

// config is the trust that the options ask for.
func (t TLS) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure} //nolint:gosec // only where the user says so
	if t.CAFile != "" {
		data, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, core.Errorf(core.InvalidConfig, "reading the certificates to trust: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, core.Errorf(core.InvalidConfig, "%s holds no certificate", t.CAFile).
				WithHint("give --tls-ca a file in PEM form (-----BEGIN CERTIFICATE-----)")
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, core.Errorf(core.InvalidConfig, "a certificate to log in with needs its key").
			WithHint("give both --tls-cert and --tls-key")
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, core.Errorf(core.InvalidConfig, "reading the certificate to log in with: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

type patientKey struct{}

// Patient lets calls take as long as the context allows, beyond
// Options.Timeout: for those that the server works on before it answers.
func Patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}
