package plugintest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Launch says how to start a plugin.
type Launch struct {
	// Path is the executable; this program where it is empty.
	Path string
	Args []string
	// Env is added to the few variables that programs need to work at all.
	Env []string
	// TLS asks for mutual TLS, as runs do with plugins of others.
	TLS bool
}

// Process is a plugin's process, and the connection to it. Unlike a run's
// host it trusts nothing to a library, so that it sees all that the plugin
// says.
type Process struct {
	cmd      *exec.Cmd
	lifeline io.WriteCloser
	sockets  string
	arena    *arena.Arena // shared with it; nil where memory cannot be shared
	conn     *grpc.ClientConn
	readers  sync.WaitGroup
	done     chan struct{}

	mu     sync.Mutex
	stdout strings.Builder // after the handshake
	stderr []string        // its last lines
}

const startTime = 20 * time.Second

// Start starts a process and shakes hands with it.
func (l Launch) Start(ctx context.Context) (_ *Process, err error) {
	p := &Process{done: make(chan struct{})}
	if l.Path == "" {
		if l.Path, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if p.sockets, err = os.MkdirTemp("", wire.SocketPrefix+strconv.Itoa(os.Getpid())+"-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	p.cmd = exec.Command(l.Path, l.Args...) //nolint:gosec,noctx // what to test is the point; Close ends it
	p.share()
	secret, certificate, err := l.identity()
	if err != nil {
		return nil, err
	}
	p.cmd.Env = append(slices.Concat(necessary(), l.Env, certificate),
		wire.Handshake().MagicCookieKey+"="+wire.Handshake().MagicCookieValue,
		"PLUGIN_PROTOCOL_VERSIONS="+strconv.Itoa(wire.Version), "PLUGIN_UNIX_SOCKET_DIR="+p.sockets,
		"PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000", wire.EnvLifeline+"=stdin")
	line, err := p.begin(ctx)
	if err != nil {
		return nil, err
	}
	return p, p.connect(line, secret)
}

// sharedBytes is the size of the memory that a process is offered.
const sharedBytes = 1 << 20

// share lets the process inherit memory, where the system has it.
func (p *Process) share() {
	shared, err := arena.New(sharedBytes)
	if err != nil {
		return // batches go in messages
	}
	p.arena = shared
	p.cmd.ExtraFiles = []*os.File{shared.File()}
}

// identity is the client's side of mutual TLS.
func (l Launch) identity() (*tls.Config, []string, error) {
	if !l.TLS {
		return nil, nil, nil
	}
	secret, pem, err := wire.MutualTLS()
	return secret, []string{wire.EnvClientCert + "=" + pem}, err
}

// necessary is what programs need of the environment.
func necessary() []string {
	var out []string
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "APPDATA", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// begin starts the process and waits for its first line.
func (p *Process) begin(ctx context.Context) (string, error) {
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if p.lifeline, err = p.cmd.StdinPipe(); err != nil {
		return "", err
	}
	if err := p.cmd.Start(); err != nil {
		close(p.done)
		return "", core.Errorf(core.PluginFailed, "start %s: %w", p.cmd.Path, err)
	}
	first := make(chan string, 1)
	p.readers.Go(func() { p.readOut(stdout, first) })
	p.readers.Go(func() { p.readErr(stderr) })
	go func() {
		p.readers.Wait()
		_ = p.cmd.Wait() // ProcessState tells
		close(p.done)
	}()
	select {
	case line := <-first:
		if line == "" {
			p.Ended(time.Second)
			return "", core.Errorf(core.PluginFailed, "it ended before it was ready%s", p.lastWords())
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(startTime):
		return "", core.Errorf(core.PluginFailed, "it did not print its handshake within %v%s", startTime, p.lastWords())
	}
}

func (p *Process) readOut(stdout io.Reader, first chan<- string) {
	reader := bufio.NewReader(stdout)
	line, _ := reader.ReadString('\n')
	first <- strings.TrimSpace(line)
	buffer := make([]byte, 4096)
	for {
		n, err := reader.Read(buffer)
		p.mu.Lock()
		if p.stdout.Len() < 1<<16 {
			p.stdout.Write(buffer[:n])
		}
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *Process) readErr(stderr io.Reader) {
	reader := bufio.NewReader(stderr)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			p.mu.Lock()
			p.stderr = append(p.stderr[max(0, len(p.stderr)-19):], strings.TrimRight(line, "\r\n"))
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// connect reads the handshake and dials.
func (p *Process) connect(line string, secret *tls.Config) error {
	parts := strings.Split(line, "|")
	if len(parts) < 5 || parts[0] != "1" || parts[4] != "grpc" {
		return core.Errorf(core.PluginFailed, "its first line is no handshake: %q", line).
			WithHint("nothing may be printed to standard output before it")
	}
	if parts[1] != strconv.Itoa(wire.Version) {
		return core.Errorf(core.PluginFailed, "it speaks version %q of the protocol, not %d", parts[1], wire.Version)
	}
	secure := insecure.NewCredentials()
	if secret != nil {
		if len(parts) < 6 || parts[5] == "" {
			return core.Errorf(core.PluginFailed, "its handshake has no certificate, and TLS was asked for: %q", line)
		}
		der, err := base64.RawStdEncoding.DecodeString(parts[5])
		if err == nil {
			err = trust(secret, der)
		}
		if err != nil {
			return core.Errorf(core.PluginFailed, "the certificate of its handshake: %w", err)
		}
		secure = credentials.NewTLS(secret)
	}
	address := "unix:" + parts[3]
	if parts[2] == "tcp" {
		address = "passthrough:///" + parts[3]
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(secure),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)))
	p.conn = conn
	return err
}

// Describe asks the plugin what it is.
func (p *Process) Describe(ctx context.Context) (*pluginpb.DescribeResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	description, err := pluginpb.NewPluginClient(p.conn).Describe(ctx, &pluginpb.DescribeRequest{})
	return description, p.explain(err)
}

// explain is the error of a call as the plugin meant it, with its last words
// where it has died.
func (p *Process) explain(err error) error {
	if err == nil || wire.FromStatus(err) {
		return wire.Error(err)
	}
	if p.Ended(500 * time.Millisecond) {
		return core.Errorf(core.PluginFailed, "the process ended: %s%s", p.cmd.ProcessState, p.lastWords())
	}
	return wire.Error(err)
}

func (p *Process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.stderr) == 0 {
		return ""
	}
	return "; its last words:\n" + strings.Join(p.stderr, "\n")
}

// Stray is what the process has printed to standard output after its handshake.
func (p *Process) Stray() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stdout.String()
}

// Shutdown asks the process to end. Its answer may get lost in the end.
func (p *Process) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	err := p.conn.Invoke(ctx, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
	if status.Code(err) == codes.Unimplemented {
		return fmt.Errorf("GRPCController.Shutdown: %w", err)
	}
	return nil
}

// Orphan lets go of the lifeline and the connection, as a host does when it
// dies.
func (p *Process) Orphan() {
	_ = p.lifeline.Close()
	if p.conn != nil {
		_ = p.conn.Close() // closed already, maybe
	}
}

// Ended waits a while for the end of the process.
func (p *Process) Ended(wait time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(wait):
		return false
	}
}

// Close ends the process, by force where it does not end by itself.
func (p *Process) Close() {
	if p.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
		_ = p.Shutdown(ctx) // killed below
		cancel()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		p.Orphan()
		if p.conn == nil || !p.Ended(2*time.Second) {
			_ = p.cmd.Process.Kill() // gone already, maybe
		}
		<-p.done
	}
	if p.arena != nil {
		_ = p.arena.Close() // closed already, maybe
		p.arena = nil
	}
	_ = os.RemoveAll(filepath.Clean(p.sockets))
}
