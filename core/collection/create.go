package collection

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// The keys of a field's type parameters.
const (
	paramDim           = "dim"
	paramMaxLength     = "max_length"
	paramMaxCapacity   = "max_capacity"
	paramAnalyzer      = "enable_analyzer"
	paramMatch         = "enable_match"
	paramAnalyzers     = "analyzer_params"
	paramMultiAnalyzer = "multi_analyzer_params"
	paramMmap          = "mmap.enabled"
)

// Create makes a collection of this name with all that the schema says, but no
// index.
func (s *Server) Create(ctx context.Context, name string, c *schema.Collection, o PrepareOptions) (*Collection, error) {
	c, err := c.Project(o.Fields, o.Exclude)
	if err != nil {
		return nil, err
	}
	if err := s.Lacks(c).Err(); err != nil {
		return nil, err
	}
	request, err := createRequest(name, c, o.Consistency)
	if err != nil {
		return nil, err
	}
	return s.create(ctx, request)
}

func (s *Server) create(ctx context.Context, request *milvuspb.CreateCollectionRequest) (*Collection, error) {
	name := request.GetCollectionName()
	answer, err := s.Service().CreateCollection(ctx, request)
	if err := Explain(err, answer); err != nil {
		return nil, told(err, "making the collection %s", name)
	}
	made, err := s.Find(ctx, name)
	if err == nil && made == nil {
		err = core.Errorf(core.Internal, "the collection %s was made, but the server does not have it", name)
	}
	return made, err
}

func createRequest(name string, c *schema.Collection, consistency string) (*milvuspb.CreateCollectionRequest, error) {
	level, err := consistencyLevel(consistency)
	if err != nil {
		return nil, err
	}
	described, err := collectionSchema(name, c)
	if err != nil {
		return nil, err
	}
	body, err := proto.Marshal(described)
	if err != nil {
		return nil, core.Errorf(core.Internal, "the schema of %s as a message: %w", name, err)
	}
	return &milvuspb.CreateCollectionRequest{
		CollectionName: name, Schema: body, ConsistencyLevel: level,
		ShardsNum: int32(c.NumShards), NumPartitions: int64(c.NumPartitions), Properties: keyValues(c.Properties), //nolint:gosec // checked by the schema
	}, nil
}

// consistencyLevel reads a level by name; "" is Bounded, as with Milvus's own
// clients.
func consistencyLevel(name string) (commonpb.ConsistencyLevel, error) {
	if name == "" {
		return commonpb.ConsistencyLevel_Bounded, nil
	}
	var known []string
	for level, spelled := range commonpb.ConsistencyLevel_name {
		if strings.EqualFold(spelled, name) {
			return commonpb.ConsistencyLevel(level), nil
		}
		known = append(known, spelled)
	}
	e := core.Errorf(core.InvalidConfig, "%q is no consistency level", name)
	if near, ok := spell.Nearest(name, known); ok {
		return 0, e.WithHint("did you mean %s?", near)
	}
	return 0, e.WithHint("one of Strong, Bounded, Session, Eventually")
}

// collectionSchema is the schema as Milvus's message.
func collectionSchema(name string, c *schema.Collection) (*schemapb.CollectionSchema, error) {
	made := &schemapb.CollectionSchema{Name: name, Description: c.Description, EnableDynamicField: c.EnableDynamic}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.ElementType == schema.Struct {
			parts, err := structField(f)
			if err != nil {
				return nil, err
			}
			made.StructArrayFields = append(made.StructArrayFields, parts)
			continue
		}
		field, err := fieldSchema(f)
		if err != nil {
			return nil, err
		}
		field.IsFunctionOutput = c.FunctionOf(f.Name) != nil
		made.AutoID = made.AutoID || f.AutoID //nolint:staticcheck // Milvus Lite and old servers read it
		made.Fields = append(made.Fields, field)
	}
	for i := range c.Functions {
		function, err := functionSchema(&c.Functions[i])
		if err != nil {
			return nil, err
		}
		made.Functions = append(made.Functions, function)
	}
	return made, nil
}

