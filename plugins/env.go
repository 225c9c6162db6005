package plugins

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// environment is what a built-in plugin gets to see of the host's environment:
// what programs need to work at all, and this program's own settings. Secrets
// of other programs stay here.
func environment(all []string) []string {
	plain := []string{
		"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
		"SYSTEMROOT", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA", "GOCOVERDIR", "GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GOTRACEBACK",
	}
	var out []string
	for _, pair := range all {
		name, _, _ := strings.Cut(pair, "=")
		name = strings.ToUpper(name)
		if slices.Contains(plain, name) || strings.HasPrefix(name, "LC_") ||
			strings.HasPrefix(name, "MILVUS_INGEST_") && name != wire.Handshake().MagicCookieKey && name != wire.EnvLifeline {
			out = append(out, pair)
		}
	}
	// A worker's heap is small beside the slabs that it fills: collecting it at
	// every doubling takes a tenth of all CPU.
	if !slices.ContainsFunc(out, func(pair string) bool { return strings.HasPrefix(pair, "GOGC=") }) {
		out = append(out, "GOGC=300")
	}
	return out
}

// maxSocketFolder keeps the path of a socket below the 104 bytes that a unix
// socket's address may have.
const maxSocketFolder = 40

// socketFolder makes this host's private folder for sockets, and removes the
// folders of hosts that are dead.
func socketFolder() (string, error) {
	base := os.TempDir()
	if len(base) > maxSocketFolder && os.PathSeparator == '/' {
		base = "/tmp"
	}
	sweep(base)
	return os.MkdirTemp(base, wire.SocketPrefix+strconv.Itoa(os.Getpid())+"-")
}

// sweep removes folders of sockets whose host is dead. What cannot be removed
// is somebody else's.
func sweep(base string) {
	folders, err := filepath.Glob(filepath.Join(base, wire.SocketPrefix+"*-*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		id, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), wire.SocketPrefix), "-")
		pid, err := strconv.Atoi(id)
		if err != nil || alive(pid) {
			continue
		}
		_ = os.RemoveAll(folder) // as said
	}
}
