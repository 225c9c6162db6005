package collection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/protobuf/proto"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// An ability is a part of a schema that some servers take, beside a key and,
// where it brings no vector, one vector.
type ability struct {
	name   string
	fields string
	more   string // beside the fields
	// old and lite tell what Lacks says of it on Milvus 2.3.5 and Milvus Lite:
	// "" nothing, "lost" what makes it an error, "idle" a warning of what has
	// no effect, "poor" a warning of what is kept.
	old, lite string
	// trap ends Milvus 2.3.5 when it is loaded: it is not even made there.
	trap bool
}

func abilities() []ability {
	vector := `, {"name": "v", "type": "FloatVector", "dim": 4}`
	var all []ability
	for _, t := range []string{"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "JSON"} {
		all = append(all, ability{name: t, fields: `{"name": "x", "type": "` + t + `"}` + vector})
	}
	for _, e := range []string{"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double"} {
		all = append(all, ability{name: "Array of " + e, fields: `{"name": "x", "type": "Array", "element_type": "` + e + `", "max_capacity": 4}` + vector})
	}
	return append(all,
		ability{name: "VarChar", fields: `{"name": "x", "type": "VarChar", "max_length": 9}` + vector},
		ability{name: "String", fields: `{"name": "x", "type": "String", "max_length": 9}` + vector},
		ability{name: "Array of VarChar", fields: `{"name": "x", "type": "Array", "element_type": "VarChar", "max_length": 9, "max_capacity": 4}` + vector},
		ability{name: "Timestamptz", fields: `{"name": "x", "type": "Timestamptz"}` + vector, old: "lost", trap: true},
		ability{name: "Geometry", fields: `{"name": "x", "type": "Geometry"}` + vector, old: "lost", trap: true},
		ability{name: "FloatVector", fields: `{"name": "x", "type": "FloatVector", "dim": 4}`},
		ability{name: "two vectors", fields: `{"name": "x", "type": "FloatVector", "dim": 4}` + vector, old: "lost"},
		ability{name: "BinaryVector", fields: `{"name": "x", "type": "BinaryVector", "dim": 8}`, lite: "lost"},
		ability{name: "Float16Vector", fields: `{"name": "x", "type": "Float16Vector", "dim": 4}`, old: "poor", lite: "lost"},
		ability{name: "BFloat16Vector", fields: `{"name": "x", "type": "BFloat16Vector", "dim": 4}`, old: "lost", lite: "lost"},
		ability{name: "Int8Vector", fields: `{"name": "x", "type": "Int8Vector", "dim": 4}`, old: "lost", lite: "lost"},
		ability{name: "SparseFloatVector", fields: `{"name": "x", "type": "SparseFloatVector"}`, old: "lost"},
		ability{name: "a nullable scalar", fields: `{"name": "x", "type": "Int32", "nullable": true}` + vector, old: "lost"},
		ability{name: "a nullable JSON", fields: `{"name": "x", "type": "JSON", "nullable": true}` + vector, old: "lost"},
		ability{name: "a nullable Array", fields: `{"name": "x", "type": "Array", "element_type": "Int32", "max_capacity": 4, "nullable": true}` + vector, old: "lost"},
		ability{name: "a default value", fields: `{"name": "x", "type": "Int64", "default_value": 9007199254740993}` + vector},
		ability{name: "a clustering key", fields: `{"name": "x", "type": "Int64", "is_clustering_key": true}` + vector, old: "idle", lite: "idle"},
		ability{name: "a partition key", fields: `{"name": "x", "type": "Int64", "is_partition_key": true}` + vector},
		ability{name: "an array of Struct", fields: `{"name": "x", "type": "Array", "element_type": "Struct", "max_capacity": 4, "struct_fields": [{"name": "a", "type": "Int32"}]}` + vector, old: "lost", lite: "lost"},
		ability{name: "a BM25 function", fields: `{"name": "t", "type": "VarChar", "max_length": 9}, {"name": "x", "type": "SparseFloatVector"}` + vector, more: `, "functions": [{"name": "f", "type": "BM25", "input_field_names": ["t"], "output_field_names": ["x"]}]`, old: "lost"},
		ability{name: "BM25 in English", fields: `{"name": "t", "type": "VarChar", "max_length": 9, "enable_analyzer": true, "analyzer_params": {"type": "english"}}, {"name": "x", "type": "SparseFloatVector"}` + vector, more: `, "functions": [{"name": "f", "type": "BM25", "input_field_names": ["t"], "output_field_names": ["x"]}]`, old: "lost", lite: "lost"},
		ability{name: "an auto_id key of text", fields: `{"name": "x", "type": "FloatVector", "dim": 4}`, more: "VarChar key", lite: "lost"},
	)
}

func (a ability) schema(t *testing.T, name string) *schema.Collection {
	t.Helper()
	key, more := `{"name": "id", "type": "Int64", "is_primary": true}, `, a.more
	if more == "VarChar key" {
		key, more = `{"name": "id", "type": "VarChar", "max_length": 9, "is_primary": true, "auto_id": true}, `, ""
	}
	return parsed(t, name, `{"fields": [`+key+a.fields+`]`+more+`}`)
}

