package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/truth"
)

func TestPlantedQueriesAreNearTheirRows(t *testing.T) {
	for _, f := range []schema.Field{
		{Name: "v", Type: schema.FloatVector, Dim: 64},
		{Name: "v", Type: schema.Float16, Dim: 64},
		{Name: "v", Type: schema.BFloat16, Dim: 64},
		{Name: "v", Type: schema.Int8Vector, Dim: 64},
		{Name: "v", Type: schema.BinaryVector, Dim: 64},
	} {
		t.Run(string(f.Type), func(t *testing.T) {
			rows, err := random(&f, 50, rng.Field(1, "rows"))
			if err != nil {
				t.Fatal(err)
			}
			planted, err := perturb(&f, rows, 0.1, rng.Field(2, "noise"))
			if err != nil {
				t.Fatal(err)
			}
			changed := 0
			for i := range 50 {
				own, other := apart(t, &f, planted, i, rows, i), apart(t, &f, planted, i, rows, (i+1)%50)
				if own >= other/2 {
					t.Errorf("query %d: %g from its row, %g from another", i, own, other)
				}
				if own > 0 {
					changed++
				}
			}
			if changed < 40 {
				t.Errorf("%d of 50 queries differ from their rows", changed)
			}
			same, err := perturb(&f, rows, 0, rng.Field(2, "noise"))
			if err != nil || !array.Equal(same, rows) {
				t.Errorf("without noise the rows are not themselves: %v", err)
			}
		})
	}
}

func apart(t *testing.T, f *schema.Field, a arrow.Array, i int, b arrow.Array, j int) float64 {
	t.Helper()
	x, err := truth.Vector(f.Type, a, i)
	if err != nil {
		t.Fatal(err)
	}
	y, err := truth.Vector(f.Type, b, j)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for at := range x {
		sum += float64((x[at] - y[at]) * (x[at] - y[at]))
	}
	return sum
}

func TestNoiseKeepsThePlacesOfSparseVectors(t *testing.T) {
	rows, _, err := array.FromJSON(memory.DefaultAllocator, schema.SparseType(), strings.NewReader(`[[{"index":3,"value":1},{"index":90,"value":2}],[]]`))
	if err != nil {
		t.Fatal(err)
	}
	f := &schema.Field{Type: schema.Sparse}
	planted, err := perturb(f, rows, 0.1, rng.Field(1, "noise"))
	if err != nil {
		t.Fatal(err)
	}
	if planted.Len() != 2 || array.Equal(planted, rows) || !strings.Contains(planted.String(), "[3 90]") {
		t.Errorf("%v", planted)
	}
	if _, err := random(f, 3, rng.Field(1, "x")); err == nil {
		t.Error("random sparse vectors are made")
	}
}

// npy is an array as numpy writes it.
func npy(descr, shape string, values any) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	_ = binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	_ = binary.Write(&b, binary.LittleEndian, values)
	return b.Bytes()
}

func TestQueriesAreReadFromFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := &schema.Field{Name: "v", Type: schema.FloatVector, Dim: 2}
	for _, path := range []string{
		write("a.npy", npy("<f4", "(3, 2)", []float32{1, 2, 3, 4, 5, 6})),
		write("b.npy", npy("<f8", "(3, 2)", []float64{1, 2, 3, 4, 5, 6})),
		write("c.json", []byte(" [\n [1, 2], [3, 4], [5, 6]]")),
		write("d.jsonl", []byte("{\"id\":1,\"v\":[1,2]}\n{\"id\":2,\"v\":[3,4]}\n{\"id\":3,\"v\":[5,6]}\n")),
	} {
		for n, want := range map[int]string{2: "[[1 2] [3 4]]", 9: "[[1 2] [3 4] [5 6]]"} {
			a, err := fileQueries(context.Background(), path, f, n)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if got := a.String(); got != want {
				t.Errorf("%s: %d queries are %s", path, n, got)
			}
		}
	}
	for _, path := range []string{
		write("t.txt", []byte("how to\r\nwhat is\n\n")), write("t.json", []byte(`["how to", "what is"]`)), write("t.jsonl", []byte("{\"q\":\"how to\"}\n{\"q\":\"what is\"}\n")),
	} {
		a, err := fileTexts(context.Background(), path, "q", 5)
		if err != nil || a.String() != `["how to" "what is"]` {
			t.Errorf("%s: %v: %v", path, a, err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.npy"):                                         "no such file",
		filepath.Join(dir, "rowz"):                                             "give rows, planted, random, or a file",
		write("dim.npy", npy("<f4", "(2, 3)", []float32{1, 2, 3, 4, 5, 6})):    "query 0 has 3 dimensions, the field 2",
		write("int.npy", npy("<i4", "(2, 2)", []int32{1, 2, 3, 4})):            "no rows of float32",
		write("cut.npy", npy("<f4", "(99, 2)", []float32{1, 2})):               "cut short",
		write("huge.npy", npy("<f4", "(4611686018427387904, 4)", []float32{})): "cut short",
		write("no.npy", []byte("hello")):                                       "it is no NPY file",
		write("text.json", []byte(`[["a"]]`)):                                  "cannot unmarshal",
		write("other.jsonl", []byte("{\"id\":1,\"w\":[1,2]}\n")):               "no such field",
	} {
		_, err := fileQueries(context.Background(), path, f, 5)
		if err == nil || !strings.Contains(fmt.Sprint(err, hintOf(err)), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func hintOf(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

func FuzzNPY(f *testing.F) {
	f.Add(npy("<f4", "(3, 2)", []float32{1, 2, 3, 4, 5, 6}))
	f.Add(npy("<f8", "(1, 1)", []float64{1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		vectors, err := parseNPY(data)
		size := 0
		for _, v := range vectors {
			size += 4 * len(v)
		}
		if err == nil && size > len(data) {
			t.Errorf("%d bytes hold %d", len(data), size)
		}
	})
}

func TestQueriesAreTheFirstRowsWhereNobodyKnowsHowManyThereAre(t *testing.T) {
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "{\"id\":%d,\"v\":[%d.5,1]}\n", i, i)
	}
	path := filepath.Join(dir, "data.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(context.Background(), path, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	q := &querier{set: set, spec: Queries{Source: FromRows, Count: 20, Seed: 1}}
	a, err := q.rows(context.Background(), "v")
	if err != nil || a.Len() != 20 {
		t.Fatalf("%v: %v", a, err)
	}
	values, err := truth.Vector(schema.FloatVector, a, 0)
	if err != nil || values[0] != 0.5 || len(values) != 2 {
		t.Errorf("%v: %v", values, err)
	}
}

func TestATextQueryIsAsLongAsSomebodyTypes(t *testing.T) {
	for text, want := range map[string]string{
		"  how do\tI  reset ":           "how do I reset",
		"a b c d e f g h i j k l m n o": "a b c d e f g h i j k l",
		strings.Repeat("如何", 100):       strings.Repeat("如何", textRunes/2),
		"":                              "",
	} {
		if got := beginning(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestPickedRowsAreTakenFromEveryBatch(t *testing.T) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range 100 {
		b.Append(int64(i))
	}
	numbers := b.NewArray()
	p := &picker{rows: []int64{0, 7, 50, 51, 99}}
	if !p.within(0, 5) || p.within(1, 5) {
		t.Error("it does not know where its rows are")
	}
	var got []string
	for row := int64(0); row < 100; row += 25 {
		picked, err := p.from(array.NewSlice(numbers, row, row+25), row)
		for _, a := range picked {
			got = append(got, a.String())
		}
		if errors.Is(err, errEnough) != (row == 75) {
			t.Errorf("after row %d: %v", row, err)
		}
	}
	if strings.Join(got, "") != "[0][7][50][51][99]" {
		t.Errorf("%v are picked", got)
	}
}
