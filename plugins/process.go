package plugins

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

const (
	// tailLines is how many last lines of its stderr are told of a plugin that died.
	tailLines = 20
	// lineBytes is how much of a line is looked at.
	lineBytes = 64 << 10
	// pipeTime is how long output is still read when the process has ended:
	// somebody whom it has started may hold the pipe open.
	pipeTime = time.Second
)

// process is one plugin's process. It implements go-plugin's runner.Runner, so
// that the host itself sees how the process ends and what it says.
type process struct {
	name string // "plugin worker 1 (generators)"
	log  *slog.Logger
	cmd  *exec.Cmd

	stdout, stderr io.ReadCloser
	stdin          io.WriteCloser // the lifeline: the plugin ends when it is closed
	handshake      *io.PipeReader // the first line of stdout, for go-plugin
	relay          *io.PipeWriter

	reading sync.WaitGroup // reads stdout and stderr
	done    chan struct{}  // closed when the process has ended

	mu      sync.Mutex
	running bool
	unloved bool // it is to be killed, or not to be started
	first   string
	tail    []string
	state   *os.ProcessState // how it ended; nil: not yet
}

func newProcess(name string, log *slog.Logger, cmd *exec.Cmd) (p *process, err error) {
	p = &process{name: name, log: log, cmd: cmd, done: make(chan struct{})}
	p.handshake, p.relay = io.Pipe()
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unloved {
		return context.Canceled
	}
	if err := p.cmd.Start(); err != nil {
		return errors.Join(err, p.handshake.Close())
	}
	p.running = true
	p.reading.Go(func() { eachLine(p.stderr, p.say) })
	p.reading.Go(p.listen)
	go p.watch()
	return nil
}

// eachLine calls do with each line, or as much of a line as fits.
func eachLine(from io.Reader, do func(string)) {
	lines := bufio.NewReaderSize(from, lineBytes)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			do(strings.TrimRight(string(line), "\r\n"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// listen gives the first line of stdout to go-plugin. Whatever follows was
// meant for people.
func (p *process) listen() {
	said := false
	eachLine(p.stdout, func(line string) {
		if said {
			p.log.Warn(line)
			return
		}
		said = true
		p.mu.Lock()
		p.first = line
		p.mu.Unlock()
		_, _ = io.WriteString(p.relay, line+"\n") // nobody listens when the start was given up
	})
	_ = p.relay.Close() // never fails
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

// watch waits for the end of the process, and ends those whom it has started.
func (p *process) watch() {
	state, err := p.cmd.Process.Wait()
	p.mu.Lock()
	p.running, p.state = false, state
	p.mu.Unlock()
	if err != nil {
		p.log.Debug("wait for the process", "error", err)
	}
	killGroup(p.cmd.Process)
	closePipes := time.AfterFunc(pipeTime, func() { _ = errors.Join(p.stdout.Close(), p.stderr.Close()) })
	p.reading.Wait()
	if closePipes.Stop() {
		_ = errors.Join(p.stdout.Close(), p.stderr.Close()) // they were read to the end
	}
	_ = p.stdin.Close() // as above
	close(p.done)
}

// end kills the process and all that it has started.
func (p *process) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unloved = true
	if p.running {
		killGroup(p.cmd.Process)
	}
}

// Wait implements runner.Runner.
func (p *process) Wait(context.Context) error {
	<-p.done
	if p.state != nil && !p.state.Success() {
		return errors.New(p.state.String())
	}
	return nil
}

// Kill implements runner.Runner.
func (p *process) Kill(context.Context) error {
	p.end()
	return nil
}

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.handshake }

// Stderr implements runner.Runner: the process reads its own, so there is
// nothing for go-plugin.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (p *process) Name() string { return p.name }

// ID implements runner.Runner.
func (p *process) ID() string {
	if id := p.pid(); id != 0 {
		return strconv.Itoa(id)
	}
	return ""
}

// pid is the process's id; 0 where it was not started.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
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
	p.mu.Lock()
	state := p.state.String()
	p.mu.Unlock()
	return core.Errorf(core.PluginFailed, "%s ended%s: %s%s", p.name, when, state, p.lastWords())
}

// lastWords are the last lines of stderr, as the end of a message.
func (p *process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tail) == 0 {
		return ""
	}
	return fmt.Sprintf("; its last words:\n%s", strings.Join(p.tail, "\n"))
}

// printed is the first line of stdout.
func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}
