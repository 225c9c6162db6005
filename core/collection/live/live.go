// Package live gives tests real servers: Milvus, Milvus Lite and MinIO, as
// `make servers` installs them. Those that all tests share are found by the
// environment; a test that kills its server starts one of its own.
//
// Where the environment names no servers the tests that need them are skipped;
// `make test` names them, and then a server that is missing is a failure.
package live

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Env names the folder in which `make servers` keeps what it installed, and
// the file servers.env with the addresses of those that run.
const Env = "MILVUS_INGEST_TEST_SERVERS"

// Store is a running MinIO.
type Store struct {
	Endpoint, AccessKey, SecretKey string
	// Bucket is the one that the shared Milvus reads its imports from.
	Bucket string
}

// Milvus is the URI of the shared Milvus 2.3.5, which stores in Minio(t).
func Milvus(t testing.TB) string {
	t.Helper()
	return shared(t)["MILVUS_URI"]
}

// Lite is the URI of the shared Milvus Lite.
func Lite(t testing.TB) string {
	t.Helper()
	return shared(t)["LITE_URI"]
}

// Minio is the shared store.
func Minio(t testing.TB) Store {
	t.Helper()
	env := shared(t)
	return Store{
		Endpoint: env["MINIO_ENDPOINT"], AccessKey: env["MINIO_ACCESS_KEY"], SecretKey: env["MINIO_SECRET_KEY"],
		Bucket: env["MINIO_BUCKET"],
	}
}

// Python is a Python with pymilvus and Milvus Lite.
func Python(t testing.TB) string {
	t.Helper()
	return filepath.Join(folder(t), "lite", "bin", "python")
}

// Name is a name for a collection, bucket or prefix that no other test has; a
// collection of that name is dropped from both shared servers when the test
// ends.
func Name(t testing.TB) string {
	t.Helper()
	env := shared(t)
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(t.Name()))
	random := make([]byte, 5)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name = "t" + name[:min(len(name), 30)] + hex.EncodeToString(random)
	t.Cleanup(func() {
		for _, uri := range []string{env["MILVUS_URI"], env["LITE_URI"]} {
			drop(t, uri, name)
		}
	})
	return name
}

// drop removes a collection if it is there.
func drop(t testing.TB, uri, name string) {
	t.Helper()
	connection, err := grpc.NewClient(strings.TrimPrefix(uri, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	service := milvuspb.NewMilvusServiceClient(connection)
	found, err := service.HasCollection(ctx, &milvuspb.HasCollectionRequest{CollectionName: name})
	if err != nil {
		t.Errorf("%s: %v", uri, err)
		return
	}
	if !found.GetValue() {
		return
	}
	status, err := service.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: name})
	if err != nil || status.GetCode() != 0 || status.GetErrorCode() != 0 { //nolint:staticcheck // Milvus 2.3 answers with the older code
		t.Errorf("%s: dropping %s: %v %v", uri, name, err, status)
	}
}

// folder is where the servers are installed.
func folder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Env)
	if dir == "" {
		t.Skipf("%s names no servers; make servers starts them and says how to use them", Env)
	}
	return dir
}

// shared are the addresses of the servers that run.
func shared(t testing.TB) map[string]string {
	t.Helper()
	env, err := readEnv(filepath.Join(folder(t), "servers.env"))
	if err != nil {
		t.Fatalf("the servers do not run (make servers starts them): %v", err)
	}
	return env
}

// readEnv reads a file of lines NAME=VALUE, in which $NAME stands for what
// came before.
func readEnv(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	env := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			env[name] = os.Expand(value, func(name string) string { return env[name] })
		}
	}
	return env, nil
}