// TestLacksSaysWhatServersDo makes each ability on each server, past Lacks: the
// server takes it and keeps it, or Lacks says that it does not.
func TestLacksSaysWhatServersDo(t *testing.T) {
	for name, uri := range map[string]string{"Milvus 2.3.5": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, collectionName := dialTo(t, uri), live.Name(t)
			for _, a := range abilities() {
				says := a.old
				if s.Kind == collection.Lite {
					says = a.lite
				}
				c := a.schema(t, collectionName)
				told := ""
				switch problems := s.Lacks(c); {
				case len(problems.Errors()) > 0:
					told = "lost"
					if last := problems.Errors()[len(problems.Errors())-1]; last.Hint == "" {
						t.Errorf("%s: no mend: %v", a.name, problems)
					}
				case len(problems) > 0:
					told = "idle"
				}
				if told != strings.Replace(says, "poor", "idle", 1) {
					t.Errorf("%s: Lacks says %q, not %q", a.name, told, says)
				}
				if a.trap && s.Kind == collection.Milvus {
					continue
				}
				if kept := keeps(t, s, c); (kept == "") != (says == "" || says == "poor") {
					t.Errorf("%s: Lacks says %q, and the server: %s", a.name, says, kept)
				}
			}
		})
	}
}

// keeps makes the collection and its indexes and tells what became of it: ""
// where the server keeps all of it.
func keeps(t *testing.T, s *collection.Server, c *schema.Collection) string {
	t.Helper()
	ctx := t.Context()
	if err := s.Drop(ctx, c.Name); err != nil {
		t.Fatal(err)
	}
	body, err := proto.Marshal(message(c))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Service().CreateCollection(ctx, &milvuspb.CreateCollectionRequest{CollectionName: c.Name, Schema: body})
	if err := collection.Explain(err, answer); err != nil {
		return err.Error()
	}
	found, err := s.Find(ctx, c.Name)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Schema.Functions) != len(c.Functions) {
		return "a function is gone"
	}
	if err := found.Fits(c); err != nil {
		return err.Error()
	}
	for i := range c.Fields {
		if c.Fields[i].IsClusterKey != found.Schema.Field(c.Fields[i].Name).IsClusterKey {
			return "the clustering key is gone"
		}
	}
	return asError(found.Index(ctx, collection.Policy{}))
}

func asError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// message is the schema as a client makes it that knows nothing of Lacks.
func message(c *schema.Collection) *schemapb.CollectionSchema {
	kind := func(t schema.Type) schemapb.DataType {
		return schemapb.DataType(schemapb.DataType_value[strings.Replace(string(t), "String", "VarChar", 1)])
	}
	m := &schemapb.CollectionSchema{Name: c.Name}
	for _, f := range c.Fields {
		field := &schemapb.FieldSchema{
			Name: f.Name, DataType: kind(f.Type), ElementType: kind(f.ElementType), IsPrimaryKey: f.IsPrimary, AutoID: f.AutoID,
			Nullable: f.Nullable, IsClusteringKey: f.IsClusterKey, IsPartitionKey: f.IsPartitionKey, IsFunctionOutput: c.FunctionOf(f.Name) != nil,
		}
		for key, n := range map[string]int{"dim": f.Dim, "max_length": f.MaxLength, "max_capacity": f.MaxCapacity} {
			if n > 0 {
				field.TypeParams = append(field.TypeParams, &commonpb.KeyValuePair{Key: key, Value: fmt.Sprint(n)})
			}
		}
		if f.EnableAnalyzer {
			field.TypeParams = append(field.TypeParams, &commonpb.KeyValuePair{Key: "enable_analyzer", Value: "true"})
		}
		if f.AnalyzerParams != nil {
			field.TypeParams = append(field.TypeParams, &commonpb.KeyValuePair{Key: "analyzer_params", Value: string(f.AnalyzerParams)})
		}
		if f.Default != nil {
			field.DefaultValue = &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: 9007199254740993}}
		}
		if f.ElementType == schema.Struct {
			m.StructArrayFields = append(m.StructArrayFields, &schemapb.StructArrayFieldSchema{Name: f.Name, Fields: []*schemapb.FieldSchema{
				{Name: "a", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_Int32, TypeParams: field.TypeParams},
			}})
			continue
		}
		m.Fields = append(m.Fields, field)
	}
	for _, f := range c.Functions {
		m.Functions = append(m.Functions, &schemapb.FunctionSchema{
			Name: f.Name, Type: schemapb.FunctionType_BM25, InputFieldNames: f.Inputs, OutputFieldNames: f.Outputs,
		})
	}
	return m
}

// TestTheMendOfALackIsOneOption puts all that is to be left out into one
// option.
func TestTheMendOfALackIsOneOption(t *testing.T) {
	c := parsed(t, "kb", `{"fields": [
		{"name": "id", "type": "Int64", "is_primary": true}, {"name": "title", "type": "VarChar", "max_length": 9, "nullable": true},
		{"name": "terms", "type": "SparseFloatVector"}, {"name": "question", "type": "FloatVector", "dim": 4},
		{"name": "answer", "type": "FloatVector", "dim": 4}, {"name": "metadata", "type": "JSON", "nullable": true}]}`)
	old := &collection.Server{Kind: collection.Milvus, Version: schema.Version{Major: 2, Minor: 3, Patch: 5}}
	problems := old.Lacks(c).Errors()
	const mend = "leave out what it lacks: --exclude-fields title,terms,metadata,answer"
	if len(problems) != 4 || problems[3].Hint != mend {
		t.Errorf("%v", problems)
	}
	if slices.ContainsFunc(problems[:3], func(p schema.Problem) bool { return p.Hint != "" }) {
		t.Errorf("the mend is told more than once: %v", problems)
	}
	left, err := c.Project(nil, []string{"title", "terms", "metadata", "answer"})
	if err != nil {
		t.Fatal(err)
	}
	if problems := old.Lacks(left); len(problems) > 0 {
		t.Errorf("the mend does not help: %v", problems)
	}
	newest := &collection.Server{Kind: collection.Milvus}
	if problems := newest.Lacks(c); len(problems) > 0 {
		t.Errorf("the latest Milvus lacks %v", problems)
	}
}
