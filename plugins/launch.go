package plugins

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

const (
	// builtinStart is how long this program may take to start as a plugin: it
	// is ready at once, but machines can be busy.
	builtinStart = 20 * time.Second
	dyingTime    = 2 * time.Second // between a broken connection and the end of its process
)

// launch is all that it takes to start a plugin.
type launch struct {
	name    string   // "worker 1 (generators)"
	path    string   // what is executed
	args    []string // beginning with the name of the program
	env     []string // the whole environment
	share   *os.File // inherited as descriptor 3; may be nil
	sockets string   // folder for its socket
	tls     bool     // mutual TLS; not for plugins that are this very program
	start   time.Duration
	answer  time.Duration // how long an answer may take; 0: for ever
	log     *slog.Logger
}

// plugin is a plugin's process and the connection to it.
type plugin struct {
	*process
	launch
	client      *goplugin.Client
	conn        *grpc.ClientConn
	description *pluginpb.DescribeResponse
	memory      wire.Region // what both share, if it accepts shared memory
	slabs       *slabs      // of that memory, where it is the plugin's alone
	own         *arena.Arena
}

// start starts a plugin, shakes hands and asks what it is.
func start(ctx context.Context, l launch) (*plugin, error) {
	p := &plugin{launch: l}
	cmd := &exec.Cmd{Path: l.path, Args: l.args, Env: l.env}
	if l.share != nil {
		cmd.ExtraFiles = []*os.File{l.share}
	}
	detach(cmd)
	var secret *tls.Config
	var err error
	if l.tls {
		var certificate string
		if secret, certificate, err = wire.MutualTLS(); err != nil {
			return nil, err
		}
		cmd.Env = append(cmd.Env, wire.EnvClientCert+"="+certificate)
	}
	if p.process, err = newProcess("plugin "+l.name, l.log.With("plugin", l.name), cmd); err != nil {
		return nil, core.Errorf(core.PluginFailed, "start plugin %s: %w", l.name, err)
	}
	stop := context.AfterFunc(ctx, p.end)
	defer stop()
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{wire.Version: {"plugin": hostSide{}}},
		RunnerFunc: func(_ hclog.Logger, theirs *exec.Cmd, _ string) (runner.Runner, error) {
			cmd.Env = append(append(cmd.Env, theirs.Env...), wire.EnvLifeline+"=stdin")
			return p.process, nil
		},
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: l.sockets},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        secret,
		SkipHostEnv:      true,
		StartTimeout:     l.start,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)),
			grpc.WithInitialWindowSize(wire.Window), grpc.WithInitialConnWindowSize(wire.Window),
		},
	})
	if err := p.dial(ctx); err != nil {
		p.end()
		p.client.Kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return p, nil
}

func (p *plugin) dial(ctx context.Context) error {
	began := time.Now()
	protocol, err := p.client.Client()
	if err != nil {
		return p.stillborn(err, began)
	}
	raw, err := protocol.Dispense("plugin")
	if err != nil {
		return core.Errorf(core.PluginFailed, "%s: %w", p.process.name, err)
	}
	p.conn = raw.(*grpc.ClientConn)
	const when = " when it was asked what it is"
	ctx, cancel := p.limited(ctx, p.start, when)
	defer cancel()
	if p.description, err = pluginpb.NewPluginClient(p.conn).Describe(ctx, &pluginpb.DescribeRequest{}); err != nil {
		if p.tls && strings.Contains(err.Error(), "handshake") {
			return core.Errorf(core.PluginFailed, "%s: TLS failed: %w%s", p.process.name, err, p.lastWords()).
				WithHint("it must serve TLS by the certificate in %s, as docs/protocol.md tells", wire.EnvClientCert)
		}
		return p.explain(ctx, err, when)
	}
	return nil
}

