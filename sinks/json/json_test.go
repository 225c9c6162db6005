package json

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
)

// write stores batches in a file and returns what it holds.
func write(t testing.TB, batches ...arrow.Record) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.json")
	w, err := open(core.WriteSpec{Schema: batches[0].Schema(), Rows: core.Rows{Start: 100}}, Config{Path: path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var artifacts []core.Artifact
	for _, b := range batches {
		if err = w.Write(context.Background(), b); err != nil {
			break
		}
	}
	if err == nil {
		artifacts, err = w.Commit(context.Background())
	}
	if closed := w.Close(); closed != nil {
		t.Error(closed)
	}
	raw, missing := os.ReadFile(path)
	if err != nil {
		if !errors.Is(missing, os.ErrNotExist) {
			t.Errorf("a file that failed is there: %v", missing)
		}
		return "", err
	}
	if sum := sha256.Sum256(raw); artifacts[0].SHA256 != hex.EncodeToString(sum[:]) || artifacts[0].Bytes != int64(len(raw)) {
		t.Errorf("the artifact tells of %+v", artifacts[0])
	}
	return string(raw), missing
}

// table makes a batch of one column from the values' JSON form.
func table(t *testing.T, f schema.Field, values string) arrow.Record {
	t.Helper()
	field := schema.MetaField()
	if f.Name != core.DynamicField {
		field = f.Arrow()
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, field.Type, strings.NewReader(values), array.WithUseNumber())
	if err != nil {
		t.Fatal(err)
	}
	return array.NewRecord(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{a}, int64(a.Len()))
}

func TestValuesAreWrittenAsMilvusReadsThem(t *testing.T) {
	for _, test := range []struct {
		name   string
		field  schema.Field
		values string
		want   string
	}{
		{"no rows", schema.Field{Type: schema.Int64}, `[]`, ``},
		{
			"integers are exact",
			schema.Field{Type: schema.Int64},
			`[9007199254740993, 9223372036854775807, -9223372036854775808]`,
			`9007199254740993 9223372036854775807 -9223372036854775808`,
		},
		{"small integers", schema.Field{Type: schema.Int8}, `[-128, 127]`, `-128 127`},
		{"truths", schema.Field{Type: schema.Bool, Nullable: true}, `[true, false, null]`, `true false null`},
		{"floats", schema.Field{Type: schema.Float}, `[0.1, 1e-40, 16777217]`, `0.1 1e-40 16777216`},
		{"doubles", schema.Field{Type: schema.Double}, `[0.1, 1e300]`, `0.1 1e+300`},
		{"text", schema.Field{Type: schema.VarChar}, `["a\"b\\\n\t\u0001", "数据\u2028<&>"]`, `"a\"b\\\n\t\u0001" "数据` + "\u2028" + `<&>"`},
		{"JSON", schema.Field{Type: schema.JSON, Nullable: true}, `["{\"a\" : [1, 9007199254740993]}", null, "[ ]"]`, `{"a":[1,9007199254740993]} null []`},
		{"arrays", schema.Field{Type: schema.Array, ElementType: schema.Int16}, `[[1, -2], [], [null]]`, `[1,-2] [] [null]`},
		{"arrays of floats", schema.Field{Type: schema.Array, ElementType: schema.Float}, `[[0.5], [null, 1]]`, `[0.5] [null,1]`},
		{"arrays of text", schema.Field{Type: schema.Array, ElementType: schema.VarChar}, `[["a", "\""]]`, `["a","\""]`},
		{"vectors", schema.Field{Type: schema.FloatVector, Dim: 2, Nullable: true}, `[[0.25, -1], null]`, `[0.25,-1] null`},
		{"vectors of integers", schema.Field{Type: schema.Int8Vector, Dim: 2}, `[[-128, 127]]`, `[-128,127]`},
		{"bits as bytes", schema.Field{Type: schema.BinaryVector, Dim: 24}, `["AP8Q"]`, `[0,255,16]`},
		{"halves", schema.Field{Type: schema.Float16, Dim: 4}, `["ADwAwAEA/3s="]`, `[1,-2,5.9604645e-08,65504]`},
		{"brain halves", schema.Field{Type: schema.BFloat16, Dim: 2}, `["gD8AwA=="]`, `[1,-2]`},
		{"sparse vectors", schema.Field{Type: schema.Sparse}, `[[{"index": 25, "value": 0.11}, {"index": 4294967294, "value": 1}], []]`, `{"25":0.11,"4294967294":1} {}`},
		{"points in time", schema.Field{Type: schema.Timestamptz}, `["2025-01-31T08:00:00+08:00"]`, `"2025-01-31T08:00:00+08:00"`},
		{
			"structs",
			schema.Field{Type: schema.Array, ElementType: schema.Struct, StructFields: []schema.Field{
				{Name: "a", Type: schema.Int8, Nullable: true}, {Name: "v", Type: schema.FloatVector, Dim: 1},
			}},
			`[[{"a": 1, "v": [2]}, {"a": null, "v": [3]}], []]`, `[{"a":1,"v":[2]},{"a":null,"v":[3]}] []`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.field.Name = "f"
			got, err := write(t, table(t, test.field, test.values))
			if err != nil {
				t.Fatal(err)
			}
			want := "["
			if test.want != "" {
				for i, v := range strings.Split(test.want, " ") {
					if i > 0 {
						want += ","
					}
					want += "\n" + `{"f":` + v + `}`
				}
			}
			if got != want+"\n]\n" {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestDynamicFieldsAreKeysOfTheRow(t *testing.T) {
	id := table(t, schema.Field{Name: "id", Type: schema.Int64}, `[1, 2, 3, 4, 5]`)
	meta := table(t, schema.Field{Name: core.DynamicField}, `["{\"x\": 1, \"y\":[2]}", null, "{}", "{\"id\": 7}", "{\"$meta\": {}}"]`)
	fields := append(id.Schema().Fields(), meta.Schema().Field(0))
	got, err := write(t, array.NewRecord(arrow.NewSchema(fields, nil), append(id.Columns(), meta.Column(0)), 5))
	want := `[
{"id":1,"x":1,"y":[2]},
{"id":2},
{"id":3},
{"id":4,"$meta":{"id":7}},
{"id":5,"$meta":{"$meta":{}}}
]
`
	if err != nil || got != want {
		t.Errorf("%v: %s", err, got)
	}
}

func TestWhatJSONCannotHoldIsRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	floats := func(f schema.Field, fill func(b array.Builder)) arrow.Record {
		f.Name = "f"
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{f.Arrow()}, nil))
		fill(b.Field(0))
		return b.NewRecord()
	}
	list := func(values ...float32) func(array.Builder) {
		return func(b array.Builder) {
			b.(array.ListLikeBuilder).Append(true)
			b.(array.ListLikeBuilder).ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
		}
	}
	for _, test := range []struct {
		name  string
		batch arrow.Record
		want  string
	}{
		{"not a number", floats(schema.Field{Type: schema.Float}, func(b array.Builder) { b.(*array.Float32Builder).AppendValues([]float32{1, nan}, nil) }), "field f: row 101: the value is NaN"},
		{"an infinite double", floats(schema.Field{Type: schema.Double}, func(b array.Builder) { b.(*array.Float64Builder).Append(math.Inf(-1)) }), "row 100: the value is -Inf"},
		{"in a vector", floats(schema.Field{Type: schema.FloatVector, Dim: 3}, list(1, 2, inf)), "row 100: element 2 is +Inf"},
		{"in an array", floats(schema.Field{Type: schema.Array, ElementType: schema.Float}, list(nan)), "row 100: element 0 is NaN"},
		{"in a vector of halves", table(t, schema.Field{Name: "f", Type: schema.Float16, Dim: 2}, `["AHwAAA=="]`), "element 0 is +Inf"},
		{"text that is not UTF-8", floats(schema.Field{Type: schema.VarChar}, func(b array.Builder) { b.(*array.StringBuilder).Append("a\xff") }), "not valid UTF-8"},
		{"JSON that is none", table(t, schema.Field{Name: "f", Type: schema.JSON}, `["{}", "{\"a\": NaN}"]`), "row 101: the value is no JSON"},
		{"dynamic fields that are no object", table(t, schema.Field{Name: core.DynamicField}, `["[1]"]`), "no JSON object"},
		{"null where there is none", array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "f", Type: arrow.PrimitiveTypes.Int8}}, nil),
			[]arrow.Array{array.MakeArrayOfNull(memory.DefaultAllocator, arrow.PrimitiveTypes.Int8, 1)}, 1), "row 100: it is null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := write(t, test.batch)
			if err == nil || !strings.Contains(err.Error(), test.want) || core.CodeOf(err) != core.InvalidData {
				t.Errorf("%v (%s), want %q", err, core.CodeOf(err), test.want)
			}
		})
	}
}

