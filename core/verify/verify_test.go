package verify_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/verify"
)

// bothServers runs a test on Milvus and on Milvus Lite.
func bothServers(t *testing.T, test func(t *testing.T, server *collection.Server)) {
	t.Helper()
	for name, uri := range map[string]string{"Milvus": live.Milvus(t), "Milvus Lite": live.Lite(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := collection.Dial(t.Context(), collection.Options{URI: uri})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, server)
		})
	}
}

// written is a data set of these rows: one JSON file.
func written(t *testing.T, fields string, rows []string) *dataset.Set {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data.json"), []byte(`{"rows":[`+strings.Join(rows, ",\n")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := schema.Parse("schema.json", []byte(fields))
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{Schema: c})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// loaded is a collection that holds the data set.
func loaded(t *testing.T, server *collection.Server, set *dataset.Set) *collection.Collection {
	t.Helper()
	c, _, err := server.Prepare(t.Context(), live.Name(t), set.Schema, collection.PrepareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	insert(t, c, set)
	return c
}

func insert(t *testing.T, c *collection.Collection, set *dataset.Set) {
	t.Helper()
	for batch, err := range set.Rows(t.Context(), dataset.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		columns, err := c.Encode(batch.Record)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Insert(t.Context(), columns, int(batch.NumRows())); err != nil {
			t.Fatal(err)
		}
	}
}

func verified(t *testing.T, set *dataset.Set, c *collection.Collection, level verify.Level) *verify.Report {
	t.Helper()
	report, err := verify.Run(t.Context(), set, c, verify.Options{Level: level, MaxDifferences: 10, Sample: 5, MinRecall: 0.9, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// told are the differences in short.
func told(r *verify.Report) []string {
	var all []string
	for _, d := range r.Differences {
		all = append(all, strings.TrimSpace(d.Kind+" "+d.Key+" "+d.Field))
	}
	slices.Sort(all)
	return all
}

func dump(t *testing.T, r *verify.Report) {
	t.Helper()
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
}

const fields = `{"name":"id","type":"VarChar","max_length":100,"is_primary":true},
 {"name":"b","type":"Bool"},{"name":"i8","type":"Int8"},{"name":"i16","type":"Int16"},{"name":"i32","type":"Int32"},
 {"name":"i64","type":"Int64"},{"name":"f","type":"Float"},{"name":"d","type":"Double"},{"name":"j","type":"JSON"},
 {"name":"ab","type":"Array","element_type":"Bool","max_capacity":4},{"name":"a8","type":"Array","element_type":"Int8","max_capacity":4},
 {"name":"a64","type":"Array","element_type":"Int64","max_capacity":4},{"name":"af","type":"Array","element_type":"Float","max_capacity":4},
 {"name":"av","type":"Array","element_type":"VarChar","max_length":20,"max_capacity":4},
 {"name":"v","type":"FloatVector","dim":4}`

// more are fields that only Milvus Lite has among the servers of tests.
const more = `,{"name":"n","type":"VarChar","max_length":9,"nullable":true},{"name":"ni","type":"Int16","nullable":true},
 {"name":"df","type":"Int32","default_value":7},{"name":"nj","type":"JSON","nullable":true},{"name":"w","type":"FloatVector","dim":2},
 {"name":"s","type":"SparseFloatVector","index":{"type":"SPARSE_INVERTED_INDEX","metric":"IP"}},{"name":"tz","type":"Timestamptz"},{"name":"g","type":"Geometry"},
 {"name":"text","type":"VarChar","max_length":200,"enable_analyzer":true},{"name":"bm","type":"SparseFloatVector"}],
 "functions":[{"name":"f","type":"BM25","input_field_names":["text"],"output_field_names":["bm"]}`

// typed makes a schema and rows with all types of a server. Keys have quotes
// and other things that filters need.
func typed(lite bool) (collectionSchema string, rows []string) {
	odd := []string{"it's", `\"quoted\"`, `back\\slash`, `a\nb\tc`, "键 🎈", "%_*[]"}
	for i := range 60 {
		row := fmt.Sprintf(`{"id":"%s-%d","b":%t,"i8":%d,"i16":-32768,"i32":2147483647,"i64":9007199254740993,"f":0.1,"d":1e-40,
		 "j":{"n":9007199254740993,"x":1.0,"deep":{"a":[1,2.50,"é"]}},"ab":[true],"a8":[-128],"a64":[9223372036854775807],"af":[16777217,0.1],
		 "av":["","it's"],"v":[%d,1e-40,-0.0,0.5],"extra":%d`, odd[i%len(odd)], i, i%2 == 0, i, i, i)
		if lite {
			row += fmt.Sprintf(`,"s":{"7":0.25,"%d":1.5},"tz":"2026-01-02T03:04:05+08:00","g":"POINT (1 2.50)","text":"number word%d of all","w":[%d,1]`, 10+i, i, i)
			if i%3 == 0 {
				row += `,"n":"","ni":1,"nj":{}`
			} else {
				row += `,"n":null,"ni":null,"nj":null,"df":null`
			}
		}
		rows = append(rows, row+"}")
	}
	collectionSchema = `{"enable_dynamic_field":true,"fields":[` + fields
	if lite {
		collectionSchema += more
	}
	return collectionSchema + `]}`, rows
}

func TestWhatWasInsertedIsEqualAndEachChangeIsFound(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, server *collection.Server) {
		text, rows := typed(server.Kind == collection.Lite)
		set := written(t, text, rows)
		c := loaded(t, server, set)
		report := verified(t, set, c, verify.Full)
		if !report.Equal || report.Rows.Compared != 60 || report.Err() != nil {
			dump(t, report)
			t.Fatal("a data set that was just inserted differs")
		}
		if report.Lookups.Found != 5 || len(report.Searches) == 0 {
			dump(t, report)
			t.Error("there were no lookups or no searches")
		}

		changed := slices.Clone(rows)
		changed[7] = strings.Replace(changed[7], `[7,1e-40`, `[7,1.1e-40`, 1)                           // one bit or a few of a float
		changed[8] = strings.Replace(changed[8], "9007199254740993,\"f\"", "9007199254740992,\"f\"", 1) // one digit of an int64
		changed[9] = strings.Replace(changed[9], `"n":9007199254740993`, `"n":9007199254740992`, 1)
		changed = append(slices.Delete(changed, 20, 21), strings.Replace(rows[0], `"it's-0"`, `"another"`, 1))
		report = verified(t, written(t, text, changed), c, verify.Full)
		want := []string{`different "quoted"-7 v`, `different back\slash-8 i64`, "different a\nb\tc-9 j", `extra back\slash-20`, "missing another"}
		slices.Sort(want)
		if got := told(report); !slices.Equal(got, want) || core.CodeOf(report.Err()) != core.InvalidData {
			dump(t, report)
			t.Errorf("got %q\nwant %q", got, want)
		}
		if report.Different != 3 || report.Missing != 1 || report.Extra != 1 {
			dump(t, report)
			t.Error("wrong counts")
		}
		part := written(t, text, rows[10:20])
		report, err := verify.Run(t.Context(), part, c, verify.Options{Level: verify.Full, AllowExtra: true, Sample: 3, MaxDifferences: 3})
		if err != nil || !report.Equal || report.Rows.Compared != 10 {
			dump(t, report)
			t.Errorf("a part of the collection differs: %v", err)
		}
		if report = verified(t, written(t, text, changed[:59]), c, verify.Count); report.Equal || len(report.Differences) != 1 {
			dump(t, report)
			t.Error("a row too many was not told by its key")
		}
	})
}
