package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	idField     = `{"name":"id","type":"Int64","is_primary":true}`
	vectorField = `{"name":"v","type":"FloatVector","dim":8}`
)

// withFields is a schema with a key, a vector and more fields.
func withFields(fields ...string) string {
	return `{"collection_name":"c","fields":[` + strings.Join(append([]string{idField, vectorField}, fields...), ",") + `]}`
}

// problemsOf parses and checks a schema; Parse's errors come first.
func problemsOf(t *testing.T, data string, target Version) Problems {
	t.Helper()
	c, err := Parse("test.json", []byte(data))
	if err != nil {
		var problems Problems
		ok := errors.As(err, &problems)
		if !ok {
			t.Fatalf("%v is no list of problems", err)
		}
		return problems
	}
	return Check(c, target)
}

// expect holds problems to texts, one for each problem, in any order. A
// warning's text begins with "warning: ".
func expect(t *testing.T, problems Problems, want ...string) {
	t.Helper()
	left := append([]string(nil), want...)
	for _, p := range problems {
		text := p.String()
		if p.Severity == Warning {
			text = "warning: " + text
		}
		found := -1
		for i, w := range left {
			if strings.Contains(text, strings.TrimPrefix(w, "warning: ")) && strings.HasPrefix(w, "warning: ") == (p.Severity == Warning) {
				found = i
				break
			}
		}
		if found < 0 {
			t.Errorf("unexpected: %s", text)
			continue
		}
		left = append(left[:found], left[found+1:]...)
	}
	for _, w := range left {
		t.Errorf("not reported: %s", w)
	}
}

func TestFieldsOfWhichNothingIsWrong(t *testing.T) {
	for _, field := range []string{
		`{"name":"_ok","type":"Bool"}`,
		`{"name":"b","type":"BinaryVector","dim":262144}`,
		`{"name":"i","type":"Int8Vector","dim":4}`,
		`{"name":"i","type":"Int8Vector","dim":32768}`,
		`{"name":"s","type":"VarChar","max_length":65535,"min":null,"default_value":"数据库"}`,
		`{"name":"s","type":"VarChar","max_length":9,"enum_values":["数据库","ok"]}`,
		`{"name":"s","type":"String","max_length":1}`,
		`{"name":"s","type":"SparseFloatVector","nullable":true}`,
		`{"name":"n","type":"Int8","min":-128,"max":127,"default_value":-128}`,
		`{"name":"n","type":"Int64","min":5,"max":5}`,
		`{"name":"n","type":"Float","min":-0.0,"max":3.4028235e38,"default_value":1e-3}`,
		`{"name":"n","type":"Double","enum_values":[1,2.5]}`,
		`{"name":"a","type":"Array","element_type":"String","max_capacity":4096,"max_length":4}`,
		`{"name":"a","type":"Array","element_type":"Int16","max_capacity":1,"min":-5,"max":5,"enum_values":[-5,5]}`,
		`{"name":"a","type":"Array","element_type":"Struct","max_capacity":3,"fields":[{"name":"x","type":"VarChar","max_length":4},{"name":"y","type":"FloatVector","dim":4}]}`,
		`{"name":"when","type":"Timestamptz","default_value":"2025-01-31T08:00:00+08:00"}`,
		`{"name":"where","type":"Geometry","default_value":"POINT (1 2)"}`,
		`{"name":"j","type":"JSON","nullable":true,"is_primary":false,"mmap_enabled":true}`,
		`{"name":"p","type":"VarChar","max_length":10,"is_partition_key":true}`,
		`{"name":"p","type":"VarChar","max_length":10,"is_clustering_key":true,"generator":"text.words","params":{"n":3},"uses":["id"]}`,
		`{"name":"w","type":"FloatVector","dim":2,"index":{"index_type":"HNSW","metric_type":"COSINE","params":{"M":16}}}`,
		`{"name":"w","type":"VarChar","max_length":9,"index":"INVERTED","enable_analyzer":true,"enable_match":true,"analyzer_params":{"type":"chinese"}}`,
		`{"name":"c","type":"Int32","cardinality_ratio":1}`,
	} {
		t.Run(field, func(t *testing.T) { expect(t, problemsOf(t, withFields(field), Version{})) })
	}
}

