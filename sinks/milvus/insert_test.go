package milvus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/milvus"
)

// sink is milvus-insert.
func sink(t *testing.T) core.Sink {
	t.Helper()
	for _, c := range milvus.Components() {
		if c.Describe().Name == "milvus-insert" {
			return c.Sink()
		}
	}
	t.Fatal("there is no sink milvus-insert")
	return nil
}

func shape(autoID bool) *schema.Collection {
	return &schema.Collection{Name: "c", Fields: []schema.Field{
		{Name: "id", Type: schema.Int64, IsPrimary: true, AutoID: autoID},
		{Name: "v", Type: schema.FloatVector, Dim: 2, Index: &schema.Index{Type: "FLAT", Metric: "L2"}},
	}}
}

// rows makes n rows with the keys first, first+1 …
func rows(c *schema.Collection, first, n int) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, c.Arrow())
	defer b.Release()
	vector := b.Field(1).(*array.FixedSizeListBuilder)
	for i := range n {
		b.Field(0).(*array.Int64Builder).Append(int64(first + i))
		vector.Append(true)
		vector.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{float32(first + i), 1}, nil)
	}
	return b.NewRecord()
}

// part writes rows as one part of a run.
func part(t *testing.T, to core.Sink, c *schema.Collection, config string, first, n int, commit bool) (artifacts []core.Artifact, err error) {
	t.Helper()
	w, err := to.Open(t.Context(), core.WriteSpec{
		Sink: "milvus-insert", Schema: c.Arrow(), Config: json.RawMessage(config), Rows: core.Rows{Start: int64(first), N: n},
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := w.Close(); err == nil {
			err = closed
		}
	}()
	for at := 0; at < n; at += 40 {
		batch := rows(c, first+at, min(40, n-at))
		err := w.Write(t.Context(), batch)
		batch.Release()
		if err != nil {
			return nil, err
		}
	}
	if !commit {
		return nil, nil
	}
	return w.Commit(t.Context())
}

func count(t *testing.T, uri, name string) int64 {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	found, err := server.Find(t.Context(), name)
	if err != nil || found == nil {
		t.Fatalf("%s: %v", name, err)
	}
	n, err := found.Count(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPartsThatAreWrittenAtOnceMakeOneCollection(t *testing.T) {
	uri, name, c := live.Lite(t), live.Name(t), shape(false)
	told, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`{"uri": %q, "collection": %q, "schema": %s, "batch_rows": 30}`, uri, name, told)
	var group sync.WaitGroup
	// Two processes are two hubs.
	for i, to := range []core.Sink{sink(t), sink(t)} {
		for j := range 2 {
			group.Go(func() {
				artifacts, err := part(t, to, c, config, 100*(2*i+j), 100, true)
				if err != nil || len(artifacts) != 1 || artifacts[0].Rows != 100 || !strings.HasSuffix(artifacts[0].URI, "/default/"+name) || !strings.HasPrefix(artifacts[0].URI, "milvus://127.0.0.1:") {
					t.Errorf("part %d of %d: %+v, %v", j, i, artifacts, err)
				}
			})
		}
	}
	group.Wait()
	if n := count(t, uri, name); n != 400 {
		t.Errorf("%d rows, expected 400", n)
	}
	// A part that is written once more, as by run --resume, doubles nothing.
	if _, err := part(t, sink(t), c, config, 100, 100, true); err != nil {
		t.Fatal(err)
	}
	if n := count(t, uri, name); n != 400 {
		t.Errorf("%d rows after the second time, expected 400", n)
	}
}

func TestAPartWithoutACommitIsRemovedWhereTheServerMakesTheKeys(t *testing.T) {
	uri, name, c := live.Lite(t), live.Name(t), shape(true)
	// Without the schema of a run the columns tell enough.
	config := fmt.Sprintf(`{"uri": %q, "collection": %q}`, uri, name)
	to := sink(t)
	if _, err := part(t, to, c, config, 0, 100, true); err != nil {
		t.Fatal(err)
	}
	if _, err := part(t, to, c, config, 100, 50, false); err != nil {
		t.Fatal(err)
	}
	if n := count(t, uri, name); n != 100 {
		t.Errorf("%d rows, expected those of the part that was committed", n)
	}
	_, err := part(t, sink(t), c, config, 0, 10, true)
	if core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "has rows already") {
		t.Errorf("a collection that has rows: %v", err)
	}
	if _, err := part(t, sink(t), c, strings.Replace(config, "}", `, "append": true}`, 1), 0, 10, true); err != nil {
		t.Fatal(err)
	}
	if n := count(t, uri, name); n != 110 {
		t.Errorf("%d rows after more were added, expected 110", n)
	}
}

func TestAWrongConfigurationIsRefusedBeforeARow(t *testing.T) {
	c := shape(false)
	for config, want := range map[string]string{
		`{"uri": "http://127.0.0.1:1", "collection": "x"}`:      "refused",
		`{"uri": "ftp://h", "collection": "x"}`:                 "",
		`{"collection": "x", "max_wait": "soon"}`:               "no time",
		`{"uri": "http://127.0.0.1:1", "max_wait": "1s"}`:       "no collection",
		`{"collection": "x", "tokn": "secret"}`:                 "tokn",
		`{"collection": "x", "schema": {"fields": "nonsense"}}`: "fields",
	} {
		if _, err := part(t, sink(t), c, config, 0, 1, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
