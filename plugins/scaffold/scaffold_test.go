package scaffold_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/scaffold"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// offline runs go in a project without a network: the sums are ours.
func offline(t *testing.T, dir string, args ...string) {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestGoProjectsBuildPassTheirTestsAndRun(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []sdk.Kind{sdk.KindGenerator, sdk.KindSink} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			project := scaffold.Project{Kind: kind, Name: "part-number", Lang: "go", Replace: root}
			dir := filepath.Join(t.TempDir(), "project")
			files, err := scaffold.Write(dir, project)
			if err != nil || !slices.Contains(files, "main.go") {
				t.Fatalf("files %v (%v)", files, err)
			}
			if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644); err != nil {
				t.Fatal(err)
			}
			offline(t, dir, "build", "-o", project.Executable(), ".")
			offline(t, dir, "vet", ".")
			if !testing.Short() {
				offline(t, dir, "test", ".")
			}
			if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gofmt: %s (%v)", out, err)
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

func configOf(kind sdk.Kind) string {
	if kind == sdk.KindSink {
		return `{"path": "{dir}/data.jsonl"}`
	}
	return `{"most": 50}`
}

func TestWrongProjectsAreRefused(t *testing.T) {
	good := scaffold.Project{Kind: sdk.KindSink, Name: "a", Lang: "go"}
	for name, test := range map[string]struct {
		change func(p *scaffold.Project)
		told   string
	}{
		"a kind that is none":     {func(p *scaffold.Project) { p.Kind = "sinks" }, `kind of plugin "sinks"`},
		"a name with upper case":  {func(p *scaffold.Project) { p.Name = "Geo" }, `"Geo" is no name`},
		"a name that is a path":   {func(p *scaffold.Project) { p.Name = "../a" }, `"../a" is no name`},
		"a name that ends in -":   {func(p *scaffold.Project) { p.Name = "a-" }, `"a-" is no name`},
		"no name":                 {func(p *scaffold.Project) { p.Name = "" }, `"" is no name`},
		"a language that is none": {func(p *scaffold.Project) { p.Lang = "pyhton" }, `no project in "pyhton"`},
		"several at once":         {func(p *scaffold.Project) { p.Name, p.Lang = "A", "rust" }, `"rust"`},
	} {
		t.Run(name, func(t *testing.T) {
			p, dir := good, filepath.Join(t.TempDir(), "new")
			test.change(&p)
			_, err := scaffold.Write(dir, p)
			if err == nil || !strings.Contains(err.Error(), test.told) || core.CodeOf(err) != core.InvalidConfig {
				t.Errorf("error is %v", err)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("it wrote something")
			}
		})
	}
}

func TestAFolderThatIsTakenStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := scaffold.Write(dir, scaffold.Project{Kind: sdk.KindSink, Name: "a", Lang: "go"})
	if core.CodeOf(err) != core.Conflict {
		t.Errorf("error is %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("there are %v", entries)
	}
}