// A fieldCase is a field with a fault, and what is said of it.
type fieldCase struct {
	field string
	want  []string
}

func runFieldCases(t *testing.T, cases []fieldCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.field, func(t *testing.T) { expect(t, problemsOf(t, withFields(c.field), Version{}), c.want...) })
	}
}

func TestNamesThatMilvusRefuses(t *testing.T) {
	named := func(name string) string { return fmt.Sprintf(`{"name":%q,"type":"Bool"}`, name) }
	runFieldCases(t, []fieldCase{
		{named("1st"), []string{`"1st" is no name for a field; expected letters, digits and _, not a digit first; mend: write "_1st"`}},
		{named("has space"), []string{`mend: write "has_space"`}},
		{named("tenant-a"), []string{`mend: write "tenant_a"`}},
		{named("字段"), []string{`"字段" is no name`}},
		{named(strings.Repeat("n", 256)), []string{"the name has 256 bytes; expected at most 255"}},
		{named(strings.Repeat("n", 255)), nil},
		{named("$meta"), []string{"$meta is Milvus's own dynamic field"}},
		{named("and"), []string{`"and" is a word of Milvus's own`}},
		{named("Null"), []string{`"Null" is a word of Milvus's own`}},
		{named(""), []string{"the field has no name"}},
		{`{"type":"Bool"}`, []string{"the field has no name"}},
		{named("v"), []string{"two fields have this name; mend: rename one of them; the other is on line 1"}},
	})
	expect(t, problemsOf(t, strings.Replace(withFields(), `"c"`, `"tenant-a_docs"`, 1), Version{}),
		`"tenant-a_docs" is no name for a collection`)
}

func TestShapesThatMilvusRefuses(t *testing.T) {
	vector := func(kind, dim string) string { return fmt.Sprintf(`{"name":"w","type":%q%s}`, kind, dim) }
	runFieldCases(t, []fieldCase{
		{vector("BinaryVector", `,"dim":100`), []string{"dim is 100; expected a multiple of 8 from 8 to 262144; mend: write 96 or 104"}},
		{vector("BinaryVector", `,"dim":262152`), []string{"dim is 262152"}},
		{vector("FloatVector", `,"dim":32769`), []string{"dim is 32769; expected a whole number from 2 to 32768"}},
		{vector("FloatVector", `,"dim":1`), []string{"dim is 1"}},
		{vector("Float16Vector", `,"dim":0`), []string{"dim is 0"}},
		{vector("BFloat16Vector", ``), []string{`dim is missing; expected a whole number from 2 to 32768; mend: add "dim": 768`}},
		{vector("FloatVector", `,"dim":2.5`), []string{"dim is 2.5; expected a whole number"}},
		{vector("FloatVector", `,"dim":99999999999999999999`), []string{"that is not so large"}},
		{vector("SparseFloatVector", `,"dim":8`), []string{"dim does not apply to SparseFloatVector"}},
		{`{"name":"s","type":"VarChar"}`, []string{"max_length is missing"}},
		{`{"name":"s","type":"VarChar","max_length":0}`, []string{"max_length is 0"}},
		{`{"name":"s","type":"VarChar","max_length":65536}`, []string{"max_length is 65536"}},
		{`{"name":"s","type":"VarChar","max_length":9,"dim":3}`, []string{"dim does not apply to VarChar"}},
		{`{"name":"n","type":"Int8","max_length":9}`, []string{"max_length does not apply to Int8"}},
		{`{"name":"a","type":"Array"}`, []string{"element_type is missing", "max_capacity is missing"}},
		{`{"name":"a","type":"Array","element_type":"VarChar","max_capacity":5000}`, []string{"max_length is missing", "max_capacity is 5000"}},
		{`{"name":"a","type":"Array","element_type":"Int8","max_capacity":5,"max_length":3}`, []string{"max_length does not apply to an array of Int8"}},
		{`{"name":"a","type":"Array","element_type":"JSON","max_capacity":5}`, []string{`unknown element type "JSON"`}},
		{`{"name":"a","type":"Array","element_type":"Struct","max_capacity":5}`, []string{"an array of Struct needs its struct_fields"}},
		{
			`{"name":"a","type":"Array","element_type":"Struct","max_capacity":5,"struct_fields":[{"name":"x","type":"JSON"},{"name":"y","type":"VarChar"},{"name":"y","type":"Bool","nullable":true}]}`,
			[]string{`unknown field type "JSON"`, "max_length is missing", `two struct fields are named "y"`, `unknown key "nullable"`},
		},
		{`{"name":"a","type":"Array","element_type":"Int8","max_capacity":5,"struct_fields":[{"name":"x","type":"Bool"}]}`, []string{"struct_fields does not apply to an array of Int8"}},
		{`{"name":"x","type":"Foo12345"}`, []string{`unknown field type "Foo12345"; expected one of Bool, `}},
		{`{"name":"x","type":"ArrayOfStruct"}`, []string{`mend: write "type": "Array", "element_type": "Struct"`}},
		{`{"name":"x"}`, []string{"the field has no type"}},
		{`{"name":"x","type":5}`, []string{"type holds 5; expected a field type; mend: put it in double quotes"}},
	})
}

