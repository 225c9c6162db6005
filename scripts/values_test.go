package scripts

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func returns(code string) string { return "export const fields = {x: () => " + code + "}" }

func limited(kind string, typ arrow.DataType, key, value string) arrow.Field {
	f := field(kind, typ)
	f.Metadata = arrow.MetadataFrom(map[string]string{core.MetaType: kind, key: value})
	return f
}

func TestAllTypesOfValues(t *testing.T) {
	floats := field("FloatVector", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32))
	halves := field("Float16Vector", &arrow.FixedSizeBinaryType{ByteWidth: 4})
	brains := field("BFloat16Vector", &arrow.FixedSizeBinaryType{ByteWidth: 4})
	bits := field("BinaryVector", &arrow.FixedSizeBinaryType{ByteWidth: 2})
	bytes := field("Int8Vector", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int8))
	sparse := field("SparseFloatVector", schema.SparseType())
	nullable := field("Int8", arrow.PrimitiveTypes.Int8)
	nullable.Nullable = true
	structs := field("Array", arrow.ListOf(arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int16})))
	double := field("Double", arrow.PrimitiveTypes.Float64)
	tests := []struct {
		name, code string
		field      arrow.Field
		want, fail string
	}{
		{"a Float32Array", "new Float32Array([1, 2.5])", floats, "[1,2.5]", ""},
		{"a Float64Array", "new Float64Array([1, 2.5])", floats, "[1,2.5]", ""},
		{"an array", "[1, 2.5]", floats, "[1,2.5]", ""},
		{"a vector that is too short", "[1]", floats, "", "vector of 1, expected 2 (dim)"},
		{"NaN in a vector", "[1, NaN]", floats, "", "element 1: NaN"},
		{"a number beyond float32", "[1, 1e39]", floats, "", "element 1: +Inf"},
		{"a hole in a vector", "[1, , ]", floats, "", "element 1"},
		{"a text in a vector", "[1, '2']", floats, "", "element 1: 2 is no number"},
		{"no vector", "7", floats, "", "returned 7 for a FloatVector"},
		{"half precision", "[1, -0.333251953125]", halves, "ADxVtQ==", ""},
		{"beyond half precision", "[1, 65505]", halves, "", "beyond the largest number"},
		{"bfloat16", "[1, -2]", brains, "gD8AwA==", ""},
		{"bits", "new Uint8Array([255, 1])", bits, "/wE=", ""},
		{"bits that are no bytes", "[256, 1]", bits, "", "element 0: 256 is no byte"},
		{"bytes", "new Int8Array([-128, 127])", bytes, "[-128,127]", ""},
		{"halves of bytes", "[0.5, 1]", bytes, "", "element 0"},
		{"a sparse vector", "({25: 0.5, 3: 1, 4: 0})", sparse, `[{"index":3,"value":1},{"index":25,"value":0.5}]`, ""},
		{"a bad index", "({x: 1})", sparse, "", `index "x"`},
		{"a bad value", "({1: -1})", sparse, "", "index 1"},
		{"an empty sparse vector", "({})", sparse, "", "without a value"},
		{"null", "null", nullable, "(null)", ""},
		{"null where there is none", "null", double, "", "not nullable"},
		{"too large a number", "128", nullable, "", "does not fit"},
		{"a fraction", "0.5", nullable, "", "Math.round"},
		{"too large a BigInt", "2n ** 63n", field("Int64", arrow.PrimitiveTypes.Int64), "", "does not fit"},
		{"a float", "0.1", double, "0.1", ""},
		{"a whole double", "3", double, "3", ""},
		{"no number", "0 / 0", double, "", "NaN for a Double"},
		{"too large a float", "1e39", field("Float", arrow.PrimitiveTypes.Float32), "", "does not fit"},
		{"true", "1 < 2", field("Bool", arrow.FixedWidthTypes.Boolean), "true", ""},
		{"true as a number", "1", field("Bool", arrow.FixedWidthTypes.Boolean), "", "returned 1"},
		{"bytes, not characters, count", "'文字'", limited("VarChar", arrow.BinaryTypes.String, core.MetaMaxLength, "5"), "", "6 bytes in 2 characters, max_length is 5"},
		{"too many elements", "[1, 2]", limited("Array", arrow.ListOf(arrow.PrimitiveTypes.Int8), core.MetaMaxCapacity, "1"), "", "2 elements, max_capacity is 1"},
		{"null in an array", "[1, null]", field("Array", arrow.ListOf(arrow.PrimitiveTypes.Int8)), "", "element 1: the hook returned null"},
		{"a typed array", "new Uint8Array([1, 2])", field("Array", arrow.ListOf(arrow.PrimitiveTypes.Int8)), "[1,2]", ""},
		{"objects", "[{a: 1}, {a: 2}]", structs, `[{"a":1},{"a":2}]`, ""},
		{"objects without a key", "[{b: 1}]", structs, "", "element 0: a: the hook returned nothing"},
		{"JSON of any kind", "[1, {a: null}]", field("JSON", arrow.BinaryTypes.String), `[1,{"a":null}]`, ""},
		{"a JSON that is too long", "'x'.repeat(65536)", field("JSON", arrow.BinaryTypes.String), "", "the limit of a JSON is 65536 bytes"},
		{"a promise", "(async () => 1)()", double, "", "async"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fill(t, returns(test.code), FieldGenerator, test.field, nil, 2)
			if test.fail != "" {
				if err == nil || !strings.Contains(err.Error(), test.fail) {
					t.Errorf("got %v, error %v, want %q in it", got, err, test.fail)
				}
				return
			}
			if err != nil || len(got) != 2 || got[0] != test.want || got[1] != test.want {
				t.Errorf("got %v, error %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestPlacesAreThoseOfTheUsersFiles(t *testing.T) {
	tests := []struct{ name, hooks, imported, want string }{
		{
			"TypeScript",
			"interface A { a: number }\nconst get = (a: A | null): number => a!.a\n\nexport const fields = {x: () => get(null)}", "",
			"hooks.ts:2:40: TypeError",
		},
		{
			"an imported file",
			"import {get} from './lib/get'\nexport const fields = {x: () => get()}",
			"// a comment\n\nexport function get(): number {\n  throw new Error('here')\n}",
			"lib/get.ts:4:",
		},
		{
			"a value that does not fit is the function's that returned it",
			"export const fields = {\n  y: () => 1,\n  x: {uses: [], value: () => {\n    return 'x'\n  }},\n}", "",
			"hooks.ts:",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := loadFiles(t, map[string]string{"hooks.ts": test.hooks, "lib/get.ts": test.imported})
			_, err := fillBundle(t, b, FieldGenerator, field("Int64", arrow.PrimitiveTypes.Int64), nil, 1)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "row 0") {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestRecordsTellOfMissingFields(t *testing.T) {
	tests := []struct{ name, generator, code, want string }{
		{"a misspelt field", ValidateGenerator, "export const validate = (record) => record.texxt > 1", `did you mean "text"`},
		{"no such field", ValidateGenerator, "export const validate = (record) => record.price > 1", "no such field"},
		{"a field that is not in uses", FieldGenerator, "export const fields = {x: ({record}) => record.price}", "name it in uses"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := fill(t, test.code, test.generator, field("VarChar", arrow.BinaryTypes.String), input(t, 1), 1)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
	t.Run("the names of JavaScript are none", func(t *testing.T) {
		code := "export const validate = (record) => 'price' in record || record.hasOwnProperty('x') || Object.keys(record).join() + JSON.stringify(record).length + `${record}`"
		got, err := fill(t, code, ValidateGenerator, field("VarChar", arrow.BinaryTypes.String), input(t, 1), 1)
		if err != nil || !strings.HasPrefix(got[0], "id,text,doc,v") {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestVectorsAreThoseOfTheirRow(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	v := b.Field(0).(*array.FixedSizeListBuilder)
	for i := range 4 {
		if i == 2 {
			v.AppendNull()
			continue
		}
		v.Append(true)
		v.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{float32(i), 0.5}, nil)
	}
	inputs := b.NewRecord()
	code := "export const fields = {x: ({record}) => { const t = String(record.v); if (record.v) record.v[0] = 9; return t + ' ' + String(record.v) }}"
	got, err := fill(t, code, FieldGenerator, field("VarChar", arrow.BinaryTypes.String), inputs, 4)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "|") != "0,0.5 9,0.5|1,0.5 9,0.5|null null|3,0.5 9,0.5" {
		t.Errorf("vectors are %v", got)
	}
	if values := inputs.Column(0).(*array.FixedSizeList).ListValues().(*array.Float32); values.Value(0) != 0 {
		t.Error("a hook changed the batch")
	}
}
