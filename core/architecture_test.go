package core_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/zilliz/milvus-ingest/"

// TestImportsPointOneWay keeps the order of the packages: cmd → pipeline,
// plugins, scripts, generators, sinks → core.
func TestImportsPointOneWay(t *testing.T) {
	rules := []struct {
		from   string
		banned []string
	}{
		{"core", []string{"plugins", "generators", "sinks", "scripts", "cmd"}},
		{"generators", []string{"plugins", "plugins/internal", "sinks", "scripts", "cmd", "core/pipeline"}},
		{"sinks", []string{"plugins", "plugins/internal", "generators", "scripts", "cmd", "core/pipeline"}},
		{"scripts", []string{"plugins", "plugins/internal", "generators", "sinks", "cmd", "core/pipeline"}},
		{"plugins", []string{"generators", "sinks", "scripts", "cmd", "core/pipeline"}},
	}
	command := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], module)
		for _, rule := range rules {
			if from != rule.from && !strings.HasPrefix(from, rule.from+"/") {
				continue
			}
			seen++
			for _, imported := range words[1:] {
				for _, banned := range rule.banned {
					if breaks(strings.TrimPrefix(imported, module), banned) {
						t.Errorf("%s imports %s", from, imported)
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("go list told of no package of ours")
	}
}

// breaks tells whether an import is of the banned package. "plugins" is the
// host alone: its sdk is for everybody.
func breaks(imported, banned string) bool {
	if imported == banned {
		return true
	}
	return strings.HasPrefix(imported, banned+"/") && banned != "plugins"
}

// TestRowsDependOnNothingElse keeps clocks and other randomness out of what
// makes rows.
func TestRowsDependOnNothingElse(t *testing.T) {
	for _, dir := range []string{"../generators", "../scripts", "pipeline", "rng"} {
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, banned := range []string{`"math/rand`, `"crypto/rand"`, "time.Now()"} {
				if bytes.Contains(code, []byte(banned)) {
					t.Errorf("%s: %s", path, banned)
				}
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
}
