package pluginpython

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// bare starts a plugin without go-plugin, as a host that can die: its death
// is the end of the plugin's standard input.
func bare(t *testing.T, script string) (h *host, life io.Closer, ended <-chan error) {
	t.Helper()
	h = &host{cmd: exec.Command(python(t), script)}
	h.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "MILVUS_INGEST_PLUGIN=v1", "MILVUS_INGEST_LIFELINE=stdin",
		"PLUGIN_UNIX_SOCKET_DIR=" + sockets(t), "PYTHONDONTWRITEBYTECODE=1",
	}
	h.cmd.Stderr = os.Stderr
	stdin, err := h.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	parts := strings.Split(strings.TrimSpace(line), "|")
	if err != nil || len(parts) != 6 || parts[5] != "" {
		t.Fatalf("handshake %q: %v", line, err)
	}
	if h.conn, err = grpc.NewClient(parts[2]+":"+parts[3], grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.conn.Close() })
	done := make(chan error, 1)
	go func() { done <- h.cmd.Wait() }()
	return h, stdin, done
}

func TestNoProcessOutlivesItsHost(t *testing.T) {
	for _, generator := range []string{"good", "deaf"} {
		t.Run(generator, func(t *testing.T) {
			code, err := os.ReadFile("testdata/faults.py")
			if err != nil {
				t.Fatal(err)
			}
			h, life, ended := bare(t, script(t, strings.Replace(string(code), `print("printed before anything")`, "", 1)))
			s, err := h.generate(t, []core.ColumnSpec{{Generator: generator, Field: number("n")}}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			request := &pluginpb.GenerateRequest{Request: &pluginpb.GenerateRequest_Span{Span: &pluginpb.Span{Rows: 3}}}
			if err := s.Send(request); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond) // it has begun
			watchers := children(h.cmd.Process.Pid)
			_ = life.Close()
			select {
			case <-ended:
			case <-time.After(5 * time.Second):
				t.Fatal("it is still there after five seconds")
			}
			time.Sleep(time.Second)
			for _, pid := range watchers {
				if alive(pid) {
					t.Errorf("its watcher %d is still there", pid)
				}
			}
		})
	}
}

func TestAWatcherEndsWithWhatItWatches(t *testing.T) {
	h, _, ended := bare(t, "milvus-ingest-generator-noise")
	watchers := children(h.cmd.Process.Pid)
	if len(watchers) == 0 {
		t.Skip("no /proc to look into")
	}
	if _, err := pluginpb.NewPluginClient(h.conn).Describe(context.Background(), &pluginpb.DescribeRequest{}); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Process.Kill()
	<-ended
	for range 40 {
		if !alive(watchers[0]) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("it is still there after two seconds")
}

// children are the processes that a process has started, where /proc tells.
func children(pid int) []int {
	raw, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/children")
	var out []int
	for _, word := range strings.Fields(string(raw)) {
		if child, err := strconv.Atoi(word); err == nil {
			out = append(out, child)
		}
	}
	return out
}

// alive tells whether a process runs; one that has ended and is not yet
// reaped does not.
func alive(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(raw), ") Z ")
}
