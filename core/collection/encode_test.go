package collection

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// everything is a schema with all types, those too that the servers of the
// tests do not have.
const everything = `{"enable_dynamic_field":true,"fields":[
 {"name":"id","type":"Int64","is_primary":true},{"name":"n8","type":"Int8","nullable":true},{"name":"n16","type":"Int16","nullable":true},
 {"name":"n32","type":"Int32","nullable":true},{"name":"n64","type":"Int64","nullable":true},{"name":"nb","type":"Bool","nullable":true},
 {"name":"nf","type":"Float","nullable":true},{"name":"nd","type":"Double","nullable":true},{"name":"nt","type":"VarChar","max_length":50,"nullable":true},
 {"name":"nj","type":"JSON","nullable":true},{"name":"na","type":"Array","element_type":"VarChar","max_length":9,"max_capacity":4,"nullable":true},
 {"name":"tz","type":"Timestamptz","nullable":true},{"name":"g","type":"Geometry","nullable":true},
 {"name":"df","type":"Int16","default_value":7},
 {"name":"v","type":"FloatVector","dim":2,"nullable":true},{"name":"i","type":"Int8Vector","dim":4,"nullable":true},
 {"name":"h","type":"Float16Vector","dim":2,"nullable":true},{"name":"y","type":"BinaryVector","dim":16,"nullable":true},
 {"name":"s","type":"SparseFloatVector","nullable":true},
 {"name":"st","type":"Array","element_type":"Struct","max_capacity":3,"struct_fields":[
  {"name":"page","type":"Int32"},{"name":"word","type":"VarChar","max_length":9},{"name":"vec","type":"FloatVector","dim":2}]}]}`

const everyRow = `[
 {"id":1,"n8":-128,"n16":-32768,"n32":1,"n64":9007199254740993,"nb":true,"nf":0.1,"nd":0.1,"nt":"","nj":"{}","na":["a",""],"tz":"2026-01-02T03:04:05Z",
  "g":"POINT (1 2)","df":1,"v":[1,2],"i":[1,-1,127,-128],"h":"AQIDBA==","y":"AQI=","s":[{"index":1,"value":0.5}],
  "st":[{"page":1,"word":"a","vec":[1,2]},{"page":2,"word":"b","vec":[3,4]}],"$meta":"{\"x\":1}"},
 {"id":2,"df":2,"st":[],"$meta":"{}"},
 {"id":3,"n8":3,"n16":3,"n32":3,"n64":3,"nb":false,"nf":3,"nd":3,"nt":"三","nj":"[1]","na":[],"tz":"2026-01-02T03:04:05.5+08:00",
  "g":"POINT (3 4)","df":3,"v":[3,4],"i":[0,0,0,0],"h":"AAAAAA==","y":"AAA=","s":[],"st":[{"page":3,"word":"","vec":[5,6]}],"$meta":"{}"},
 {"id":4,"df":4,"st":[{"page":4,"word":"d","vec":[7,8]}],"$meta":"{\"y\":null}"}]`

func everyCollection(t *testing.T, kind Kind, version schema.Version) (*Collection, arrow.Record) {
	t.Helper()
	s, err := schema.Parse("everything.json", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	form := arrow.NewSchema(append(s.Arrow().Fields(), schema.MetaField()), nil)
	rows, _, err := array.RecordFromJSON(memory.DefaultAllocator, form, strings.NewReader(everyRow), array.WithUseNumber())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rows.Release)
	return &Collection{Server: &Server{Kind: kind, Version: version}, Name: "everything", Schema: s}, rows
}

