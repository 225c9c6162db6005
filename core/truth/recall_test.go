package truth

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

func ints(of ...int64) (all []Key) {
	for _, n := range of {
		all = append(all, Key{Int: n})
	}
	return all
}

func TestRecallCountsTiesLikeTheLastOfTheNearest(t *testing.T) {
	a := &Answer{K: 3, Neighbors: []Neighbors{
		{Keys: ints(1, 2, 3, 4, 5), Scores: []float64{0, 1, 2, 2, 2}},
		{Keys: ints(1, 2), Scores: []float64{0, 1}},
		{},
		{Keys: ints(1, 2, 3, 4), Scores: []float64{0, 1, 1, 1}, Open: true},
		{Keys: ints(1, 2, 3, 4), Scores: []float64{0, 1, 2, 2.001}, Slack: 0.01},
	}}
	for _, c := range []struct {
		what     string
		query, k int
		found    []Key
		recall   float64
		tied, ok bool
	}{
		{"all of them", 0, 3, ints(1, 2, 3), 1, true, true},
		{"others that are as near", 0, 3, ints(5, 4, 1), 1, true, true},
		{"more of the ties than of the nearest", 0, 3, ints(5, 4, 3), 1, true, true},
		{"one of them", 0, 3, ints(9, 8, 1), 1. / 3, true, true},
		{"one of them thrice", 0, 3, ints(1, 1, 1), 1. / 3, true, true},
		{"fewer places, without ties", 0, 2, ints(1, 3), 0.5, false, true},
		{"fewer rows than places", 1, 3, ints(2, 1), 1, false, true},
		{"nothing is near", 2, 3, ints(1), 0, false, false},
		{"more ties than are kept", 3, 3, ints(1, 2, 3), 0, false, false},
		{"before the ties", 3, 1, ints(1), 1, false, true},
		{"what single precision cannot tell apart", 4, 3, ints(1, 2, 4), 1, true, true},
		{"more places than the truth has", 0, 4, ints(1), 0, false, false},
		{"no such query", 9, 1, ints(1), 0, false, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			j, ok := a.Judge(c.query, c.k, c.found)
			if ok != c.ok || j.Recall != c.recall || j.Tied != c.tied {
				t.Errorf("%+v, %v", j, ok)
			}
		})
	}
}

func TestMoreTiesThanAreKeptAreTold(t *testing.T) {
	f := schema.Field{Type: schema.BinaryVector, Dim: 8}
	random := rand.New(rand.NewPCG(1, 1))
	queries := vectorsOf(f, 1, false, random)
	b := array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, &arrow.FixedSizeBinaryType{ByteWidth: 1})
	for range 3 * mostTies {
		b.Append([]byte{^queries.(*array.FixedSizeBinary).Value(0)[0]})
	}
	far := b.NewArray()
	b.Append(queries.(*array.FixedSizeBinary).Value(0))
	one := b.NewArray()
	both, err := array.Concatenate([]arrow.Array{far, one}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	for rows, open := range map[arrow.Array]bool{far: true, both: false} {
		source := table{record(numbered(rows.Len()), rows), 2}
		a, err := Find(context.Background(), source, Question{f.Type, "HAMMING", queries, 1}, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		if a.Neighbors[0].Open != open {
			t.Errorf("of %d rows: open is %v", rows.Len(), !open)
		}
	}
}

func TestAStoredTruthIsRefusedForAnythingElse(t *testing.T) {
	about := About{Rows: 10, SHA256: "d", Field: "v", Metric: "L2", Filter: "a > 1", Queries: "q"}
	answer := &Answer{Rows: 10, K: 2, Neighbors: []Neighbors{
		{Keys: []Key{{Int: 1<<63 - 1}, TextKey("中"), TextKey("")}, Scores: []float64{0.1, 0.2, 0.3}, Slack: 1e-7},
	}}
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := Write(path, []Truth{{about, *answer}}); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Find(about, 2); err != nil || !reflect.DeepEqual(got, answer) {
		t.Errorf("found %+v: %v", got, err)
	}
	uncounted := about
	uncounted.Rows = -1
	if _, err := f.Find(uncounted, 2); err != nil {
		t.Errorf("rows that nobody has counted: %v", err)
	}
	for want, change := range map[string]func(*About){
		"of 10 rows, there are 9":      func(a *About) { a.Rows = 9 },
		"the rows changed":             func(a *About) { a.SHA256 = "e" },
		`of collection "", not "c"`:    func(a *About) { a.Collection = "c" },
		`of field "v", not "w"`:        func(a *About) { a.Field = "w" },
		`of metric "L2", not "IP"`:     func(a *About) { a.Metric = "IP" },
		"the ground truth is of other": func(a *About) { a.Queries = "r" },
	} {
		other := about
		change(&other)
		if _, err := f.Find(other, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	if _, err := f.Find(about, 3); err == nil || !strings.Contains(err.Error(), "2 rows a query, 3 are needed") {
		t.Error(err)
	}
	about.Filter = "a > 2"
	if got, err := f.Find(about, 2); got != nil || err != nil {
		t.Errorf("of another filter there is %v: %v", got, err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"format":1,"truths":[{"answer":{"k":1,"neighbors":[{"keys":[1,"a"],"scores":[0,1]}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parse(data)
		if err != nil {
			return
		}
		for _, truth := range file.Truths {
			for i := range truth.Answer.Neighbors {
				truth.Answer.Judge(i, 1, ints(1))
				truth.Answer.Judge(i, truth.Answer.K, ints(1))
			}
		}
		if _, err := json.Marshal(file); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsNoTruthIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth.json")
	for content, want := range map[string]string{
		"":                           "is no ground truth",
		`{"format":9}`:               "its format is 9",
		`{"format":1,"truths":[{}]}`: "a truth has no rows",
		`{"format":1,"truths":[{"answer":{"k":1,"neighbors":[{"keys":[1],"scores":[]}]}}]}`: "1 keys and 0 scores",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}
