package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// block is a block of code of a document.
type block struct{ kind, text string }

func blocksOf(t *testing.T, path string) []block {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// follow does in the current folder what a document says: it writes the files
// whose name is the first comment of a block, runs the commands, and looks for
// the text of other blocks in what the last one said.
func follow(t *testing.T, blocks []block) {
	t.Helper()
	name := regexp.MustCompile(`^(?://|#) (\S+\.(?:js|ts|yaml))\n`)
	var said string
	for _, b := range blocks {
		switch m := name.FindStringSubmatch(b.text); {
		case m != nil:
			if err := os.WriteFile(m[1], []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
		case b.kind == "sh":
			for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
				said = followLine(t, line)
			}
		case b.kind == "text":
			for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
				if !strings.Contains(said, line) {
					t.Errorf("%q is not in what it says:\n%s", line, said)
				}
			}
		default:
			t.Errorf("nobody tests this block of %s:\n%s", b.kind, b.text)
		}
	}
}

func followLine(t *testing.T, line string) string {
	t.Helper()
	if name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "="); ok && strings.HasPrefix(line, "export ") {
		t.Setenv(name, value)
		return ""
	}
	command, comment, _ := strings.Cut(line, " # ")
	args := strings.Fields(os.ExpandEnv(command))
	if args[0] != "milvus-ingest" {
		t.Fatalf("not a command of ours: %s", line)
	}
	want := exitDone
	if code, ok := strings.CutPrefix(comment, "exit code "); ok {
		var err error
		if want, err = strconv.Atoi(code); err != nil {
			t.Fatal(err)
		}
	}
	r := ingest(t, args[1:]...)
	if r.code != want {
		t.Errorf("%s: exit code %d, want %d\n%s%s", line, r.code, want, r.stdout, r.stderr)
	}
	return r.stdout + r.stderr
}

func TestTheDocumentOfHooksCanBeFollowed(t *testing.T) {
	path, err := filepath.Abs("../../docs/hooks.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(isolate(t))
	follow(t, blocksOf(t, path))
	meta := metaOf(t, "shop")
	if meta.Hooks.Invalid == 0 || meta.Hooks.OnInvalid != "regenerate" || meta.Generation.TotalRows != 1000 {
		t.Errorf("meta.json says %+v", meta.Hooks)
	}
}

func TestTheFAQExampleCanBeFollowed(t *testing.T) {
	dir := isolate(t)
	if err := os.CopyFS(dir, os.DirFS("../../examples/faq")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	follow(t, blocksOf(t, "README.md"))
	meta := metaOf(t, "faq")
	if v := meta.Hooks; v.Invalid < 200 || v.Invalid > 600 || v.Dropped != 0 || meta.Generation.TotalRows != 2000 {
		t.Errorf("meta.json says %+v", v)
	}
}
