package minio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
	sinkjson "github.com/zilliz/milvus-ingest/sinks/json"
	"github.com/zilliz/milvus-ingest/sinks/minio"
	"github.com/zilliz/milvus-ingest/sinks/parquet"
)

// TestMain is a plugin when a test has started it as one.
func TestMain(m *testing.M) {
	if sdk.Hosted() {
		sdk.Serve(minio.Components()...)
	}
	os.Exit(m.Run())
}

// config is a configuration of the sink in a bucket of the test's own.
func config(t *testing.T, keys string) (string, *bucket.Bucket) {
	t.Helper()
	store, name := live.Minio(t), live.Name(t)
	b, err := bucket.Open(t.Context(), bucket.Options{Endpoint: store.Endpoint, Bucket: name, AccessKey: store.AccessKey, SecretKey: store.SecretKey}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return fmt.Sprintf(`{"place": "s3://%s/%s", "endpoint_url": %q, "access_key_id": %q, "secret_access_key": %q%s}`,
		name, "set", store.Endpoint, store.AccessKey, store.SecretKey, keys), b
}

func TestTheSinkKeepsTheContractOfPlugins(t *testing.T) {
	if testing.Short() {
		t.Skip("the largest batches take long under the race detector; the bucket is raced by itself")
	}
	text, b := config(t, `, "object": "{dir}/data.parquet", "auto_id": "keep"`)
	plugintest.Sink(t, minio.Components()[0], text, func(ctx context.Context, stored plugintest.Stored) (arrow.Record, error) {
		path, err := fetch(ctx, b, stored.Artifacts[0].URI, t.TempDir())
		if err != nil {
			return nil, err
		}
		return readBack(ctx, path, stored)
	})
}

// fetch brings an object onto the disk.
func fetch(ctx context.Context, b *bucket.Bucket, uri, dir string) (string, error) {
	place, err := bucket.ParseLocation(uri)
	if err != nil {
		return "", err
	}
	in, err := b.Get(ctx, place.Key, 0)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(in)
	path := filepath.Join(dir, filepath.Base(place.Key))
	return path, errors.Join(err, in.Close(), os.WriteFile(path, data, 0o600))
}

func readBack(ctx context.Context, path string, stored plugintest.Stored) (arrow.Record, error) {
	set, err := dataset.Open(ctx, path, dataset.OpenOptions{Schema: stored.Collection})
	if err != nil {
		return nil, err
	}
	columns := make([][]arrow.Array, stored.Schema.NumFields())
	rows := int64(0)
	for batch, err := range set.Rows(ctx, dataset.ReadOptions{}) {
		if err != nil {
			return nil, err
		}
		rows += batch.NumRows()
		for i := range columns { // copied: the batch's memory is used again
			column, err := array.Concatenate([]arrow.Array{batch.Column(i)}, memory.DefaultAllocator)
			if err != nil {
				return nil, err
			}
			columns[i] = append(columns[i], column)
		}
	}
	whole := make([]arrow.Array, len(columns))
	for i, pieces := range columns {
		if len(pieces) == 0 {
			whole[i] = array.NewBuilder(memory.DefaultAllocator, stored.Schema.Field(i).Type).NewArray()
		} else if whole[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	return array.NewRecord(stored.Schema, whole, rows), nil
}

// What goes straight into the bucket is, byte for byte, what the file sink
// writes without the key that Milvus makes.
func TestObjectsAreTheFilesWithoutTheKeyThatMilvusMakes(t *testing.T) {
	c, err := schema.Parse("c.json", []byte(`{"collection_name": "c", "fields": [
		{"name": "title", "type": "VarChar", "max_length": 100, "nullable": true},
		{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true},
		{"name": "vector", "type": "FloatVector", "dim": 8}]}`))
	if err != nil {
		t.Fatal(err)
	}
	batch := sample.New(c.Arrow(), 1, 0.2).Batch(500)
	defer batch.Release()
	rest := withoutKey(batch, c.Primary().Name)
	defer rest.Release()
	for _, files := range []sdk.Component{parquet.Components()[0], sinkjson.Components()[0]} {
		format := files.Describe().Name
		text, b := config(t, `, "format": "`+format+`"`)
		stored := write(t, minio.Components()[0], text, batch)
		path := filepath.Join(t.TempDir(), "data."+format)
		write(t, files, fmt.Sprintf(`{"path": %q}`, path), rest)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fetch(t.Context(), b, stored.URI, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(got); err != nil || !bytes.Equal(data, want) {
			t.Errorf("the object has %d bytes, the file %d, %v", len(data), len(want), err)
		}
		published(t, text, b, c, stored)
	}
}

func withoutKey(batch arrow.Record, key string) arrow.Record {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range batch.Schema().Fields() {
		if f.Name != key {
			fields, columns = append(fields, f), append(columns, batch.Column(i))
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, batch.NumRows())
}

func write(t *testing.T, component sdk.Component, config string, batch arrow.Record) core.Artifact {
	t.Helper()
	w, err := component.Sink().Open(t.Context(), core.WriteSpec{Schema: batch.Schema(), Config: json.RawMessage(config), Rows: core.Rows{N: int(batch.NumRows())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	artifacts, err := w.Commit(t.Context())
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return artifacts[0]
}

// published sees that the objects become a data set by their meta.json.
func published(t *testing.T, config string, b *bucket.Bucket, c *schema.Collection, stored core.Artifact) {
	t.Helper()
	if err := minio.Vacant(t.Context(), json.RawMessage(config)); err != nil {
		t.Errorf("objects without meta.json are no data set: %v", err)
	}
	meta := &dataset.Meta{
		Version: "test", Schema: c, Files: []dataset.File{{Path: stored.URI, Rows: stored.Rows, Bytes: stored.Bytes, SHA256: stored.SHA256}},
		Generation: dataset.Generation{Format: "minio", DataFiles: []string{stored.URI}},
	}
	if err := minio.Publish(t.Context(), json.RawMessage(config), meta); err != nil {
		t.Fatal(err)
	}
	if err := minio.Vacant(t.Context(), json.RawMessage(config)); core.CodeOf(err) != core.Conflict {
		t.Errorf("the place holds a data set: %v", err)
	}
	dir := t.TempDir()
	for o, err := range b.List(t.Context(), "set/") {
		if err == nil {
			_, err = fetch(t.Context(), b, bucket.Location{Bucket: b.Name, Key: o.Key}.String(), dir)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{})
	if err = errors.Join(err, set.Err()); err != nil || set.Meta.Files[0].Rows != stored.Rows || set.Ours() || !slices.Equal(set.Meta.Projection.LeftOut, []string{c.Primary().Name}) {
		t.Errorf("the data set: %v, %d rows, %+v", err, set.Count(), set.Meta)
	}
}

func TestWhatIsWrongIsToldBeforeRowsAreMade(t *testing.T) {
	good, _ := config(t, "")
	for text, want := range map[string]string{
		`{}`: "no place in a bucket",
		strings.Replace(good, `"place": "s3://`, `"place": "http://`, 1):                               "no place in a bucket",
		strings.Replace(good, `"secret_access_key": "`, `"concurrency": 0, "secret_access_key": "`, 1): "0 parts at once",
		strings.Replace(good, `"secret_access_key": "`, `"secret_access_key": "x`, 1):                  "SignatureDoesNotMatch",
	} {
		_, err := minio.Components()[0].Sink().Open(t.Context(), core.WriteSpec{Schema: sample.Collection(8).Arrow(), Config: json.RawMessage(text)})
		if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell %q", err, want)
		}
	}
}
