package scaffold_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the outputs of commands into docs/plugins.md")

// block is a code block of the page.
type block struct {
	lang, text string
	// file is the name that the text before the block ends with, or "".
	file string
}

func blocksOf(page string) []block {
	var blocks []block
	names := regexp.MustCompile("`([a-z_]+\\.(?:go|json|yaml))`[^`]*$")
	at := 0
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatchIndex(page, -1) {
		b := block{lang: page[m[2]:m[3]], text: page[m[4]:m[5]]}
		before := strings.TrimSpace(page[at:m[0]])
		before = before[strings.LastIndex(before, "\n\n")+1:]
		if name := names.FindStringSubmatch(before); name != nil {
			b.file = name[1]
		}
		at = m[1]
		blocks = append(blocks, b)
	}
	return blocks
}

// TestThePageIsTrue follows docs/plugins.md word by word: it writes its files,
// runs its commands, and compares what they print.
func TestThePageIsTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program and two plugins")
	}
	raw, err := os.ReadFile("../../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	page, walk := string(raw), newWalk(t)
	var fragments []string
	var printed string
	for _, b := range blocksOf(page) {
		switch {
		case b.lang == "sh":
			printed = walk.run(b.text)
		case b.lang == "text" && b.text != printed && *update:
			page = strings.Replace(page, "```text\n"+b.text+"```", "```text\n"+printed+"```", 1)
		case b.lang == "text" && b.text != printed:
			t.Errorf("the page shows\n%s\nand there is\n%s\ngo test ./plugins/scaffold -run Page -update writes it", b.text, printed)
		case b.lang == "text":
		case b.file != "":
			walk.write(b.file, b.text)
		case b.lang == "go":
			fragments = append(fragments, b.text)
		default:
			t.Errorf("a block of %s that nothing tests:\n%s", b.lang, b.text)
		}
	}
	walk.write("fragments.go", "package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\n\t\"github.com/apache/arrow/go/v17/arrow\"\n\n"+
		"\t\"github.com/zilliz/milvus-ingest/core\"\n\t\"github.com/zilliz/milvus-ingest/core/rng\"\n\t\"github.com/zilliz/milvus-ingest/plugins/sdk\"\n)\n\n"+
		strings.Join(fragments, "\n"))
	walk.run("go build -o fragments . && gofmt -l . >&2 && test -z \"$(gofmt -l .)\"")
	if len(fragments) < 3 || !strings.Contains(walk.log.String(), "plugin add") {
		t.Error("the page was not read")
	}
	if *update {
		if err := os.WriteFile("../../docs/plugins.md", []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// walk is a reader's terminal.
type walk struct {
	t    *testing.T
	home string
	dir  string
	log  strings.Builder
}

// newWalk builds the program, and puts it in the reader's way: plugins are
// written so that they are built with this source, without a network.
func newWalk(t *testing.T) *walk {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, home: t.TempDir()}
	w.dir = w.home
	program := filepath.Join(w.home, "bin", "program")
	build := exec.Command("go", "build", "-o", program, "./cmd/milvus-ingest")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1 $2\" = \"plugin new\" ]; then\n\t%[1]q \"$@\" --replace %[2]q && cp %[2]q/go.sum \"$4\"\n"+
		"else\n\texec %[1]q \"$@\"\nfi\n", program, root)
	if err := os.WriteFile(filepath.Join(w.home, "bin", "milvus-ingest"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *walk) write(name, text string) {
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// run runs commands where the reader is, and gives what they print. From home,
// a project's folder is beside the other's.
func (w *walk) run(commands string) string {
	w.t.Helper()
	w.log.WriteString(commands)
	if strings.Contains(commands, "plugin new") {
		w.dir = w.home
	}
	at := filepath.Join(w.home, "at")
	command := exec.Command("sh", "-ec", commands+"\npwd > "+at)
	command.Dir = w.dir
	command.Env = append(os.Environ(), "PATH="+filepath.Join(w.home, "bin")+":"+os.Getenv("PATH"), "XDG_DATA_HOME="+filepath.Join(w.home, "data"),
		"GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "MILVUS_INGEST_LOCK=", "MILVUS_INGEST_PLUGIN_DIR=")
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		w.t.Fatalf("%s\n%s%s%v", commands, out, stderr.String(), err)
	}
	where, err := os.ReadFile(at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.dir = strings.TrimSpace(string(where))
	return string(out)
}
