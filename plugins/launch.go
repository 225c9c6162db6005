package plugins

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

const (
	startTimeout = 20 * time.Second
	dyingTime    = 2 * time.Second // between a broken connection and the end of its process
)

// launch is all that it takes to start a plugin.
type launch struct {
	name    string      // "worker 1 (generators)"
	command []string    // executable and arguments
	env     []string    // the whole environment
	share   *os.File    // inherited as descriptor 3; may be nil
	sockets string      // folder for its socket
	tls     *tls.Config // mutual TLS; nil for plugins that are this very program
	log     *slog.Logger
}

// plugin is a plugin's process and the connection to it.
type plugin struct {
	*process
	client *goplugin.Client
	conn   *grpc.ClientConn
	shares bool // it accepts shared memory
}

// start starts a plugin, shakes hands and asks what it is.
func start(ctx context.Context, l launch) (*plugin, error) {
	p := &plugin{}
	life, kill := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{wire.Version: {"plugin": hostSide{}}},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (_ runner.Runner, err error) {
			p.process, err = newProcess("plugin "+l.name, l.log.With("plugin", l.name), l.cmd(life, cmd.Env), kill)
			return p.process, err
		},
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: l.sockets},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        l.tls,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)),
			grpc.WithInitialWindowSize(wire.Window), grpc.WithInitialConnWindowSize(wire.Window),
		},
	})
	if err := p.dial(ctx); err != nil {
		kill()
		p.client.Kill()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return p, nil
}

func (l launch) cmd(life context.Context, more []string) *exec.Cmd {
	cmd := exec.CommandContext(life, l.command[0], l.command[1:]...) //nolint:gosec // what to start is the point
	cmd.Env = append(append(cmd.Env, l.env...), more...)
	cmd.Env = append(cmd.Env, wire.EnvLifeline+"=stdin")
	if l.share != nil {
		cmd.ExtraFiles = []*os.File{l.share}
	}
	detach(cmd)
	return cmd
}

func (p *plugin) dial(ctx context.Context) error {
	protocol, err := p.client.Client()
	if err != nil {
		if p.process != nil && p.ended(dyingTime) {
			return p.death(" before it was ready")
		}
		return core.Errorf(core.PluginFailed, "start plugin: %w", err)
	}
	raw, err := protocol.Dispense("plugin")
	if err != nil {
		return core.Errorf(core.PluginFailed, "%s: %w", p.name, err)
	}
	p.conn = raw.(*grpc.ClientConn)
	description, err := pluginpb.NewPluginClient(p.conn).Describe(ctx, &pluginpb.DescribeRequest{})
	if err != nil {
		return p.explain(ctx, err, " when it was asked what it is")
	}
	p.shares = description.GetSharedMemory()
	return nil
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
		return context.Cause(ctx)
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
	return core.Errorf(core.PluginFailed, "%s%s: %w", p.name, when, err)
}

// close ends the process: it is asked, and killed two seconds later.
func (p *plugin) close() error {
	p.client.Kill()
	if !p.ended(dyingTime) {
		return fmt.Errorf("%s does not end", p.name)
	}
	return nil
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
