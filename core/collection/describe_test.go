package collection

import (
	"encoding/json"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// TestWhatIsSentReadsBack makes the message of a schema and reads it as a
// server would tell it: also what none of the servers at hand has.
func TestWhatIsSentReadsBack(t *testing.T) {
	const whole = `{
		"collection_name": "whole", "description": "all there is", "num_partitions": 16, "num_shards": 2, "enable_dynamic_field": true,
		"properties": {"collection.ttl.seconds": "60", "timezone": "UTC"},
		"fields": [
			{"name": "id", "type": "VarChar", "max_length": 36, "is_primary": true, "auto_id": true, "description": "the key"},
			{"name": "tenant", "type": "Int64", "is_partition_key": true},
			{"name": "when", "type": "Int64", "is_clustering_key": true, "nullable": true, "default_value": -9007199254740993},
			{"name": "tiny", "type": "Int8", "default_value": -128}, {"name": "flag", "type": "Bool", "default_value": false},
			{"name": "ratio", "type": "Float", "default_value": 0.1}, {"name": "price", "type": "Double", "default_value": 1e-300},
			{"name": "note", "type": "VarChar", "max_length": 9, "default_value": "“a \\”"},
			{"name": "seen", "type": "Timestamptz", "default_value": "2024-01-01T00:00:00+01:00"}, {"name": "place", "type": "Geometry", "default_value": "POINT (1 2)"},
			{"name": "doc", "type": "JSON", "nullable": true, "mmap_enabled": false},
			{"name": "tags", "type": "Array", "element_type": "VarChar", "max_length": 20, "max_capacity": 8, "nullable": true},
			{"name": "lang", "type": "VarChar", "max_length": 9},
			{"name": "text", "type": "VarChar", "max_length": 99, "enable_analyzer": true, "enable_match": true, "multi_analyzer_params": {"by_field": "lang", "analyzers": {"default": {"type": "standard"}}}},
			{"name": "title", "type": "VarChar", "max_length": 99, "enable_analyzer": true, "analyzer_params": {"tokenizer": {"type": "jieba"}}},
			{"name": "v", "type": "FloatVector", "dim": 8, "mmap_enabled": true}, {"name": "h", "type": "Float16Vector", "dim": 8},
			{"name": "b", "type": "BFloat16Vector", "dim": 8}, {"name": "i", "type": "Int8Vector", "dim": 8, "nullable": true},
			{"name": "bits", "type": "BinaryVector", "dim": 16}, {"name": "words", "type": "SparseFloatVector"}, {"name": "made", "type": "FloatVector", "dim": 8},
			{"name": "chunks", "type": "Array", "element_type": "Struct", "max_capacity": 16, "description": "parts",
				"struct_fields": [{"name": "text", "type": "VarChar", "max_length": 50}, {"name": "page", "type": "Int32"}, {"name": "v", "type": "FloatVector", "dim": 8}]}
		],
		"functions": [
			{"name": "bm25", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["words"], "params": {"bm25_b": 0.7}},
			{"name": "embed", "type": "TextEmbedding", "input_field_names": ["title"], "output_field_names": ["made"], "description": "by a service", "params": {"model_name": "m", "provider": "p"}}
		]}`
	c, err := schema.Parse("whole.json", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	request, err := createRequest("whole", c, "Session")
	if err != nil {
		t.Fatal(err)
	}
	if request.GetConsistencyLevel().String() != "Session" {
		t.Errorf("the consistency is %s", request.GetConsistencyLevel())
	}
	sent, err := collectionSchema("whole", c)
	if err != nil {
		t.Fatal(err)
	}
	// Servers put both names there.
	for _, part := range sent.GetStructArrayFields()[0].GetFields() {
		part.Name = "chunks[" + part.GetName() + "]"
	}
	read := described(Milvus, "whole", &milvuspb.DescribeCollectionResponse{
		Schema: sent, ShardsNum: request.GetShardsNum(), NumPartitions: request.GetNumPartitions(), Properties: request.GetProperties(),
	})
	have, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(want) {
		t.Errorf("it reads back as\n%s\nnot\n%s", have, want)
	}
}

// TestWhatMilvusLiteForgetsStillMakesASchema that passes the rules, so that an
// export of it can be loaded elsewhere.
func TestWhatMilvusLiteForgetsStillMakesASchema(t *testing.T) {
	read := described(Lite, "x", &milvuspb.DescribeCollectionResponse{NumPartitions: 1, ShardsNum: 1, Schema: &schemapb.CollectionSchema{Fields: []*schemapb.FieldSchema{
		{Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true},
		{Name: "tags", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_VarChar, TypeParams: keyValues(map[string]string{"max_capacity": "4"})},
		{Name: "note", DataType: schemapb.DataType_VarChar},
		{Name: "v", DataType: schemapb.DataType_FloatVector, TypeParams: keyValues(map[string]string{"dim": "4"})},
	}}})
	if problems := schema.Check(read, schema.Version{}).Errors(); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestWhatCannotBeSentIsRefused has faults that a schema file may hold, since
// it was not checked, or is of a later version.
func TestWhatCannotBeSentIsRefused(t *testing.T) {
	field := func(t schema.Type, value string) *schema.Collection {
		return &schema.Collection{Fields: []schema.Field{{Name: "x", Type: t, Default: json.RawMessage(value)}}}
	}
	for name, c := range map[string]*schema.Collection{
		"a default that is no number":         field(schema.Int64, `"a"`),
		"a default beyond its type":           field(schema.Int32, "2147483648"),
		"a default with a fraction":           field(schema.Int64, "1.5"),
		"a default beyond a float":            field(schema.Float, "1e300"),
		"a text that is a number":             field(schema.VarChar, "5"),
		"a flag that is a number":             field(schema.Bool, "5"),
		"a function of a later Milvus":        {Functions: []schema.Function{{Name: "f", Type: "Other"}}},
		"parameters of a function as a list":  {Functions: []schema.Function{{Name: "f", Type: "BM25", Params: json.RawMessage("[]")}}},
		"a default inside a struct's element": {Fields: []schema.Field{{Name: "s", Type: schema.Array, ElementType: schema.Struct, StructFields: field(schema.Int64, `"a"`).Fields}}},
	} {
		if _, err := createRequest("x", c, ""); err == nil {
			t.Errorf("%s: it was sent", name)
		}
	}
	if _, err := createRequest("x", &schema.Collection{}, "Stron"); err == nil {
		t.Error("a consistency level that is none was sent")
	}
}

// TestAddressesAreReadAsUsersWriteThem has all forms.
func TestAddressesAreReadAsUsersWriteThem(t *testing.T) {
	for uri, want := range map[string]address{
		"http://10.0.0.1:19530":     {host: "10.0.0.1:19530"},
		"http://milvus":             {host: "milvus:19530"},
		" tcp://milvus:1 ":          {host: "milvus:1"},
		"milvus":                    {host: "milvus:19530"},
		"milvus:1234":               {host: "milvus:1234"},
		"[::1]:1234":                {host: "[::1]:1234"},
		"http://[::1]":              {host: "[::1]:19530"},
		"https://milvus":            {host: "milvus:443", tls: true},
		"https://milvus:19530/docs": {host: "milvus:19530", tls: true, database: "docs"},
		"http://milvus/":            {host: "milvus:19530"},
		"milvus/docs":               {host: "milvus:19530", database: "docs"},
		"http://root:a%3Ab@milvus":  {host: "milvus:19530", user: "root", password: "a:b"},
		"in01-x.aws-us-west-2.vectordb.zillizcloud.com":               {host: "in01-x.aws-us-west-2.vectordb.zillizcloud.com:443", tls: true},
		"in03-x.serverless.gcp-us-west1.cloud.zilliz.com:19530":       {host: "in03-x.serverless.gcp-us-west1.cloud.zilliz.com:19530", tls: true},
		"https://in01-x.ali-cn-hangzhou.vectordb.zilliz.com.cn:19530": {host: "in01-x.ali-cn-hangzhou.vectordb.zilliz.com.cn:19530", tls: true},
		"http://not-zillizcloud.com.example:19530":                    {host: "not-zillizcloud.com.example:19530"},
		"./demo.db":    {file: "./demo.db"},
		"demo.db":      {file: "demo.db"},
		"/data/a b.db": {file: "/data/a b.db"},
	} {
		have, err := parseAddress(uri)
		if err != nil || have != want {
			t.Errorf("%q is %+v, not %+v: %v", uri, have, want, err)
		}
	}
	for host, cloud := range map[string]bool{
		"in01-x.vectordb.zillizcloud.com:443": true, "IN01.ZillizCloud.com": true, "x.cloud.zilliz.com.": true,
		"zilliz.example.com": false, "127.0.0.1:19530": false, "zillizcloud.com.evil.org": false,
	} {
		if isCloud(host) != cloud {
			t.Errorf("%s: %v", host, !cloud)
		}
	}
}

// FuzzParseAddress holds that an address that is read names a host with its
// port, or a file, and that it shows no password.
func FuzzParseAddress(f *testing.F) {
	for _, uri := range []string{"http://a:1", "a", "x.db", "https://u:p@h/d", "[::1", "http://[fe80::1%25en0]:1", "a b", "http://a:b:c", "::", "http://a@b@c"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		a, err := parseAddress(uri)
		if err != nil {
			return
		}
		if (a.file == "") == (a.host == "") {
			t.Errorf("%q: %+v", uri, a)
		}
		if a.host == "" {
			return
		}
		again, err := parseAddress(a.String())
		if err != nil || again.host != a.host || again.password != "" {
			t.Errorf("%q: %+v, then %+v: %v", uri, a, again, err)
		}
	})
}
