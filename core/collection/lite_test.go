package collection

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// liteRows is a program that adds three rows to a collection, which it makes
// where it is missing, and prints how many there are then.
const liteRows = `
import sys
from pymilvus import MilvusClient
client = MilvusClient(sys.argv[1])
if not client.has_collection("c"):
    client.create_collection("c", dimension=4)
first = int(sys.argv[2])
client.insert("c", [{"id": first + i, "vector": [i, 1, 2, 3]} for i in range(3)])
print(client.query("c", output_fields=["count(*)"])[0]["count(*)"])
client.close()
`

// addRows carries liteRows out.
func addRows(t *testing.T, uri, first string) (rows string) {
	t.Helper()
	out, err := exec.Command(live.Python(t), "-c", liteRows, uri, first).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestDatabasesOfOursOpenWithPymilvusAndTheOtherWayRound(t *testing.T) {
	t.Setenv(liteEnv, live.Python(t))
	path := filepath.Join(t.TempDir(), "demo.db")
	for turn, want := range []string{"3", "9"} {
		l, err := startLite(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openLite(t.Context(), path, 0, nil); core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "open in another process") {
			t.Errorf("opened twice: %v", err)
		}
		if got := addRows(t, l.address, []string{"0", "200"}[turn]); got != want {
			t.Errorf("served by us there are %s rows, want %s", got, want)
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Fatal(err)
		}
		if turn == 0 {
			if got := addRows(t, path, "100"); got != "6" {
				t.Errorf("opened by pymilvus there are %s rows, want 6", got)
			}
		}
	}
}

func TestStartingMilvusLiteEndsWithItsContext(t *testing.T) {
	t.Setenv(liteEnv, live.Python(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := startLite(ctx, filepath.Join(t.TempDir(), "x.db"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPathsThatAreNoDatabase(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	if err := os.MkdirAll(filepath.Join(other, "photos"), 0o755); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "old.db")
	if err := os.WriteFile(old, []byte("SQLite"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing", "x.db"): "there is no folder",
		old:                                   "is a file",
		other:                                 "other things in it",
	} {
		_, err := startLite(t.Context(), path, nil)
		var told *core.Error
		if !errors.As(err, &told) || !strings.Contains(err.Error(), want) || told.Hint == "" {
			t.Errorf("%s: %v, want %q with a hint", path, err, want)
		}
	}
}

func TestMilvusLiteThatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ map[string]string
		python  string // the text of python3 on PATH; "": there is none
		want    string
	}{
		{"a name that is not there", map[string]string{liteEnv: "/nowhere/milvus-lite"}, "", "/nowhere/milvus-lite"},
		{"a Python that lacks it", map[string]string{liteEnv: "python3"}, "#!/bin/sh\necho 'missing: No module named milvus_lite' >&2; exit 1\n", "has no Milvus Lite: No module named milvus_lite"},
		{"installing is not wanted", map[string]string{liteInstallEnv: "never"}, "", liteInstallEnv + "=never"},
		{"no Python", nil, "", "no python3 was found"},
		{"a Python that makes no environment", nil, "#!/bin/sh\necho 'ensurepip is not available' >&2; exit 1\n", "ensurepip is not available"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := onlyPython(t, c.python)
			for name, value := range c.environ {
				t.Setenv(name, value)
			}
			_, err := startLite(t.Context(), filepath.Join(t.TempDir(), "x.db"), nil)
			var told *core.Error
			if !errors.As(err, &told) || !strings.Contains(err.Error(), c.want) || told.Hint == "" {
				t.Errorf("got %v, want %q with a hint", err, c.want)
			}
			if left, err := os.ReadDir(home); err == nil && len(left) > 0 {
				t.Errorf("%s was left behind", left[0].Name())
			}
		})
	}
}

// TestMilvusLiteIsInstalledOnce has the real pip look whether what is
// installed is what is asked for; only the environment is not a new one.
func TestMilvusLiteIsInstalledOnce(t *testing.T) {
	home := onlyPython(t, `#!/bin/sh
test "$1 $2" = "-m venv" || exit 9
mkdir -p "$3/bin" && printf '#!/bin/sh\nexec %s "$@"\n' '`+live.Python(t)+`' >"$3/bin/python" && chmod +x "$3/bin/python"
`)
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/bin:/bin")
	var told strings.Builder
	for range 2 {
		l, err := startLite(t.Context(), filepath.Join(t.TempDir(), "x.db"), slog.New(slog.NewTextHandler(&told, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if strings.Count(told.String(), "installing Milvus Lite") != 1 {
		t.Errorf("told: %s", told.String())
	}
	if left, err := os.ReadDir(home); err != nil || len(left) != 1 || left[0].Name() != "lite-"+liteVersion {
		t.Errorf("the data folder holds %v (%v)", left, err)
	}
}

// onlyPython makes a data folder that is empty and a PATH on which there is
// nothing but a python3 with this text, if any.
func onlyPython(t *testing.T, text string) (home string) {
	t.Helper()
	home, bin := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if text != "" {
		if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("MILVUS_INGEST_DATA_DIR", home)
	t.Setenv("PATH", bin)
	t.Setenv(liteEnv, "")
	t.Setenv(liteInstallEnv, "")
	return home
}
