package collection_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func old() *collection.Server {
	return &collection.Server{Kind: collection.Milvus, Version: schema.Version{Major: 2, Minor: 3, Patch: 5}}
}
func newest() *collection.Server { return &collection.Server{Kind: collection.Milvus} }
func lite() *collection.Server {
	return &collection.Server{Kind: collection.Lite, Version: schema.Version{Major: 3, Minor: 2, Patch: 2}}
}
func cloud() *collection.Server { return &collection.Server{Kind: collection.Cloud} }

// TestAFieldGetsTheIndexThatIsAskedFor has each way to ask, and none.
func TestAFieldGetsTheIndexThatIsAskedFor(t *testing.T) {
	c := parsed(t, "x", `{"fields": [
		{"name": "id", "type": "Int64", "is_primary": true},
		{"name": "text", "type": "VarChar", "max_length": 9, "index": {"type": "INVERTED"}},
		{"name": "any", "type": "VarChar", "max_length": 9, "index": {}},
		{"name": "plain", "type": "FloatVector", "dim": 4},
		{"name": "own", "type": "FloatVector", "dim": 4, "index": {"type": "IVF_FLAT", "metric": "L2", "params": {"nlist": 64}}},
		{"name": "half", "type": "Float16Vector", "dim": 4, "index": {"metric": "IP"}},
		{"name": "bits", "type": "BinaryVector", "dim": 8},
		{"name": "terms", "type": "SparseFloatVector"},
		{"name": "words", "type": "SparseFloatVector"}],
		"functions": [{"name": "f", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["words"]}]}`)
	hnsw := `{"M":16,"efConstruction":200}`
	laid := collection.Policy{Fields: map[string]schema.Index{
		"plain": {Type: "HNSW", Metric: "IP", Params: map[string]json.RawMessage{"M": json.RawMessage("32")}},
		"own":   {Type: "FLAT"},
		"text":  {Type: collection.NoIndex},
		"id":    {Type: "INVERTED"},
	}}
	auto, none := collection.Policy{Auto: true}, collection.Policy{None: true}
	for _, x := range []struct {
		name   string
		server *collection.Server
		policy collection.Policy
		field  string
		want   string // "" for none
	}{
		{"a vector by default", newest(), collection.Policy{}, "plain", "HNSW COSINE " + hnsw},
		{"a vector of Zilliz Cloud", cloud(), collection.Policy{}, "plain", "AUTOINDEX COSINE null"},
		{"the schema's own", newest(), collection.Policy{}, "own", `IVF_FLAT L2 {"nlist":64}`},
		{"the schema's own for Zilliz Cloud", cloud(), collection.Policy{}, "own", "AUTOINDEX L2 null"},
		{"the schema's metric alone", newest(), collection.Policy{}, "half", "HNSW IP " + hnsw},
		{"a binary vector", newest(), collection.Policy{}, "bits", `BIN_IVF_FLAT HAMMING {"nlist":128}`},
		{"a sparse vector", newest(), collection.Policy{}, "terms", "SPARSE_INVERTED_INDEX IP null"},
		{"a vector of BM25", newest(), collection.Policy{}, "words", "SPARSE_INVERTED_INDEX BM25 null"},
		{"a key", newest(), collection.Policy{}, "id", ""},
		{"a text with one of the schema's", newest(), collection.Policy{}, "text", "INVERTED  null"},
		{"a text with any", newest(), collection.Policy{}, "any", "INVERTED  null"},
		{"a text with any on 2.3", old(), collection.Policy{}, "any", "Trie  null"},
		{"a vector with one laid over", newest(), laid, "plain", `HNSW IP {"M":32,"efConstruction":200}`},
		{"a type laid over the schema's", newest(), laid, "own", "FLAT L2 null"},
		{"none laid over the schema's", newest(), laid, "text", ""},
		{"one laid over a key", newest(), laid, "id", "INVERTED  null"},
		{"AUTOINDEX", newest(), auto, "own", "AUTOINDEX L2 null"},
		{"AUTOINDEX of what is no vector", newest(), auto, "text", "INVERTED  null"},
		{"AUTOINDEX of a sparse vector of Milvus Lite", lite(), auto, "terms", "SPARSE_INVERTED_INDEX IP null"},
		{"AUTOINDEX of a vector of Milvus Lite", lite(), auto, "plain", "AUTOINDEX COSINE null"},
		{"no index at all", newest(), none, "plain", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			index, ok := x.policy.Choose(x.server, c, c.Field(x.field))
			have := index.Type + " " + index.Metric + " " + asJSON(t, index.Params)
			if !ok {
				have = ""
			}
			if have != x.want {
				t.Errorf("it is %q, not %q", have, x.want)
			}
			// What is written out for the whole schema is the same.
			over := x.policy.Over(x.server, c)
			bare := *c.Field(x.field)
			bare.Index = nil
			again, still := over.Choose(x.server, c, &bare)
			if still != ok || ok && !reflect.DeepEqual(again, index) {
				t.Errorf("written out it is %v (%v), not %v (%v)", again, still, index, ok)
			}
		})
	}
}

