package bulk

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestWhatAnImportWouldRefuseIsToldByFieldAndServer(t *testing.T) {
	old, latest := schema.Version{Major: 2, Minor: 3, Patch: 5}, schema.Version{}
	half := arrow.FixedWidthTypes.Float16
	for _, c := range []struct {
		name        string
		field       schema.Field
		column      arrow.DataType
		old, latest bool // whether it is taken
	}{
		{"text as large_string", schema.Field{Type: schema.VarChar}, arrow.BinaryTypes.LargeString, false, false},
		{"text as a dictionary", schema.Field{Type: schema.VarChar}, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, false, false},
		{"text", schema.Field{Type: schema.VarChar}, arrow.BinaryTypes.String, true, true},
		{"JSON as a struct", schema.Field{Type: schema.JSON}, arrow.StructOf(), false, false},
		{"JSON as binary", schema.Field{Type: schema.JSON}, arrow.BinaryTypes.Binary, false, false},
		{"Float as float64", schema.Field{Type: schema.Float}, arrow.PrimitiveTypes.Float64, false, true},
		{"Float as float16", schema.Field{Type: schema.Float}, half, false, false},
		{"Double as a whole number", schema.Field{Type: schema.Double}, arrow.PrimitiveTypes.Int32, false, true},
		{"a narrower number", schema.Field{Type: schema.Int64}, arrow.PrimitiveTypes.Int32, true, true},
		{"a wider number", schema.Field{Type: schema.Int32}, arrow.PrimitiveTypes.Int64, false, false},
		{"a number without sign", schema.Field{Type: schema.Int32}, arrow.PrimitiveTypes.Uint8, false, false},
		{"Bool as a number", schema.Field{Type: schema.Bool}, arrow.PrimitiveTypes.Int8, false, false},
		{"a vector as a list of a fixed size", schema.Field{Type: schema.FloatVector}, arrow.FixedSizeListOf(4, arrow.PrimitiveTypes.Float32), false, true},
		{"a vector of float64", schema.Field{Type: schema.FloatVector}, arrow.LargeListOf(arrow.PrimitiveTypes.Float64), true, true},
		{"a vector of float16", schema.Field{Type: schema.FloatVector}, arrow.ListOf(half), false, false},
		{"an array", schema.Field{Type: schema.Array, ElementType: schema.VarChar}, arrow.LargeListOf(arrow.BinaryTypes.String), true, true},
		{"an array of float16", schema.Field{Type: schema.Array, ElementType: schema.Float}, arrow.ListOf(half), false, false},
	} {
		c.field.Name = "x"
		of := &schema.Collection{Fields: []schema.Field{c.field}}
		file := &dataset.DataFile{Name: "a.parquet", Columns: []arrow.Field{{Name: "x", Type: c.column}}}
		for version, taken := range map[schema.Version]bool{old: c.old, latest: c.latest} {
			problems := Fits(version, of, file, func(string) bool { return true })
			if taken != (len(problems) == 0) {
				t.Errorf("%s, server %s: %v", c.name, version, problems)
			}
			for _, p := range problems {
				if !strings.Contains(p.Error(), "field x: a.parquet:") || hintsOf(p) == "" {
					t.Errorf("%s: %v (hint %s) does not tell all", c.name, p, hintsOf(p))
				}
			}
		}
		if problems := Fits(old, of, file, func(string) bool { return false }); len(problems) > 0 {
			t.Errorf("%s: a column that is not sent is refused: %v", c.name, problems)
		}
	}
	doubles := &schema.Collection{Fields: []schema.Field{{Name: "x", Type: schema.Array, ElementType: schema.Double}}}
	for _, c := range []struct {
		version schema.Version
		format  string
		taken   bool
	}{{old, "json", false}, {old, "parquet", true}, {latest, "json", true}} {
		problems := Fits(c.version, doubles, &dataset.DataFile{Name: "a", Format: c.format}, func(string) bool { return true })
		if c.taken != (len(problems) == 0) {
			t.Errorf("an array of Double in %s, server %s: %v", c.format, c.version, problems)
		}
	}
	for name, file := range map[string]*dataset.DataFile{"lines": {Name: "a.jsonl"}, "LZ4": {Name: "a.parquet", Codecs: []string{"LZ4_RAW"}}} {
		if len(Fits(old, &schema.Collection{}, file, nil)) != 1 || len(Fits(latest, &schema.Collection{}, file, nil)) != 0 {
			t.Errorf("%s: told %v to 2.3 and %v to the latest", name, Fits(old, &schema.Collection{}, file, nil), Fits(latest, &schema.Collection{}, file, nil))
		}
	}
}