func TestValuesThatDoNotFitTheirField(t *testing.T) {
	runFieldCases(t, []fieldCase{
		{
			`{"name":"title","type":"VarChar","max_length":10,"enum_values":["人工智能","数据库","ok","naïve-café"]}`,
			[]string{
				`enum_values[0] "人工智能" has 12 bytes in 4 characters, max_length 10 bytes`,
				`enum_values[3] "naïve-café" has 12 bytes in 10 characters, max_length 10 bytes`,
			},
		},
		{`{"name":"a","type":"Array","element_type":"VarChar","max_capacity":2,"max_length":3,"enum_values":["数据"]}`, []string{"6 bytes in 2 characters"}},
		{`{"name":"s","type":"VarChar","max_length":10,"default_value":"人工智能"}`, []string{"12 bytes in 4 characters, max_length 10 bytes"}},
		{`{"name":"s","type":"VarChar","max_length":10,"default_value":7}`, []string{"default_value is 7; expected text"}},
		{`{"name":"s","type":"VarChar","max_length":10,"default_value":null}`, []string{"default_value is null"}},
		{`{"name":"s","type":"VarChar","max_length":10,"min":1}`, []string{"min does not apply to VarChar"}},
		{`{"name":"s","type":"VarChar","max_length":10,"enum_values":[]}`, []string{"enum_values is empty"}},
		{`{"name":"s","type":"VarChar","max_length":10,"enum_values":["a"],"default_value":"b"}`, []string{`default_value "b" is none of enum_values`}},
		{`{"name":"b","type":"Bool","default_value":1}`, []string{"default_value is 1; expected true or false"}},
		{`{"name":"n","type":"Int8","min":-129,"max":1e3}`, []string{"min is -129; expected a whole number from -128 to 127", "max is 1000"}},
		{`{"name":"n","type":"Int64","max":9223372036854775808}`, []string{"max is 9223372036854775808"}},
		{`{"name":"n","type":"Int64","max":1e999999999}`, []string{"max is 1e999999999"}},
		{`{"name":"n","type":"Int32","min":0.5}`, []string{"min is 0.5"}},
		{`{"name":"n","type":"Int32","min":5,"max":4}`, []string{"min 5 is above max 4"}},
		{`{"name":"n","type":"Int32","min":5,"enum_values":[4,5,"6",5.5]}`, []string{"enum_values[0] is 4, outside min and max; expected at least 5", "enum_values[2] is \"6\"", "enum_values[3] is 5.5"}},
		{`{"name":"n","type":"Int32","max":5,"default_value":6}`, []string{"default_value is 6, outside min and max; expected at most 5"}},
		{`{"name":"n","type":"Float","max":1e39}`, []string{"max is 1e39"}},
		{`{"name":"n","type":"Float","cardinality_ratio":0}`, []string{"cardinality_ratio is 0"}},
		{`{"name":"n","type":"Float","cardinality_ratio":1.5}`, []string{"cardinality_ratio is 1.5"}},
		{`{"name":"n","type":"Float","enum_values":[1],"cardinality_ratio":0.5}`, []string{"warning: cardinality_ratio has no effect beside enum_values"}},
		{`{"name":"w","type":"FloatVector","dim":8,"default_value":1}`, []string{"default_value does not apply to FloatVector"}},
		{`{"name":"j","type":"JSON","default_value":"{}"}`, []string{"default_value does not apply to JSON"}},
		{`{"name":"j","type":"JSON","default_value":{}}`, []string{"default_value holds an object"}},
		{`{"name":"a","type":"Array","element_type":"Bool","max_capacity":2,"min":1}`, []string{"min does not apply to an array of Bool"}},
		{`{"name":"t","type":"Timestamptz","default_value":"2025-01-31T08:00:00"}`, []string{"expected a time with its offset"}},
		{`{"name":"g","type":"Geometry","default_value":"somewhere"}`, []string{"expected well-known text"}},
	})
}

