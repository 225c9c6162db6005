package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckAsksHooks(t *testing.T) {
	dir := isolate(t)
	out := filepath.Join(dir, "out")
	must(t, "generate", "--schema", tiny(t, dir), "--seed", "3", "--total-rows", "50", "--rows-per-file", "20", "--out", out)
	broken := filepath.Join(dir, "broken.json")
	text := `[{"id":1,"title":"a","price":1,"v":[1,2,3,4,5,6,7,8]},{"id":2,"title":7,"price":1,"v":[1,2,3,4,5,6,7,8]},{"id":3,"title":"","price":1,"v":[1,2,3,4,5,6,7,8]}]`
	if err := os.WriteFile(broken, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, hooks, path string
		args              []string
		code              int
		says              []string
	}{
		{"all rows are accepted", "export const validate = (r) => vec.finite(r.v) && r.price !== undefined", out, nil, exitDone, []string{"OK"}},
		{"rows that are not", "export const validate = (r, {row}) => row !== 7 || 'seven ' + r.id", out, nil, exitData, []string{"row-hook", "part-00000.parquet row 7", "part-00001.parquet row 7", "seven 8"}},
		{"a misspelt field", "export const validate = (r) => r.tilte.length > 0", out, nil, exitData, []string{"field validate", "hooks.js:1:", `did you mean "title"`}},
		{"no validate", "export const fields = {title: () => 'x'}", out, nil, exitUsage, []string{"needs a validate hook"}},
		{"an endless loop", "export const validate = () => { for (;;); }", out, []string{"--hook-timeout", "100ms"}, exitFailed, []string{"hooks.js:1:", "longer than 100ms"}},
		{
			"rows whose values cannot be read are not asked of", "export const validate = (r) => r.title.length > 0 || 'no title'", broken,
			[]string{"--schema", tiny(t, dir)},
			exitData,
			[]string{"row-hook", "row 2", "no title", "row 1", "value-type"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hooks := hookFile(t, t.TempDir(), "hooks.js", test.hooks)
			r := ingest(t, append([]string{"check", test.path, "--hooks", hooks}, test.args...)...)
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			for _, text := range test.says {
				if !strings.Contains(r.stdout+r.stderr, text) {
					t.Errorf("%q is not in\n%s%s", text, r.stdout, r.stderr)
				}
			}
		})
	}
}
