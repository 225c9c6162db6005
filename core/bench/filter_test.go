package bench

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// counted counts as a server does, for rows whose field n is their number, and
// whose field kind is a letter: a for half of them, b for a quarter, c for an
// eighth, d for the rest.
func counted(rows int64) counter {
	kinds := map[string]int64{`"a"`: rows / 2, `"b"`: rows / 4, `"c"`: rows / 8, `"d"`: rows - rows/2 - rows/4 - rows/8}
	return func(_ context.Context, filter string) (int64, error) {
		field, rest, _ := strings.Cut(filter, " ")
		op, value, _ := strings.Cut(rest, " ")
		switch {
		case field == "kind" && op == "==":
			return kinds[value], nil
		case field == "kind":
			var sum int64
			for one := range strings.SplitSeq(strings.Trim(value, "[]"), ", ") {
				sum += kinds[one]
			}
			return sum, nil
		}
		limit, err := strconv.ParseFloat(value, 64)
		return int64(min(max(math.Floor(limit)+1, 0), float64(rows))), err
	}
}

func sampleOf(name string, t arrow.DataType, values string) arrow.Record {
	a, _, err := array.FromJSON(memory.DefaultAllocator, t, strings.NewReader(values))
	if err != nil {
		panic(err)
	}
	return array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: name, Type: t}}, nil), []arrow.Array{a}, int64(a.Len()))
}

func TestFiltersFindTheShareThatIsWanted(t *testing.T) {
	const rows = 100000
	for _, c := range []struct {
		what   string
		sample arrow.Record
		shares map[float64]string
	}{
		{
			"whole numbers, of which the sample holds the first", sampleOf("n", arrow.PrimitiveTypes.Int64, `[0,1,null,500]`),
			map[float64]string{0.001: "n <= ", 0.01: "n <= ", 0.5: "n <= ", 1: "n <= "},
		},
		{
			"numbers with a point", sampleOf("n", arrow.PrimitiveTypes.Float32, `[3,99999]`),
			map[float64]string{0.001: "n <= ", 0.1: "n <= ", 0.9: "n <= "},
		},
		{
			"texts", sampleOf("kind", arrow.BinaryTypes.String, `["a","b","a",null,"c","d"]`),
			map[float64]string{0.5: `kind == "a"`, 0.25: `kind == "b"`, 0.75: `kind in ["a", "b"]`},
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := &selector{count: counted(rows), rows: rows, sample: c.sample}
			for share, want := range c.shares {
				got, err := s.filter(context.Background(), share)
				if err != nil {
					t.Fatal(err)
				}
				n, err := s.count(context.Background(), got.filter)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(got.filter, want) || off(got.share, share) > closeTo || got.share != float64(n)/rows {
					t.Errorf("%g: %q finds %g", share, got.filter, got.share)
				}
			}
		})
	}
}

func TestAShareThatNoFilterHasIsMetAsNearlyAsCanBe(t *testing.T) {
	s := &selector{count: counted(1000), rows: 1000, sample: sampleOf("kind", arrow.BinaryTypes.String, `["a","b","c","d"]`)}
	got, err := s.filter(context.Background(), 0.01)
	if err != nil || got.filter != `kind == "d"` && got.filter != `kind == "c"` {
		t.Errorf("%+v: %v", got, err)
	}
	var many []string
	for i := range mostValues + 1 {
		many = append(many, fmt.Sprintf("%q", fmt.Sprint(i)))
	}
	s.sample = sampleOf("kind", arrow.BinaryTypes.String, "["+strings.Join(many, ",")+"]")
	if got, err := s.filter(context.Background(), 0.01); err == nil || !strings.Contains(err.Error(), "no filter finds 1 %") {
		t.Errorf("%+v: %v", got, err)
	}
}
