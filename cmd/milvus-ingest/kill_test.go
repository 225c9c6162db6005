//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestARunThatIsKilledCanBeResumed kills the program, or one of its plugins,
// at several moments. Whatever happens no process stays, no file under a final
// name is half-written, and --resume ends with the same bytes.
func TestARunThatIsKilledCanBeResumed(t *testing.T) {
	dir := isolate(t)
	args := func(out string) []string {
		return []string{"generate", "--builtin", "knowledge_base", "--total-rows", "24000", "--rows-per-file", "4096", "--seed", "5", "--out", out}
	}
	undisturbed := filepath.Join(dir, "undisturbed")
	must(t, args(undisturbed)...)
	want := sums(t, undisturbed)
	moments := []time.Duration{30, 150, 300, 450, 700}
	for i, moment := range moments {
		for _, victim := range []string{"host", "plugin"} {
			t.Run(fmt.Sprintf("%s after %d ms", victim, moment), func(t *testing.T) {
				out := filepath.Join(dir, fmt.Sprint(victim, i))
				tag := fmt.Sprintf("kill-%s-%d-%d", victim, i, os.Getpid())
				killAt(t, moment*time.Millisecond, victim, tag, args(out))
				gone(t, tag)
				for path, sum := range sums(t, out) {
					if filepath.Ext(path) == ".parquet" && sum != want[path] {
						t.Errorf("%s stands under its final name and is not whole", path)
					}
				}
				must(t, append(args(out), "--resume")...)
				got := sums(t, out)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("resumed to\n%v\nnot\n%v", got, want)
				}
			})
		}
	}
}

// killAt starts the program and kills it, or its first plugin, after a while.
func killAt(t *testing.T, after time.Duration, victim, tag string, args []string) {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asMain+"=1", "MILVUS_INGEST_TAG="+tag)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	target := command.Process.Pid
	if victim == "plugin" {
		target = 0
		for _, pid := range tagged(tag) {
			if pid != command.Process.Pid {
				target = pid
			}
		}
	}
	if target != 0 {
		// It may have ended by itself a moment ago.
		_ = syscall.Kill(target, syscall.SIGKILL)
	}
	err := command.Wait()
	if victim == "plugin" && err != nil {
		if code := command.ProcessState.ExitCode(); code != exitPlugin || !strings.Contains(stderr.String(), "killed") {
			t.Errorf("exit code %d, it says\n%s", code, stderr.String())
		}
	}
}

// tagged lists the processes of a run: children inherit the tag.
func tagged(tag string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		if err == nil && bytes.Contains(environ, []byte("MILVUS_INGEST_TAG="+tag+"\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// gone waits until no process of a run is left.
func gone(t *testing.T, tag string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		left := tagged(tag)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes %v are left", left)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
