package live

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// startTime bounds the start of a server; Milvus needs the longest, when it
// has data to read again.
const startTime = 90 * time.Second

// Server is a server of a test's own. It ends with the test, and with the test
// binary, however that ends (on Linux).
type Server struct {
	URI string
	Dir string // its data

	name    string // as .ci/servers knows it
	environ []string
	process *os.Process
	exited  chan struct{} // closed when it is gone
}

// StartMilvus starts a Milvus of the test's own, which stores in the bucket of
// store, below a prefix of its own; store nil: in local files.
func StartMilvus(t testing.TB, store *Store) *Server {
	t.Helper()
	s := &Server{name: "milvus", environ: []string{"MILVUS_SESSION_TTL=8"}}
	if store != nil {
		s.environ = append(s.environ, "MINIO_ENDPOINT="+store.Endpoint, "MINIO_BUCKET="+store.Bucket, "MINIO_ROOT="+Name(t))
	}
	return s.begin(t)
}

// StartLite starts a Milvus Lite of the test's own.
func StartLite(t testing.TB) *Server { t.Helper(); return (&Server{name: "lite"}).begin(t) }

// StartMinio starts a MinIO of the test's own. It has no bucket; Store names
// one that may be made.
func StartMinio(t testing.TB) (*Server, Store) {
	t.Helper()
	s := (&Server{name: "minio"}).begin(t)
	return s, Store{Endpoint: s.URI, AccessKey: "minioadmin", SecretKey: "minioadmin", Bucket: "test"}
}

func (s *Server) begin(t testing.TB) *Server {
	t.Helper()
	folder(t)
	s.Dir = t.TempDir()
	t.Cleanup(s.kill)
	s.start(t)
	return s
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	select {
	case <-s.exited:
		t.Errorf("%s had ended before it was killed:\n%s", s.name, s.log())
	default:
		s.kill()
	}
}

// Restart starts it again on the same port with the same data, after Kill.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	<-s.exited
	s.start(t)
}

// Stop ends the server as an operator does, who waits until it has gone.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.exited:
	case <-time.After(startTime):
		t.Fatalf("%s did not end", s.name)
	}
}

// start starts the process and waits until it answers.
func (s *Server) start(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.Dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command := exec.Command(filepath.Join(folder(t), "..", ".ci", "servers"), "run", s.name, s.Dir)
	command.Env = append(os.Environ(), s.environ...)
	command.Stdout, command.Stderr = log, log
	endWithUs(command)
	started, exited := make(chan error, 1), make(chan struct{})
	go func() {
		// Linux ends the server with the thread that started it: it must live
		// as long as the server does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(exited)
		err := command.Start()
		started <- err
		if err == nil {
			command.Wait()
		}
	}()
	s.exited = exited
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	s.process = command.Process
	if err := s.await(); err != nil {
		t.Fatalf("%s: %v\n%s", s.name, err, s.log())
	}
}

// await waits until the server answers.
func (s *Server) await() error {
	deadline := time.After(startTime)
	for {
		if s.answers() {
			return nil
		}
		select {
		case <-s.exited:
			return errors.New("it ended")
		case <-deadline:
			return errors.New("it did not answer in time")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Server) answers() bool {
	env, err := readEnv(filepath.Join(s.Dir, "env"))
	if err != nil {
		return false // it has no port yet
	}
	s.URI = env["URI"]
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if env["HEALTH"] == "" {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.URI, "http://"))
		return err == nil && connection.Close() == nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, env["HEALTH"], http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// kill ends the server at once, if it runs.
func (s *Server) kill() {
	if s.process != nil {
		s.process.Kill() // it may have gone
		<-s.exited
	}
}

// log is the end of what the server said.
func (s *Server) log() string {
	said, err := os.ReadFile(filepath.Join(s.Dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(said[max(0, len(said)-2000):])
}
