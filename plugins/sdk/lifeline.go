package sdk

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// hostGone is closed when the host has died. A host that says so holds the
// other end of this process's standard input, which ends with it; any other
// is watched by the id of the parent process, which changes when it dies.
func hostGone() <-chan struct{} {
	gone := make(chan struct{})
	if os.Getenv(wire.EnvLifeline) == "stdin" {
		lifeline := os.Stdin
		os.Stdin = nil // it is not the components' to read
		go func() {
			defer close(gone)
			_, _ = io.Copy(io.Discard, lifeline) // how it ends does not matter
		}()
		return gone
	}
	parent := os.Getppid()
	go func() {
		defer close(gone)
		for os.Getppid() == parent {
			time.Sleep(time.Second)
		}
	}()
	return gone
}

// removeSockets removes what the dead host can no longer remove: this
// process's folder of sockets, and the host's around it with the last one.
func removeSockets() {
	dir := os.Getenv("PLUGIN_UNIX_SOCKET_DIR")
	above := filepath.Dir(dir)
	if dir == "" || !strings.HasPrefix(filepath.Base(above), wire.SocketPrefix) {
		return
	}
	_ = os.RemoveAll(dir) // nobody is left to be told
	_ = os.Remove(above)  // not empty while others are ending
}
