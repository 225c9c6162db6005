package collection_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// dial connects to a server of the tests.
func dialTo(t *testing.T, uri string) *collection.Server {
	t.Helper()
	server, err := collection.Dial(t.Context(), collection.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// made is a loaded collection of this schema.
func made(t *testing.T, server *collection.Server, text string) *collection.Collection {
	t.Helper()
	c, err := schema.Parse("test.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := server.Prepare(t.Context(), live.Name(t), c, collection.PrepareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return got
}

// rowsOf are rows in the Arrow form of a collection, from JSON.
func rowsOf(t *testing.T, s *arrow.Schema, text string) arrow.Record {
	t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(text), array.WithUseNumber())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(record.Release)
	return record
}

// arrowOf is the Arrow form of all that rows of a collection have.
func arrowOf(c *collection.Collection) *arrow.Schema {
	s := c.Schema.Arrow()
	if c.Schema.EnableDynamic && !c.Schema.HasMeta() {
		s = arrow.NewSchema(append(s.Fields(), schema.MetaField()), nil)
	}
	return s
}

func put(t *testing.T, c *collection.Collection, rows arrow.Record) {
	t.Helper()
	columns, err := c.Encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Insert(t.Context(), columns, int(rows.NumRows())); err != nil {
		t.Fatal(err)
	}
}

const plainFields = `
 {"name":"b","type":"Bool"},{"name":"i8","type":"Int8"},{"name":"i16","type":"Int16"},{"name":"i32","type":"Int32"},
 {"name":"i64","type":"Int64"},{"name":"f","type":"Float"},{"name":"d","type":"Double"},{"name":"j","type":"JSON"},
 {"name":"ab","type":"Array","element_type":"Bool","max_capacity":4},{"name":"a8","type":"Array","element_type":"Int8","max_capacity":4},
 {"name":"a16","type":"Array","element_type":"Int16","max_capacity":4},{"name":"a32","type":"Array","element_type":"Int32","max_capacity":4},
 {"name":"a64","type":"Array","element_type":"Int64","max_capacity":4},{"name":"af","type":"Array","element_type":"Float","max_capacity":4},
 {"name":"ad","type":"Array","element_type":"Double","max_capacity":4},
 {"name":"av","type":"Array","element_type":"VarChar","max_length":20,"max_capacity":4},
 {"name":"v","type":"FloatVector","dim":4}`

const plainRow = `"b":true,"i8":-128,"i16":-32768,"i32":-2147483648,"i64":9007199254740993,"f":0.1,"d":1e-40,"j":"{\"n\": 9007199254740993}",
 "ab":[true,false],"a8":[-128,127],"a16":[-32768],"a32":[2147483647,1],"a64":[9223372036854775807,-9223372036854775808],"af":[0.1],"ad":[0.1,-0.0],
 "av":["","it's","说"],"v":[0.1,16777217,-0.0,1e-40]`

const emptyRow = `"b":false,"i8":127,"i16":0,"i32":0,"i64":-1,"f":16777217,"d":0.1,"j":"{}",
 "ab":[],"a8":[],"a16":[],"a32":[],"a64":[],"af":[],"ad":[],"av":[],"v":[1,2,3,4]`

// bothServers runs a test on Milvus and on Milvus Lite.
func bothServers(t *testing.T, test func(t *testing.T, server *collection.Server)) {
	t.Helper()
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, dialTo(t, uri))
		})
	}
}

// extraFields are those that only Milvus Lite has among the servers of tests.
const extraFields = `,
 {"name":"n","type":"VarChar","max_length":9,"nullable":true},{"name":"ni","type":"Int16","nullable":true},
 {"name":"nj","type":"JSON","nullable":true},{"name":"na","type":"Array","element_type":"Int32","max_capacity":3,"nullable":true},
 {"name":"s","type":"SparseFloatVector"},{"name":"tz","type":"Timestamptz"},{"name":"g","type":"Geometry"}`

const extraRow = `,"s":[{"index":3,"value":0.25},{"index":70000,"value":1.5}],"tz":"2026-01-02T03:04:05.678901Z","g":"POINT (1 2)"`

func TestRowsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	keys := []string{`"plain"`, `"it's"`, `"\"quoted\""`, `"back\\slash"`, `"a\nb\tc\rd"`, `"\u0001\u2028"`, `"键 🎈"`, `"%_*[]"`, `""`}
	bothServers(t, func(t *testing.T, server *collection.Server) {
		fields, extra := plainFields, ""
		if server.Kind == collection.Lite {
			fields, extra = plainFields+extraFields, extraRow
		}
		c := made(t, server, `{"enable_dynamic_field":true,"fields":[{"name":"id","type":"VarChar","max_length":100,"is_primary":true},`+fields+`]}`)
		var rows []string
		for i, key := range keys {
			row := []string{plainRow, emptyRow}[i%2] + extra
			if extra != "" && i%3 == 0 {
				row += `,"n":"","ni":7,"nj":"{}","na":[]`
			}
			rows = append(rows, fmt.Sprintf(`{"id":%s,%s,"$meta":"{\"extra\":%d,\"big\":9007199254740993}"}`, key, row, i))
		}
		want := rowsOf(t, arrowOf(c), "["+strings.Join(rows, ",")+"]")
		put(t, c, want)

		got, err := c.Get(t.Context(), want.Column(0), collection.Read{})
		if err != nil {
			t.Fatal(err)
		}
		defer got.Release()
		same(t, want, got)
		seen := int64(0)
		for batch, err := range c.Rows(t.Context(), collection.Read{Fields: []string{"i8"}, BatchRows: 2}) {
			if err != nil {
				t.Fatal(err)
			}
			seen += batch.NumRows()
		}
		if seen != want.NumRows() {
			t.Errorf("%d rows in pages, want %d", seen, want.NumRows())
		}
	})
}

// same compares rows by key.
func same(t *testing.T, want, got arrow.Record) {
	t.Helper()
	if !want.Schema().Equal(got.Schema()) {
		t.Errorf("got %v\nwant %v", got.Schema(), want.Schema())
	}
	if want.NumRows() != got.NumRows() {
		t.Fatalf("%d rows, want %d", got.NumRows(), want.NumRows())
	}
	for i := range int(want.NumRows()) {
		key := want.Column(0).ValueStr(i)
		at := -1
		for j := range int(got.NumRows()) {
			if got.Column(0).ValueStr(j) == key {
				at = j
			}
		}
		if at < 0 {
			t.Errorf("key %q is missing", key)
			continue
		}
		for k := range int(want.NumCols()) {
			a, b := want.Column(k), got.Column(k)
			if !array.SliceEqual(a, int64(i), int64(i+1), b, int64(at), int64(at+1)) && !sameJSON(a.ValueStr(i), b.ValueStr(at)) {
				t.Errorf("key %q field %s: %s, want %s", key, want.ColumnName(k), b.ValueStr(at), a.ValueStr(i))
			}
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y map[string]any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
