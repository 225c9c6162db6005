package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/internal/worker"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// grpcPlugin registers the server with go-plugin.
type grpcPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer implements goplugin.GRPCPlugin.
func (p grpcPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	pluginpb.RegisterPluginServer(s, p.server)
	pluginpb.RegisterGeneratorServer(s, p.server)
	pluginpb.RegisterSinkServer(s, p.server)
	return nil
}

// GRPCClient implements goplugin.GRPCPlugin; the host has its own.
func (grpcPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("this is the plugin's side")
}

// server answers for the components of this process.
type server struct {
	pluginpb.UnimplementedPluginServer
	pluginpb.UnimplementedGeneratorServer
	pluginpb.UnimplementedSinkServer
	components []Component
	// reclaim gives components the host's log for standard output and error,
	// in place of go-plugin's pipes, whose last lines die with the process.
	reclaim func()

	ended  context.Context // done when the process is to end
	cancel context.CancelFunc

	mu      sync.Mutex
	ending  bool
	streams sync.WaitGroup
	maps    map[mapKey][]byte
}

type mapKey struct {
	descriptor int32
	bytes      int64
	write      bool
}

func newServer(components []Component) *server {
	log := os.Stderr
	s := &server{components: components, maps: map[mapKey][]byte{}}
	s.reclaim = sync.OnceFunc(func() { os.Stdout, os.Stderr = log, log })
	s.ended, s.cancel = context.WithCancel(context.Background())
	return s
}

// begin counts a stream; its context ends with the process, too.
func (s *server) begin(ctx context.Context) (context.Context, func(), error) {
	s.reclaim()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return nil, nil, wire.Status(core.Errorf(core.Unavailable, "the plugin is ending"))
	}
	s.streams.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ended, cancel)
	return ctx, func() { stop(); cancel(); s.streams.Done() }, nil
}

// end asks all streams to close and waits for them, within bounds.
func (s *server) end() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.cancel()
	done := make(chan struct{})
	go func() { s.streams.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(closing):
	}
}

// memory maps what the host shares, once for each way of using it.
func (s *server) memory(m *pluginpb.Memory, write bool) (wire.Region, error) {
	if m == nil {
		return wire.Region{}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := mapKey{m.GetDescriptor_(), m.GetBytes(), write}
	if have, ok := s.maps[key]; ok {
		return wire.Region{Bytes: have}, nil
	}
	bytes, err := arena.Map(int(key.descriptor), key.bytes, write)
	if err != nil {
		return wire.Region{}, err
	}
	s.maps[key] = bytes
	return wire.Region{Bytes: bytes}, nil
}

func (s *server) find(kind Kind, name string) (Component, error) {
	for _, c := range s.components {
		if d := c.Describe(); d.Kind == kind && d.Name == name {
			return c, nil
		}
	}
	return nil, core.Errorf(core.InvalidConfig, "there is no %s %q in this plugin", kind, name)
}

func (s *server) generator(name string) (core.Generator, error) {
	c, err := s.find(KindGenerator, name)
	if err != nil {
		return nil, err
	}
	return c.Generator(), nil
}

// Describe implements pluginpb.PluginServer.
func (s *server) Describe(context.Context, *pluginpb.DescribeRequest) (_ *pluginpb.DescribeResponse, err error) {
	defer func() { err = wire.Status(err) }()
	defer worker.Recover(&err, "Describe", "", core.NoRow)
	s.reclaim()
	response := &pluginpb.DescribeResponse{SharedMemory: true}
	for _, c := range s.components {
		d := c.Describe()
		response.Components = append(response.Components, &pluginpb.Component{
			Kind: string(d.Kind), Name: d.Name, Version: d.Version, Summary: d.Summary,
			ConfigSchema: string(d.ConfigSchema), FieldTypes: d.Types, Env: d.Env,
		})
	}
	return response, nil
}

// Check implements pluginpb.PluginServer. A generator is opened for the column
// and closed again; of a sink's configuration the form alone is checked, since
// opening a writer may touch its target.
func (s *server) Check(ctx context.Context, request *pluginpb.CheckRequest) (*pluginpb.CheckResponse, error) {
	s.reclaim()
	response := &pluginpb.CheckResponse{}
	if err := s.check(ctx, request); err != nil {
		response.Problems = wire.Problems(err)
	}
	return response, nil
}

func (s *server) check(ctx context.Context, request *pluginpb.CheckRequest) (err error) {
	defer worker.Recover(&err, fmt.Sprintf("%s %s", request.GetKind(), request.GetComponent()), "", core.NoRow)
	component, err := s.find(Kind(request.GetKind()), request.GetComponent())
	if err != nil {
		return err
	}
	checker, ok := component.(interface{ checkConfig(json.RawMessage) error })
	if ok {
		err = checker.checkConfig(request.GetConfig())
	}
	if err != nil || component.Generator() == nil {
		return err
	}
	schema, err := wire.DecodeSchema(request.GetSchema())
	if err != nil {
		return err
	}
	if schema == nil {
		return nil
	}
	var specs []core.ColumnSpec
	for _, field := range schema.Fields() {
		specs = append(specs, core.ColumnSpec{Generator: request.GetComponent(), Field: field, Config: request.GetConfig()})
	}
	w, err := worker.Open(ctx, s.generator, specs, nil)
	if err != nil {
		return err
	}
	return w.Close()
}
