package plugins_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
)

func TestFaultsOfGeneratorsAreErrorsThatSayWhere(t *testing.T) {
	tests := []struct {
		how   string
		code  core.Code
		row   int64
		wants []string
	}{
		{"panic", core.PluginFailed, 500, []string{"field f", "rows 500 to 999", "row 777 is cursed", "fault.strike", "goroutine"}},
		{"exit", core.PluginFailed, 500, []string{"worker 1 (generators) ended while it made rows 500 to 999", "exit status 0"}},
		{"kill", core.PluginFailed, 500, []string{"signal: killed", "I am going to die"}},
		{"short", core.PluginFailed, 500, []string{"field f", "returned 499 values for 500 rows"}},
		{"type", core.PluginFailed, 500, []string{"field f", "returned utf8, not int64"}},
		{"error", core.InvalidData, 777, []string{"field f: row 777: value is out of range"}},
	}
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			columns := openFaulty(t, newHost(t, plugins.Options{}), test.how)
			defer closeIt(t, columns)
			record, err := columns.Fill(t.Context(), core.Rows{Start: 0, N: 500}, nil)
			if err != nil {
				t.Fatal(err)
			}
			record.Release()
			_, err = columns.Fill(t.Context(), core.Rows{Start: 500, N: 500}, nil)
			var e *core.Error
			if !errors.As(err, &e) || e.Code != test.code || e.Row != test.row {
				t.Fatalf("error is %#v: %v", e, err)
			}
			for _, want := range test.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func openFaulty(t testing.TB, host *plugins.Host, how string) core.Columns {
	t.Helper()
	specs := specsOf("fault", int64Field("f"))
	specs[0].Config = fmt.Appendf(nil, `{"row":777,"how":%q}`, how)
	columns, err := host.Columns(t.Context(), 0, specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

func TestAllProblemsOfOpeningArriveAtOnce(t *testing.T) {
	planes(t, func(t *testing.T, newHost func(plugins.Options) *plugins.Host) {
		specs := specsOf("fault", int64Field("one"), int64Field("two"), int64Field("three"))
		specs[0].Config, specs[1].Config, specs[2].Generator = []byte(`{"how":"open"}`), []byte(`{"how":"open panics"}`), "ghost"
		_, err := newHost(plugins.Options{}).Columns(t.Context(), 0, specs, nil)
		if err == nil {
			t.Fatal("it opened")
		}
		for _, want := range []string{"field one: no such luck", "field two: generator fault panicked: at open", "field three: there is no generator"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in: %v", want, err)
			}
		}
		var e *core.Error
		if !errors.As(err, &e) || e.Hint != "try again" || e.Code != core.InvalidConfig {
			t.Errorf("the first is %#v", e)
		}
	})
}

func TestFillIsGivenUpWithinASecond(t *testing.T) {
	for _, how := range []string{"wait", "sleep"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			columns := openFaulty(t, newHost(t, plugins.Options{}), how)
			defer closeIt(t, columns)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			if _, err := columns.Fill(ctx, core.Rows{N: 1000}, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestWhatComponentsPrintIsLogged(t *testing.T) {
	var log bytes.Buffer
	host, err := plugins.NewHost(plugins.Options{Components: components(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	columns := openFaulty(t, host, "print")
	record, err := columns.Fill(t.Context(), core.Rows{N: 1000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	record.Release()
	closeIt(t, columns)
	closeIt(t, host)
	for _, want := range []string{"printed by a component", `level=WARN msg="logged by a component" plugin="worker 1 (generators)" row=777`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log.String())
		}
	}
}

func TestFaultsOfSinksAreErrorsAndDiscard(t *testing.T) {
	tests := []struct {
		how, want string
		code      core.Code
		row       int64
	}{
		{"error", "field f: row 103: the sink refuses", core.InvalidData, 103},
		{"panic", "sink file after 0 rows panicked", core.PluginFailed, 100},
		{"kill", "sink file ended while it wrote rows 100 to 199: signal: killed", core.PluginFailed, 100},
	}
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			host := newHost(t, plugins.Options{})
			record := someRows(t, host)
			defer record.Release()
			path := filepath.Join(t.TempDir(), "out")
			writer := openWriter(t, host, record.Schema(), fmt.Sprintf(`{"path":%q,"fail":%q}`, path, test.how), 100)
			err := writer.Write(t.Context(), record)
			var e *core.Error
			if !errors.As(err, &e) || e.Code != test.code || e.Row != test.row || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v", err)
			}
			if _, err := writer.Commit(t.Context()); err == nil {
				t.Error("committed after that")
			}
			closeIt(t, writer)
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is there")
			}
		})
	}
}

func someRows(t testing.TB, host *plugins.Host) arrow.Record {
	t.Helper()
	columns, err := host.Columns(t.Context(), 0, specsOf("random", int64Field("f")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, columns)
	record, err := columns.Fill(t.Context(), core.Rows{N: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestCloseWithoutCommitDiscards(t *testing.T) {
	planes(t, func(t *testing.T, newHost func(plugins.Options) *plugins.Host) {
		host := newHost(plugins.Options{})
		record := someRows(t, host)
		defer record.Release()
		dir := t.TempDir()
		writer := openWriter(t, host, record.Schema(), fmt.Sprintf(`{"path":%q}`, filepath.Join(dir, "out")), 0)
		if err := writer.Write(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		closeIt(t, writer)
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left are %v (%v)", left, err)
		}
	})
}

func TestBatchesAreCutToFitMessages(t *testing.T) {
	t.Setenv(plugins.EnvDataPlane, "ipc")
	tests := []struct {
		name      string
		dim, rows int
		wrong     string
	}{
		{"three rows of 30 MiB go one by one", 30 << 18, 3, ""},
		{"a row over the limit is refused with its number", 65 << 18, 1, "row 7: the row takes"},
	}
	host := newHost(t, plugins.Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			field := arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(int32(test.dim), arrow.PrimitiveTypes.Float32)}
			schema := arrow.NewSchema([]arrow.Field{field}, nil)
			sink, err := host.Sink("sum")
			if err != nil {
				t.Fatal(err)
			}
			writer, err := sink.Open(t.Context(), core.WriteSpec{Schema: schema, Rows: core.Rows{Start: 7}})
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, writer)
			values := make([]float32, test.dim*test.rows)
			child := array.NewData(arrow.PrimitiveTypes.Float32, len(values),
				[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Float32Traits.CastToBytes(values))}, nil, 0, 0)
			list := array.NewFixedSizeListData(array.NewData(field.Type, test.rows, []*memory.Buffer{nil}, []arrow.ArrayData{child}, 0, 0))
			err = writer.Write(t.Context(), array.NewRecord(schema, []arrow.Array{list}, int64(test.rows)))
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("error is %v, want %q", err, test.wrong)
			}
		})
	}
}

func TestAFillOverTheLimitOfAMessageSaysWhatToDo(t *testing.T) {
	columns, err := newHost(t, plugins.Options{}).Columns(t.Context(), 0,
		specsOf("vector", arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(65<<18, arrow.PrimitiveTypes.Float32)}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, columns)
	_, err = columns.Fill(t.Context(), core.Rows{Start: 3, N: 1}, nil)
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.Exhausted || !strings.Contains(e.Hint, "--batch-size") {
		t.Errorf("error is %v", err)
	}
}