// stillborn says why a process has not become a plugin.
func (p *plugin) stillborn(err error, began time.Time) error {
	name, first := p.process.name, p.printed()
	parts := strings.Split(first, "|")
	switch {
	case p.process.pid() == 0:
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		failed := core.Errorf(core.PluginFailed, "%s cannot be started: %s: %w", name, p.args[0], err)
		if errors.Is(err, syscall.ENOEXEC) {
			return failed.WithHint("it is made for another system or processor, or it is a text file that does not begin with #!")
		}
		if errors.Is(err, fs.ErrPermission) {
			return failed.WithHint("chmod u+x %s", p.args[0])
		}
		if errors.Is(err, fs.ErrNotExist) {
			return failed.WithHint("the interpreter that its first line names is not there")
		}
		return failed
	case len(parts) >= 4 && parts[0] == "1" && parts[1] != strconv.Itoa(wire.Version):
		return core.Errorf(core.PluginFailed, "%s speaks version %s of the protocol, this program version %d", name, parts[1], wire.Version).
			WithHint("bring the older of the two up to date")
	case len(parts) >= 5 && parts[0] == "1" && parts[4] != "grpc":
		return core.Errorf(core.PluginFailed, "%s speaks %q, not grpc", name, parts[4])
	case first != "" && (len(parts) < 4 || parts[0] != "1"):
		return core.Errorf(core.PluginFailed, "%s printed %q to standard output before it was ready%s", name, clip(first), p.lastWords()).
			WithHint("standard output is for the handshake alone: print to standard error")
	case first == "" && time.Since(began) >= p.start: // go-plugin has killed it
		return core.Errorf(core.PluginFailed, "%s was not ready within %v%s", name, p.start, p.lastWords())
	case p.ended(dyingTime):
		died := p.death(" before it was ready")
		if p.tls && p.state.Success() {
			died = died.WithHint("a plugin serves until it is told to end: see sdk.Serve, and docs/protocol.md")
		}
		return died
	default:
		return core.Errorf(core.PluginFailed, "start %s: %w%s", name, err, p.lastWords())
	}
}

func clip(line string) string {
	const most = 200
	if len(line) > most {
		return strings.ToValidUTF8(line[:most], "") + " …"
	}
	return line
}

// limited bounds the time of an answer.
func (p *plugin) limited(ctx context.Context, limit time.Duration, when string) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &late{p.process, limit, when})
}

// late is the cause of a call that took too long.
type late struct {
	process *process
	limit   time.Duration
	when    string
}

// Error implements error.
func (l *late) Error() string {
	return fmt.Sprintf("%s did not answer within %v%s%s", l.process.name, l.limit, l.when, l.process.lastWords())
}

// given is what the error of an ended context means. A plugin that is late is
// ended: it may never answer.
func (p *plugin) given(ctx context.Context) error {
	cause := context.Cause(ctx)
	var l *late
	if errors.As(cause, &l) && l.process == p.process {
		p.end()
		return core.Errorf(core.PluginFailed, "%w", cause).WithHint("give it more time with --plugin-timeout, or less to do with --batch-size")
	}
	return cause
}

// ended waits a while for the end of the process.
func (p *plugin) ended(wait time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(wait):
		return false
	}
}

// explain gives the error of a call its meaning: what the plugin said, what
// the caller wanted, or how the process died.
func (p *plugin) explain(ctx context.Context, err error, when string) error {
	if ctx.Err() != nil {
		return p.given(ctx)
	}
	if wire.FromStatus(err) {
		return wire.Error(err)
	}
	if p.ended(dyingTime) {
		return p.death(when)
	}
	if said := wire.Error(err); core.CodeOf(said) != core.Internal || errors.Is(said, context.Canceled) {
		return said
	}
	return core.Errorf(core.PluginFailed, "%s%s: %w", p.process.name, when, err)
}

// close ends the process: it is asked, and killed two seconds later, though it
// does not answer at all.
func (p *plugin) close() error {
	timer := time.AfterFunc(dyingTime, p.end)
	defer timer.Stop()
	p.client.Kill()
	var err error
	if !p.ended(dyingTime) {
		err = fmt.Errorf("%s does not end", p.process.name)
	}
	if p.own != nil && (p.slabs == nil || p.slabs.idle()) { // as in Host.Close
		err = errors.Join(err, p.own.Close())
	}
	return err
}

// hostSide is the host's side of go-plugin's plugin: the connection as it is.
type hostSide struct {
	goplugin.NetRPCUnsupportedPlugin
}

// GRPCServer implements goplugin.GRPCPlugin.
func (hostSide) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("this is the host's side")
}

// GRPCClient implements goplugin.GRPCPlugin.
func (hostSide) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
