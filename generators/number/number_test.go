package number

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func field(kind schema.Type, generator, params string) schema.Field {
	return schema.Field{Type: kind, Generator: generator, Params: json.RawMessage(params)}
}

// floats gives many values as float64.
func floats(t *testing.T, f schema.Field, n int) []float64 {
	t.Helper()
	values := make([]float64, n)
	switch made := trial.Fill(t, Components(), f, 0, n).(type) {
	case *array.Int64:
		for i := range values {
			values[i] = float64(made.Value(i))
		}
	case *array.Float32:
		for i := range values {
			values[i] = float64(made.Value(i))
		}
	case *array.Float64:
		copy(values, made.Float64Values())
	default:
		t.Fatalf("unexpected %s", made.DataType())
	}
	return values
}

func TestWholeBoundsHoldExactly(t *testing.T) {
	const least, most = "-9223372036854775808", "9223372036854775807"
	tests := []struct {
		kind             schema.Type
		min, max         string
		wantMin, wantMax int64
	}{
		{schema.Int64, least, most, math.MinInt64, math.MaxInt64},
		{schema.Int64, "9223372036854775805", most, math.MaxInt64 - 2, math.MaxInt64},
		{schema.Int64, least, "-9223372036854775807", math.MinInt64, math.MinInt64 + 1},
		{schema.Int64, "9007199254740993", "9007199254740993", 1<<53 + 1, 1<<53 + 1},
		{schema.Int8, "-1000", "1000", math.MinInt8, math.MaxInt8},
		{schema.Int16, "1.5", "3.9", 2, 3},
		{schema.Int32, "1e3", "1.002e3", 1000, 1002},
	}
	for _, test := range tests {
		for _, generator := range []string{"number.uniform", "number.normal", "number.zipf", "number.count", "number.score"} {
			if generator == "number.count" && test.min == least {
				continue // a tail of its median leaves the bounds empty
			}
			t.Run(generator+" "+test.min+" "+test.max, func(t *testing.T) {
				values := trial.Fill(t, Components(), field(test.kind, generator, `{"min": `+test.min+`, "max": `+test.max+`}`), 0, 3000)
				for i := range values.Len() {
					if v := whole(t, values, i); v < test.wantMin || v > test.wantMax {
						t.Fatalf("value %d is %d", i, v)
					}
				}
			})
		}
	}
}

func whole(t *testing.T, values arrow.Array, i int) int64 {
	t.Helper()
	switch v := values.(type) {
	case *array.Int8:
		return int64(v.Value(i))
	case *array.Int16:
		return int64(v.Value(i))
	case *array.Int32:
		return int64(v.Value(i))
	case *array.Int64:
		return v.Value(i)
	default:
		t.Fatalf("unexpected %s", v.DataType())
		return 0
	}
}

func TestAllSixtyFourBitsAreUsed(t *testing.T) {
	values := trial.Fill(t, Components(), field(schema.Int64, "number.uniform", `{"min": -9223372036854775808, "max": 9223372036854775807}`), 0, 1000)
	var or, and int64 = 0, -1
	for _, v := range values.(*array.Int64).Int64Values() {
		or, and = or|v, and&v
	}
	if or != -1 || and != 0 {
		t.Errorf("some bits are always the same: %x %x", or, and)
	}
}

func TestFloatBoundsHoldInTheWidthOfTheField(t *testing.T) {
	for _, generator := range []string{"number.uniform", "number.normal", "number.score", "number.zipf", "number.price"} {
		for _, kind := range []schema.Type{schema.Float, schema.Double} {
			for _, v := range floats(t, field(kind, generator, `{"min": 0.1, "max": 0.7}`), 5000) {
				if v < 0.1 || v > 0.7 {
					t.Fatalf("%s %s: %v", generator, kind, v)
				}
			}
		}
	}
	for _, v := range floats(t, field(schema.Double, "number.uniform", `{"min": -1.7976931348623157e308, "max": 1.7976931348623157e308}`), 1000) {
		if math.IsInf(v, 0) || math.IsNaN(v) {
			t.Fatal("a value is not finite")
		}
	}
	for _, v := range floats(t, field(schema.Float, "number.uniform", `{"min": -1e300, "max": 1e300}`), 1000) {
		if math.Abs(v) > math.MaxFloat32 {
			t.Fatalf("%v is no Float", v)
		}
	}
}

func TestShapesAreTheirOwn(t *testing.T) {
	const n = 50_000
	share := func(values []float64, low, high float64) float64 {
		count := 0
		for _, v := range values {
			if v >= low && v < high {
				count++
			}
		}
		return float64(count) / float64(len(values))
	}
	tests := []struct {
		name      string
		field     schema.Field
		low, high float64
		want      float64
	}{
		{"a quarter of uniform", field(schema.Int64, "number.uniform", `{"min": 0, "max": 99}`), 0, 25, 0.25},
		{"one deviation of normal", field(schema.Double, "number.normal", `{"mean": 10, "stddev": 2}`), 8, 12, 0.6827},
		{"the tail of normal", field(schema.Double, "number.normal", `{"mean": 0, "stddev": 1}`), 2, 9, 0.0228},
		{"half of a cut normal", field(schema.Double, "number.normal", `{"mean": 0, "stddev": 1, "min": 0, "max": 9}`), 0, 0.6745, 0.5},
		{"the first of zipf", field(schema.Int64, "number.zipf", `{"min": 1, "max": 3, "exponent": 1}`), 1, 2, 6.0 / 11},
		{"the tail of a long zipf", field(schema.Int64, "number.zipf", `{"min": 1, "max": 1000000, "exponent": 1}`), 16385, 1000001, 0.2857},
		{"scores above the mean", field(schema.Float, "number.score", `{}`), 0.82, 1.1, 0.573},
		{"low scores", field(schema.Float, "number.score", `{}`), 0, 0.5, 0.0185},
		{"half of prices", field(schema.Double, "number.price", `{"min": 0.01, "max": 100000, "median": 50}`), 0, 50, 0.5},
		{"half of counts", field(schema.Int64, "number.count", `{"median": 20}`), 0, 20, 0.49},
		{"huge counts", field(schema.Int64, "number.count", `{"median": 20, "tail": 1}`), 2000, 1e7, 0.0099},
		{"a choice by weights", field(schema.Int64, "number.choice", `{"values": [7, 8], "weights": [3, 1]}`), 7, 8, 0.75},
		{"the first choice", field(schema.Int64, "number.choice", `{"values": [7, 8], "skew": 1}`), 7, 8, 2.0 / 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := share(floats(t, test.field, n), test.low, test.high); math.Abs(got-test.want) > 0.012 {
				t.Errorf("the share is %.4f, want %.4f", got, test.want)
			}
		})
	}
}

