package pluginpython

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// host is a host as small as docs/protocol.md allows: it knows nothing of the
// real one, so that the helper is held to the document.
type host struct {
	client *goplugin.Client
	conn   *grpc.ClientConn
	cmd    *exec.Cmd
	log    *lines
}

// lines is what the plugin said on standard error.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// python is the interpreter of the tests.
func python(t testing.TB) string {
	t.Helper()
	path := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if path == "" {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with grpcio, pyarrow, cryptography and numpy")
	}
	if out, err := exec.Command(path, "-c", "import grpc, pyarrow, cryptography, numpy").CombinedOutput(); err != nil {
		t.Skipf("%s lacks what plugins need: %s", path, out)
	}
	return path
}

// start starts a plugin of this folder with mutual TLS and, if share is not
// nil, memory as descriptor 3.
func start(t testing.TB, script string, share *os.File) *host {
	t.Helper()
	h := &host{cmd: exec.Command(python(t), script), log: &lines{}}
	config, certificate := mutualTLS(t)
	h.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PLUGIN_CLIENT_CERT=" + certificate,
		"PYTHONDONTWRITEBYTECODE=1", "HF_HUB_OFFLINE=1",
	}
	if share != nil {
		h.cmd.ExtraFiles = []*os.File{share}
	}
	h.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  goplugin.HandshakeConfig{MagicCookieKey: "MILVUS_INGEST_PLUGIN", MagicCookieValue: "v1"},
		VersionedPlugins: map[int]goplugin.PluginSet{1: {"plugin": connection{}}},
		Cmd:              h.cmd,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: sockets(t)},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        config,
		SkipHostEnv:      true,
		StartTimeout:     time.Minute,
		Stderr:           h.log,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithInitialWindowSize(16 << 20), grpc.WithInitialConnWindowSize(16 << 20), grpc.WithReadBufferSize(256 << 10),
		},
	})
	t.Cleanup(h.client.Kill)
	protocol, err := h.client.Client()
	if err != nil {
		t.Fatalf("%v; the plugin said: %s", err, h.log)
	}
	raw, err := protocol.Dispense("plugin")
	if err != nil {
		t.Fatal(err)
	}
	h.conn = raw.(*grpc.ClientConn)
	if err := protocol.Ping(); err != nil {
		t.Fatalf("it is not healthy: %v", err)
	}
	return h
}

// sockets is a folder whose path leaves room for a socket's name.
func sockets(t testing.TB) string {
	dir, err := os.MkdirTemp("", "py")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (h *host) describe(t testing.TB) *pluginpb.DescribeResponse {
	t.Helper()
	got, err := pluginpb.NewPluginClient(h.conn).Describe(context.Background(), &pluginpb.DescribeRequest{})
	if err != nil {
		t.Fatalf("%v; the plugin said: %s", err, h.log)
	}
	return got
}

// said waits for words in the plugin's log.
func (h *host) said(t *testing.T, words string) {
	t.Helper()
	for range 100 {
		if strings.Contains(h.log.String(), words) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the log lacks %q: %s", words, h.log)
}

type connection struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (connection) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("this is the host's side")
}

func (connection) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

func mutualTLS(t testing.TB) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, ServerName: "localhost", MinVersion: tls.VersionTLS12,
	}, string(text)
}

// script writes a plugin beside a copy of the helper.
func script(t testing.TB, code string) string {
	t.Helper()
	dir := t.TempDir()
	helper, err := os.ReadFile("milvus_ingest_plugin.py")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"milvus_ingest_plugin.py": helper, "plugin.py": []byte(code)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "plugin.py")
}

func embedCode(t *testing.T) string {
	t.Helper()
	code, err := os.ReadFile("milvus-ingest-generator-embed")
	if err != nil {
		t.Fatal(err)
	}
	return string(code)
}
