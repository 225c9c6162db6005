package plugins_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

func TestBatchesOverFourMebibytesCross(t *testing.T) {
	plugin := foreign(t, "geo")
	vector := arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(1536, arrow.PrimitiveTypes.Float32)}
	for _, plane := range []string{"shared", "ipc"} {
		t.Run(plane, func(t *testing.T) {
			t.Setenv(plugins.EnvDataPlane, plane)
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{plugin}, SlabBytes: 32 << 20})
			columns, err := host.Columns(t.Context(), 0, specsOf("geo.vector", vector), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, columns)
			builtin, err := host.Columns(t.Context(), 0, specsOf("vector", vector), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, builtin)
			rows := core.Rows{Start: 11, N: 3400} // 20 MB
			got, err := columns.Fill(t.Context(), rows, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Release()
			want, err := builtin.Fill(t.Context(), rows, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer want.Release()
			if !array.RecordEqual(got, want) {
				t.Error("the rows are not those of the same generator as a built-in one")
			}
		})
	}
}

func TestSinksOfOthersTakeLargeBatchesInMessages(t *testing.T) {
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{locked(t, executable(t, safe(t), sdk.KindSink, "kafka"))}})
	text := arrow.NewSchema([]arrow.Field{{Name: "s", Type: arrow.BinaryTypes.String}}, nil)
	long := array.NewStringBuilder(memory.DefaultAllocator)
	defer long.Release()
	for range 1000 {
		long.Append(strings.Repeat("x", 65_535))
	}
	vectors, err := host.Columns(t.Context(), 0, specsOf("vector", arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(1536, arrow.PrimitiveTypes.Float32)}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, vectors)
	batch, err := vectors.Fill(t.Context(), core.Rows{N: 2000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	texts := long.NewArray()
	defer texts.Release()
	for name, record := range map[string]arrow.Record{
		"2,000 vectors of 1536, 12 MB": batch, "1,000 texts of 65,535 bytes": array.NewRecord(text, []arrow.Array{texts}, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			sink, err := host.Sink("kafka.file")
			if err != nil {
				t.Fatal(err)
			}
			writer, err := sink.Open(t.Context(), core.WriteSpec{Sink: "kafka.file", Schema: record.Schema(), Config: fmt.Appendf(nil, `{"path":%q}`, path)})
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, writer)
			if err := writer.Write(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			artifacts, err := writer.Commit(t.Context())
			if err != nil || artifacts[0].Rows != record.NumRows() {
				t.Fatalf("artifacts %+v (%v)", artifacts, err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSinksOfOthersAreCheckedAndDiscardWhatIsNotCommitted(t *testing.T) {
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{locked(t, executable(t, safe(t), sdk.KindSink, "kafka"))}})
	sink, err := host.Sink("kafka.file")
	if err != nil {
		t.Fatal(err)
	}
	_, err = sink.Open(t.Context(), core.WriteSpec{Schema: arrow.NewSchema(nil, nil), Config: []byte(`{"pahts":"x"}`)})
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.InvalidConfig || e.Hint != `did you mean "path"?` {
		t.Fatalf("error is %v", err)
	}
	record := someRows(t, host)
	defer record.Release()
	dir := t.TempDir()
	for _, how := range []string{"", "kill", "panic"} {
		writer, err := sink.Open(t.Context(), core.WriteSpec{Schema: record.Schema(), Config: fmt.Appendf(nil, `{"path":%q,"fail":%q}`, filepath.Join(dir, "out"+how), how)})
		if how == "panic" { // the process is dead by now
			failed(t, err, "plugin sink kafka")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Write(t.Context(), record); how != "" {
			failed(t, err, "plugin sink kafka ended while it wrote rows 0 to 99: signal: killed")
		} else if err != nil {
			t.Fatal(err)
		}
		closeIt(t, writer)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("what was not committed is there")
	}
	if _, err := host.Sink("kafak"); err == nil || !strings.Contains(err.Error(), `there is no sink "kafak"`) {
		t.Errorf("error is %v", err)
	}
}
