package plugins_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// foreigner is the process of a plugin of somebody else's: the test binary
// under another name, which says how it behaves.
func foreigner(e trust.Executable) {
	switch e.Name {
	case "stray":
		fmt.Println("hello from init")
	case "quits":
		os.Exit(0)
	case "fails":
		fmt.Fprintln(os.Stderr, "there is no model")
		os.Exit(3)
	case "mute":
		fmt.Fprintln(os.Stderr, "loading for ever")
		time.Sleep(time.Minute)
	case "future":
		fmt.Println("1|7|unix|/nowhere|grpc|")
		time.Sleep(time.Minute)
	case "netrpc":
		fmt.Println("1|1|unix|/nowhere|netrpc|")
		time.Sleep(time.Minute)
	case "bare": // no TLS
		if err := os.Unsetenv("PLUGIN_CLIENT_CERT"); err != nil {
			panic(err)
		}
	case "parent":
		child := exec.Command("sleep", "60")
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(os.Args[0]), "child"), fmt.Appendf(nil, "%d", child.Process.Pid), 0o600); err != nil {
			panic(err)
		}
	}
	sdk.Serve(offers(e)...)
}

// offers are the components of a foreigner.
func offers(e trust.Executable) []sdk.Component {
	if e.Kind == sdk.KindSink {
		return []sdk.Component{
			sdk.Sink[struct{}]{Info: sdk.Info{Name: e.Name}, Open: func(context.Context, core.WriteSpec, struct{}) (core.Writer, error) {
				return &sumWriter{}, nil
			}},
			sdk.Sink[sinkConfig]{Info: sdk.Info{Name: e.Name + ".file"}, Open: openFile},
		}
	}
	return []sdk.Component{
		sdk.Generator[fault]{Info: sdk.Info{Name: e.Name, Version: "1.2.3", Env: []string{"MAPS_KEY"}}, Open: openFault},
		sdk.Generator[struct{}]{Info: sdk.Info{Name: e.Name + ".double"}, Open: openDouble},
		sdk.Generator[struct{}]{Info: sdk.Info{Name: e.Name + ".vector"}, Open: openVector},
		sdk.Generator[struct{}]{Info: sdk.Info{Name: e.Name + ".env"}, Open: openEnv},
	}
}

// openEnv makes the names and values of the environment, one a row.
func openEnv(_ context.Context, spec core.ColumnSpec, _ struct{}) (core.Column, error) {
	return column(func(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
		b := array.NewStringBuilder(spec.Mem)
		defer b.Release()
		env := os.Environ()
		for i := range rows.N {
			if i < len(env) {
				b.Append(env[i])
			} else {
				b.Append("")
			}
		}
		return b.NewArray(), nil
	}), nil
}

// safe is a folder that nobody else can write to.
func safe(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	return dir
}

// executable puts this test binary into a folder under a plugin's name.
func executable(t testing.TB, dir string, kind sdk.Kind, name string) string {
	t.Helper()
	path := filepath.Join(dir, "milvus-ingest-"+string(kind)+"-"+name)
	if os.Link(os.Args[0], path) == nil {
		return path
	}
	return duplicate(t, path)
}

// duplicate copies this test binary.
func duplicate(t testing.TB, path string) string {
	t.Helper()
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// locked is a lock's entry for an executable.
func locked(t testing.TB, path string) trust.Plugin {
	t.Helper()
	e, err := trust.Named(path)
	if err != nil {
		t.Fatal(err)
	}
	file, sum, err := trust.Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	closeIt(t, file)
	p := trust.Plugin{Name: e.Name, Kind: e.Kind, Path: path, SHA256: sum, SharedMemory: true}
	for _, offered := range offers(e) {
		d := offered.Describe()
		p.Components = append(p.Components, trust.Component{Name: d.Name, ConfigSchema: d.ConfigSchema, Env: d.Env})
	}
	return p
}

// foreign is a locked generator.
func foreign(t testing.TB, name string) trust.Plugin {
	t.Helper()
	return locked(t, executable(t, safe(t), sdk.KindGenerator, name))
}

func TestColumnsOfSeveralProcessesMakeOneRecord(t *testing.T) {
	geo, sky := foreign(t, "geo"), foreign(t, "sky")
	planes(t, func(t *testing.T, newHost func(plugins.Options) *plugins.Host) {
		host := newHost(plugins.Options{Plugins: []trust.Plugin{geo, sky}, Workers: 2})
		column := func(generator, name string, uses ...string) core.ColumnSpec {
			spec := specsOf(generator, int64Field(name))[0]
			spec.Uses = uses
			return spec
		}
		specs := []core.ColumnSpec{
			column("geo.double", "d", "c"), column("random", "a"), column("sky.double", "c", "b"), column("geo.double", "b", "a"),
			column("double", "e", "d"), column("geo", "f"),
		}
		specs[5].Config = []byte(`{"row":-1}`)
		for number := range 2 {
			columns, err := host.Columns(t.Context(), number, specs, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, columns)
			for start := range int64(8) { // more than there are slabs
				record, err := columns.Fill(t.Context(), core.Rows{Start: start, N: 100}, nil)
				if err != nil {
					t.Fatal(err)
				}
				checkDoubles(t, record)
				record.Release()
			}
		}
	})
}

// checkDoubles holds columns to be twice each other: a b c d e.
func checkDoubles(t *testing.T, record arrow.Record) {
	t.Helper()
	values := func(name string) []int64 {
		return record.Column(record.Schema().FieldIndices(name)[0]).(*array.Int64).Int64Values()
	}
	order := strings.Split("abcde", "")
	for i := range order[1:] {
		want := slices.Clone(values(order[i]))
		for row := range want {
			want[row] *= 2
		}
		if !slices.Equal(values(order[i+1]), want) {
			t.Fatalf("%s is not twice %s", order[i+1], order[i])
		}
	}
	if record.NumCols() != 6 || record.ColumnName(0) != "d" || record.NumRows() != 100 {
		t.Fatalf("the record is %v", record.Schema())
	}
}

func TestColumnsThatReadEachOtherAreRefusedAcrossProcesses(t *testing.T) {
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{foreign(t, "geo")}})
	specs := append(specsOf("geo.double", int64Field("a")), specsOf("double", int64Field("b"))...)
	specs[0].Uses, specs[1].Uses = []string{"b"}, []string{"a"}
	if _, err := host.Columns(t.Context(), 0, specs, nil); err == nil || !strings.Contains(err.Error(), "use each other") {
		t.Errorf("error is %v", err)
	}
}
