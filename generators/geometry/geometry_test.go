package geometry

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func field(generator, params string) schema.Field {
	return schema.Field{Type: schema.Geometry, Generator: generator, Params: json.RawMessage(params)}
}

// corners reads the coordinates of well-known text.
func corners(t *testing.T, text, prefix, suffix string) []city {
	t.Helper()
	inside, ok := strings.CutPrefix(text, prefix)
	inside, closed := strings.CutSuffix(inside, suffix)
	if !ok || !closed {
		t.Fatalf("not well-known text: %s", text)
	}
	var all []city
	for pair := range strings.SplitSeq(inside, ", ") {
		x, y, _ := strings.Cut(pair, " ")
		longitude, err := strconv.ParseFloat(x, 64)
		latitude, err2 := strconv.ParseFloat(y, 64)
		if err != nil || err2 != nil || math.Abs(longitude) > 180 || math.Abs(latitude) > 90 {
			t.Fatalf("not a place: %s", pair)
		}
		all = append(all, city{longitude, latitude})
	}
	return all
}

func TestPointsSurroundTheirMiddle(t *testing.T) {
	inside := 0
	for _, text := range trial.Texts(t, Components(), field("geometry.point", `{"around": [121.4737, 31.2304], "spread": 10}`), 0, 5000) {
		p := corners(t, text, "POINT (", ")")[0]
		if math.Abs(p.latitude-31.2304)*111.32 < 10 {
			inside++
		}
	}
	if share := float64(inside) / 5000; math.Abs(share-0.683) > 0.02 {
		t.Errorf("%.3f of the points are within 10 km to the north or south", share)
	}
	for _, around := range []string{"[180, 85]", "[-180, -85]", "[0, 0]"} {
		for _, text := range trial.Texts(t, Components(), field("geometry.point", `{"spread": 2000, "around": `+around+`}`), 0, 2000) {
			corners(t, text, "POINT (", ")")
		}
	}
}

func TestAreasAreClosedAndTurnLeft(t *testing.T) {
	for _, text := range trial.Texts(t, Components(), field("geometry.polygon", `{"corners": 12}`), 0, 3000) {
		ring := corners(t, text, "POLYGON ((", "))")
		if n := len(ring); n < 4 || n > 13 || ring[0] != ring[n-1] {
			t.Fatalf("not closed: %s", text)
		}
		area := 0.0
		for i := 1; i < len(ring); i++ {
			area += ring[i-1].longitude*ring[i].latitude - ring[i].longitude*ring[i-1].latitude
		}
		if area <= 0 {
			t.Fatalf("it turns right: %s", text)
		}
		checkEdges(t, ring)
	}
}

// checkEdges looks for edges that cross.
func checkEdges(t *testing.T, ring []city) {
	t.Helper()
	side := func(a, b, c city) bool {
		return (b.longitude-a.longitude)*(c.latitude-a.latitude)-(b.latitude-a.latitude)*(c.longitude-a.longitude) > 0
	}
	n := len(ring) - 1
	for i := range n {
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue // neighbours
			}
			a, b, c, d := ring[i], ring[i+1], ring[j], ring[j+1]
			if side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b) {
				t.Fatalf("edges %d and %d of %v cross", i, j, ring)
			}
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	short := field("geometry.polygon", `{}`)
	short.Type, short.MaxLength = schema.VarChar, 100
	tests := []struct {
		field schema.Field
		want  string
	}{
		{field("geometry.point", `{"around": [1]}`), "around is [1]"},
		{field("geometry.point", `{"around": [31.2, 121.4]}`), "around is"},
		{field("geometry.point", `{"spread": -1}`), "spread is -1"},
		{field("geometry.polygon", `{"corners": 2}`), "corners is 2"},
		{field("geometry.polygon", `{"radius": 0}`), "radius is 0"},
		{short, "max_length 100 bytes"},
	}
	for _, test := range tests {
		_, err := trial.Open(Components(), test.field)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.field.Params, err, test.want)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	b.Run("point", func(b *testing.B) { trial.Bench(b, Components(), field("geometry.point", `{}`)) })
	b.Run("polygon", func(b *testing.B) { trial.Bench(b, Components(), field("geometry.polygon", `{}`)) })
}
