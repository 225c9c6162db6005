package check_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/check"
)

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

var text = arrow.BinaryTypes.String

func TestValuesOfParquetFiles(t *testing.T) {
	tests := []struct {
		name   string
		fields []string // of the schema
		column arrow.Field
		values []string // one a row
		want   []string
	}{
		{
			"bytes are counted, not characters",
			[]string{`{"name":"x","type":"VarChar","max_length":10}`},
			field("x", text),
			[]string{`"人工智能"`, `"数据库"`, `"ok"`, `"naïve-café"`},
			[]string{"row 0 field x: 12 bytes in 4 characters, max_length 10 bytes", "row 3 field x: 12 bytes in 10 characters"},
		},
		{
			"a null where none may be",
			[]string{`{"name":"x","type":"VarChar","max_length":10}`},
			field("x", text),
			[]string{`"a"`, `null`},
			[]string{"error value-null a.parquet row 1 field x: null"},
		},
		{
			"nulls where they may be",
			[]string{`{"name":"x","type":"Int64","nullable":true}`},
			field("x", arrow.PrimitiveTypes.Int64),
			[]string{`null`, `null`, `null`, `7777`, `null`},
			nil,
		},
		{
			"a null element",
			[]string{`{"name":"x","type":"Array","element_type":"Int32","max_capacity":4}`},
			field("x", arrow.ListOf(arrow.PrimitiveTypes.Int32)),
			[]string{`[1,2]`, `[1,null,3,null]`, `[]`, `[1,2,3,4,5]`},
			[]string{"error element-null a.parquet row 1 field x: element 1 is null (and 1 more)", "error array-capacity a.parquet row 3 field x: 5 elements, max_capacity 4"},
		},
		{
			"text elements that are too long",
			[]string{`{"name":"x","type":"Array","element_type":"VarChar","max_capacity":4,"max_length":4}`},
			field("x", arrow.ListOf(text)),
			[]string{`["ok","数据"]`, `["ok"]`},
			[]string{"error text-length a.parquet row 0 field x: element 1: 6 bytes in 2 characters, max_length 4 bytes"},
		},
		{
			"values that are none of the enum, and out of range",
			[]string{`{"name":"x","type":"Int32","enum_values":[1,2],"min":1,"max":5}`},
			field("x", arrow.PrimitiveTypes.Int32),
			[]string{`1`, `3`, `9`},
			[]string{"error value-enum a.parquet row 1 field x: 3 is none", "error value-range a.parquet row 2 field x: 9 is not from 1 to 5"},
		},
		{
			"integers that are wider, with a value that does not fit",
			[]string{`{"name":"x","type":"Int8"}`},
			field("x", arrow.PrimitiveTypes.Int64),
			[]string{`1`, `300`},
			[]string{"error column-type a.parquet field x: int64, where Int8 takes a signed integer", "error value-type a.parquet row 1 field x: 300 is out of range of int8"},
		},
		{
			"unsigned integers",
			[]string{`{"name":"x","type":"Int64"}`},
			field("x", arrow.PrimitiveTypes.Uint8),
			[]string{`1`, `255`},
			[]string{"error column-type a.parquet field x: uint8"},
		},
		{
			"a double for a Float",
			[]string{`{"name":"x","type":"Float"}`},
			field("x", arrow.PrimitiveTypes.Float64),
			[]string{`0.5`, `1e300`},
			[]string{"warning column-type a.parquet field x: float64, where Float takes float", "error value-type a.parquet row 1 field x: 1e+300 is out of range of Float"},
		},
		{
			"large_utf8",
			[]string{`{"name":"x","type":"VarChar","max_length":10}`},
			field("x", arrow.BinaryTypes.LargeString),
			[]string{`"a"`, `"b"`},
			[]string{"error column-type a.parquet field x: large_utf8, where VarChar takes utf8"},
		},
		{
			"JSON of all kinds",
			[]string{`{"name":"x","type":"JSON"}`},
			field("x", text),
			[]string{`"{\"a\":1}"`, `"plain"`, `"[1,2]"`, `"7"`, `"{\"a\":NaN}"`, `"{\"a\":\"\\ud800\"}"`, `"{\"a\":1,\"a\":2}"`},
			[]string{
				`error json-valid a.parquet row 1 field x: "plain" is no JSON`, "warning json-root a.parquet row 2 field x: the root is array",
				"warning json-root a.parquet row 3 field x: the root is number", "error json-nan a.parquet row 4 field x", "warning json-surrogate a.parquet row 5", "error key-duplicate a.parquet row 6",
			},
		},
		{
			"JSON that is just short enough, and one byte too long",
			[]string{`{"name":"x","type":"JSON"}`},
			field("x", text),
			[]string{jsonOf(65536), jsonOf(65537)},
			[]string{"error json-size a.parquet row 1 field x: 65537 bytes, at most 65536"},
		},
		{
			"sparse vectors as text",
			[]string{`{"name":"x","type":"SparseFloatVector"}`},
			field("x", text),
			[]string{
				`"{}"`, `"{\"3\":0.5,\"3\":0.6}"`, `"{\"-1\":1}"`, `"{\"4294967296\":1}"`, `"{\"a\":1}"`, `"{\"indices\":[1],\"values\":[0.2,0.3]}"`,
				`"{\"indices\":3,\"values\":2}"`, `"{\"78\":1,\"25\":2}"`, `"{\"indices\":[1,5],\"values\":[0.2,0.3]}"`, `"[[1,0.5],[7,2]]"`, `"{\"4294967295\":1}"`, `"{\"4294967294\":1}"`,
			},
			[]string{
				"warning sparse-empty a.parquet row 0", "row 1 field x: index 3 is there twice", "row 2 field x: index -1 is out of range", "row 3 field x: index 4294967296 is out of range",
				`row 4 field x: key "a" is no index`, "row 5 field x: 1 indices and 2 values", "row 6 field x: indices is no list", "note sparse-order a.parquet row 7",
				"row 10 field x: index 4294967295 is out of range",
			},
		},
		{
			"sparse vectors as a struct",
			[]string{`{"name":"x","type":"SparseFloatVector"}`},
			field("x", arrow.StructOf(field("indices", arrow.ListOf(arrow.PrimitiveTypes.Uint32)), field("values", arrow.ListOf(arrow.PrimitiveTypes.Float32)))),
			[]string{`{"indices":[1,5],"values":[0.5,1]}`, `{"indices":[1],"values":[0.5,1]}`, `{"indices":[],"values":[]}`, `{"indices":[7],"values":[1]}`},
			[]string{"warning column-type a.parquet field x", "error sparse-form a.parquet row 1 field x: 1 indices and 2 values", "warning sparse-empty a.parquet row 2"},
		},
		{
			"sparse vectors as a list of places",
			[]string{`{"name":"x","type":"SparseFloatVector"}`},
			field("x", arrow.ListOf(arrow.StructOf(field("index", arrow.PrimitiveTypes.Uint32), field("value", arrow.PrimitiveTypes.Float32)))),
			[]string{`[{"index":1,"value":0.5}]`, `[{"index":1,"value":0.5},{"index":1,"value":0.5}]`},
			[]string{"error column-type a.parquet field x: list", "error sparse-form a.parquet row 1 field x: index 1 is there twice"},
		},
		{
			"byte vectors of the wrong length and type",
			[]string{`{"name":"x","type":"Float16Vector","dim":2}`},
			field("x", arrow.ListOf(arrow.PrimitiveTypes.Uint8)),
			[]string{`[0,60,0,60]`, `[0,60]`, `[0,124,0,60]`, `[0,60,1,126]`},
			[]string{"error vector-dim a.parquet row 1 field x: 2 bytes, dim 2 needs 4", "error vector-finite a.parquet row 2 field x: element 0 is +Inf", "row 3 field x: element 1 is NaN"},
		},
		{
			"float16 vectors as numbers",
			[]string{`{"name":"x","type":"Float16Vector","dim":2}`},
			field("x", arrow.ListOf(arrow.FixedWidthTypes.Float16)),
			[]string{`[1,2]`, `[1]`},
			[]string{"error column-type a.parquet field x: list<float16>, where Float16Vector takes a list of uint8, or binary", "error vector-dim a.parquet row 1 field x: 1 elements, dim is 2"},
		},
		{
			"int8 vectors",
			[]string{`{"name":"x","type":"Int8Vector","dim":4}`},
			field("x", arrow.ListOf(arrow.PrimitiveTypes.Int32)),
			[]string{`[1,2,3,-128]`, `[1,2,3,128]`},
			[]string{"error column-type a.parquet field x", "error value-type a.parquet row 1 field x: element 3 is out of range of Int8Vector"},
		},
		{
			"vectors of fixed size, and with null elements",
			[]string{`{"name":"x","type":"FloatVector","dim":2,"index":{"type":"HNSW","metric":"COSINE"}}`},
			field("x", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)),
			[]string{`[1,2]`, `[1,null]`, `[0,0]`, `[3,4]`},
			[]string{"warning column-fixed-size-list a.parquet field x", "error element-null a.parquet row 1 field x: 1 of 2 elements are null", "warning vector-zero a.parquet row 2 field x"},
		},
		{
			"times without an offset",
			[]string{`{"name":"x","type":"Timestamptz"}`},
			field("x", text),
			[]string{`"2026-01-31T12:00:00+08:00"`, `"2026-01-31T12:00:00Z"`, `"2026-01-31T12:00:00"`, `"yesterday"`},
			[]string{`error text-time a.parquet row 2 field x: "2026-01-31T12:00:00" has no offset`, "error text-time a.parquet row 3"},
		},
		{
			"geometry",
			[]string{`{"name":"x","type":"Geometry"}`},
			field("x", text),
			[]string{`"POINT (30 10)"`, `"POLYGON ((30 10, 40 40, 20 40, 30 10))"`, `"POINT (30)"`, `"POINT (30 10"`, `"CIRCLE (1 2)"`, `"MULTIPOINT ((1 2), (3 4))"`, `"POINT EMPTY"`, `"LINESTRING ((1 2))"`},
			[]string{"row 2 field x", "row 3 field x", "row 4 field x", "row 7 field x"},
		},
		{
			"a column that the schema does not have",
			[]string{`{"name":"title","type":"VarChar","max_length":9,"nullable":true}`},
			field("titel", text),
			[]string{`"a"`, `"b"`},
			[]string{"error column-unknown a.parquet field titel: the schema has no such field", "warning column-missing a.parquet field title: the file has no such column; the field is nullable"},
		},
		{
			"a column that is missing",
			[]string{`{"name":"x","type":"Bool"}`},
			arrow.Field{Name: "id2", Type: text},
			[]string{`"a"`},
			[]string{"error column-unknown", "error column-missing a.parquet field x: the file has no such column, and every row needs a value"},
		},
		{
			"a required column of a nullable field",
			[]string{`{"name":"x","type":"Int32","nullable":true}`},
			arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32},
			[]string{`1`, `2`},
			[]string{"warning column-required a.parquet field x: the column is required and the field nullable"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var rows []string
			for i, v := range test.values {
				rows = append(rows, fmt.Sprintf(`{"id":%d,"v":[1,0],%q:%s}`, i, test.column.Name, v))
			}
			path := filepath.Join(t.TempDir(), "a.parquet")
			writeParquet(t, path, columns(test.column), "["+strings.Join(rows, ",")+"]")
			expect(t, run(t, path, of(t, test.fields...), check.Options{Limit: 20}), test.want)
		})
	}
}

// jsonOf is a Parquet cell, as JSON, that holds an object of n bytes.
func jsonOf(n int) string { return `"{\"a\":\"` + strings.Repeat("x", n-8) + `\"}"` }
