package plugins_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"go.uber.org/goleak"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/internal/plugintypes"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// TestMain is a plugin when a host has started it, and a host that is going
// to be killed when a test wants one.
func TestMain(m *testing.M) {
	if e, err := trust.Named(os.Args[0]); err == nil && sdk.Hosted() {
		foreigner(e)
	}
	if sdk.Hosted() {
		sdk.Serve(components()...)
	}
	if os.Getenv("TEST_HOST") != "" {
		victim()
	}
	goleak.VerifyTestMain(m)
}

// fault is the configuration of a generator that goes wrong: at which row, how.
type fault struct {
	Row int64  `json:"row"`
	How string `json:"how"`
}

func components() []sdk.Component {
	return []sdk.Component{
		sdk.Generator[struct{}]{Info: sdk.Info{Name: "random"}, Open: func(_ context.Context, spec core.ColumnSpec, _ struct{}) (core.Column, error) {
			return column(func(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
				return plugintypes.Random(spec.Field.Type, spec.Field.Nullable, spec.Seed, rows, spec.Mem), nil
			}), nil
		}},
		sdk.Generator[fault]{Info: sdk.Info{Name: "fault"}, Open: openFault},
		sdk.Generator[struct{}]{Info: sdk.Info{Name: "double"}, Open: openDouble},
		sdk.Generator[struct{}]{Info: sdk.Info{Name: "vector"}, Open: openVector},
		sdk.Sink[struct{}]{Info: sdk.Info{Name: "sum"}, Open: func(context.Context, core.WriteSpec, struct{}) (core.Writer, error) {
			return &sumWriter{}, nil
		}},
		sdk.Sink[sinkConfig]{Info: sdk.Info{Name: "file"}, Open: openFile},
	}
}

// column makes a core.Column of a function.
type column func(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error)

func (c column) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	return c(ctx, rows, inputs)
}

func (column) Close() error { return nil }

// openDouble reads the column it uses, of int64, and doubles it.
func openDouble(_ context.Context, spec core.ColumnSpec, _ struct{}) (core.Column, error) {
	return column(func(_ context.Context, _ core.Rows, inputs arrow.Record) (arrow.Array, error) {
		b := array.NewInt64Builder(spec.Mem)
		defer b.Release()
		for _, v := range inputs.Column(0).(*array.Int64).Int64Values() {
			b.Append(2 * v)
		}
		return b.NewArray(), nil
	}), nil
}

func openFault(_ context.Context, spec core.ColumnSpec, config fault) (core.Column, error) {
	switch config.How {
	case "open":
		return nil, core.Errorf(core.InvalidConfig, "no such luck").WithHint("try again")
	case "open panics":
		panic("at open")
	}
	return column(func(ctx context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
		if rows.Start <= config.Row && config.Row < rows.End() {
			if a, err := config.strike(ctx, rows); a != nil || err != nil {
				return a, err
			}
		}
		return plugintypes.Random(spec.Field.Type, false, spec.Seed, rows, spec.Mem), nil
	}), nil
}

func (f fault) strike(ctx context.Context, rows core.Rows) (arrow.Array, error) {
	switch f.How {
	case "panic":
		panic("row 777 is cursed")
	case "sleep":
		time.Sleep(time.Minute)
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "exit":
		os.Exit(0)
	case "kill":
		fmt.Fprintln(os.Stderr, "I am going to die")
		return nil, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "print":
		fmt.Println("printed by a component")
		sdk.Logger().Warn("logged by a component", "row", f.Row)
	case "short":
		return plugintypes.Random(arrow.PrimitiveTypes.Int64, false, 1, core.Rows{N: rows.N - 1}, nil), nil
	case "type":
		return plugintypes.Random(arrow.BinaryTypes.String, false, 1, rows, nil), nil
	case "error":
		return nil, core.Errorf(core.InvalidData, "value is out of range").WithRow(f.Row).WithHint("widen it")
	}
	return nil, nil
}

type sinkConfig struct {
	Path string `json:"path"`
	Fail string `json:"fail"`
}

// openFile writes IPC-like fingerprints of batches to a file: temporary until
// it is committed, gone when it is not.
func openFile(_ context.Context, spec core.WriteSpec, config sinkConfig) (core.Writer, error) {
	f, err := os.Create(config.Path + ".tmp")
	if err != nil {
		return nil, core.Errorf(core.Unavailable, "create: %w", err)
	}
	return &fileWriter{file: f, config: config, start: spec.Rows.Start}, nil
}

type fileWriter struct {
	file   *os.File
	config sinkConfig
	start  int64
	rows   int64
}

func (w *fileWriter) Write(ctx context.Context, batch arrow.Record) error {
	switch w.config.Fail {
	case "error":
		return core.Errorf(core.InvalidData, "the sink refuses").WithField("f").WithRow(w.start + w.rows + 3)
	case "panic":
		panic("sink")
	case "kill":
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	}
	w.rows += batch.NumRows()
	_, err := io.WriteString(w.file, plugintypes.Print(batch))
	return err
}

func (w *fileWriter) Commit(context.Context) ([]core.Artifact, error) {
	err := os.Rename(w.file.Name(), w.config.Path)
	return []core.Artifact{{URI: w.config.Path, Rows: w.rows, Columns: []core.ColumnStat{{Name: "f", Nulls: 1, Bytes: 2}}}}, err
}

func (w *fileWriter) Close() error {
	_ = os.Remove(w.file.Name()) // not there when it was committed
	return w.file.Close()
}

// planes runs a test once for each way in which batches travel.
func planes(t *testing.T, test func(t *testing.T, host func(plugins.Options) *plugins.Host)) {
	for _, plane := range []string{"shared memory", "messages", "in process"} {
		t.Run(plane, func(t *testing.T) {
			if plane == "messages" {
				t.Setenv(plugins.EnvDataPlane, "ipc")
			}
			test(t, func(o plugins.Options) *plugins.Host {
				o.InProcess = plane == "in process"
				return newHost(t, o)
			})
		})
	}
}

func newHost(t testing.TB, o plugins.Options) *plugins.Host {
	t.Helper()
	o.Components = components()
	if o.SlabBytes == 0 {
		o.SlabBytes = 4 << 20
	}
	if o.Logger == nil && testing.Verbose() {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	host, err := plugins.NewHost(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

func specsOf(generator string, fields ...arrow.Field) []core.ColumnSpec {
	specs := make([]core.ColumnSpec, len(fields))
	for i, f := range fields {
		specs[i] = core.ColumnSpec{Generator: generator, Field: f, Seed: 42}
	}
	return specs
}
