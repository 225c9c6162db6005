package verify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/collection/faulty"
	"github.com/zilliz/milvus-ingest/core/collection/live"
	"github.com/zilliz/milvus-ingest/core/verify"
)

// numbered are rows with Int64 keys.
func numbered(from, to int) (rows []string) {
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"text":"row %d","v":[%d,0.5]}`, i, i, i))
	}
	return rows
}

const numberedSchema = `{"fields":[{"name":"id","type":"Int64","is_primary":true%s},
 {"name":"text","type":"VarChar","max_length":50},{"name":"v","type":"FloatVector","dim":2,"index":{"type":"FLAT","metric":"L2"}}]}`

func TestRowsWithKeysOfTheServerAreComparedByContent(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, server *collection.Server) {
		text := fmt.Sprintf(numberedSchema, `,"auto_id":true`)
		rows := numbered(0, 50)
		rows = append(rows, rows[3]) // content may well be there twice
		set := written(t, text, rows)
		c := loaded(t, server, set)
		report := verified(t, set, c, verify.Full)
		if !report.Equal || !report.ByContent || report.Rows.Compared != 51 || report.Searches[0].Recall != 1 {
			dump(t, report)
			t.Error("a data set that was just inserted differs")
		}
		rows[50], rows[20] = rows[4], strings.Replace(rows[20], "row 20", "row twenty", 1)
		report = verified(t, written(t, text, rows), c, verify.Full)
		if report.Missing != 2 || report.Extra != 2 || len(report.Differences) != 4 || report.Equal {
			dump(t, report)
			t.Error("two changed rows were not found")
		}
		if report = verified(t, written(t, text, rows), c, verify.Scalar); report.Missing != 2 || slices.Contains(report.Fields, "v") {
			dump(t, report)
			t.Error("two changed rows were not found without vectors")
		}
	})
}

func TestKeysThatAreThereTwiceAreTold(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, server *collection.Server) {
		set := written(t, fmt.Sprintf(numberedSchema, ""), numbered(0, 100))
		c := loaded(t, server, set)
		insert(t, c, written(t, fmt.Sprintf(numberedSchema, ""), numbered(40, 43)))
		report := verified(t, set, c, verify.Full)
		want := []string{"doubled 40", "doubled 41", "doubled 42"}
		if report.Rows.Collection == 100 { // the server keeps one row of a key
			want = nil
		}
		if got := told(report); !slices.Equal(got, want) || report.Equal != (want == nil) || report.Doubled != int64(len(want)) {
			dump(t, report)
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestAChangeFarBeyondTheFirstRowsIsFound(t *testing.T) {
	t.Parallel()
	server, err := collection.Dial(t.Context(), collection.Options{URI: live.Lite(t)})
	if err != nil {
		t.Fatal(err)
	}
	rows := numbered(0, 20_001)
	text := fmt.Sprintf(numberedSchema, "")
	set := written(t, text, rows)
	c := loaded(t, server, set)
	rows[19_000] = strings.Replace(rows[19_000], "row", "rov", 1)
	report := verified(t, written(t, text, rows), c, verify.Full)
	if got := told(report); !slices.Equal(got, []string{"different 19000 text"}) || report.Rows.Compared != 20_001 {
		dump(t, report)
		t.Errorf("got %q", got)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

func TestRowsThatAreNotSeenYetAreAwaited(t *testing.T) {
	t.Parallel()
	real, err := collection.Dial(t.Context(), collection.Options{URI: live.Lite(t)})
	if err != nil {
		t.Fatal(err)
	}
	set := written(t, fmt.Sprintf(numberedSchema, ""), numbered(0, 100))
	c := loaded(t, real, set)
	between := faulty.Serve(t, faulty.Script{Upstream: live.Lite(t), Reply: func(_ context.Context, method string, n int, request proto.Message) (proto.Message, error) {
		query, ok := request.(*milvuspb.QueryRequest)
		if !ok || n > 2 || !slices.Equal(query.GetOutputFields(), []string{"count(*)"}) {
			return nil, faulty.ErrPass
		}
		none := &schemapb.ScalarField{Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: []int64{0}}}}
		return &milvuspb.QueryResults{Status: &commonpb.Status{}, FieldsData: []*schemapb.FieldData{
			{Type: schemapb.DataType_Int64, FieldName: "count(*)", Field: &schemapb.FieldData_Scalars{Scalars: none}},
		}}, nil
	}})
	server, err := collection.Dial(t.Context(), collection.Options{URI: between.URI})
	if err != nil {
		t.Fatal(err)
	}
	found, err := server.Find(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), set, found, verify.Options{Level: verify.Count, Wait: 30 * time.Second})
	if err != nil || !report.Equal || report.Rows.Waited == 0 {
		t.Fatal(report, err)
	}
	if report, err = verify.Run(t.Context(), written(t, fmt.Sprintf(numberedSchema, ""), numbered(0, 101)), found, verify.Options{Level: verify.Count, MaxDifferences: 3}); err != nil || report.Equal {
		t.Fatal(report, err)
	}
	if got := told(report); !slices.Equal(got, []string{"missing 100"}) {
		t.Errorf("got %q", got)
	}
	for _, s := range []*collection.Server{real, server} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, server *collection.Server) {
		set := written(t, fmt.Sprintf(numberedSchema, ""), numbered(0, 3))
		c, _, err := server.Prepare(t.Context(), live.Name(t), set.Schema, collection.PrepareOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify.Run(t.Context(), set, c, verify.Options{Level: verify.Full})
		// In Milvus Lite a new collection is loaded at once.
		if server.Kind != collection.Lite && core.CodeOf(err) != core.Conflict || server.Kind != collection.Lite && !strings.Contains(fmt.Sprint(err), "not loaded") {
			t.Errorf("not loaded: %v", err)
		}
		if err := c.Load(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		wider := written(t, strings.Replace(fmt.Sprintf(numberedSchema, ""), `{"name":"v"`, `{"name":"more","type":"Bool"},{"name":"v"`, 1), numbered(0, 3))
		_, err = verify.Run(t.Context(), wider, c, verify.Options{Level: verify.Full})
		if core.CodeOf(err) != core.InvalidData || !strings.Contains(fmt.Sprint(err), "has no more") {
			t.Errorf("a field that the collection lacks: %v", err)
		}
	})
}

func TestOtherKindsOfVectorsAreEqualBitByBit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ field, value, changed, index string }{
		"BinaryVector":  {`"type":"BinaryVector","dim":16`, `[%d,255]`, `[1,254]`, `"BIN_FLAT","metric":"HAMMING"`},
		"Float16Vector": {`"type":"Float16Vector","dim":2`, `[%d,0.1]`, `[1,0.1001]`, `"FLAT","metric":"L2"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := collection.Dial(t.Context(), collection.Options{URI: live.Milvus(t)})
			if err != nil {
				t.Fatal(err)
			}
			text := `{"fields":[{"name":"id","type":"Int64","is_primary":true},{"name":"v",` + c.field + `,"index":{"type":` + c.index + `}}]}`
			var rows []string
			for i := range 40 {
				rows = append(rows, fmt.Sprintf(`{"id":%d,"v":`+c.value+`}`, i-20, i))
			}
			set := written(t, text, rows)
			loaded := loaded(t, server, set)
			if report := verified(t, set, loaded, verify.Full); !report.Equal || len(report.Searches)+len(report.Notes) == 0 {
				dump(t, report)
				t.Error("a data set that was just inserted differs")
			}
			rows[1] = fmt.Sprintf(`{"id":-19,"v":%s}`, c.changed)
			report := verified(t, written(t, text, rows), loaded, verify.Full)
			if got := told(report); !slices.Equal(got, []string{"different -19 v"}) {
				dump(t, report)
				t.Errorf("got %q", got)
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