func TestKeysThatStandOnTheWrongField(t *testing.T) {
	runFieldCases(t, []fieldCase{
		{`{"name":"k","type":"Int64","is_primary":true}`, []string{"a second primary key: field id is one already"}},
		{`{"name":"k","type":"Int64","auto_id":true}`, []string{"auto_id stands on a field that is not the primary key"}},
		{`{"name":"p","type":"VarChar","max_length":9,"is_partition_key":true,"nullable":true}`, []string{"a partition key cannot be null"}},
		{`{"name":"p","type":"Float","is_partition_key":true}`, []string{"is_partition_key does not apply to Float"}},
		{`{"name":"p","type":"Int64","is_partition_key":true},{"name":"q","type":"Int64","is_partition_key":true}`, []string{"a second partition key: field p is one already"}},
		{`{"name":"p","type":"Int64","is_clustering_key":true},{"name":"q","type":"Int64","is_clustering_key":true}`, []string{"a second clustering key"}},
		{`{"name":"s","type":"VarChar","max_length":9,"enable_match":true}`, []string{"enable_match needs an analyzer"}},
		{`{"name":"s","type":"VarChar","max_length":9,"analyzer_params":{}}`, []string{"warning: analyzer_params has no effect"}},
		{`{"name":"s","type":"Bool","params":{"null_ratio":1}}`, []string{"params configure a generator, and none is named"}},
		{`{"name":"s","type":"Bool","uses":["s","nothing","idd"],"generator":"no name"}`, []string{"the field uses itself", `uses "nothing", which is no field`, `did you mean "id"?`, "is no name of a generator"}},
		{`{"name":"s","type":"Bool","uses":["t"]},{"name":"t","type":"Bool","uses":["s"]}`, []string{"t and s use each other"}},
		{`{"name":"w","type":"FloatVector","dim":8,"index":{"type":"HSNW","metric":"Cosine"}}`, []string{`did you mean "HNSW"?`, `did you mean "COSINE"?`}},
		{`{"name":"w","type":"BinaryVector","dim":8,"index":{"type":"HNSW","metric":"L2"}}`, []string{`an index "HNSW" cannot be built on BinaryVector`, `the metric "L2" does not fit BinaryVector`}},
		{`{"name":"w","type":"SparseFloatVector","index":{"metric":"BM25"}}`, []string{"no BM25 function makes this field"}},
		{`{"name":"n","type":"Int64","index":{"metric":"L2"}}`, []string{"an index on Int64 has no metric"}},
		{`{"name":"n","type":"Int64","nulable":true,"min":"5"}`, []string{`unknown key "nulable"; mend: did you mean "nullable"?`, "mend: write 5 without quotes"}},
		{`{"name":"n","type":"Int64","min":1,"min_value":2}`, []string{`"min_value" is given twice, as "min", too`}},
		{`{"name":"n","type":"Int64","nullable":"yes"}`, []string{"mend: write true or false without quotes"}},
	})
}

