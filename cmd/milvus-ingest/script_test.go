package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/scripts"
)

func TestScriptNewWritesHooksThatWork(t *testing.T) {
	dir := isolate(t)
	t.Chdir(dir)
	for name, args := range map[string][]string{"hooks.js": nil, "hooks.ts": {"--typescript"}, "code.ts": {"code.ts"}} {
		if r := must(t, append([]string{"script", "new"}, args...)...); r.stdout != name+"\nhooks.d.ts\n" {
			t.Errorf("it says %s", r.stdout)
		}
		r := must(t, "script", "test", name, "--builtin", scripts.StarterSchema, "--rows", "3")
		for _, text := range []string{"a question about", "no. 2", "3 of 3 rows are accepted", "rows/s a core", "(VERDICT)"} {
			if !strings.Contains(r.stdout, text) {
				t.Errorf("%s: %q is not in\n%s", name, text, r.stdout)
			}
		}
		if strings.Contains(r.stdout, "answer_embedding") {
			t.Errorf("%s: it shows fields that have nothing to do with the hooks:\n%s", name, r.stdout)
		}
	}
	types, err := os.ReadFile("hooks.d.ts")
	if err != nil || string(types) != scripts.Types() {
		t.Error("hooks.d.ts is", string(types), err)
	}
}

func TestScriptNewRefuses(t *testing.T) {
	dir := isolate(t)
	there := hookFile(t, dir, "hooks.js", "mine")
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"a file that exists", []string{there}, "hooks.js"},
		{"another ending", []string{filepath.Join(dir, "hooks.py")}, ".js, or .ts"},
		{"TypeScript in a JavaScript file", []string{filepath.Join(dir, "new.js"), "--typescript"}, ".js, or .ts"},
		{"a file of types", []string{filepath.Join(dir, "a.d.ts")}, ".js, or .ts"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r := ingest(t, append([]string{"script", "new"}, test.args...)...); r.code != exitUsage || !strings.Contains(r.stderr, test.says) {
				t.Errorf("exit code %d, %s", r.code, r.stderr)
			}
		})
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Error("the file of the user's was touched")
	}
	must(t, "script", "new", there, "--force")
}

func TestScriptTestShowsWhatHooksGive(t *testing.T) {
	dir := isolate(t)
	schema := tiny(t, dir)
	t.Run("verdicts", func(t *testing.T) {
		hooks := hookFile(t, dir, "v.js", "export const validate = (r, {row}) => row % 2 == 0 || 'odd ' + row")
		r := must(t, "script", "test", hooks, "--schema", schema, "--rows", "4", "--first-row", "100")
		for _, text := range []string{"odd 103", "ok", "2 of 4 rows are accepted", "price"} {
			if !strings.Contains(r.stdout, text) {
				t.Errorf("%q is not in\n%s", text, r.stdout)
			}
		}
	})
	t.Run("as JSON", func(t *testing.T) {
		hooks := hookFile(t, dir, "j.js", picky)
		r := must(t, "--output", "json", "script", "test", hooks, "--schema", schema, "--rows", "2", "--seed", "9")
		var got struct {
			Rows      []map[string]any `json:"rows"`
			Verdicts  []string         `json:"verdicts"`
			PerSecond float64          `json:"rows_per_second"`
			Hooks     dataset.HookFile `json:"hooks"`
		}
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
			t.Fatalf("%v in %s", err, r.stdout)
		}
		if len(got.Rows) != 2 || len(got.Verdicts) != 2 || got.PerSecond < 1000 || got.Hooks.File != "j.js" || got.Rows[1]["title"] == nil {
			t.Errorf("it tells %s", r.stdout)
		}
	})
	t.Run("hooks that keep something between rows", func(t *testing.T) {
		hooks := hookFile(t, dir, "i.js", "let n = 0; export const fields = {title: () => `${n++}`}; export const validate = () => true")
		if r := must(t, "script", "test", hooks, "--schema", schema); !strings.Contains(r.stderr, "title gives other values") || strings.Contains(r.stderr, "validate gives") {
			t.Errorf("it says %s", r.stderr)
		}
	})
	t.Run("faults", func(t *testing.T) {
		hooks := hookFile(t, dir, "f.ts", "export const fields = {\n  title: () => { throw new Error('no luck') },\n}")
		r := ingest(t, "script", "test", hooks, "--schema", schema)
		if r.code != exitData || !strings.Contains(r.stderr, "f.ts:2:") || !strings.Contains(r.stderr, "field title: row 0") {
			t.Errorf("exit code %d, %s", r.code, r.stderr)
		}
	})
	for name, args := range map[string][]string{
		"no schema": {"script", "test", "x.js"}, "no rows": {"script", "test", "x.js", "--schema", schema, "--rows", "0"},
	} {
		if r := ingest(t, args...); r.code != exitUsage {
			t.Errorf("%s: exit code %d, %s", name, r.code, r.stderr)
		}
	}
}

func TestPreviewAndValidateOnlyRunHooks(t *testing.T) {
	dir := isolate(t)
	schema := tiny(t, dir)
	hooks := hookFile(t, dir, "hooks.js", picky)
	if r := must(t, "generate", "--schema", schema, "--hooks", hooks, "--seed", "7", "--preview"); !strings.Contains(r.stdout, "is bad") || !strings.Contains(r.stdout, "(VERDICT)") {
		t.Errorf("the preview is\n%s", r.stdout)
	}
	r := must(t, "--output", "json", "generate", "--schema", schema, "--hooks", hooks, "--seed", "7", "--preview")
	var preview struct {
		Rows     []map[string]any `json:"rows"`
		Verdicts []string         `json:"verdicts"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &preview); err != nil || len(preview.Rows) != 10 || len(preview.Verdicts) != 10 || len(preview.Rows[0]) != 4 {
		t.Errorf("%v, the preview is %s", err, r.stdout)
	}
	if r := must(t, "generate", "--schema", schema, "--hooks", hooks, "--validate-only"); !strings.Contains(r.stdout, "they make title; they validate rows") || !strings.Contains(r.stdout, "4 of them") {
		t.Errorf("it says %s", r.stdout)
	}
	bad := hookFile(t, dir, "bad.js", "export const fields = {title: () => null}")
	if r := ingest(t, "generate", "--schema", schema, "--hooks", bad, "--validate-only"); r.code != exitData || !strings.Contains(r.stderr, "null") {
		t.Errorf("exit code %d, %s", r.code, r.stderr)
	}
}