func TestEveryTypeReadsBack(t *testing.T) {
	maker := sample.New(sample.Collection(64).Arrow(), 5, 0.3)
	batches := []arrow.Record{maker.Batch(100), maker.Batch(1), maker.Batch(0), maker.Batch(60).NewSlice(20, 60)}
	text, err := write(t, batches...)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var rows []map[string]any
	if err := decoder.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Error("more than one value")
	}
	n := 0
	for _, batch := range batches {
		for i := range int(batch.NumRows()) {
			for j, f := range batch.Schema().Fields() {
				switch a := batch.Column(j).(type) {
				case *array.Int64:
					if a.IsValid(i) && rows[n][f.Name] != json.Number(strconv.FormatInt(a.Value(i), 10)) {
						t.Fatalf("row %d of %s is %v", n, f.Name, rows[n][f.Name])
					}
				case *array.String:
					if typeOf(f) == schema.VarChar && a.IsValid(i) && rows[n][f.Name] != a.Value(i) {
						t.Fatalf("row %d of %s is %q, not %q", n, f.Name, rows[n][f.Name], a.Value(i))
					}
				case *array.FixedSizeList:
					if typeOf(f) == schema.FloatVector && a.IsValid(i) {
						compareVector(t, rows[n][f.Name].([]any), a, i)
					}
				}
				if _, has := rows[n][f.Name]; f.Name != core.DynamicField && (!has || (rows[n][f.Name] == nil) != batch.Column(j).IsNull(i)) {
					t.Fatalf("row %d of %s is %v", n, f.Name, rows[n][f.Name])
				}
			}
			n++
		}
	}
	if n != len(rows) {
		t.Errorf("%d rows for %d", len(rows), n)
	}
}

