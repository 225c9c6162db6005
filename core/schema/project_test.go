package schema_test

import (
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// TestAProjectionKeepsWhatItCan has fields kept and left out, with the
// functions, keys and dynamic field that hang on them.
func TestAProjectionKeepsWhatItCan(t *testing.T) {
	c, err := schema.Parse("docs.json", []byte(`{
		"collection_name": "docs", "num_partitions": 4, "enable_dynamic_field": true, "dynamic_fields": [{"name": "author", "type": "String"}],
		"fields": [
			{"name": "id", "type": "Int64", "is_primary": true}, {"name": "tenant", "type": "VarChar", "max_length": 9, "is_partition_key": true},
			{"name": "text", "type": "VarChar", "max_length": 99, "enable_analyzer": true}, {"name": "title", "type": "VarChar", "max_length": 99},
			{"name": "words", "type": "SparseFloatVector"}, {"name": "v", "type": "FloatVector", "dim": 4}],
		"functions": [{"name": "bm25", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["words"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	before := names(c)
	for _, x := range []struct {
		name          string
		keep, exclude []string
		want          string // the fields and what else is left, or what the refusal says
		refused       bool
	}{
		{"everything", nil, nil, "id tenant text title words v, 1 function, 4 partitions, dynamic", false},
		{"a field left out", nil, []string{"title"}, "id tenant text words v, 1 function, 4 partitions, dynamic", false},
		{"what a function reads left out", nil, []string{"text"}, "id tenant title v, 0 functions, 4 partitions, dynamic", false},
		{"what a function makes left out", nil, []string{"words"}, "id tenant text title v, 0 functions, 4 partitions, dynamic", false},
		{"the partition key left out", nil, []string{"tenant"}, "id text title words v, 1 function, 0 partitions, dynamic", false},
		{"the dynamic field left out", nil, []string{"$meta"}, "id tenant text title words v, 1 function, 4 partitions", false},
		{"one kept, and the key with it", []string{"v"}, nil, "id v, 0 functions, 0 partitions", false},
		{"a function kept with all it has", []string{"words", "text", "id"}, nil, "id text words, 1 function, 0 partitions", false},
		{"what a function makes, without what it reads", []string{"words", "v"}, nil, "id v, 0 functions, 0 partitions", false},
		{"the dynamic field kept", []string{"v", "$meta"}, nil, "id v, 0 functions, 0 partitions, dynamic", false},
		{"both", []string{"v"}, []string{"text"}, "both given", true},
		{"the key left out", nil, []string{"id", "title"}, "primary key", true},
		{"a name that is wrong", nil, []string{"titel"}, "titel", true},
		{"two names that are wrong", []string{"titel", "texts", "v"}, nil, "texts", true},
	} {
		t.Run(x.name, func(t *testing.T) {
			made, err := c.Project(x.keep, x.exclude)
			if x.refused {
				if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), x.want) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if have := names(made); have != x.want {
				t.Errorf("it has %s, not %s", have, x.want)
			}
			if found := schema.Check(made, schema.Version{}).Errors(); len(found) > 0 {
				t.Errorf("it breaks the rules: %v", found)
			}
			if have := names(c); have != before {
				t.Errorf("the whole one has become %s", have)
			}
		})
	}
	_, err = c.Project([]string{"titel", "texts", "v"}, nil)
	if err == nil || !strings.Contains(err.Error(), "titel") {
		t.Errorf("not all problems are told: %v", err)
	}
}

// names is what a collection holds, in words.
func names(c *schema.Collection) string {
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, f.Name)
	}
	said := strings.Join(fields, " ") + ", 0 functions"
	if len(c.Functions) == 1 {
		said = strings.Join(fields, " ") + ", 1 function"
	}
	said += map[int]string{0: ", 0 partitions", 4: ", 4 partitions"}[c.NumPartitions]
	if c.EnableDynamic && c.HasMeta() {
		said += ", dynamic"
	}
	return said
}

// TestNeedsSayWhatCameWhen has one need for each part of a field that is not
// in every server.
func TestNeedsSayWhatCameWhen(t *testing.T) {
	c, err := schema.Parse("docs.json", []byte(`{"fields": [
		{"name": "id", "type": "Int64", "is_primary": true}, {"name": "text", "type": "VarChar", "max_length": 99, "enable_analyzer": true},
		{"name": "doc", "type": "JSON", "nullable": true}, {"name": "words", "type": "SparseFloatVector"}],
		"functions": [{"name": "bm25", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["words"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, need := range c.Needs() {
		have = append(have, need.Field+" "+need.Key+" "+need.Since.String())
	}
	if got, want := strings.Join(have, ", "), "text enable_analyzer 2.5, doc nullable 2.5, words type 2.4, words functions 2.5"; got != want {
		t.Errorf("it needs %s, not %s", got, want)
	}
}
