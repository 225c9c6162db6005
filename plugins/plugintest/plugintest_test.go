package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func sinkTarget(name string, l Launch) Target {
	return Target{Start: l.Start, Kind: sdk.KindSink, Name: name, Config: `{"path": "{dir}/data.arrow"}`, Reader: readArrow}
}

func TestGoodPluginsPassEveryCheck(t *testing.T) {
	targets := []Target{
		{Start: Launch{TLS: true}.Start, Name: "good"},
		sinkTarget("store", Launch{TLS: true}),
	}
	for _, target := range targets {
		t.Run(target.Name, func(t *testing.T) {
			results := Run(t.Context(), target)
			for _, r := range results {
				if r.Err != nil {
					t.Errorf("%s: %v", r.Check, r.Err)
				}
			}
			if len(results) < 10 {
				t.Errorf("%d results", len(results))
			}
		})
	}
}

// TestEveryCheckCanFail runs each check on a plugin that is wrong.
func TestEveryCheckCanFail(t *testing.T) {
	uses := CaseOf(FieldOf(schema.VarChar, ""), schema.Field{Name: "title", Type: schema.VarChar, MaxLength: 50})
	stubborn := Launch{Env: []string{envStubborn + "=1"}}
	samples := []struct {
		check, component, told string
		launch                 Launch
		cases                  []Case
	}{
		{check: "describes itself", component: "nameless", told: "summary"},
		{check: "has a JSON Schema of its configuration", component: "schema", told: "no JSON Schema"},
		{check: "refuses configuration keys that it does not know", component: "lax", told: "not refused"},
		{check: "refuses fields of types that it does not name", component: "lax", told: "not refused"},
		{check: "makes exactly the rows that are asked for", component: "short", told: "values for 1 rows"},
		{check: "makes the same rows twice", component: "moody", told: "row 1003 is 1 and 2"},
		{check: "makes of two halves what it makes of the whole", component: "place", told: "row 1064 is 61 and 0"},
		{check: "makes the same in another order and another process", component: "here", told: "another process"},
		{check: "makes other rows of another seed", component: "fixed", told: "seedless"},
		{check: "makes null only where a field may be null", component: "null", told: "null"},
		{check: "keeps the limits of the field", component: "long", told: "41 bytes"},
		{check: "refuses inputs of another length", component: "stubborn", told: "not refused", launch: stubborn, cases: []Case{uses}},
		{check: "lays in shared memory what it would send", component: "stubborn", told: "row 1003", launch: stubborn},
		{check: "stops within a second when it is cancelled", component: "deaf", told: "still making rows"},
		{check: "stores every value of every type", component: "reverse", told: "stored was"},
		{check: "stores every value of every type", component: "forgetful", told: "artifacts have"},
		{check: "commits no rows", component: "hungry", told: "nothing to store"},
		{check: "leaves nothing without a commit", component: "litter", told: "behind"},
		{check: "takes a batch at the limit of size", component: "small", told: "too much"},
		{check: "serves two writers at once", component: "alone", told: "busy"},
		{check: "refuses a target that is taken, or replaces it whole", component: "blunt", told: "has changed"},
		{check: "tells the row that it cannot store", component: "rowless", told: "row 5017"},
		{check: "prints nothing to standard output", component: "noisy", told: "hello"},
		{check: "ends within two seconds of Shutdown", component: "sleepy", told: "still there"},
		{check: "ends within five seconds of its host's death", component: "stubborn", told: "still there", launch: stubborn},
	}
	failed := map[string]bool{}
	for _, s := range samples {
		failed[s.check] = true
		t.Run(s.check+" "+s.component, func(t *testing.T) {
			t.Parallel()
			target := Target{Start: s.launch.Start, Name: s.component, Cases: s.cases}
			if _, ok := sinkFaults()[s.component]; ok {
				target = sinkTarget(s.component, s.launch)
			}
			r := only(t, s.check, target)
			if r.Err == nil || !strings.Contains(r.Err.Error(), s.told) {
				t.Errorf("it gives %v (skipped: %q), not %q", r.Err, r.Skipped, s.told)
			}
		})
	}
	for _, check := range Checks() {
		if !failed[check.Name] {
			t.Errorf("no sample fails %q", check.Name)
		}
	}
}

func TestAPluginThatDoesNotAnswerIsAskedOnce(t *testing.T) {
	t.Parallel()
	results := Run(t.Context(), Target{Start: Launch{TLS: true}.Start, Name: "asleep", limit: time.Second})
	failed, skipped := 0, 0
	for _, r := range results {
		switch {
		case r.Err != nil:
			failed++
		case r.Skipped == "the plugin did not answer in time: see above":
			skipped++
		}
	}
	if failed != 1 || skipped < 5 {
		t.Errorf("%d checks failed and %d were skipped: %v", failed, skipped, results)
	}
}

