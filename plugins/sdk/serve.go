package sdk

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// closing is how long open columns and writers may take to close when the
// process ends: less than the five seconds in which it must be gone.
const closing = 3 * time.Second

// Hosted tells whether a milvus-ingest host has started this process as its
// plugin.
func Hosted() bool {
	h := wire.Handshake()
	return os.Getenv(h.MagicCookieKey) == h.MagicCookieValue
}

// Serve serves the components to the host that started this process, and ends
// the process when the host is done with it or dead. It does not return. When
// no host has started the process, it says so and exits with status 1.
func Serve(components ...Component) {
	serve(components)
	os.Exit(0)
}

func serve(components []Component) {
	// The host decides when a plugin ends, so that an interrupted run can
	// still be tidied up; when the host dies, its lifeline ends it.
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	s := newServer(components)
	stop := make(chan struct{})
	gone := hostGone()
	go func() {
		<-gone
		close(stop)
		s.end()
		removeSockets()
		os.Exit(1)
	}()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{wire.Version: {"plugin": grpcPlugin{server: s}}},
		Logger:           hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options,
				grpc.MaxRecvMsgSize(wire.MaxMessage), grpc.MaxSendMsgSize(wire.MaxMessage),
				grpc.InitialWindowSize(wire.Window), grpc.InitialConnWindowSize(wire.Window))...)
		},
	})
	select {
	case <-stop: // the process is being ended already
		select {}
	default:
		s.end()
	}
}

// Logger writes to the host's log: each record is one JSON line on standard
// error, which the host shows with the plugin's name.
func Logger() *slog.Logger { return slog.New(wire.LogHandler(os.Stderr, slog.LevelDebug)) }
