package infer

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// npy is the head of an NPY file.
func npy(descr, shape string) string {
	if !strings.HasPrefix(descr, "[") {
		descr = "'" + descr + "'"
	}
	header := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shape)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	return npyMagic + "\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(header)))) + header
}

func TestNPY(t *testing.T) {
	const key = "id Int64 \"is_primary\":true,\"auto_id\":true\n"
	const added = "\nembedding FloatVector \"dim\":768"
	for name, test := range map[string]struct{ descr, shape, want string }{
		"float32 vectors":  {"<f4", "(3, 16)", `f FloatVector "dim":16`},
		"float64 vectors":  {">f8", "(3, 16)", `f FloatVector "dim":16`},
		"float16 vectors":  {"<f2", "(3, 16)", `f Float16Vector "dim":16`},
		"int8 vectors":     {"|i1", "(3, 16)", `f Int8Vector "dim":16`},
		"binary vectors":   {"|u1", "(3, 16)", `f BinaryVector "dim":128`},
		"whole numbers":    {"<i8", "(3,)", `f Int64` + added},
		"unsigned numbers": {"<u4", "(3,)", `f Int64` + added},
		"flags":            {"|b1", "(3,)", `f Bool` + added},
		"numbers":          {"<f8", "(3,)", `f Double` + added},
		"texts":            {"<U20", "(3,)", `f VarChar "max_length":128` + added},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, write(t, "f.npy", npy(test.descr, test.shape)), key+test.want)
		})
	}
	longer := npyMagic + "\x02\x00" + strings.Replace(npy("<f4", "(2, 8)")[8:], npy("<f4", "(2, 8)")[8:10], npy("<f4", "(2, 8)")[8:10]+"\x00\x00", 1)
	expect(t, write(t, "f.npy", longer), key+`f FloatVector "dim":8`)
}

func TestCSV(t *testing.T) {
	const rows = "id,zip,price,open,embedding,note,tags,mixed\n" +
		"1,00501,3,TRUE,\"[0.5, 1]\",,\"[\"\"a\"\"]\",1\n" +
		"2,10115,2.5,false,\"[1, 0.25]\",hello,[],x\n"
	const want = `
id Int64 "is_primary":true
zip VarChar "max_length":16
price Double "min":2.5,"max":3
open Bool
embedding FloatVector "dim":2
note VarChar "nullable":true,"max_length":16
tags Array "max_length":16,"max_capacity":16,"element_type":"VarChar"
mixed VarChar "max_length":16`
	// Of zip, only the first is a code: the leading zeros keep it text.
	expect(t, write(t, "f.csv", rows), want, "mixed: 1 whole numbers and 1 texts: taken for text")
	expect(t, write(t, "f.csv", bom+rows), want)
	expect(t, write(t, "f.tsv", "id\tv\n1\t[0.5, 1]\n"), "id Int64 \"is_primary\":true\nv FloatVector \"dim\":2")
	expect(t, write(t, "f.csv", "id;v;x\n1;[0.5, 1];0,5\n"),
		"id Int64 \"is_primary\":true\nv FloatVector \"dim\":2\nx VarChar \"max_length\":16")
	expect(t, write(t, "f.csv", "1,2\n3,x\n"), `
id Int64 "is_primary":true,"auto_id":true
column_1 Int64 "min":1,"max":3
column_2 VarChar "max_length":16
embedding FloatVector "dim":768`, "holds no names")
	expect(t, write(t, "f.csv", "id,a,a,\n1,2\n2,3,4,5,6\n"), `
id Int64 "is_primary":true
a Int64 "min":2,"max":3
a_2 Int64 "nullable":true
column_4 Int64 "nullable":true
embedding FloatVector "dim":768`, "two columns a", "2 of 2 rows have not 4 cells")
}

func TestOnlyTheBeginningIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	text := "id,v\n" + strings.Repeat("1,\"[0.5, 1]\"\n", 2*sampleRows) + "\"never closed"
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, notes, err := File(path)
	if err != nil || !strings.Contains(strings.Join(notes, "\n"), "first 1000 rows") {
		t.Errorf("error %v, notes %v", err, notes)
	}
}