func TestCollectionsThatMilvusRefuses(t *testing.T) {
	with := func(keys string) string { return strings.TrimSuffix(withFields(), "}") + "," + keys + "}" }
	tests := []struct {
		data string
		want []string
	}{
		{`{}`, []string{"the schema has no fields"}},
		{`[]`, []string{"the schema has no fields"}},
		{`[` + vectorField + `]`, []string{"the schema has no primary key; expected exactly one field with is_primary"}},
		{`[{"name":"doc_id","type":"Int64"},` + vectorField + `]`, []string{`mend: add "is_primary": true to the field doc_id`}},
		{`[` + idField + `]`, []string{"the schema has no vector field"}},
		{`[{"name":"id","type":"Double","is_primary":true},` + vectorField + `]`, []string{"is_primary does not apply to Double"}},
		{`[{"name":"id","type":"Int64","is_primary":true,"nullable":true,"default_value":1},` + vectorField + `]`, []string{"a primary key cannot be null", "a primary key has no default value"}},
		{`[{"name":"id","type":"Int64","is_primary":true,"is_partition_key":true},` + vectorField + `]`, []string{"the primary key cannot be the partition key"}},
		{`[{"name":"id","type":"Int64","is_primary":true,"cardinality_ratio":0.5},` + vectorField + `]`, []string{"warning: cardinality_ratio has no effect on the primary key"}},
		{with(`"num_partitions":16`), []string{"num_partitions needs a partition key"}},
		{with(`"num_shards":0`), []string{"num_shards is 0; expected a whole number from 1 to 64"}},
		{with(`"num_shards":17`), []string{"warning: 17 shards"}},
		{with(`"hooks":" "`), []string{"hooks is empty"}},
		{with(`"properties":{"a":"b","c":1,"d":true,"e":[]}`), []string{"properties holds a list"}},
		{with(`"colection_name":"d"`), []string{`unknown key "colection_name"`}},
		{with(`"dynamic_fields":[{"name":"x","type":"Int"}]`), []string{"dynamic_fields needs enable_dynamic_field"}},
		{`"text"`, []string{`the file holds the text "text"; expected an object with "fields"`}},
	}
	for _, test := range tests {
		t.Run(test.data, func(t *testing.T) { expect(t, problemsOf(t, test.data, Version{}), test.want...) })
	}
}

