//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestARunWithHooksIsResumed kills a run after its second file, and goes on
// with it: the rows, the counts and the reasons are those of one that nobody
// disturbed.
func TestARunWithHooksIsResumed(t *testing.T) {
	dir := isolate(t)
	schema := tiny(t, dir)
	slow := strings.Replace(picky, "value: (", "value: (context) => { for (let i = 0; i < 20000; i++); return make(context); }, make: (", 1)
	slow = "const make = (context) => fields.title.make(context);\n" + slow
	hooks := hookFile(t, dir, "hooks.js", slow)
	args := func(out string) []string {
		return []string{
			"generate", "--schema", schema, "--hooks", hooks, "--on-invalid", "drop", "--format", "json", "--seed", "7",
			"--total-rows", "500", "--rows-per-file", "100", "--workers", "1", "--out", out,
		}
	}
	undisturbed, out := filepath.Join(dir, "undisturbed"), filepath.Join(dir, "out")
	must(t, args(undisturbed)...)
	killAfter(t, filepath.Join(out, "data.json", "part-00001.json"), args(out))

	t.Run("not with another hook file", func(t *testing.T) {
		other := hookFile(t, dir, "other/hooks.js", picky)
		r := ingest(t, append(args(out), "--resume", "--hooks", other)...)
		if r.code != exitUsage || !strings.Contains(r.stderr, "another hook file") {
			t.Errorf("exit code %d, %s", r.code, r.stderr)
		}
	})
	t.Run("not with another policy", func(t *testing.T) {
		if r := ingest(t, append(args(out), "--resume", "--on-invalid", "regenerate")...); r.code != exitUsage {
			t.Errorf("exit code %d, %s", r.code, r.stderr)
		}
	})
	if err := os.Remove(hooks); err != nil { // the run keeps its own copy
		t.Fatal(err)
	}
	must(t, "generate", "--resume", "--out", out)
	same(t, rows(t, out), rows(t, undisturbed))
	if got, want := metaOf(t, out), metaOf(t, undisturbed); !sameJSON(got, want) {
		t.Errorf("meta.json says %s\nnot %s", jsonText(got), jsonText(want))
	}
}

// killAfter starts the program and kills it once a file is there.
func killAfter(t *testing.T, file string, args []string) {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asMain+"=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Error("the file did not come")
			break
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Error("the run ended before it was killed")
	}
}
