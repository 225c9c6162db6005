package portrait

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/rng"
)

func open(t *testing.T, path string) *dataset.Set {
	t.Helper()
	set, err := dataset.Open(t.Context(), path, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func take(t *testing.T, set *dataset.Set, o Options) *Portrait {
	t.Helper()
	p, err := Take(t.Context(), set, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPortraitTellsOfEveryField(t *testing.T) {
	p := take(t, open(t, filepath.Join("..", "page", "testdata", "set")), Options{})
	if p.Rows != 60 || p.Read != 60 || !p.Whole || p.Sampled != 60 || *p.Seed != 5 {
		t.Errorf("rows %d, read %d, whole %v, sampled %d, seed %d", p.Rows, p.Read, p.Whole, p.Sampled, *p.Seed)
	}
	field := func(name string) Field {
		i := slices.IndexFunc(p.Fields, func(f Field) bool { return f.Name == name })
		return p.Fields[i]
	}
	for name, want := range map[string]string{
		"question": "bytes", "score": "value", "tags": "elements", "updated_at": "time", "words": "entries", "metadata": "bytes",
	} {
		shape := field(name).Shape
		if shape == nil || shape.Of != want {
			t.Errorf("%s: its shape is %+v, not one of %s", name, shape, want)
			continue
		}
		var n int64
		for _, c := range shape.Counts {
			n += c
		}
		if n != field(name).Count || len(shape.Edges) != len(shape.Counts)+1 || !slices.IsSorted(shape.Edges) {
			t.Errorf("%s: %d of %d values are in %d bars with %d edges", name, n, field(name).Count, len(shape.Counts), len(shape.Edges))
		}
	}
	for _, name := range []string{"is_active", "question_embedding", "bits"} {
		if field(name).Shape != nil {
			t.Errorf("%s has a shape", name)
		}
	}
	if facts := strings.Join(field("question_embedding").Facts, ", "); facts != "dim 8, index HNSW, metric L2" {
		t.Errorf("the facts of the vector are %q", facts)
	}
	if g := field("id").Generator; g != "identifier.sequence" {
		t.Errorf("the generator of the key is %q", g)
	}
}

func TestAPortraitMapsEveryDenseVector(t *testing.T) {
	p := take(t, open(t, filepath.Join("..", "page", "testdata", "set")), Options{})
	metrics := map[string]string{"question_embedding": "L2", "half": "COSINE", "bits": "HAMMING"}
	if len(p.Vectors) != len(metrics) {
		t.Fatalf("%d maps, not %d", len(p.Vectors), len(metrics))
	}
	for _, v := range p.Vectors {
		if v.Metric != metrics[v.Field] || len(v.Points) != len(v.Rows) || v.Among < 50 {
			t.Errorf("%s: metric %s, %d points of %d rows, %d looked at", v.Field, v.Metric, len(v.Points), len(v.Rows), v.Among)
		}
		if v.About != "question" {
			t.Errorf("%s is about %s", v.Field, v.About)
		}
		if v.Explained[0] < v.Explained[1] || v.Explained[0]+v.Explained[1] > 1 || v.Explained[1] <= 0 {
			t.Errorf("%s: the directions hold %v of the variance", v.Field, v.Explained)
		}
		for _, near := range v.Near {
			for i, hit := range near.Hits {
				if hit.Row == near.Row.Row {
					t.Errorf("%s: a row is its own neighbour", v.Field)
				}
				if i > 0 && v.Metric != "COSINE" && hit.Score < near.Hits[i-1].Score {
					t.Errorf("%s: %v comes after %v", v.Field, hit.Score, near.Hits[i-1].Score)
				}
			}
		}
	}
	if len(p.Groups) == 0 || p.Groups[0].Field != "category" {
		t.Errorf("the points are coloured by %+v", p.Groups)
	}
}

func TestAPortraitIsTheSameWhoeverReadsFirst(t *testing.T) {
	set := filepath.Join("..", "page", "testdata", "set")
	first := take(t, open(t, set), Options{Workers: 1})
	for workers := 2; workers < 5; workers++ {
		if again := take(t, open(t, set), Options{Workers: workers}); !reflect.DeepEqual(first, again) {
			t.Fatalf("%d workers see another portrait", workers)
		}
	}
}

func TestOddDataSetsHaveAPortrait(t *testing.T) {
	for name, rows := range map[string]string{
		"one row":            `[{"id": 1, "v": [1, 2]}]`,
		"equal vectors":      `[{"id": 1, "v": [1, 2]}, {"id": 2, "v": [1, 2]}]`,
		"zero vectors":       `[{"id": 1, "v": [0, 0]}, {"id": 2, "v": [0, 0]}]`,
		"vectors of one":     `[{"id": 1, "v": [1]}, {"id": 2, "v": [3]}]`,
		"no vectors":         `[{"id": 1}, {"id": 2}]`,
		"text with bad ends": `[{"id": 1, "s": "` + strings.Repeat("知", 900) + `"}]`,
	} {
		path := filepath.Join(t.TempDir(), "rows.json")
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
		p := take(t, open(t, path), Options{})
		if p.Rows != int64(strings.Count(rows, "id")) {
			t.Errorf("%s: %d rows", name, p.Rows)
		}
		for _, v := range p.Vectors {
			for _, at := range v.Points {
				if math.IsNaN(at[0]) || math.IsNaN(at[1]) {
					t.Errorf("%s: a point lies nowhere", name)
				}
			}
		}
	}
}

func TestTheSampleIsOfTheWholeSetAndBounded(t *testing.T) {
	units := make([]dataset.Unit, 100)
	for i := range units {
		units[i].Row = int64(i)
	}
	if got := spread(units, ReadMost); len(got) != 100 {
		t.Errorf("%d of 100 pieces of a small set are read", len(got))
	}
	got := spread(units, 10*ReadMost)
	if len(got) != 10 || got[0].Row != 0 || got[9].Row != 90 {
		t.Errorf("of a large set the pieces %v are read", got)
	}
	if got := spread(units[:1], 10*ReadMost); len(got) != 1 {
		t.Errorf("of a set of one piece %d are read", len(got))
	}
}

// Points along a line that is seen from everywhere: the first direction is the
// line, and holds nearly all of the variance.
func TestTheMapFindsTheWidestDirections(t *testing.T) {
	const dim = 40
	var vectors [][]float32
	for i := range 500 {
		source := rng.Field(1, "line").At(int64(i))
		along, across := 10*source.Normal(), 3*source.Normal()
		v := make([]float32, dim)
		for k := range v {
			v[k] = float32(5 + 0.01*source.Normal())
		}
		v[3] += float32(along)
		v[30] += float32(across)
		vectors = append(vectors, v)
	}
	points, shares := project(vectors, len(vectors))
	if shares[0] < 0.85 || shares[1] < 0.05 || shares[0]+shares[1] < 0.99 {
		t.Errorf("the directions hold %v of the variance", shares)
	}
	var wrong float64
	for i, v := range vectors {
		wrong = max(wrong, math.Abs(math.Abs(points[i][0]-points[0][0])-math.Abs(float64(v[3]-vectors[0][3]))))
	}
	if wrong > 0.2 {
		t.Errorf("the distances along the line are up to %v off", wrong)
	}
}

func TestScoresAreThoseOfMilvus(t *testing.T) {
	a, b := []float32{1, 0, 1, 1}, []float32{1, 1, 0, 1}
	for metric, want := range map[string]float64{"IP": 2, "L2": 2, "HAMMING": 2, "JACCARD": 0.5, "COSINE": 2.0 / 3} {
		if got := scoreOf(metric, a, b); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, not %v", metric, got, want)
		}
	}
}

func TestBarsHaveRoundEdges(t *testing.T) {
	many := func(n int, f func(i int) float64) []float64 {
		all := make([]float64, n)
		for i := range all {
			all[i] = f(i)
		}
		return all
	}
	for name, test := range map[string]struct {
		values []float64
		whole  bool
		first  []float64
		last   float64
		log    bool
	}{
		"shares":              {many(101, func(i int) float64 { return float64(i) / 100 }), false, []float64{0, 0.05, 0.1}, 1, false},
		"a few whole numbers": {[]float64{3, 3, 4, 6}, true, []float64{3, 4, 5}, 7, false},
		"large whole numbers": {many(1000, func(i int) float64 { return float64(i * 7) }), true, []float64{0, 500, 1000}, 7000, false},
		"one value":           {[]float64{7, 7}, false, []float64{7, 8}, 8, false},
		"a long tail":         {many(1000, func(i int) float64 { return math.Floor(math.Exp(9 * math.Pow(float64(i)/1000, 4))) }), true, []float64{1, 2, 5}, 10000, true},
		"counts with zeros":   {append(many(900, func(int) float64 { return 0 }), 5, 9000), true, []float64{0, 1, 2}, 10000, true},
		"int64 to its ends":   {[]float64{math.MinInt64, 0, math.MaxInt64}, true, []float64{-1e19, -9e18}, 1e19, false},
		"infinite":            {[]float64{math.Inf(1), 1, 2}, false, []float64{1}, 2, false},
	} {
		h := bars("value", test.values, test.whole)
		if h.Log != test.log || len(h.Edges) > 2*barsMost+2 || !reflect.DeepEqual(h.Edges[:len(test.first)], test.first) || h.Edges[len(h.Edges)-1] != test.last {
			t.Errorf("%s: log %v, edges %v", name, h.Log, h.Edges)
		}
	}
	if bars("value", []float64{math.NaN()}, false) != nil {
		t.Error("NaN alone has a shape")
	}
}

func TestTextsThatAreTimesAreCutIntoMonths(t *testing.T) {
	var texts []string
	for _, month := range []string{"01", "02", "02", "03", "04"} {
		texts = append(texts, "2025-"+month+"-15 10:00:00")
	}
	h := timeBars(timesOf(texts))
	if h.Of != "time" || !reflect.DeepEqual(h.Counts, []int64{1, 2, 1, 1}) {
		t.Errorf("the months have %v", h.Counts)
	}
	if timesOf([]string{"2025-01-01", "not a time", "nor this"}) != nil {
		t.Error("texts are taken for times")
	}
	if !epochs("updated_at", []float64{1.7e12}) || epochs("views", []float64{1.7e12}) || epochs("updated_at", []float64{12}) {
		t.Error("whole numbers are taken for times by their name or size alone")
	}
}
