package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/bulk/gateway"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// typesOfImport is a schema with each type that Milvus 2.3 imports.
const typesOfImport = `
collection_name: types
enable_dynamic_field: true
dynamic_fields: [{name: extra, type: Int}]
fields:
  - {name: id, type: VarChar, max_length: 40, is_primary: true, generator: identifier.uuid}
  - {name: flag, type: Bool}
  - {name: tiny, type: Int8}
  - {name: short, type: Int16}
  - {name: whole, type: Int32}
  - {name: long, type: Int64}
  - {name: single, type: Float}
  - {name: double, type: Double}
  - {name: text, type: VarChar, max_length: 60}
  - {name: group, type: VarChar, max_length: 20, is_partition_key: true, enum_values: [a, b, 'c"d', 四]}
  - {name: document, type: JSON}
  - {name: tags, type: Array, element_type: VarChar, max_capacity: 4, max_length: 20}
  - {name: bools, type: Array, element_type: Bool, max_capacity: 4}
  - {name: tinies, type: Array, element_type: Int8, max_capacity: 4}
  - {name: shorts, type: Array, element_type: Int16, max_capacity: 4}
  - {name: wholes, type: Array, element_type: Int32, max_capacity: 4}
  - {name: longs, type: Array, element_type: Int64, max_capacity: 4}
  - {name: singles, type: Array, element_type: Float, max_capacity: 4}
  - {name: v, %s}
`

// storeOf points the environment at the shared store.
func storeOf(t *testing.T) live.Store {
	t.Helper()
	store := live.Minio(t)
	for name, value := range map[string]string{
		"MINIO_ENDPOINT": store.Endpoint, "MINIO_ACCESS_KEY": store.AccessKey, "MINIO_SECRET_KEY": store.SecretKey, "MINIO_BUCKET": store.Bucket,
		"MILVUS_INGEST_EXCLUDE_FIELDS": "", "MILVUS_URI": live.Milvus(t),
	} {
		t.Setenv(name, value)
	}
	return store
}