func TestPricesEndAsPricesDo(t *testing.T) {
	for _, v := range floats(t, field(schema.Double, "number.price", `{"min": 0.99, "max": 4999}`), 5000) {
		cents := math.Round(v*100) - 100*math.Floor(v+1e-9)
		switch cents {
		case 99, 0, 95, 49:
		default:
			t.Fatalf("the price %v", v)
		}
	}
	for _, v := range floats(t, field(schema.Int64, "number.price", `{"min": 20, "max": 4999}`), 5000) {
		if math.Mod(v, 10) != 9 {
			t.Fatalf("the price %v", v)
		}
	}
}

func TestSequencesCountAndBeginAnew(t *testing.T) {
	tests := []struct {
		name  string
		field schema.Field
		row   int64
		want  string
	}{
		{"from its start", field(schema.Int64, "number.sequence", `{"start": 100, "step": 7}`), 3, "121"},
		{"down", field(schema.Int8, "number.sequence", `{"max": 10, "min": 0, "step": -3}`), 3, "1"},
		{"anew below", field(schema.Int8, "number.sequence", `{"max": 10, "min": 0, "step": -3}`), 4, "10"},
		{"anew in the type", field(schema.Int8, "number.sequence", `{}`), 128, "0"},
		{"at the end of 64 bits", field(schema.Int64, "number.sequence", `{"start": 9223372036854775806}`), 1, "9223372036854775807"},
		{"over all 64 bits", field(schema.Int64, "number.sequence", `{"start": -9223372036854775808}`), 5, "-9223372036854775803"},
		{"in fractions", field(schema.Double, "number.sequence", `{"start": 1, "step": 0.25, "max": 2}`), 4, "2"},
		{"in fractions anew", field(schema.Double, "number.sequence", `{"start": 1, "step": 0.25, "max": 2}`), 5, "1"},
		{"in tenths without drift", field(schema.Double, "number.sequence", `{"step": 0.1, "max": 1}`), 10, "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := trial.Texts(t, Components(), test.field, test.row, 1)[0]; got != test.want {
				t.Errorf("row %d is %s, want %s", test.row, got, test.want)
			}
		})
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  string
	}{
		{field(schema.Int8, "number.uniform", `{"min": 300}`), "no value"},
		{field(schema.Int8, "number.uniform", `{"min": 1.2, "max": 1.8}`), "no value"},
		{field(schema.Double, "number.uniform", `{"min": 2, "max": 1}`), "no value"},
		{field(schema.Double, "number.uniform", `{"min": 1e999999999}`), "no number"},
		{field(schema.Double, "number.uniform", `{"decimals": 16}`), "decimals is 16"},
		{field(schema.Double, "number.normal", `{"stddev": 0}`), "stddev is 0"},
		{field(schema.Double, "number.normal", `{"mean": 0, "stddev": 1, "min": 50, "max": 60}`), "nothing of the distribution"},
		{field(schema.Double, "number.score", `{"mean": 1}`), "mean is 1"},
		{field(schema.Double, "number.zipf", `{"exponent": -1}`), "exponent is -1"},
		{field(schema.Double, "number.price", `{"min": -5, "max": 0}`), "no price above 0"},
		{field(schema.Int64, "number.sequence", `{"step": 0}`), "step is 0"},
		{field(schema.Int64, "number.sequence", `{"step": 1.5}`), "step is 1.5"},
		{field(schema.Int64, "number.sequence", `{"start": 5, "max": 4}`), "outside min and max"},
		{field(schema.Int8, "number.choice", `{"values": [1, 128, "x"]}`), "value 2"},
		{field(schema.Int8, "number.choice", `{"values": [1, 2], "weights": [1]}`), "1 weights for 2 values"},
		{field(schema.Bool, "number.uniform", `{}`), "number.uniform does not take Bool"},
	}
	for _, test := range tests {
		t.Run(test.field.Generator+string(test.field.Params), func(t *testing.T) {
			_, err := trial.Open(Components(), test.field)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

func BenchmarkFill(b *testing.B) {
	for _, kind := range []schema.Type{schema.Int64, schema.Float} {
		for _, name := range []string{"uniform", "normal", "zipf", "sequence", "score", "price", "count"} {
			b.Run(name+"/"+string(kind), func(b *testing.B) { trial.Bench(b, Components(), field(kind, "number."+name, `{}`)) })
		}
	}
}
