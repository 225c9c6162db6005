package plugins_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// failed holds an error to be one of a plugin that failed, with these words in
// it or in its hint.
func failed(t *testing.T, err error, wants ...string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.PluginFailed {
		t.Fatalf("error is %v", err)
	}
	for _, want := range wants {
		if !strings.Contains(err.Error()+"\nhint: "+e.Hint, want) {
			t.Errorf("%q is not in: %v\nhint: %s", want, err, e.Hint)
		}
	}
}

func TestPluginsThatDoNotStartSayWhy(t *testing.T) {
	tests := []struct {
		name  string
		wants []string
	}{
		{"stray", []string{"plugin generator stray", `printed "hello from init" to standard output`, "print to standard error"}},
		{"quits", []string{"plugin generator quits ended before it was ready: exit status 0", "sdk.Serve"}},
		{"fails", []string{"exit status 3", "there is no model"}},
		{"mute", []string{"was not ready within 1s", "loading for ever"}},
		{"future", []string{"speaks version 7 of the protocol, this program version 1", "up to date"}},
		{"netrpc", []string{`speaks "netrpc", not grpc`}},
		{"bare", []string{"TLS failed", "docs/protocol.md"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limit := 10 * time.Second
			if test.name == "mute" {
				limit = time.Second
			}
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{foreign(t, test.name)}, StartTimeout: limit})
			_, err := host.Columns(t.Context(), 0, specsOf(test.name, int64Field("f")), nil)
			failed(t, err, test.wants...)
		})
	}
}

func TestFilesThatAreNoProgramsAreRefused(t *testing.T) {
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), binary[:4096]...)
	other[18] ^= 0x55 // the processor that it is made for
	tests := []struct {
		name, wants string
		content     []byte
		mode        os.FileMode
	}{
		{"text", "text file that does not begin with #!", []byte("just a text\n"), 0o755},
		{"processor", "another system or processor", other, 0o755},
		{"interpreter", "interpreter", []byte("#!/no/such/interpreter\n"), 0o755},
		{"mode", "chmod u+x", []byte("#!/bin/sh\n"), 0o644},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "processor" && runtime.GOOS != "linux" {
				t.Skip("the header of programs is another here")
			}
			path := filepath.Join(safe(t), "milvus-ingest-generator-no")
			if err := os.WriteFile(path, test.content, test.mode); err != nil {
				t.Fatal(err)
			}
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{locked(t, path)}})
			_, err := host.Columns(t.Context(), 0, specsOf("no", int64Field("f")), nil)
			failed(t, err, "cannot be started", path, test.wants)
		})
	}
}

func TestFaultsOfPluginsSayWhereAndHow(t *testing.T) {
	tests := []struct {
		how   string
		wants []string
	}{
		{"panic", []string{"field f", "rows 500 to 999", "row 777 is cursed", "fault.strike", "goroutine"}},
		{"exit", []string{"plugin generator geo ended while it made rows 500 to 999 of f: exit status 0"}},
		{"kill", []string{"signal: killed", "I am going to die"}},
		{"short", []string{"field f", "returned 499 values for 500 rows"}},
		{"sleep", []string{"plugin generator geo did not answer within 500ms while it made rows 500 to 999 of f", "--plugin-timeout"}},
	}
	geo := foreign(t, "geo")
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			limit := time.Minute
			if test.how == "sleep" {
				limit = 500 * time.Millisecond
			}
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{geo}, CallTimeout: limit})
			specs := specsOf("geo", int64Field("f"))
			specs[0].Config = fmt.Appendf(nil, `{"row":777,"how":%q}`, test.how)
			columns, err := host.Columns(t.Context(), 0, specs, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, columns)
			record, err := columns.Fill(t.Context(), core.Rows{N: 500}, nil)
			if err != nil {
				t.Fatal(err)
			}
			record.Release()
			began := time.Now()
			_, err = columns.Fill(t.Context(), core.Rows{Start: 500, N: 500}, nil)
			failed(t, err, test.wants...)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v to tell", took)
			}
		})
	}
}

func TestWhatPluginsPrintIsLoggedWithTheirName(t *testing.T) {
	var log lockedBuffer
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{foreign(t, "geo")}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	specs := specsOf("geo", int64Field("f"))
	specs[0].Config = []byte(`{"row":7,"how":"print"}`)
	columns, err := host.Columns(t.Context(), 0, specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	record, err := columns.Fill(t.Context(), core.Rows{N: 10}, nil)
	if err != nil {
		t.Fatal(err)
	}
	record.Release()
	closeIt(t, columns)
	closeIt(t, host)
	for _, want := range []string{`msg="printed by a component" plugin="generator geo"`, `msg="logged by a component" plugin="generator geo" row=7`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log.String())
		}
	}
}

// lockedBuffer is written to by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestPluginsSeeNoSecretThatIsNotGranted(t *testing.T) {
	for name, value := range map[string]string{
		"MAPS_KEY": "s3cret", "AWS_SECRET_ACCESS_KEY": "s3cret", "MILVUS_INGEST_TOKEN": "s3cret", "MILVUS_TOKEN": "s3cret",
		"GOGC": "s3cret100", "HTTPS_PROXY": "http://proxy", "LC_NUMERIC": "C",
	} {
		t.Setenv(name, value)
	}
	geo := foreign(t, "geo")
	for _, grants := range [][]string{nil, {"MAPS_KEY"}} {
		t.Run(fmt.Sprint("granted are ", grants), func(t *testing.T) {
			geo.Grants = grants
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{geo}})
			env := environmentOf(t, host)
			want := ""
			if grants != nil {
				want = "MAPS_KEY=s3cret"
			}
			var secrets []string
			for _, pair := range env {
				if strings.Contains(pair, "s3cret") {
					secrets = append(secrets, pair)
				}
			}
			if got := strings.Join(secrets, " "); got != want {
				t.Errorf("it sees the secrets %q, not %q", got, want)
			}
			for _, want := range []string{"HTTPS_PROXY=http://proxy", "LC_NUMERIC=C", "PATH=", "MILVUS_INGEST_PLUGIN=v1", "PLUGIN_CLIENT_CERT="} {
				if !strings.Contains(strings.Join(env, "\n"), want) {
					t.Errorf("it does not see %s", want)
				}
			}
		})
	}
}

