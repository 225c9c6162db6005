package live

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

// helperEnv has the test binary start a server and say where, for
// TestServersEndWithTheTestBinary.
const helperEnv = "MILVUS_INGEST_TEST_LIVE_HELPER"

func TestSharedServersSayWhatTheyAre(t *testing.T) {
	for _, server := range []struct{ uri, want string }{
		{Milvus(t), "2.3.5"},
		{Lite(t), ""},
	} {
		version, err := dial(t, server.uri).GetVersion(t.Context(), &milvuspb.GetVersionRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(version.GetVersion(), server.want) {
			t.Errorf("%s is %s, want %s", server.uri, version.GetVersion(), server.want)
		}
	}
	if store := Minio(t); !reachable(store.Endpoint+"/minio/health/ready") || store.Bucket == "" {
		t.Errorf("the store %+v is not ready", store)
	}
}

func TestCollectionsOfANameAreDroppedWithTheTest(t *testing.T) {
	var name string
	uris := []string{Milvus(t), Lite(t)}
	t.Run("the test", func(t *testing.T) {
		name = Name(t)
		if other := Name(t); other == name {
			t.Errorf("two names are %s", name)
		}
		for _, uri := range uris {
			create(t, uri, name)
		}
	})
	for _, uri := range uris {
		if exists(t, uri, name) {
			t.Errorf("%s: %s is still there", uri, name)
		}
	}
}

func TestKilledServersComeBackWithWhatTheyHeld(t *testing.T) {
	for _, kind := range []struct {
		name  string
		start func(testing.TB) *Server
	}{
		{"Milvus", func(t testing.TB) *Server { return StartMilvus(t, nil) }},
		{"Milvus in MinIO", func(t testing.TB) *Server { store := Minio(t); return StartMilvus(t, &store) }},
		{"Milvus Lite", StartLite},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel() // they wait, most of the time
			server := kind.start(t)
			create(t, server.URI, "kept")
			server.Kill(t)
			server.Restart(t)
			if !exists(t, server.URI, "kept") {
				t.Error("the collection is gone")
			}
		})
	}
}

func TestMinioComesBackOnItsPort(t *testing.T) {
	server, store := StartMinio(t)
	server.Kill(t)
	if reachable(store.Endpoint) {
		t.Error("it was killed and answers")
	}
	server.Restart(t)
	if !reachable(store.Endpoint + "/minio/health/ready") {
		t.Error("it does not answer where it was")
	}
}

func TestServersEndWithTheTestBinary(t *testing.T) {
	if os.Getenv(helperEnv) != "" {
		_, store := StartMinio(t)
		os.Stdout.WriteString(store.Endpoint + "\n")
		select {}
	}
	folder(t)
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("only Linux ends a process with the one that started it")
	}
	helper := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	helper.Env = append(os.Environ(), helperEnv+"=1")
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 200)
	n, err := stdout.Read(said)
	helper.Process.Kill()
	helper.Wait()
	if err != nil {
		t.Fatal(err)
	}
	endpoint := strings.TrimSpace(string(said[:n]))
	for deadline := time.Now().Add(10 * time.Second); reachable(endpoint); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s answers after its test binary was killed", endpoint)
		}
	}
}

// create makes a small collection.
func create(t *testing.T, uri, name string) {
	t.Helper()
	schema, err := proto.Marshal(&schemapb.CollectionSchema{Name: name, Fields: []*schemapb.FieldSchema{
		{FieldID: 100, Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true},
		{FieldID: 101, Name: "v", DataType: schemapb.DataType_FloatVector, TypeParams: []*commonpb.KeyValuePair{{Key: "dim", Value: "4"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	status, err := dial(t, uri).CreateCollection(t.Context(), &milvuspb.CreateCollectionRequest{CollectionName: name, Schema: schema, ShardsNum: 1})
	if err != nil || status.GetCode() != 0 {
		t.Fatal(err, status)
	}
}

func exists(t *testing.T, uri, name string) bool {
	t.Helper()
	found, err := dial(t, uri).HasCollection(t.Context(), &milvuspb.HasCollectionRequest{CollectionName: name})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetValue()
}

func dial(t *testing.T, uri string) milvuspb.MilvusServiceClient {
	t.Helper()
	connection, err := grpc.NewClient(strings.TrimPrefix(uri, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return milvuspb.NewMilvusServiceClient(connection)
}

// reachable tells whether something answers http there, and well.
func reachable(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode < http.StatusInternalServerError
}
