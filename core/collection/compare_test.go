package collection_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

// TestRowsFitIntoACollectionOrAllDifferencesAreTold compares one field, or the
// collections.
func TestRowsFitIntoACollectionOrAllDifferencesAreTold(t *testing.T) {
	vector := `, {"name": "v", "type": "FloatVector", "dim": 4}`
	for _, x := range []struct {
		name       string
		rows, have string // fields beside the key and a vector, or more
		says       []string
	}{
		{"the same", `{"name": "x", "type": "Int32"}`, `{"name": "x", "type": "Int32"}`, nil},
		{"String and VarChar", `{"name": "x", "type": "String", "max_length": 9}`, `{"name": "x", "type": "VarChar", "max_length": 9}`, nil},
		{"more room", `{"name": "x", "type": "VarChar", "max_length": 9}`, `{"name": "x", "type": "VarChar", "max_length": 10}`, nil},
		{"less room", `{"name": "x", "type": "VarChar", "max_length": 9}`, `{"name": "x", "type": "VarChar", "max_length": 8}`, []string{"max_length is 8, less than 9"}},
		{"another type", `{"name": "x", "type": "Int32"}`, `{"name": "x", "type": "Int64"}`, []string{"it is Int64, not Int32"}},
		{"another dim", `{"name": "x", "type": "FloatVector", "dim": 8}`, `{"name": "x", "type": "FloatVector", "dim": 4}`, []string{"its dim is 4, not 8"}},
		{"other elements", `{"name": "x", "type": "Array", "element_type": "Int32", "max_capacity": 4}`, `{"name": "x", "type": "Array", "element_type": "Int64", "max_capacity": 4}`, []string{"elements are Int64"}},
		{"a smaller array", `{"name": "x", "type": "Array", "element_type": "Int32", "max_capacity": 4}`, `{"name": "x", "type": "Array", "element_type": "Int32", "max_capacity": 3}`, []string{"max_capacity is 3"}},
		{"nullable into not nullable", `{"name": "x", "type": "JSON", "nullable": true}`, `{"name": "x", "type": "JSON"}`, []string{"it is not nullable"}},
		{"not nullable into nullable", `{"name": "x", "type": "JSON"}`, `{"name": "x", "type": "JSON", "nullable": true}`, nil},
		{"a field too many", `{"name": "x", "type": "JSON"}`, `{"name": "y", "type": "JSON", "nullable": true}`, []string{"it is missing"}},
		{"a field too few", `{"name": "y", "type": "JSON"}`, `{"name": "x", "type": "JSON"}, {"name": "y", "type": "JSON"}`, []string{"every row needs it"}},
		{"a field too few that has a default", `{"name": "y", "type": "JSON"}`, `{"name": "x", "type": "Int8", "default_value": 1}, {"name": "y", "type": "JSON"}`, nil},
		{"a vector that a function makes", `{"name": "t", "type": "VarChar", "max_length": 9, "enable_analyzer": true}, {"name": "x", "type": "SparseFloatVector"}`, `{"name": "t", "type": "VarChar", "max_length": 9}, {"name": "x", "type": "SparseFloatVector"}], "functions": [{"name": "f", "type": "BM25", "input_field_names": ["t"], "output_field_names": ["x"]}`, []string{"a function makes it"}},
		{"dynamic fields", `{"name": "x", "type": "JSON"}], "enable_dynamic_field": true, "dynamic_fields": [{"name": "a", "type": "Int"}`, `{"name": "x", "type": "JSON"}`, []string{"no dynamic field"}},
		{"a struct with less", `{"name": "x", "type": "Array", "element_type": "Struct", "max_capacity": 4, "struct_fields": [{"name": "a", "type": "Int32"}, {"name": "b", "type": "Int32"}]}`, `{"name": "x", "type": "Array", "element_type": "Struct", "max_capacity": 4, "struct_fields": [{"name": "a", "type": "Int8"}]}`, []string{"a: it is Int8", "no b"}},
		{"several", `{"name": "x", "type": "Int32"}, {"name": "y", "type": "JSON"}, {"name": "z", "type": "Bool"}`, `{"name": "x", "type": "Int64"}, {"name": "y", "type": "Bool"}`, []string{"field x", "field y", "field z"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			key := `{"fields": [{"name": "id", "type": "Int64", "is_primary": true}` + vector + `, `
			have := &collection.Collection{Name: "there", Schema: parsed(t, "there", key+x.have+"]}")}
			err := have.Fits(parsed(t, "rows", key+x.rows+"]}"))
			if (err == nil) != (x.says == nil) {
				t.Fatalf("%v", err)
			}
			for _, says := range x.says {
				if core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), says) {
					t.Errorf("it does not say %q: %v", says, err)
				}
			}
		})
	}
}

// TestKeysAreComparedToo has the ones that the server makes.
func TestKeysAreComparedToo(t *testing.T) {
	schemaOf := func(key string) string {
		return `{"fields": [` + key + `, {"name": "v", "type": "FloatVector", "dim": 4}]}`
	}
	own, made := `{"name": "id", "type": "Int64", "is_primary": true}`, `{"name": "id", "type": "Int64", "is_primary": true, "auto_id": true}`
	other := `{"name": "id", "type": "Int64"}, {"name": "key", "type": "Int64", "is_primary": true}`
	for _, x := range []struct{ name, rows, have, says string }{
		{"keys of the rows into a collection that makes its own", own, made, "the keys of the data set would be lost"},
		{"keys of the server into a collection that takes keys", made, own, ""},
		{"another key", own, other, "it is not the primary key"},
	} {
		have := &collection.Collection{Name: "there", Schema: parsed(t, "there", schemaOf(x.have))}
		err := have.Fits(parsed(t, "rows", schemaOf(x.rows)))
		if (err == nil) != (x.says == "") || err != nil && !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

// TestNothingIsDroppedForWhatCannotBeMade keeps a collection whose successor
// the server would refuse.
func TestNothingIsDroppedForWhatCannotBeMade(t *testing.T) {
	t.Parallel()
	s, ctx, name := dialTo(t, live.Lite(t)), t.Context(), live.Name(t)
	if _, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{}); err != nil {
		t.Fatal(err)
	}
	bits := parsed(t, name, strings.Replace(tiny, `"FloatVector", "dim": 4`, `"BinaryVector", "dim": 8`, 1))
	wrong, err := collection.ParsePolicy([]string{"v=IVF_PQ"})
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"a type": func() error {
			_, _, err := s.Prepare(ctx, name, bits, collection.PrepareOptions{Drop: true})
			return err
		},
		"an index": func() error {
			_, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Drop: true, Index: wrong})
			return err
		},
		"a field to leave out": func() error {
			_, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Drop: true, Exclude: []string{"w"}})
			return err
		},
		"a consistency level": func() error {
			_, _, err := s.Prepare(ctx, name, parsed(t, name, tiny), collection.PrepareOptions{Drop: true, Consistency: "much"})
			return err
		},
	} {
		if err := try(); core.CodeOf(err) != core.InvalidConfig {
			t.Errorf("%s: %v", what, err)
		}
		found, err := s.Find(ctx, name)
		if found == nil {
			t.Fatalf("%s: the collection is gone: %v", what, err)
		}
	}
	var problem *core.Error
	_, _, err = s.Prepare(ctx, name, parsed(t, name, strings.Replace(tiny, `"dim": 4`, `"dim": 8`, 1)), collection.PrepareOptions{})
	if !errors.As(err, &problem) || problem.Code != core.Conflict || !strings.Contains(problem.Hint, "--drop-if-exists") {
		t.Errorf("another dim: %v", err)
	}
}
