package plugins

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
)

// environment is what a built-in plugin gets to see of the host's environment:
// what programs need to work at all, and this program's own settings. Secrets
// of other programs stay here.
func environment(all []string) []string {
	own := []string{"GOCOVERDIR", "GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GOTRACEBACK"}
	out := pick(all, func(name string) bool {
		return necessary(name) || slices.Contains(own, name) ||
			strings.HasPrefix(name, "MILVUS_INGEST_") && name != wire.Handshake().MagicCookieKey && name != wire.EnvLifeline
	})
	// A worker's heap is small beside the slabs that it fills: collecting it at
	// every doubling takes a tenth of all CPU.
	if !slices.ContainsFunc(out, func(pair string) bool { return strings.HasPrefix(pair, "GOGC=") }) {
		out = append(out, "GOGC=300")
	}
	return out
}

// granted is what a plugin of others gets to see: what programs need to work
// at all, and what the user has granted by name.
func granted(all []string, grants []string) []string {
	return pick(all, func(name string) bool { return necessary(name) || slices.Contains(grants, name) })
}

// pick picks the variables of an environment by their names; Windows does not
// tell upper case from lower.
func pick(all []string, wanted func(name string) bool) []string {
	var out []string
	for _, pair := range all {
		name, _, _ := strings.Cut(pair, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if wanted(name) {
			out = append(out, pair)
		}
	}
	return out
}

// necessary tells whether programs need a variable to work at all.
func necessary(name string) bool {
	name = strings.ToUpper(name) // http_proxy
	return strings.HasPrefix(name, "LC_") || slices.Contains([]string{
		"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
		"SYSTEMROOT", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "PATHEXT",
	}, name)
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
