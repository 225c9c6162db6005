package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/userdir"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// geoConfig is the configuration of the plugin geo.
type geoConfig struct {
	Prefix string `json:"prefix" default:"city" help:"How every value begins."`
	Panic  int64  `json:"panic" default:"-1" help:"Row at which it panics."`
}

// foreigner is a process of the plugin of somebody else's.
func foreigner(e trust.Executable) {
	sdk.Serve(sdk.Generator[geoConfig]{
		Info: sdk.Info{Name: e.Name, Version: "1.2.3", Summary: "Names of cities.", Types: []string{"VarChar"}, Env: []string{"MAPS_KEY"}},
		Open: func(_ context.Context, spec core.ColumnSpec, config geoConfig) (core.Column, error) {
			if config.Prefix == "" {
				return nil, core.Errorf(core.InvalidConfig, "prefix is empty").WithHint("give it a letter")
			}
			return sdk.PerRow(spec, func(row int64, s *rng.Source) string {
				if row == config.Panic {
					panic("an earthquake")
				}
				return fmt.Sprintf("%s-%d", config.Prefix, s.Between(1, 99))
			})
		},
	})
}

// foreign puts this program into a folder under the name of a plugin.
func foreign(t *testing.T, dir, name string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	path := filepath.Join(dir, "milvus-ingest-generator-"+name)
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// withCity is a schema with a field that the plugin geo makes.
func withCity(t *testing.T, dir, params string) string {
	t.Helper()
	path := filepath.Join(dir, "city.json")
	text := fmt.Sprintf(`{"collection_name": "cities", "fields": [
  {"name": "id", "type": "Int64", "is_primary": true},
  {"name": "city", "type": "VarChar", "max_length": 40, "generator": "geo", "params": %s},
  {"name": "label", "type": "VarChar", "max_length": 90},
  {"name": "v", "type": "FloatVector", "dim": 4}
]}`, params)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused runs a command line that must fail with the code and tell these.
func refused(t *testing.T, code int, wants []string, args ...string) {
	t.Helper()
	r := ingest(t, args...)
	if r.code != code {
		t.Fatalf("exit code %d, not %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	for _, want := range wants {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is not in:\n%s", want, r.stderr)
		}
	}
}

func TestAPluginIsAddedUsedChangedAndRemoved(t *testing.T) {
	dir := isolate(t)
	path, schema := foreign(t, filepath.Join(dir, "bin"), "geo"), withCity(t, dir, `{"prefix":"town"}`)
	t.Setenv("MAPS_KEY", "s3cret")

	added := must(t, "plugin", "add", path, "--grant", "MAPS_KEY")
	for _, want := range []string{"geo (generator, locked)", "Names of cities.", "1.2.3", "MAPS_KEY (granted)", "How every value begins.", "SHA-256"} {
		if !strings.Contains(added.stdout, want) {
			t.Errorf("add does not tell %q:\n%s", want, added.stdout)
		}
	}
	raw, err := os.ReadFile(filepath.Join(userdir.Path(), trust.FileName))
	if err != nil || strings.Contains(string(raw), "s3cret") {
		t.Errorf("the lock is %s (%v)", raw, err)
	}
	if list := must(t, "plugin", "list"); !strings.Contains(list.stdout, "geo") || !strings.Contains(list.stdout, "text.faq") {
		t.Errorf("the list is\n%s", list.stdout)
	}
	if info := must(t, "plugin", "info", "text.faq"); !strings.Contains(info.stdout, "OPTION") {
		t.Errorf("of a built-in:\n%s", info.stdout)
	}

	must(t, "generate", "--schema", schema, "--validate-only")
	if preview := must(t, "generate", "--schema", schema, "--preview"); !strings.Contains(preview.stdout, "town-") {
		t.Errorf("the preview is\n%s", preview.stdout)
	}
	sums := map[string]bool{}
	for _, workers := range []string{"1", "3"} {
		out := filepath.Join(dir, "out"+workers)
		must(t, "generate", "--schema", schema, "--out", out, "--seed", "7", "-r", "5000", "--workers", workers, "--batch-size", "700")
		meta, err := dataset.ReadMeta(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(meta.Plugins) != 1 || meta.Plugins[0].Name != "geo" || meta.Plugins[0].Version != "1.2.3" || len(meta.Plugins[0].SHA256) != 64 {
			t.Errorf("meta.json tells of %+v", meta.Plugins)
		}
		sums[meta.Files[0].SHA256] = true
		must(t, "check", out)
	}
	if len(sums) != 1 {
		t.Errorf("the rows depend on the number of workers: %v", sums)
	}

	if err := os.WriteFile(path, append(fileBytes(t, path), 'x'), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	refused(t, exitPlugin, []string{"has changed since it was locked", "milvus-ingest plugin add " + path + " --grant MAPS_KEY"},
		"generate", "--schema", schema, "--out", filepath.Join(dir, "out"))
	var lines []pluginLine
	if err := json.Unmarshal([]byte(must(t, "--output", "json", "plugin", "list").stdout), &lines); err != nil || lines[0].State != string(trust.Changed) {
		t.Errorf("the list is %+v (%v)", lines[:1], err)
	}
	must(t, "plugin", "remove", "geo")
	refused(t, exitUsage, []string{`field city: there is no generator "geo"`}, "generate", "--schema", schema, "--preview")
	refused(t, exitUsage, []string{`there is no plugin "geo"`}, "plugin", "remove", "geo")
}

func fileBytes(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestPluginsThatTheUserHasNotLockedDoNotRun(t *testing.T) {
	dir := isolate(t)
	t.Chdir(dir)
	schema := withCity(t, dir, `{}`)
	plugin := foreign(t, filepath.Join(dir, "library", "plugins"), "geo")
	generate := []string{"generate", "--schema", schema, "--preview"}
	refused(t, exitPlugin, []string{"is not locked", "milvus-ingest plugin add geo"}, generate...)
	if list := must(t, "plugin", "list"); !strings.Contains(list.stdout, stateUnlocked) {
		t.Errorf("the list is\n%s", list.stdout)
	}
	if err := os.Rename(plugin, filepath.Join(dir, filepath.Base(plugin))); err != nil {
		t.Fatal(err)
	}
	refused(t, exitUsage, []string{"there is no generator"}, generate...) // nor from the current folder
	t.Setenv("PATH", dir)
	refused(t, exitUsage, []string{"there is no generator"}, generate...)
	must(t, "plugin", "add", "./"+filepath.Base(plugin), "--lock", trust.FileName)
	refused(t, exitPlugin, []string{"of this folder", "--lock plugins.lock.json"}, generate...)
	must(t, append(generate, "--lock", trust.FileName)...)
	if err := os.Chmod(plugin[:0]+filepath.Base(plugin), 0o777); err != nil { //nolint:gosec // this is the point
		t.Fatal(err)
	}
	refused(t, exitPlugin, []string{"others can write", "chmod go-w "}, append(generate, "--lock", trust.FileName)...)
}

func TestWhatCannotBeLockedIsRefused(t *testing.T) {
	dir := isolate(t)
	bin := filepath.Join(dir, "bin")
	geo, thief := foreign(t, bin, "geo"), foreign(t, bin, "text")
	text := filepath.Join(bin, "milvus-ingest-sink-text-file")
	if err := os.WriteFile(text, []byte("hello\n"), 0o700); err != nil { //nolint:gosec // it says that it is a program
		t.Fatal(err)
	}
	t.Chdir(bin)
	tests := []struct {
		name  string
		code  int
		wants []string
		args  []string
	}{
		{"a bare name in the current folder", exitUsage, []string{"is in no folder of plugins", "plugin add ."}, []string{filepath.Base(text)}},
		{"a grant that is not asked for", exitUsage, []string{"does not ask for it", "it asks for MAPS_KEY"}, []string{geo, "--grant", "AWS_SECRET"}},
		{"a name that is taken", exitPlugin, []string{"the name text is taken"}, []string{thief}},
		{"a text", exitPlugin, []string{"cannot be started", "text file that does not begin with #!"}, []string{text}},
		{"another name", exitPlugin, []string{"is no name of a plugin", "milvus-ingest-generator-NAME"}, []string{os.Args[0]}},
		{"nothing", exitUsage, []string{`there is no plugin "goe"`}, []string{"goe"}},
		{"a path to nothing", exitPlugin, []string{"no such file"}, []string{"./goe"}},
		{"a missing module", exitPlugin, []string{"no such file"}, []string{geo, "--with", filepath.Join(bin, "nothing.py")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refused(t, test.code, test.wants, append([]string{"plugin", "add"}, test.args...)...)
		})
	}
	if _, err := os.Stat(filepath.Join(userdir.Path(), trust.FileName)); err == nil {
		t.Error("there is a lock")
	}
}

func TestMistakesInParamsOfPluginsAreTold(t *testing.T) {
	dir := isolate(t)
	must(t, "plugin", "add", foreign(t, filepath.Join(dir, "bin"), "geo"))
	for params, wants := range map[string][]string{
		`{"prefx":"x"}`: {`field city: unknown configuration key "prefx"`, `did you mean "prefix"?`},
		`{"prefix":3}`:  {`field city: configuration key "prefix": expected string, found integer`},
		`{"prefix":""}`: {"field city: prefix is empty", "give it a letter"},
	} {
		t.Run(params, func(t *testing.T) {
			out := filepath.Join(dir, "out")
			refused(t, exitUsage, wants, "generate", "--schema", withCity(t, dir, params), "--out", out)
			if left, _ := filepath.Glob(filepath.Join(out, "data*")); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

func TestAPluginThatPanicsEndsTheRunCleanly(t *testing.T) {
	dir := isolate(t)
	must(t, "plugin", "add", foreign(t, filepath.Join(dir, "bin"), "geo"))
	out := filepath.Join(dir, "out")
	r := ingest(t, "--output", "json", "generate", "--schema", withCity(t, dir, `{"panic":777}`), "--out", out, "--batch-size", "100", "--workers", "1")
	if r.code != exitPlugin || r.stdout != "" {
		t.Errorf("exit code %d, printed %q", r.code, r.stdout)
	}
	for _, want := range []string{"field city", "rows 700 to 799", "an earthquake", "plugin_test.go"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is not in:\n%s", want, r.stderr)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(out, "data*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestHooksReadWhatPluginsMake(t *testing.T) {
	dir := isolate(t)
	must(t, "plugin", "add", foreign(t, filepath.Join(dir, "bin"), "geo"))
	hooks := filepath.Join(dir, "hooks.js")
	code := `export const fields = { label: { uses: ["city"], value: ({ record }) => "in " + record.city } };
export function validate(record) { return record.label === "in " + record.city; }`
	if err := os.WriteFile(hooks, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	r := must(t, "--output", "json", "generate", "--schema", withCity(t, dir, `{}`), "--hooks", hooks, "--preview")
	var preview struct {
		Rows     []struct{ City, Label string }
		Verdicts []string
	}
	if err := json.Unmarshal([]byte(r.stdout), &preview); err != nil || len(preview.Rows) != 10 {
		t.Fatalf("the preview is %s (%v)", r.stdout, err)
	}
	for i, row := range preview.Rows {
		if row.Label != "in "+row.City || preview.Verdicts[i] != "" {
			t.Errorf("row %d is %+v, verdict %q", i, row, preview.Verdicts[i])
		}
	}
}

func TestPluginsAreHeldToTheContract(t *testing.T) {
	dir := isolate(t)
	geo := foreign(t, filepath.Join(dir, "bin"), "geo")
	r := ingest(t, "plugin", "test", geo)
	if r.code != exitDone || !strings.Contains(r.stdout, "0 failed") || !strings.Contains(r.stderr, "not locked") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	config := filepath.Join(dir, "config.json")
	if err := os.WriteFile(config, []byte(`{"panic":1003}`), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, exitPlugin, []string{"fails"}, "plugin", "test", geo, "--config", config)
}

func TestPluginsAreWritten(t *testing.T) {
	dir := isolate(t)
	t.Chdir(dir)
	must(t, "plugin", "new", "generator", "part-number")
	if _, err := os.Stat(filepath.Join("part-number", "main.go")); err != nil {
		t.Error(err)
	}
	refused(t, exitUsage, []string{"is there already"}, "plugin", "new", "generator", "part-number")
	refused(t, exitPlugin, []string{"the name text is taken"}, "plugin", "new", "generator", "text")
	refused(t, exitUsage, nil, "plugin", "new", "generator", "Part")
	refused(t, exitUsage, nil, "plugin", "new", "generator", "part", "--lang", "cobol")
}