// only makes one check of a target.
func only(t *testing.T, name string, target Target) Result {
	t.Helper()
	p := newProcesses(target.Start)
	defer p.close()
	trial := &Trial{Target: target, processes: p}
	if err := trial.find(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := Case{}
	if trial.Kind == sdk.KindGenerator {
		c = trial.cases(t.Context())[0]
		if name == "prints nothing to standard output" {
			_ = makesExactly(t.Context(), &Trial{Target: trial.Target, Case: c, Component: trial.Component, processes: p})
		}
	}
	all := Checks()
	return trial.run(t.Context(), all[slices.IndexFunc(all, func(check Check) bool { return check.Name == name })], c)
}

func TestWhatIsNoPluginIsToldOf(t *testing.T) {
	for name, test := range map[string]struct {
		launch Launch
		told   string
	}{
		"no file":         {Launch{Path: "/no/such/plugin"}, "no such file"},
		"ends at once":    {Launch{Path: "/bin/sh", Args: []string{"-c", "echo oh no >&2"}}, "oh no"},
		"prints to users": {Launch{Path: "/bin/echo", Args: []string{"hello"}}, `no handshake: "hello"`},
	} {
		t.Run(name, func(t *testing.T) {
			results := Run(t.Context(), Target{Start: test.launch.Start})
			if len(results) != 1 || results[0].Err == nil || !strings.Contains(results[0].Err.Error(), test.told) {
				t.Errorf("%v", results)
			}
		})
	}
}

func TestResultsAreToldToPeopleAndPrograms(t *testing.T) {
	results := []Result{
		{Check: "a", Case: "VarChar"},
		{Check: "b", Skipped: "no reason"},
		{Check: "c", Err: core.Errorf(core.PluginFailed, "row 1\nis wrong").WithHint("mend it")},
	}
	var text bytes.Buffer
	if err := WriteText(&text, results); err != nil {
		t.Fatal(err)
	}
	want := "ok    a (VarChar)\nskip  b: no reason\nFAIL  c\n      row 1\n      is wrong\n      hint: mend it\n1 passed, 1 failed, 1 skipped\n"
	if text.String() != want {
		t.Errorf("text is\n%s", text.String())
	}
	raw, err := json.Marshal(results)
	want = `[{"check":"a","case":"VarChar","status":"passed","seconds":0},{"check":"b","status":"skipped","reason":"no reason","seconds":0},` +
		`{"check":"c","status":"failed","error":"row 1\nis wrong","hint":"mend it","seconds":0}]`
	if err != nil || string(raw) != want {
		t.Errorf("JSON is %s (%v)", raw, err)
	}
	if !Failed(results) || Failed(results[:2]) {
		t.Error("what failed is not told")
	}
}

// envStubborn makes the test program a plugin without the sdk: it looks at no
// inputs and does not care for its host.
const envStubborn = "TEST_STUBBORN"

func serveStubborn() {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{wire.Version: {"plugin": &stubborn{}}},
		GRPCServer:       goplugin.DefaultGRPCServer,
	})
	os.Exit(0)
}

type stubborn struct {
	goplugin.NetRPCUnsupportedPlugin
	pluginpb.UnimplementedPluginServer
	pluginpb.UnimplementedGeneratorServer
}

func (s *stubborn) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	pluginpb.RegisterPluginServer(server, s)
	pluginpb.RegisterGeneratorServer(server, s)
	return nil
}

func (*stubborn) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (*stubborn) Describe(context.Context, *pluginpb.DescribeRequest) (*pluginpb.DescribeResponse, error) {
	return &pluginpb.DescribeResponse{SharedMemory: true, Components: []*pluginpb.Component{{
		Kind: "generator", Name: "stubborn", FieldTypes: []string{"VarChar"}, ConfigSchema: `{"type":"object"}`,
	}}}, nil
}

func (*stubborn) Generate(stream pluginpb.Generator_GenerateServer) error {
	var schema *arrow.Schema
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		response := &pluginpb.GenerateResponse{}
		if open := request.GetOpen(); open != nil {
			schema, err = wire.DecodeSchema(open.GetSchema())
		} else {
			rows := core.Rows{N: int(request.GetSpan().GetRows())}
			text := fmt.Sprint(request.GetSpan().GetSlab() != nil) // other rows in memory than in messages
			values, _ := texts(rows, func(int64) string { return text })
			record := array.NewRecord(schema, []arrow.Array{values}, int64(rows.N))
			response.Batch = &pluginpb.Batch{Rows: int64(rows.N)}
			response.Batch.Ipc, err = wire.EncodeIPC(record)
		}
		if err != nil {
			return err
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}
