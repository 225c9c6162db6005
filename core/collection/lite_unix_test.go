//go:build unix

package collection

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// TestMilvusLiteOutlivesItsOwnerUntilAllIsWritten kills a process and all of
// its group, as timeout -s KILL does: Milvus Lite ends by itself, and what it
// acknowledged is there.
func TestMilvusLiteOutlivesItsOwnerUntilAllIsWritten(t *testing.T) {
	const helperEnv = "MILVUS_INGEST_TEST_LITE_HELPER"
	if path := os.Getenv(helperEnv); path != "" {
		l, err := startLite(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString(l.address + "\n")
		select {}
	}
	path := filepath.Join(t.TempDir(), "x.db")
	t.Setenv(liteEnv, live.Python(t))
	helper := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	helper.Env = append(os.Environ(), helperEnv+"="+path)
	helper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 200)
	n, err := stdout.Read(said)
	address := strings.TrimSpace(string(said[:n]))
	acknowledged := ""
	if err == nil {
		acknowledged = addRows(t, address, "0")
	}
	err = errors.Join(err, syscall.Kill(-helper.Process.Pid, syscall.SIGKILL))
	helper.Wait()
	if err != nil || acknowledged != "3" {
		t.Fatalf("%v, %s rows", err, acknowledged)
	}
	segments := filepath.Join(path, "collections", "c", "partitions", "*", "data", "*.parquet")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if written, err := filepath.Glob(segments); err != nil || len(written) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the database was not closed in order: its rows are in the log alone")
		}
	}
	l, err := startLite(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if rows := addRows(t, l.address, "10"); rows != "6" {
		t.Errorf("3 rows were acknowledged; with 3 more there are %s", rows)
	}
}