func TestWhatIsEncodedDecodesToTheSame(t *testing.T) {
	c, rows := everyCollection(t, Milvus, schema.Version{})
	for _, part := range [][2]int64{{0, 4}, {1, 4}, {1, 2}, {2, 3}, {4, 4}} {
		want := rows.NewSlice(part[0], part[1])
		columns, err := c.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := c.readable(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(fields, columns)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range want.Schema().Fields() {
			if a, b := want.Column(i), got.Column(i); !array.Equal(a, b) {
				t.Errorf("rows %v, field %s: %v, want %v", part, f.Name, b, a)
			}
		}
		got.Release()
		want.Release()
	}
}

// TestServersGiveNullInTwoWays decodes answers that have something in the place
// of null, as some servers give them.
func TestServersGiveNullInTwoWays(t *testing.T) {
	f := &schema.Field{Name: "n", Type: schema.Int32, Nullable: true}
	for _, sent := range [][]int32{{5, 6}, {5, 0, 6}} {
		a, err := decodeColumn(f, &schemapb.FieldData{FieldName: "n", ValidData: []bool{true, false, true}, Field: &schemapb.FieldData_Scalars{Scalars: ints(sent)}})
		if err != nil || a.Len() != 3 || !a.IsNull(1) || a.(*array.Int32).Value(2) != 6 {
			t.Errorf("%v: %v, %v", sent, a, err)
		}
	}
	_, err := decodeColumn(f, &schemapb.FieldData{FieldName: "n", ValidData: []bool{true, false, false}, Field: &schemapb.FieldData_Scalars{Scalars: ints([]int32{1, 2})}})
	if err == nil {
		t.Error("two values for three rows, one with a value, were taken")
	}
}

func TestOldServersGetDefaultValuesInPlaceOfNull(t *testing.T) {
	c, rows := everyCollection(t, Milvus, schema.Version{Major: 2, Minor: 3, Patch: 5})
	nulls := array.MakeArrayOfNull(memory.DefaultAllocator, arrow.PrimitiveTypes.Int16, 4)
	defer nulls.Release()
	data, err := c.encode(c.Schema.Field("df"), nulls)
	if err != nil || data.ValidData != nil || len(data.GetScalars().GetIntData().GetData()) != 4 || data.GetScalars().GetIntData().GetData()[3] != 7 {
		t.Errorf("%v, %v", data, err)
	}
	c.Server.Version = schema.Version{}
	data, err = c.encode(c.Schema.Field("df"), rows.Column(rows.Schema().FieldIndices("df")[0]))
	if err != nil || len(data.ValidData) != 4 {
		t.Errorf("%v, %v", data, err)
	}
}

func TestRowsThatDoNotFitTheCollectionAreRefused(t *testing.T) {
	c, rows := everyCollection(t, Milvus, schema.Version{})
	without := func(change func(*schema.Collection)) *Collection {
		s := *c.Schema
		s.Fields = append([]schema.Field(nil), s.Fields...)
		change(&s)
		return &Collection{Server: c.Server, Name: c.Name, Schema: &s}
	}
	for name, wrong := range map[string]*Collection{
		"has no field $meta":       without(func(s *schema.Collection) { s.EnableDynamic = false }),
		"has no field st":          without(func(s *schema.Collection) { s.Fields = s.Fields[:len(s.Fields)-1] }),
		"does not take null":       without(func(s *schema.Collection) { s.Field("n8").Nullable = false }),
		"the rows have it as int8": without(func(s *schema.Collection) { s.Field("n8").Type = schema.Int32 }),
		"the rows do not have it":  without(func(s *schema.Collection) { s.Fields = append(s.Fields, schema.Field{Name: "x", Type: schema.Bool}) }),
		"has no field id":          without(func(s *schema.Collection) { s.Field("id").Name = "key" }),
	} {
		_, err := wrong.Encode(rows)
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.InvalidData || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	auto := without(func(s *schema.Collection) { s.Field("id").AutoID = true })
	if columns, err := auto.Encode(rows); err != nil || columns[0].GetFieldName() == "id" {
		t.Errorf("a key that the server makes was sent: %v", err)
	}
}

func TestFiltersForKeys(t *testing.T) {
	texts := array.NewStringBuilder(memory.DefaultAllocator)
	texts.AppendValues([]string{`it's`, `"`, `\`, "\n", ""}, nil)
	numbers := array.NewInt64Builder(memory.DefaultAllocator)
	numbers.AppendValues([]int64{-9223372036854775808, 5, 9223372036854775807}, nil)
	for want, keys := range map[string]arrow.Array{
		`k in ["it's","\"","\\","\n",""]`:                          texts.NewArray(),
		`k in [5,9223372036854775807] or k < -9223372036854775807`: numbers.NewArray(),
	} {
		if got := KeyFilter("k", keys); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