// writeParquet writes JSON rows as Arrow rows.
func writeParquet(t *testing.T, fields []arrow.Field, rows string) string {
	t.Helper()
	s := arrow.NewSchema(fields, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	path := filepath.Join(t.TempDir(), "f.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(s, f, parquet.NewWriterProperties(), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquetTypes(t *testing.T) {
	const key = "id Int64 \"is_primary\":true\n"
	list := func(e arrow.DataType) arrow.DataType { return arrow.ListOf(e) }
	for name, test := range map[string]struct {
		of         arrow.DataType
		a, b, want string
	}{
		"Int8":                  {arrow.PrimitiveTypes.Int8, "1", "2", `x Int8 "min":1,"max":2`},
		"a narrow key":          {arrow.PrimitiveTypes.Uint16, "1", "70", `x Int32 "min":1,"max":70`},
		"Float":                 {arrow.PrimitiveTypes.Float32, "0.5", "2", `x Float "min":0.5,"max":2`},
		"Bool":                  {arrow.FixedWidthTypes.Boolean, "true", "null", `x Bool "nullable":true`},
		"text":                  {arrow.BinaryTypes.LargeString, `"ab"`, `"cd"`, `x VarChar "max_length":16`},
		"times":                 {arrow.FixedWidthTypes.Timestamp_us, `"2026-01-02 03:04:05"`, "null", `x Timestamptz "nullable":true`},
		"dates":                 {arrow.FixedWidthTypes.Date32, `"2026-01-02"`, "null", `x VarChar "nullable":true,"max_length":16`},
		"null":                  {arrow.Null, "null", "null", `x VarChar "nullable":true,"max_length":256`},
		"arrays of Int16":       {list(arrow.PrimitiveTypes.Int16), "[1]", "[2, 3]", `x Array "max_capacity":16,"element_type":"Int16","min":1,"max":3`},
		"arrays of Float":       {list(arrow.PrimitiveTypes.Float32), "[]", "[]", `x Array "max_capacity":16,"element_type":"Float"`},
		"a list of floats":      {list(arrow.PrimitiveTypes.Float32), vector8, vector8, `x FloatVector "dim":8`},
		"a fixed list":          {arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), "[1,2]", "[3,4]", `x FloatVector "dim":2`},
		"a fixed list of Int32": {arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int32), "[1,2]", "[3,4]", `x Array "max_capacity":16,"element_type":"Int32","min":1,"max":4`},
		"a list of int8":        {list(arrow.PrimitiveTypes.Int8), "[1,2,3,4,5,6,7,8]", "[1,2,3,4,5,6,7,8]", `x Int8Vector "dim":8`},
		"a list of bytes":       {list(arrow.PrimitiveTypes.Uint8), "[1,2,3,4]", "[1,2,3,4]", `x BinaryVector "dim":32`},
		"bytes":                 {arrow.BinaryTypes.Binary, `"AQIDBA=="`, `"AQIDBA=="`, `x BinaryVector "dim":32`},
		"bytes, unequally many": {arrow.BinaryTypes.Binary, `"AQI="`, `"AQIDBA=="`, ``},
		"a sparse text":         {arrow.BinaryTypes.String, `"{\"1\": 0.5}"`, `"{\"9\": 0.5}"`, `x SparseFloatVector`},
		"a sparse list":         {schema.SparseType(), `[{"index": 1, "value": 0.5}]`, "[]", `x SparseFloatVector`},
		"a structure":           {arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8, Nullable: true}), `{"a": 1}`, "null", `x JSON "nullable":true`},
		"a dictionary": {
			&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String},
			`"a"`, `"b"`, `x VarChar "max_length":16`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeParquet(t, []arrow.Field{
				{Name: "id", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
				{Name: "x", Type: test.of, Nullable: true},
				{Name: "v", Type: list(arrow.PrimitiveTypes.Float32), Nullable: true},
			}, `[{"id": 1, "x": `+test.a+`, "v": `+vector8+`}, {"id": 2, "x": `+test.b+`, "v": `+vector8+`}]`)
			want := test.want
			if want != "" {
				want += "\n"
			}
			expect(t, path, key+want+"v FloatVector \"dim\":8")
		})
	}
}

func TestHalfPrecisionIsNoted(t *testing.T) {
	path := writeParquet(t, []arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "h", Type: arrow.FixedWidthTypes.Float16},
	}, `[{"id": 1, "h": 0.5}, {"id": 2, "h": 1}]`)
	expect(t, path, `
id Int64 "is_primary":true
h Float "min":0.5,"max":1
embedding FloatVector "dim":768`, "h: its numbers are 16 bits wide")
}

func TestNullsBeyondTheSampleAreTakenFromTheFooter(t *testing.T) {
	rows := strings.Repeat(`{"id": 1, "x": 5},`, sampleRows) + `{"id": 2, "x": null}`
	path := writeParquet(t, []arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "x", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	}, "["+rows+"]")
	c, notes, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Field("x"); f == nil || !f.Nullable {
		t.Errorf("x is %+v", f)
	}
	if !strings.Contains(strings.Join(notes, "\n"), "first 1000 rows") {
		t.Errorf("notes %v", notes)
	}
}
