package scaffold_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/scaffold"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func TestPythonProjectsPassTheirTestsAndRun(t *testing.T) {
	python := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if python == "" || exec.Command(python, "-c", "import grpc, pyarrow, cryptography").Run() != nil {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with grpcio, pyarrow and cryptography")
	}
	for _, kind := range []sdk.Kind{sdk.KindGenerator, sdk.KindSink} {
		t.Run(string(kind), func(t *testing.T) {
			project := scaffold.Project{Kind: kind, Name: "part-number", Lang: "python"}
			dir := filepath.Join(t.TempDir(), "project")
			files, err := scaffold.Write(dir, project)
			if err != nil || !slices.Contains(files, project.Executable()) || !slices.Contains(files, "milvus_ingest_plugin.py") {
				t.Fatalf("files %v (%v)", files, err)
			}
			tests := exec.Command(python, "-m", "unittest")
			tests.Dir = dir
			if out, err := tests.CombinedOutput(); err != nil {
				t.Errorf("its tests: %v\n%s", err, out)
			}
			// As `make` leaves it: the executable finds its Python in .venv.
			if err := os.Symlink(venv(t, python), filepath.Join(dir, ".venv")); err != nil {
				t.Fatal(err)
			}
			results := plugintest.Run(t.Context(), plugintest.Target{
				Start: plugintest.Launch{Path: filepath.Join(dir, project.Executable()), TLS: true}.Start, Config: configOf(kind),
			})
			for _, r := range results {
				if r.Err != nil {
					t.Errorf("%s: %v", r.Check, r.Err)
				}
			}
		})
	}
}

// venv is the virtual environment that an interpreter belongs to.
func venv(t *testing.T, python string) string {
	t.Helper()
	out, err := exec.Command(python, "-c", "import sys; print(sys.prefix if sys.prefix != sys.base_prefix else '', end='')").Output()
	if err != nil || len(out) == 0 {
		t.Skip("MILVUS_INGEST_TEST_PYTHON is of no virtual environment")
	}
	return string(out)
}