// TestAnIndexThatAServerLacksIsRefused tells it before anything is made.
func TestAnIndexThatAServerLacksIsRefused(t *testing.T) {
	c := parsed(t, "x", `{"fields": [{"name": "id", "type": "Int64", "is_primary": true}, {"name": "doc", "type": "JSON"},
		{"name": "v", "type": "FloatVector", "dim": 4}, {"name": "note", "type": "VarChar", "max_length": 9}]}`)
	for _, x := range []struct {
		server *collection.Server
		flags  string
		says   string // "" where it is fine
	}{
		{lite(), "v=IVF_PQ", "--index v=HNSW"},
		{lite(), "doc=INVERTED", "--index doc=NONE"},
		{lite(), "note=INVERTED", ""},
		{old(), "note=INVERTED", "--index note=Trie"},
		{old(), "v=HNSW_SQ", "--index v=HNSW"},
		{old(), "v=scann,metric=l2", ""},
		{newest(), "v=IVF_RABITQ", ""},
		{newest(), "notes=INVERTED", "did you mean --index note=INVERTED?"},
		{newest(), "zzzzzz=INVERTED", ""},
	} {
		policy, err := collection.ParsePolicy([]string{x.flags})
		if err != nil {
			t.Fatal(err)
		}
		err = policy.Check(x.server, c)
		fine := x.says == "" && !strings.HasPrefix(x.flags, "zzz")
		if fine != (err == nil) || err != nil && core.CodeOf(err) != core.InvalidConfig || x.says != "" && hintOf(err) != x.says && !strings.HasSuffix(hintOf(err), x.says) {
			t.Errorf("%s on %s: %v (%s)", x.flags, x.server.Kind, err, hintOf(err))
		}
	}
}

// TestIndexFlagsAreReadAsTheyAreMeant has right ones and wrong ones.
func TestIndexFlagsAreReadAsTheyAreMeant(t *testing.T) {
	for _, x := range []struct {
		name  string
		flags []string
		want  string // the policy's fields as JSON; "" is a refusal
	}{
		{"no flag", nil, `{}`},
		{"a type", []string{"v=HNSW"}, `{"v":{"type":"HNSW"}}`},
		{"all there is", []string{"v = hnsw, metric=ip, M=32 , efConstruction=400"}, `{"v":{"type":"HNSW","metric":"IP","params":{"M":32,"efConstruction":400}}}`},
		{"two fields", []string{"v=FLAT", "w=trie"}, `{"v":{"type":"FLAT"},"w":{"type":"Trie"}}`},
		{"words and flags", []string{"j=INVERTED,json_path=a[\"b\"],json_cast_type=double,mmap.enabled=true"}, `{"j":{"type":"INVERTED","params":{"json_cast_type":"double","json_path":"a[\"b\"]","mmap.enabled":true}}}`},
		{"no index", []string{"v=none"}, `{"v":{"type":"NONE"}}`},
		{"no type", []string{"v"}, ""},
		{"no field", []string{"=HNSW"}, ""},
		{"an empty type", []string{"v="}, ""},
		{"an empty flag", []string{""}, ""},
		{"a word that is no parameter", []string{"v=HNSW,M"}, ""},
		{"an empty value", []string{"v=HNSW,M="}, ""},
		{"an empty name", []string{"v=HNSW,=3"}, ""},
		{"a parameter twice", []string{"v=HNSW,M=1,M=2"}, ""},
		{"a field twice", []string{"v=HNSW", "v=FLAT"}, ""},
		{"no index with parameters", []string{"v=NONE,M=3"}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			policy, err := collection.ParsePolicy(x.flags)
			if x.want == "" {
				if core.CodeOf(err) != core.InvalidConfig || hintOf(err) == "" {
					t.Errorf("%v gave %v, %v", x.flags, policy, err)
				}
				return
			}
			if have := asJSON(t, policy.Fields); err != nil || have != x.want {
				t.Errorf("%v gave %s, %v", x.flags, have, err)
			}
		})
	}
	if _, err := collection.ParsePolicy([]string{"a", "b", "v=HNSW"}); err == nil || strings.Count(err.Error(), "--index") != 2 {
		t.Errorf("not all problems are told: %v", err)
	}
}

// FuzzParsePolicy holds that what is read can be sent: names and types are not
// empty, parameters are JSON.
func FuzzParsePolicy(f *testing.F) {
	for _, flag := range []string{"v=HNSW,metric=IP,M=32", "v=none", "v=HNSW,a={\"b\":1}", ",=,", "v==,x==", "v=H,x=\xff", "v=H,x=1e999"} {
		f.Add(flag)
	}
	f.Fuzz(func(t *testing.T, flag string) {
		policy, err := collection.ParsePolicy([]string{flag})
		if err != nil {
			return
		}
		for name, index := range policy.Fields {
			if strings.TrimSpace(name) == "" || index.Type == "" {
				t.Errorf("%q: %q %v", flag, name, index)
			}
			for key, value := range index.Params {
				if key == "" || !json.Valid(value) {
					t.Errorf("%q: %q is %s", flag, key, value)
				}
			}
		}
	})
}
