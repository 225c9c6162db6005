package collection

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// liteProgram is what Python runs to serve a database.
//
//go:embed lite.py
var liteProgram string

const (
	// liteStart bounds the start of Milvus Lite: Python's imports take seconds
	// on a busy machine.
	liteStart = 2 * time.Minute
	// liteEnd bounds its end: rows in memory are written, indexes finished.
	liteEnd = 2 * time.Minute
	// liteWait is how long a database that is open elsewhere is waited for:
	// that of a command that was killed is still being written for a while.
	liteWait = 20 * time.Second
)

// errNoLite says that a Python lacks Milvus Lite.
var errNoLite = errors.New("has no Milvus Lite")

// local is a Milvus Lite that was started for a database of the user's. It
// serves this process alone and ends with it: its standard input is a pipe of
// ours, which the system closes however we end.
type local struct {
	address string // http://127.0.0.1:port

	path    string
	command *exec.Cmd
	stdin   io.Closer
	stderr  lastWords
	exited  chan struct{} // closed when the process is gone
	close   func() error
}

// startLite opens the database at path, a folder that is made where it is
// missing, as pymilvus's MilvusClient("./x.db") does. Milvus Lite is that of
// MILVUS_INGEST_LITE, else the one on PATH, else one of our own, which is
// installed when it is missing (log tells). The caller closes what it gets.
func startLite(ctx context.Context, path string, log *slog.Logger) (*local, error) {
	return openLite(ctx, path, liteWait, log)
}

// openLite is startLite with the time to wait for a database that is open
// elsewhere.
func openLite(ctx context.Context, path string, wait time.Duration, log *slog.Logger) (*local, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	path, err := litePath(path)
	if err != nil {
		return nil, err
	}
	if named := os.Getenv(liteEnv); named != "" {
		l, err := serveLite(ctx, pythonOf(named), path, wait)
		if errors.Is(err, errNoLite) || errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return nil, core.Errorf(core.InvalidConfig, "%s=%s: %w", liteEnv, named, err).
				WithHint("name the milvus-lite of an environment that has it (pip install %s), or unset %s", strings.Join(litePackages(), " "), liteEnv)
		}
		return l, err
	}
	if found, err := exec.LookPath("milvus-lite"); err == nil {
		l, err := serveLite(ctx, pythonOf(found), path, wait)
		if !errors.Is(err, errNoLite) {
			return l, err
		}
		log.Debug("the milvus-lite on PATH cannot be used", "path", found, "reason", err)
	}
	python, err := ownLite(ctx, log)
	if err != nil {
		return nil, err
	}
	return serveLite(ctx, python, path, wait)
}

// litePath makes a path absolute and looks whether a database can be there.
func litePath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", core.Errorf(core.InvalidConfig, "%w", err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return "", core.Errorf(core.InvalidConfig, "%s: there is no folder %s to keep it in", path, filepath.Dir(path)).
			WithHint("mkdir -p %s", filepath.Dir(path))
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil
	case err != nil:
		return "", core.Errorf(core.InvalidConfig, "%w", err)
	case !info.IsDir():
		return "", core.Errorf(core.InvalidConfig, "%s is a file; Milvus Lite 3 keeps a database in a folder", path).
			WithHint("take another name; Milvus Lite 2 wrote files: the milvus-lite of that version dumps them (milvus-lite dump --help)")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", core.Errorf(core.InvalidConfig, "%w", err)
	}
	if _, err := os.Stat(filepath.Join(path, "collections")); err != nil && len(entries) > 0 {
		return "", core.Errorf(core.Conflict, "%s is a folder with other things in it, no database of Milvus Lite", path).
			WithHint("take another name")
	}
	return path, nil
}

// serveLite starts one Python with the program and waits for its address.
func serveLite(ctx context.Context, python, path string, wait time.Duration) (*local, error) {
	command := exec.Command(python, "-c", liteProgram, path, fmt.Sprint(wait.Seconds())) //nolint:noctx,gosec // the user names it; it ends with Close, ctx is of the start alone
	l := &local{path: path, command: command, exited: make(chan struct{})}
	command.Stderr = &l.stderr
	apart(command)
	var err error
	if l.stdin, err = command.StdinPipe(); err != nil {
		return nil, core.Errorf(core.Internal, "%w", err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, core.Errorf(core.Internal, "%w", err)
	}
	if err := command.Start(); err != nil {
		return nil, core.Errorf(core.Unavailable, "Milvus Lite could not be started: %w", err)
	}
	address := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n') // "" when it ended before it answered
		address <- strings.TrimSpace(line)
		io.Copy(io.Discard, stdout) //nolint:errcheck // nothing of interest follows
		command.Wait()              //nolint:errcheck // its state is read where it matters
		close(l.exited)
	}()
	l.close = sync.OnceValue(l.end)
	if err := l.await(ctx, address); err != nil {
		return nil, err
	}
	return l, nil
}

// await waits until Milvus Lite has told its address, and ends it if it does
// not.
func (l *local) await(ctx context.Context, address <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, liteStart)
	defer cancel()
	select {
	case l.address = <-address:
		if l.address != "" {
			return nil
		}
		<-l.exited
		return l.refusal()
	case <-ctx.Done():
		l.command.Process.Kill() //nolint:errcheck // it may have gone
		<-l.exited
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return core.Errorf(core.Unavailable, "Milvus Lite did not start in %s: %s", liteStart, l.stderr.text())
		}
		return ctx.Err()
	}
}

// refusal is why Milvus Lite did not open the database.
func (l *local) refusal() error {
	said := l.stderr.text()
	switch {
	case strings.Contains(said, "missing: "):
		_, reason, _ := strings.Cut(said, "missing: ")
		return core.Errorf(core.Unavailable, "%s %w: %s", l.command.Path, errNoLite, reason)
	case said == "locked":
		return core.Errorf(core.Conflict, "%s is open in another process", l.path).
			WithHint("wait until it ends, or let both use one server: milvus-lite server --data-dir %s --host 127.0.0.1 --port 19530, and --uri http://127.0.0.1:19530", l.path)
	}
	return core.Errorf(core.Unavailable, "Milvus Lite did not open %s: %s", l.path, said)
}

// Close ends Milvus Lite and waits until it has written all that it holds.
func (l *local) Close() error { return l.close() }

func (l *local) end() error {
	l.stdin.Close() //nolint:errcheck // it may have gone
	timer := time.NewTimer(liteEnd)
	defer timer.Stop()
	select {
	case <-l.exited:
	case <-timer.C:
		l.command.Process.Kill() //nolint:errcheck // it may have gone
		<-l.exited
		return core.Errorf(core.Unavailable, "Milvus Lite did not end in %s and was killed; %s is read again from its log when it is opened", liteEnd, l.path)
	}
	if state := l.command.ProcessState; !state.Success() {
		return core.Errorf(core.Unavailable, "Milvus Lite of %s ended with %s: %s", l.path, state, l.stderr.text())
	}
	return nil
}

// lastWords keeps the end of what a process says. It is safe for concurrent
// use.
type lastWords struct {
	mu   sync.Mutex
	said []byte
}

func (w *lastWords) Write(p []byte) (int, error) {
	const enough = 8 << 10
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, p...)
	if len(w.said) > enough {
		w.said = append(w.said[:0], w.said[len(w.said)-enough:]...)
	}
	return len(p), nil
}

func (w *lastWords) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimSpace(string(w.said))
}