// swept is a prefix of the bucket that is empty again when the test ends.
func swept(t *testing.T, store live.Store) string {
	t.Helper()
	prefix := live.Name(t) + "/"
	t.Cleanup(func() {
		ctx := context.Background() // that of the test has ended
		b, err := bucket.Open(ctx, bucket.Options{Endpoint: store.Endpoint, Bucket: store.Bucket, AccessKey: store.AccessKey, SecretKey: store.SecretKey}, false)
		if err != nil {
			t.Error(err)
			return
		}
		for o, err := range b.List(ctx, prefix) {
			if err == nil {
				err = b.Delete(ctx, o.Key)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	return prefix
}

// TestEveryTypeArrivesByImport goes from the schema to rows that are compared,
// as Parquet over gRPC and as JSON over REST v2.
func TestEveryTypeArrivesByImport(t *testing.T) {
	dir, store := isolate(t), storeOf(t)
	rest := gateway.Start(t, live.Milvus(t))
	for _, c := range []struct {
		format, vector, uri string
		over                bulk.Over
	}{
		{"parquet", "type: FloatVector, dim: 8}\n  - {name: doubles, type: Array, element_type: Double, max_capacity: 4", live.Milvus(t), bulk.GRPC},
		{"json", "type: BinaryVector, dim: 16", rest.URI, bulk.REST},
	} {
		t.Run(c.format, func(t *testing.T) {
			schema, data := filepath.Join(dir, c.format+".yaml"), filepath.Join(dir, c.format)
			if err := os.WriteFile(schema, fmt.Appendf(nil, typesOfImport, c.vector), 0o600); err != nil {
				t.Fatal(err)
			}
			must(t, "generate", "--schema", schema, "--total-rows", "300", "--file-count", "2", "--seed", "7", "--format", c.format, "--out", data)
			name, prefix := live.Name(t), swept(t, store)
			line := []string{
				"to-milvus", "import", "--local-path", data, "--s3-path", prefix, "--uri", c.uri, "--collection-name", name,
				"--wait", "--timeout", "120", "--output", "json",
			}
			r := must(t, line...)
			var told bulk.LoadResult
			if err := json.Unmarshal([]byte(r.stdout), &told); err != nil {
				t.Fatal(err)
			}
			if told.Over != c.over || told.Rows != 300 || told.After != 300 || told.Estimate != 300 || told.Files != 2 || !told.Made {
				t.Errorf("told %s", r.stdout)
			}
			sameRows(t, data, name)

			if r := ingest(t, line...); r.code != exitUsage || !strings.Contains(r.stderr, "2 of 2 files were imported") || !strings.Contains(r.stderr, "--again") {
				t.Errorf("a second time: exit code %d\n%s", r.code, r.stderr)
			}
			if c.over == bulk.GRPC {
				looksAfterJobs(t, c.uri, name)
				return
			}
			r = must(t, append(line, "--resume")...)
			if err := json.Unmarshal([]byte(r.stdout), &told); err != nil || told.Earlier != 2 || told.After != 300 || len(told.Jobs) != 0 {
				t.Errorf("going on with what is done: %v\n%s", err, r.stdout)
			}
		})
	}
}

// looksAfterJobs uses the commands of import on the jobs of a collection.
func looksAfterJobs(t *testing.T, uri, name string) {
	t.Helper()
	r := must(t, "import", "list", "--uri", uri, "--collection-name", name, "--output", "json")
	var jobs []bulk.Status
	if err := json.Unmarshal([]byte(r.stdout), &jobs); err != nil || len(jobs) == 0 || jobs[0].Collection != name {
		t.Fatalf("import list: %v\n%s", err, r.stdout)
	}
	if r := must(t, "import", "status", jobs[0].ID, "--uri", uri); !strings.Contains(r.stdout, "Completed") || !strings.Contains(r.stdout, "file: ") {
		t.Errorf("import status tells\n%s", r.stdout)
	}
	if r := must(t, "import", "wait", jobs[0].ID, "--uri", uri); !strings.Contains(r.stderr, "300 rows") {
		t.Errorf("import wait tells\n%s", r.stderr)
	}
	if r := ingest(t, "import", "status", "12345", "--uri", uri); r.code == exitDone || r.stderr == "" {
		t.Errorf("of a job that is not there: exit code %d\n%s", r.code, r.stderr)
	}
}

// sameRows compares a data set with a collection, row by row and value by
// value.
func sameRows(t *testing.T, data, name string) {
	t.Helper()
	set, err := dataset.Open(t.Context(), data, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := collection.Dial(t.Context(), collection.Options{URI: live.Milvus(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c, err := server.Find(t.Context(), name)
	if err != nil || c == nil {
		t.Fatalf("%s is not there (%v)", name, err)
	}
	want := map[string][]string{}
	for batch, err := range set.Rows(t.Context(), dataset.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		gather(t, want, batch.Record)
	}
	got := map[string][]string{}
	for batch, err := range c.Rows(t.Context(), collection.Read{}) {
		if err != nil {
			t.Fatal(err)
		}
		gather(t, got, batch)
	}
	if len(got) != len(want) {
		t.Errorf("%d rows arrived of %d", len(got), len(want))
	}
	for key, row := range want {
		for _, value := range row {
			if !strings.Contains(strings.Join(got[key], "\n"), value) {
				t.Fatalf("row %s has %s, and arrived as %s", key, value, got[key])
			}
		}
	}
}

// gather adds the rows of a batch by their keys, as "column=value".
func gather(t *testing.T, rows map[string][]string, batch arrow.Record) {
	t.Helper()
	for i := range int(batch.NumRows()) {
		var key string
		var row []string
		for n, f := range batch.Schema().Fields() {
			value := batch.Column(n).ValueStr(i)
			if f.Name == "id" {
				key = value
			}
			if document := map[string]any{}; json.Unmarshal([]byte(value), &document) == nil {
				sorted, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				value = string(sorted)
			}
			row = append(row, f.Name+"="+value)
		}
		rows[key] = row
	}
}