func compareVector(t *testing.T, got []any, a *array.FixedSizeList, i int) {
	t.Helper()
	from, to := a.ValueOffsets(i)
	var back []float32
	for _, v := range got {
		f, err := strconv.ParseFloat(v.(json.Number).String(), 32)
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, float32(f))
	}
	if want := a.ListValues().(*array.Float32).Float32Values()[from:to]; !reflect.DeepEqual(back, want) {
		t.Fatalf("%v is not %v", back, want)
	}
}

func TestAFullDiskNeverLooksWhole(t *testing.T) {
	dir := t.TempDir()
	batch := sample.New(sample.Collection(16).Arrow(), 1, 0.2).Batch(2000)
	for _, room := range []int{0, 1, 1 << 20, 3 << 20} {
		w, err := open(core.WriteSpec{Schema: batch.Schema()}, Config{Path: filepath.Join(dir, "data")}, sample.Full{Room: room}.Wrap)
		if err != nil {
			t.Fatal(err)
		}
		if err = w.Write(context.Background(), batch); err == nil {
			_, err = w.Commit(context.Background())
		}
		if core.CodeOf(err) != core.Exhausted {
			t.Errorf("%d bytes fit: %v", room, err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestAnEndThatWasAskedForStopsTheWriter(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	batch := sample.New(sample.Collection(16).Arrow(), 1, 0.2).Batch(2000)
	w, err := open(core.WriteSpec{Schema: batch.Schema()}, Config{Path: filepath.Join(t.TempDir(), "data")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ctx, batch); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := w.(*writer).rows; n > 200 {
		t.Errorf("it wrote %d rows first", n)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzStringsReadAsWritten(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\n", "数据", "\xff", "\u2028", "\x7f\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, err := appendText(nil, s)
		if err != nil {
			if !strings.ContainsRune(s, '\uFFFD') {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		var back string
		if err := json.Unmarshal(raw, &back); err != nil || back != s {
			t.Errorf("%q became %s: %v", s, raw, err)
		}
	})
}

func BenchmarkVectors(b *testing.B) {
	c := schema.Collection{Fields: []schema.Field{
		{Name: "id", Type: schema.Int64},
		{Name: "text", Type: schema.VarChar},
		{Name: "question", Type: schema.FloatVector, Dim: 768},
		{Name: "answer", Type: schema.FloatVector, Dim: 768},
	}}
	record := array.NewRecordBuilder(memory.DefaultAllocator, c.Arrow())
	for i := range 1024 {
		record.Field(0).(*array.Int64Builder).Append(int64(i))
		record.Field(1).(*array.StringBuilder).Append(strings.Repeat("text ", 30))
		for _, at := range []int{2, 3} {
			list := record.Field(at).(*array.FixedSizeListBuilder)
			list.Append(true)
			for j := range 768 {
				list.ValueBuilder().(*array.Float32Builder).Append(float32(math.Sin(float64(i*1536+at*768+j)) / 30))
			}
		}
	}
	batch := record.NewRecord()
	w, err := open(core.WriteSpec{Schema: batch.Schema()}, Config{Path: filepath.Join(b.TempDir(), "bench")}, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := w.Write(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(w.(*writer).file.Tell() / int64(b.N))
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