// environmentOf is the environment of the plugin geo.
func environmentOf(t *testing.T, host *plugins.Host) []string {
	t.Helper()
	columns, err := host.Columns(t.Context(), 0, specsOf("geo.env", arrow.Field{Name: "env", Type: arrow.BinaryTypes.String}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, columns)
	record, err := columns.Fill(t.Context(), core.Rows{N: 200}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	var env []string
	for i := range 200 {
		env = append(env, strings.Clone(record.Column(0).(*array.String).Value(i)))
	}
	return env
}

func TestPluginsAnswerNobodyButTheirHost(t *testing.T) {
	folder := safe(t)
	if len(folder) > 40 {
		folder = "/tmp"
	}
	t.Setenv("TMPDIR", folder)
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{foreign(t, "geo")}})
	environmentOf(t, host)
	sockets, err := filepath.Glob(fmt.Sprintf("%s/mi-%d-*/plugin-dir*/plugin*", folder, os.Getpid()))
	if err != nil || len(sockets) != 1 {
		t.Skipf("no unix socket: %v (%v)", sockets, err)
	}
	stranger := credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a stranger
	conn, err := grpc.NewClient("unix:"+sockets[0], grpc.WithTransportCredentials(stranger))
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, conn)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := pluginpb.NewPluginClient(conn).Describe(ctx, &pluginpb.DescribeRequest{}); err == nil {
		t.Error("a stranger without a certificate got an answer")
	}
}

func TestWhatIsNotAsItWasLockedIsNotStarted(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, path string) error
		wants []string
	}{
		{"changed", func(_ *testing.T, path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("x")
			return errors.Join(err, f.Close())
		}, []string{"has changed since it was locked", "milvus-ingest plugin add "}},
		{"moved", func(_ *testing.T, path string) error { return os.Rename(path, path+"-2") }, []string{"is not there any more", "milvus-ingest plugin add "}},
		{"open to all", func(_ *testing.T, path string) error { return os.Chmod(path, 0o777) }, []string{"others can write to", "chmod go-w "}},
		{"in an open folder", func(_ *testing.T, path string) error { return os.Chmod(filepath.Dir(path), 0o777|os.ModeSticky) }, []string{"others can write to", "chmod go-w "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plugin := locked(t, duplicate(t, filepath.Join(safe(t), "milvus-ingest-generator-geo")))
			if err := test.spoil(t, plugin.Path); err != nil {
				t.Fatal(err)
			}
			host := newHost(t, plugins.Options{Plugins: []trust.Plugin{plugin}})
			_, err := host.Columns(t.Context(), 0, specsOf("geo", int64Field("f")), nil)
			failed(t, err, test.wants...)
		})
	}
}

func TestConfigurationsAreCheckedBeforeAPluginStarts(t *testing.T) {
	plugin := foreign(t, "geo")
	plugin.Path = "/nowhere" // it could not be started
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{plugin}})
	specs := specsOf("geo", int64Field("one"), int64Field("two"))
	specs[0].Config, specs[1].Config = []byte(`{"rwo":3}`), []byte(`{"row":"x"}`)
	_, err := host.Columns(t.Context(), 0, specs, nil)
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.InvalidConfig || e.Hint != `did you mean "row"?` {
		t.Fatalf("error is %v", err)
	}
	for _, want := range []string{`field one: unknown configuration key "rwo"`, `field two: configuration key "row": expected integer, found string`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestPluginsTellTheirOwnProblems(t *testing.T) {
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{foreign(t, "geo")}})
	schema := arrow.NewSchema([]arrow.Field{int64Field("f")}, nil)
	for _, call := range []func(config string) error{
		func(config string) error {
			specs := specsOf("geo", int64Field("f"))
			specs[0].Config = []byte(config)
			_, err := host.Columns(t.Context(), 0, specs, nil)
			return err
		},
		func(config string) error {
			return host.Check(t.Context(), sdk.KindGenerator, "geo", []byte(config), schema)
		},
	} {
		err := call(`{"how":"open"}`)
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.InvalidConfig || e.Hint != "try again" || e.Field != "f" {
			t.Errorf("error is %v", err)
		}
	}
}

func TestAnExecutableIsDescribedWithoutALock(t *testing.T) {
	t.Setenv("MAPS_KEY", "s3cret")
	path := executable(t, safe(t), sdk.KindGenerator, "geo")
	file, _, err := trust.Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, file)
	got, err := newHost(t, plugins.Options{}).DescribeFile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	first := got.Components[0]
	if len(got.Components) != 4 || first.Name != "geo" || first.Version != "1.2.3" || first.Kind != sdk.KindGenerator ||
		first.Env[0] != "MAPS_KEY" || !strings.Contains(string(first.ConfigSchema), `"row"`) || !got.SharedMemory {
		t.Errorf("it is %+v", got)
	}
}
