package collection_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// parsed is a schema with this name.
func parsed(t *testing.T, name, text string) *schema.Collection {
	t.Helper()
	c, err := schema.Parse("test.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c.Name = name
	return c
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestAWholeSchemaComesBackFromMilvus makes all that 2.3 can hold, and reads
// it back.
func TestAWholeSchemaComesBackFromMilvus(t *testing.T) {
	t.Parallel()
	want := parsed(t, live.Name(t), `{
		"description": "all that 2.3 has", "num_partitions": 4, "num_shards": 2, "enable_dynamic_field": true,
		"properties": {"collection.ttl.seconds": "86400"},
		"fields": [
			{"name": "id", "type": "VarChar", "description": "the key", "is_primary": true, "max_length": 40},
			{"name": "tenant", "type": "Int64", "is_partition_key": true},
			{"name": "flag", "type": "Bool"}, {"name": "tiny", "type": "Int8"}, {"name": "small", "type": "Int16"},
			{"name": "big", "type": "Int64", "default_value": 9007199254740993},
			{"name": "ratio", "type": "Float", "default_value": 0.1},
			{"name": "price", "type": "Double", "index": {"type": "STL_SORT"}},
			{"name": "note", "type": "VarChar", "default_value": "none", "max_length": 9, "mmap_enabled": true},
			{"name": "doc", "type": "JSON"},
			{"name": "tags", "type": "Array", "max_length": 20, "max_capacity": 5, "element_type": "VarChar"},
			{"name": "v", "type": "FloatVector", "dim": 8, "index": {"type": "HNSW", "metric": "IP", "params": {"M": 8, "efConstruction": 64}}}
		]}`)
	comesBack(t, live.Milvus(t), want)
}

// TestAWholeSchemaComesBackFromMilvusLite does so with what Milvus Lite keeps.
func TestAWholeSchemaComesBackFromMilvusLite(t *testing.T) {
	t.Parallel()
	want := parsed(t, live.Name(t), `{
		"enable_dynamic_field": true, "properties": {"collection.ttl.seconds": "86400"}, "num_shards": 1,
		"fields": [
			{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true},
			{"name": "tenant", "type": "VarChar", "is_partition_key": true, "max_length": 9},
			{"name": "big", "type": "Int64", "nullable": true, "default_value": 9007199254740993},
			{"name": "price", "type": "Double", "nullable": true, "index": {"type": "INVERTED"}},
			{"name": "seen", "type": "Timestamptz", "default_value": "2023-12-31T23:00:00Z"},
			{"name": "place", "type": "Geometry", "nullable": true},
			{"name": "doc", "type": "JSON", "nullable": true},
			{"name": "marks", "type": "Array", "max_capacity": 5, "element_type": "Int32", "nullable": true},
			{"name": "text", "type": "VarChar", "max_length": 99, "enable_analyzer": true, "enable_match": true, "analyzer_params": {"tokenizer": "standard"}},
			{"name": "v", "type": "FloatVector", "dim": 8, "index": {"type": "HNSW", "metric": "L2", "params": {"M": 8, "efConstruction": 64}}},
			{"name": "w", "type": "FloatVector", "dim": 4, "index": {"type": "AUTOINDEX", "metric": "COSINE"}},
			{"name": "terms", "type": "SparseFloatVector", "index": {"type": "SPARSE_INVERTED_INDEX", "metric": "IP"}},
			{"name": "words", "type": "SparseFloatVector", "index": {"type": "SPARSE_INVERTED_INDEX", "metric": "BM25"}}
		],
		"functions": [{"name": "bm25", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["words"], "params": {"bm25_k1": 1.3}}]}`)
	comesBack(t, live.Lite(t), want)
}

func comesBack(t *testing.T, uri string, want *schema.Collection) {
	t.Helper()
	s := dialTo(t, uri)
	if problems := s.Lacks(want); len(problems) > 0 {
		t.Fatal(problems)
	}
	found, made, err := s.Prepare(t.Context(), want.Name, want, collection.PrepareOptions{Consistency: "strong"})
	if err != nil || !made {
		t.Fatalf("made %v: %v", made, err)
	}
	again, err := s.Find(t.Context(), want.Name)
	if err != nil {
		t.Fatal(err)
	}
	if have, want := asJSON(t, again.Schema), asJSON(t, want); have != want {
		t.Errorf("it came back as\n%s\nnot\n%s", have, want)
	}
	level := "Strong"
	if s.Kind == collection.Lite {
		level = "" // it keeps none
	}
	if again.Consistency() != level {
		t.Errorf("its consistency is %q", again.Consistency())
	}
	if err := found.Fits(want); err != nil {
		t.Errorf("it does not fit its own schema: %v", err)
	}
	if _, made, err := s.Prepare(t.Context(), want.Name, want, collection.PrepareOptions{}); err != nil || made {
		t.Errorf("it was made twice (%v): %v", made, err)
	}
	names, err := s.List(t.Context())
	if err != nil || !slices.Contains(names, want.Name) {
		t.Errorf("it is not listed: %v", err)
	}
}

const tiny = `{"fields": [{"name": "id", "type": "Int64", "is_primary": true}, {"name": "v", "type": "FloatVector", "dim": 4}]}`

// TestACollectionIsNotLostBehindItsAlias has the rules of aliases on both
// servers: what is dropped, refused, moved.
func TestACollectionIsNotLostBehindItsAlias(t *testing.T) {
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := dialTo(t, uri), t.Context()
			first, second := live.Name(t), live.Name(t)
			alias := "alias_of_" + first
			for _, name := range []string{first, second} {
				if _, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Index: collection.Policy{None: true}}); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { _ = s.DropAlias(t.Context(), alias) }) // the test dropped it, if all went well
			for _, to := range []string{first, first, second, first} {
				if err := s.SetAlias(ctx, alias, to); err != nil {
					t.Fatal(err)
				}
				found, err := s.Find(ctx, alias)
				if err != nil || found.Name != to || !slices.Equal(found.Aliases, []string{alias}) {
					t.Fatalf("the alias stands for %v: %v", found, err)
				}
			}
			refuses := func(err error, says string) {
				t.Helper()
				if core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), says) {
					t.Errorf("%s: %v", core.CodeOf(err), err)
				}
			}
			refuses(s.Drop(ctx, alias), "is an alias of the collection "+first)
			refuses(s.Drop(ctx, first), alias)
			_, _, err := s.Prepare(ctx, alias, parsed(t, alias, tiny), collection.PrepareOptions{Drop: true, MoveAlias: true})
			refuses(err, "is an alias")
			_, _, err = s.Prepare(ctx, first, parsed(t, first, tiny), collection.PrepareOptions{Drop: true})
			refuses(err, alias)
			if _, made, err := s.Prepare(ctx, first, parsed(t, first, tiny), collection.PrepareOptions{Drop: true, MoveAlias: true}); err != nil || !made {
				t.Errorf("made %v: %v", made, err)
			}
			all, err := s.Aliases(ctx)
			if err != nil || all[alias] != first {
				t.Errorf("the aliases are %v: %v", slices.Sorted(maps.Keys(all)), err)
			}
			if err := s.DropAlias(ctx, alias); err != nil {
				t.Error(err)
			}
			for range 2 { // what is not there is dropped already
				if err := s.Drop(ctx, first); err != nil {
					t.Error(err)
				}
			}
			if found, err := s.Find(ctx, first); found != nil || err != nil {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
}

// TestAMissingDatabaseIsMade has it with the options and in the address.
func TestAMissingDatabaseIsMade(t *testing.T) {
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, ctx := "db_"+live.Name(t), t.Context()
			s, err := collection.Dial(ctx, collection.Options{URI: uri, Database: database})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			if _, err := s.Create(ctx, "inside", parsed(t, "inside", tiny), collection.PrepareOptions{}); err != nil {
				t.Fatal(err)
			}
			other := dialTo(t, uri+"/"+database)
			if names, err := other.List(ctx); err != nil || !slices.Equal(names, []string{"inside"}) {
				t.Errorf("by its address the database has %v: %v", names, err)
			}
			if names, err := dialTo(t, uri).List(ctx); err != nil || slices.Contains(names, "inside") {
				t.Errorf("the default database has %v: %v", names, err)
			}
			if err := s.Drop(ctx, "inside"); err != nil {
				t.Error(err)
			}
			answer, err := s.Service().DropDatabase(ctx, &milvuspb.DropDatabaseRequest{DbName: database})
			if err := collection.Explain(err, answer); err != nil {
				t.Error(err)
			}
		})
	}
}