func fieldSchema(f *schema.Field) (*schemapb.FieldSchema, error) {
	value, err := defaultValue(f)
	if err != nil {
		return nil, err
	}
	return &schemapb.FieldSchema{
		Name: f.Name, Description: f.Description, DataType: dataType(f.Type), ElementType: dataType(f.ElementType),
		IsPrimaryKey: f.IsPrimary, AutoID: f.AutoID, IsPartitionKey: f.IsPartitionKey, IsClusteringKey: f.IsClusterKey,
		Nullable: f.Nullable, DefaultValue: value, TypeParams: keyValues(typeParams(f)),
	}, nil
}

// structField is an Array of Struct: each of its fields is an array, or an
// array of vectors, and all have the same capacity.
func structField(f *schema.Field) (*schemapb.StructArrayFieldSchema, error) {
	made := &schemapb.StructArrayFieldSchema{Name: f.Name, Description: f.Description}
	if f.MmapEnabled != nil {
		made.TypeParams = keyValues(map[string]string{paramMmap: strconv.FormatBool(*f.MmapEnabled)})
	}
	for i := range f.StructFields {
		part, err := fieldSchema(&f.StructFields[i])
		if err != nil {
			return nil, err
		}
		part.ElementType, part.DataType = part.DataType, schemapb.DataType_Array
		if f.StructFields[i].Type.IsVector() {
			part.DataType = schemapb.DataType_ArrayOfVector
		}
		part.TypeParams = append(part.TypeParams, &commonpb.KeyValuePair{Key: paramMaxCapacity, Value: strconv.Itoa(f.MaxCapacity)})
		made.Fields = append(made.Fields, part)
	}
	return made, nil
}

// dataType is a type as Milvus numbers it; ours have its names. String is
// spelled VarChar there.
func dataType(t schema.Type) schemapb.DataType {
	if t == schema.String {
		t = schema.VarChar
	}
	return schemapb.DataType(schemapb.DataType_value[string(t)])
}

func typeParams(f *schema.Field) map[string]string {
	params := map[string]string{}
	for key, n := range map[string]int{paramDim: f.Dim, paramMaxLength: f.MaxLength, paramMaxCapacity: f.MaxCapacity} {
		if n != 0 {
			params[key] = strconv.Itoa(n)
		}
	}
	for key, set := range map[string]bool{paramAnalyzer: f.EnableAnalyzer, paramMatch: f.EnableMatch} {
		if set {
			params[key] = "true"
		}
	}
	for key, raw := range map[string]json.RawMessage{paramAnalyzers: f.AnalyzerParams, paramMultiAnalyzer: f.MultiAnalyzer} {
		if len(raw) > 0 {
			params[key] = string(raw)
		}
	}
	if f.MmapEnabled != nil {
		params[paramMmap] = strconv.FormatBool(*f.MmapEnabled)
	}
	return params
}

func functionSchema(f *schema.Function) (*schemapb.FunctionSchema, error) {
	kind, ok := schemapb.FunctionType_value[f.Type]
	if !ok {
		return nil, core.Errorf(core.InvalidConfig, "the function %s is of the type %s, which this version of milvus-ingest cannot make", f.Name, f.Type).
			WithHint("leave out what it makes: --exclude-fields %s", strings.Join(f.Outputs, ","))
	}
	params, err := words(f.Params)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "the params of the function %s: %w", f.Name, err)
	}
	return &schemapb.FunctionSchema{
		Name: f.Name, Type: schemapb.FunctionType(kind), Description: f.Description,
		InputFieldNames: f.Inputs, OutputFieldNames: f.Outputs, Params: keyValues(params),
	}, nil
}

// words are the values of a JSON object as Milvus takes them: text as it is,
// all else as JSON.
func words(raw json.RawMessage) (map[string]string, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, err
	}
	return plainWords(values), nil
}

func plainWords(values map[string]json.RawMessage) map[string]string {
	made := make(map[string]string, len(values))
	for key, value := range values {
		var text string
		if json.Unmarshal(value, &text) != nil || string(value) == "null" {
			text = string(value)
		}
		made[key] = text
	}
	return made
}