func TestBM25(t *testing.T) {
	const text, sparse = `{"name":"text","type":"VarChar","max_length":500}`, `{"name":"sparse","type":"SparseFloatVector"}`
	with := func(functions string, fields ...string) string {
		return strings.TrimSuffix(withFields(fields...), "}") + `,"functions":[` + functions + `]}`
	}
	const bm = `{"name":"bm","type":"BM25","input_field_names":["text"],"output_field_names":["sparse"]}`
	tests := []struct {
		name, data string
		want       []string
	}{
		{"as it should be", with(bm, text, sparse), nil},
		{"an input that is a number", with(bm, `{"name":"text","type":"Int64"}`, sparse), []string{"the input text of BM25 is Int64; expected a VarChar field"}},
		{"an output that is dense", with(bm, text, `{"name":"sparse","type":"FloatVector","dim":8}`), []string{"the output sparse of BM25 is FloatVector; expected SparseFloatVector"}},
		{"an output that is no field", with(bm, text), []string{`the output "sparse" is no field`}},
		{"one output of two functions", with(bm+","+strings.Replace(bm, `"bm"`, `"bm2"`, 1), text, sparse), []string{"is made by the function bm already"}},
		{"two functions of one name", with(bm+","+strings.Replace(bm, `"sparse"`, `"v"`, 1), text, sparse), []string{`two functions are named "bm"`, "the output v of BM25 is FloatVector"}},
		{"an analyzer that is off", with(bm, strings.Replace(text, "}", `,"enable_analyzer":false}`, 1), sparse), []string{"the input text of BM25 has no analyzer"}},
		{"a wrong metric", with(bm, text, `{"name":"sparse","type":"SparseFloatVector","index":{"metric":"IP"}}`), []string{`expected BM25; mend: write "metric": "BM25"`}},
		{"an output that may be null", with(bm, text, `{"name":"sparse","type":"SparseFloatVector","nullable":true}`), []string{"the output sparse is nullable"}},
		{"a generator on the output", with(bm, text, `{"name":"sparse","type":"SparseFloatVector","generator":"sparse"}`), []string{"warning: Milvus makes this field by the function bm"}},
		{"an unknown type", with(strings.Replace(bm, "BM25", "MB25", 1), text, sparse), []string{`warning: unknown function type "MB25"`}},
		{"nothing in it", with(`{}`, text, sparse), []string{"the function has no name", "the function has no type", "reads no field", "makes no field"}},
		{"a field that reads the output", with(bm, text, sparse, `{"name":"x","type":"Bool","uses":["sparse"]}`), []string{"it uses sparse, which only Milvus makes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expect(t, problemsOf(t, test.data, Version{}), test.want...) })
	}
	c, err := Parse("c.json", []byte(with(bm, text, sparse)))
	if err != nil || !c.Field("text").EnableAnalyzer {
		t.Errorf("the input of BM25 has no analyzer (%v)", err)
	}
}

func TestDynamicFields(t *testing.T) {
	tests := []struct {
		field string
		want  []string
	}{
		{`{"name":"author","type":"String","probability":0.8,"values":["a"],"description":"who"}`, nil},
		{`{"name":"n","type":"Integer","min_value":1,"max_value":10000}`, nil},
		{`{"name":"n","type":"Int","values":[9007199254740993]}`, nil},
		{`{"name":"a","type":"Array","array_min_length":1,"array_max_length":4}`, nil},
		{`{"name":"id","type":"Int"}`, []string{`"id" is a field of the collection, too`}},
		{`{"name":"$meta","type":"Int"}`, []string{"$meta is Milvus's own"}},
		{`{"name":"a-b","type":"Int"}`, []string{`"a-b" is no name for a dynamic field`}},
		{`{"name":"a","type":"Int"},{"name":"a","type":"Int"}`, []string{`two dynamic fields are named "a"`}},
		{`{"name":"a","type":"Strnig"}`, []string{`did you mean "String"?`}},
		{`{"name":"a"}`, []string{"the dynamic field has no type"}},
		{`{"name":"a","type":"Int","probability":1.5}`, []string{"probability is 1.5; expected a number from 0 to 1"}},
		{`{"name":"a","type":"Int","min_value":5,"max_value":4}`, []string{"min_value 5 is above max_value 4"}},
		{`{"name":"a","type":"Int","min_value":0.5}`, []string{"min_value is 0.5"}},
		{`{"name":"a","type":"Int","min_length":5}`, []string{"min_length does not apply to Int"}},
		{`{"name":"a","type":"String","min_length":5,"max_length":4}`, []string{"min_length 5 is above max_length 4"}},
		{`{"name":"a","type":"String","max_length":3,"values":["数据"]}`, []string{"6 bytes in 2 characters"}},
		{`{"name":"a","type":"Int","values":["x"]}`, []string{`values[0] is "x"`}},
		{`{"name":"a","type":"Array","array_max_length":0}`, []string{"array_max_length is 0"}},
	}
	for _, test := range tests {
		data := strings.TrimSuffix(withFields(), "}") + `,"enable_dynamic_field":true,"dynamic_fields":[` + test.field + `]}`
		t.Run(test.field, func(t *testing.T) { expect(t, problemsOf(t, data, Version{}), test.want...) })
	}
}

func TestLimitsOfServersAreWarnings(t *testing.T) {
	many := func(n int) []string {
		var fields []string
		for i := range n {
			fields = append(fields, fmt.Sprintf(`{"name":"w%d","type":"FloatVector","dim":2}`, i))
		}
		return fields
	}
	tests := []struct {
		name, target string
		fields       []string
		want         []string
	}{
		{"four vectors", "latest", many(3), nil},
		{"five vectors", "latest", many(4), []string{"warning: the schema has 5 vector fields; a server allows 4"}},
		{"eleven vectors", "latest", many(10), []string{"and at most 10 with proxy.maxVectorFieldNum"}},
		{"two vectors for 2.3", "2.3.5", many(1), []string{"warning: the schema has 2 vector fields; Milvus 2.3.5 allows one"}},
		{"null for 2.4", "2.4", []string{`{"name":"n","type":"Bool","nullable":true}`}, []string{"warning: Milvus 2.4 has no nullable fields; they came with 2.5"}},
		{"null for 2.5", "2.5", []string{`{"name":"n","type":"Bool","nullable":true}`}, nil},
		{"Float16 for 2.3.5", "2.3.5", []string{`{"name":"n","type":"Float16Vector","dim":2}`}, []string{"allows one"}},
		{"Float16 for 2.3.4", "2.3.4", []string{`{"name":"n","type":"Float16Vector","dim":2}`}, []string{"allows one", "warning: Milvus 2.3.4 has no Float16Vector fields"}},
		{"new types for 2.5", "2.5", []string{
			`{"name":"a","type":"Int8Vector","dim":2}`, `{"name":"b","type":"Timestamptz"}`, `{"name":"c","type":"Geometry"}`,
			`{"name":"d","type":"Array","element_type":"Struct","max_capacity":2,"struct_fields":[{"name":"x","type":"Bool"}]}`,
		}, []string{"Int8Vector fields", "Timestamptz fields", "Geometry fields", "arrays of Struct"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, err := ParseVersion(test.target)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				test.want[i] = "warning: " + strings.TrimPrefix(want, "warning: ")
			}
			problems := problemsOf(t, withFields(test.fields...), target)
			expect(t, problems, test.want...)
			if problems.Err() != nil {
				t.Errorf("warnings are an error: %v", problems.Err())
			}
		})
	}
}

func TestCheckServesCollectionsThatCameFromNoFile(t *testing.T) {
	c := &Collection{Name: "c", Fields: []Field{
		{Name: "id", Type: Int64, IsPrimary: true},
		{Name: "v", Type: FloatVector},
		{Name: "n", Type: Int64, Default: json.RawMessage("null")},
		{Name: "x", Type: "Foo"},
	}, DynamicFields: []DynamicField{{Name: "d", Type: "Foo"}}, EnableDynamic: true}
	problems := Check(c, Version{})
	expect(t, problems, "field v: dim is missing", "default_value is null", `unknown field type "Foo"`,
		`dynamic_fields[0].type: unknown type "Foo" of a dynamic field`)
	if problems.Err() == nil || problems[0].Line != 0 {
		t.Errorf("the error is %v, the first line %d", problems.Err(), problems[0].Line)
	}
}
