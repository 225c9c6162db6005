package collection

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// longestText is the largest max_length that Milvus knows.
const longestText = 65535

// described is the schema of a collection that a server described; the indexes
// are asked for apart.
func described(kind Kind, name string, d *milvuspb.DescribeCollectionResponse) *schema.Collection {
	from := d.GetSchema()
	c := &schema.Collection{
		Name: name, Description: from.GetDescription(), EnableDynamic: from.GetEnableDynamicField(),
		NumShards: int(d.GetShardsNum()), Properties: wordsOf(d.GetProperties()),
	}
	keyed := false
	for _, f := range from.GetFields() {
		// What begins with $ is the server's own ($meta, $namespace).
		if f.GetIsDynamic() || strings.HasPrefix(f.GetName(), "$") {
			continue
		}
		field := fieldOf(f)
		field.AutoID = field.AutoID || field.IsPrimary && from.GetAutoID() //nolint:staticcheck // old servers say it there
		c.Fields = append(c.Fields, field)
		keyed = keyed || field.IsPartitionKey
	}
	for _, f := range from.GetStructArrayFields() {
		c.Fields = append(c.Fields, structOf(f))
	}
	for _, f := range from.GetFunctions() {
		c.Functions = append(c.Functions, functionOf(f))
	}
	// Without a partition key it counts partitions that users made; Milvus
	// Lite counts those always.
	if keyed && kind != Lite {
		c.NumPartitions = int(d.GetNumPartitions())
	}
	return c
}

func fieldOf(f *schemapb.FieldSchema) schema.Field {
	params := wordsOf(f.GetTypeParams())
	whole := func(key string) int {
		n, err := strconv.Atoi(params[key])
		if err != nil {
			return 0
		}
		return n
	}
	made := schema.Field{
		Name: f.GetName(), Description: f.GetDescription(), Type: typeOf(f.GetDataType()), ElementType: typeOf(f.GetElementType()),
		IsPrimary: f.GetIsPrimaryKey(), AutoID: f.GetAutoID(), IsPartitionKey: f.GetIsPartitionKey(), IsClusterKey: f.GetIsClusteringKey(),
		Nullable: f.GetNullable(), Dim: whole(paramDim), MaxLength: whole(paramMaxLength), MaxCapacity: whole(paramMaxCapacity),
		EnableAnalyzer: params[paramAnalyzer] == "true", EnableMatch: params[paramMatch] == "true",
		AnalyzerParams: rawOrNil(params[paramAnalyzers]), MultiAnalyzer: rawOrNil(params[paramMultiAnalyzer]),
	}
	if (made.Type.IsText() || made.ElementType.IsText()) && made.MaxLength == 0 {
		made.MaxLength = longestText // Milvus Lite does not keep that of an array's elements
	}
	made.Default = defaultOf(made.Type, f.GetDefaultValue())
	made.MmapEnabled = flagOrNil(params[paramMmap])
	return made
}

// structOf is the way back from structField.
func structOf(f *schemapb.StructArrayFieldSchema) schema.Field {
	made := schema.Field{
		Name: f.GetName(), Description: f.GetDescription(), Type: schema.Array, ElementType: schema.Struct,
		MmapEnabled: flagOrNil(wordsOf(f.GetTypeParams())[paramMmap]),
	}
	for _, part := range f.GetFields() {
		field := fieldOf(part)
		// Servers call the parts by the name of both: chunks[text].
		if _, inner, ok := strings.Cut(field.Name, "["); ok {
			field.Name = strings.TrimSuffix(inner, "]")
		}
		made.MaxCapacity = max(made.MaxCapacity, field.MaxCapacity)
		field.Type, field.ElementType, field.MaxCapacity = field.ElementType, "", 0
		made.StructFields = append(made.StructFields, field)
	}
	return made
}

func functionOf(f *schemapb.FunctionSchema) schema.Function {
	made := schema.Function{
		Name: f.GetName(), Type: f.GetType().String(), Description: f.GetDescription(),
		Inputs: f.GetInputFieldNames(), Outputs: f.GetOutputFieldNames(),
	}
	if len(f.GetParams()) == 0 {
		return made
	}
	params := map[string]json.RawMessage{}
	for _, pair := range f.GetParams() {
		params[pair.GetKey()] = rawWord(pair.GetValue())
	}
	if raw, err := json.Marshal(params); err == nil { // it was made of valid JSON: it cannot fail
		made.Params = raw
	}
	return made
}

// typeOf is a type by Milvus's number; "" for none.
func typeOf(t schemapb.DataType) schema.Type {
	switch t {
	case schemapb.DataType_None:
		return ""
	case schemapb.DataType_String, schemapb.DataType_Text:
		return schema.VarChar
	default:
		return schema.Type(t.String())
	}
}

func rawOrNil(text string) json.RawMessage {
	if text == "" || text == "{}" || !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}

func flagOrNil(text string) *bool {
	set, err := strconv.ParseBool(text)
	if err != nil {
		return nil
	}
	return &set
}
