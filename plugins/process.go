package plugins

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// tailLines is how many last lines of its stderr are told of a plugin that died.
const tailLines = 20

// process is one plugin's process. It implements go-plugin's runner.Runner, so
// that the host itself sees how the process ends and what it says.
type process struct {
	name   string // "plugin worker 1 (generators)"
	log    *slog.Logger
	cmd    *exec.Cmd
	kill   context.CancelFunc
	stdout io.ReadCloser
	stderr io.ReadCloser
	stdin  io.WriteCloser // the lifeline: the plugin ends when it is closed

	logged sync.WaitGroup // reads stderr
	done   chan struct{}  // closed when the process has ended

	mu   sync.Mutex
	tail []string
	err  error // how it ended; read after done
}

func newProcess(name string, log *slog.Logger, cmd *exec.Cmd, kill context.CancelFunc) (p *process, err error) {
	p = &process{name: name, log: log, cmd: cmd, kill: kill, done: make(chan struct{})}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if p.stderr, err = cmd.StderrPipe(); err != nil {
		return nil, err
	}
	p.stdin, err = cmd.StdinPipe()
	return p, err
}

// Start implements runner.Runner.
func (p *process) Start(context.Context) error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.logged.Go(func() {
		lines := bufio.NewReader(p.stderr)
		for {
			line, err := lines.ReadString('\n')
			if line != "" {
				p.say(strings.TrimRight(line, "\r\n"))
			}
			if err != nil {
				return
			}
		}
	})
	return nil
}

func (p *process) say(line string) {
	p.mu.Lock()
	if len(p.tail) == tailLines {
		p.tail = slices.Delete(p.tail, 0, 1)
	}
	p.tail = append(p.tail, line)
	p.mu.Unlock()
	wire.Relog(context.Background(), p.log, line)
}

// Wait implements runner.Runner.
func (p *process) Wait(context.Context) error {
	p.logged.Wait()
	p.err = p.cmd.Wait()
	p.kill() // there is nothing left to kill, but a context to end
	close(p.done)
	return p.err
}

// Kill implements runner.Runner.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner: the process reads its own, so there is
// nothing for go-plugin.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (p *process) Name() string { return p.name }

// ID implements runner.Runner.
func (p *process) ID() string {
	if p.cmd.Process == nil {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

// Diagnose implements runner.Runner.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.Runner.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// death is the error of a process that has ended though it was needed.
func (p *process) death(when string) *core.Error {
	state := p.cmd.ProcessState.String()
	p.mu.Lock()
	tail := strings.Join(p.tail, "\n")
	p.mu.Unlock()
	if tail != "" {
		tail = "; its last words:\n" + tail
	}
	return core.Errorf(core.PluginFailed, "%s ended%s: %s%s", p.name, when, state, tail)
}
