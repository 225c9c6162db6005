//go:build linux

package plugins_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// victim is a host with two workers in work, a plugin and a writer open, which says so
// and waits to be killed.
func victim() {
	path := os.Getenv("TEST_HOST_PLUGIN")
	file, sum, err := trust.Hash(path)
	must(err)
	must(file.Close())
	geo := trust.Plugin{Name: "geo", Kind: sdk.KindGenerator, Path: path, SHA256: sum, Components: []trust.Component{{Name: "geo"}}}
	host, err := plugins.NewHost(plugins.Options{Components: components(), Workers: 2, Plugins: []trust.Plugin{geo}})
	must(err)
	record := arrow.Record(nil)
	for i := range 2 {
		columns, err := host.Columns(context.Background(), i, specsOf("random", int64Field("f")), nil)
		must(err)
		record, err = columns.Fill(context.Background(), core.Rows{N: 10}, nil)
		must(err)
	}
	specs := specsOf("fault", int64Field("f"))
	specs[0].Config = []byte(`{"how":"sleep"}`)
	busy, err := host.Columns(context.Background(), 0, specs, nil)
	must(err)
	sink, err := host.Sink("file")
	must(err)
	writer, err := sink.Open(context.Background(), core.WriteSpec{Schema: record.Schema(), Config: fmt.Appendf(nil, `{"path":%q}`, os.Getenv("TEST_HOST"))})
	must(err)
	must(writer.Write(context.Background(), record))
	foreign := specsOf("geo", int64Field("f"))
	foreign[0].Config = []byte(`{"how":"sleep"}`)
	other, err := host.Columns(context.Background(), 0, foreign, nil)
	must(err)
	go func() { _, _ = other.Fill(context.Background(), core.Rows{N: 10}, nil) }()
	go func() { _, _ = busy.Fill(context.Background(), core.Rows{N: 10}, nil) }()
	fmt.Println("ready")
	select {}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestNothingIsLeftWhenTheHostIsKilled(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			out, sockets := t.TempDir(), t.TempDir()
			host := exec.Command(os.Args[0])
			host.Env = append(os.Environ(), "TEST_HOST="+filepath.Join(out, "data"), "TMPDIR="+sockets,
				"TEST_HOST_PLUGIN="+executable(t, safe(t), sdk.KindGenerator, "geo"))
			host.Stderr = os.Stderr
			stdout, err := host.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := host.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
				t.Fatalf("host says %q (%v)", line, err)
			}
			processes := children(host.Process.Pid)
			if len(processes) != 4 {
				t.Fatalf("%d processes", len(processes))
			}
			if err := host.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = host.Wait() // it was killed
			gone(t, processes)
			for _, dir := range []string{out, sockets} {
				if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
					t.Errorf("left are %v (%v)", left, err)
				}
			}
			if left, _ := filepath.Glob(fmt.Sprintf("/tmp/mi-%d-*", host.Process.Pid)); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

// gone waits for the end of processes, five seconds at most.
func gone(t *testing.T, processes []int) {
	t.Helper()
	limit := time.Now().Add(5 * time.Second)
	for _, pid := range processes {
		for syscall.Kill(pid, 0) == nil && !zombie(pid) {
			if time.Now().After(limit) {
				t.Fatalf("process %d is still there", pid)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func zombie(pid int) bool {
	_, state := stat(pid)
	return state == "Z"
}

// children lists the processes whose parent is pid.
func children(pid int) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	var out []int
	for _, entry := range entries {
		var id int
		if _, err := fmt.Sscan(filepath.Base(entry), &id); err != nil {
			continue
		}
		if parent, _ := stat(id); parent == pid {
			out = append(out, id)
		}
	}
	return out
}

func stat(pid int) (parent int, state string) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	_, _ = fmt.Sscan(rest, &state, &parent) // what is not there stays zero
	return parent, state
}

func TestNothingThatAPluginHasStartedIsLeft(t *testing.T) {
	plugin := foreign(t, "parent")
	host := newHost(t, plugins.Options{Plugins: []trust.Plugin{plugin}})
	if err := host.Check(t.Context(), sdk.KindGenerator, "parent", nil, nil); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(plugin.Path), "child"))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	closeIt(t, host)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
	gone(t, []int{child})
}

func TestCloseLeavesNothing(t *testing.T) {
	before := children(os.Getpid())
	host, err := plugins.NewHost(plugins.Options{Components: components()})
	if err != nil {
		t.Fatal(err)
	}
	record := someRows(t, host)
	record.Release()
	busy := openFaulty(t, host, "sleep")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := busy.Fill(ctx, core.Rows{N: 1000}, nil); err == nil {
		t.Fatal("it slept for nothing")
	}
	began := time.Now()
	closeIt(t, host)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	if after := children(os.Getpid()); len(after) > len(before) {
		t.Errorf("processes %v", after)
	}
	if left, _ := filepath.Glob(fmt.Sprintf("%s/mi-%d-*", os.TempDir(), os.Getpid())); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestFoldersOfDeadHostsAreSweptAway(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if len(dir) > 40 {
		t.Skip("the temporary folder's name is too long for sockets")
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, fmt.Sprintf("mi-%d-1", dead.Process.Pid))
	living := filepath.Join(dir, fmt.Sprintf("mi-%d-1", os.Getpid()))
	for _, folder := range []string{stale, living} {
		if err := os.MkdirAll(filepath.Join(folder, "plugin-dir1"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	newHost(t, plugins.Options{})
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("the dead host's folder: %v", err)
	}
	if _, err := os.Stat(living); err != nil {
		t.Errorf("the living host's folder: %v", err)
	}
}
