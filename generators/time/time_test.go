package time

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func field(kind schema.Type, maxLength int, generator, params string) schema.Field {
	return schema.Field{Type: kind, MaxLength: maxLength, Generator: generator, Params: json.RawMessage(params)}
}

func TestTextsHaveTheirFormAndLieBetweenStartAndEnd(t *testing.T) {
	tests := []struct {
		field      schema.Field
		layout     string
		start, end string // RFC 3339
	}{
		{field(schema.VarChar, 20, "time.timestamp", `{}`), time.DateTime, "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{field(schema.VarChar, 18, "time.timestamp", `{}`), "2006-01-02 15:04", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{field(schema.VarChar, 10, "time.timestamp", `{}`), time.DateOnly, "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{field(schema.VarChar, 20, "time.timestamp", `{"format": "rfc3339"}`), "2006-01-02T15:04:05Z", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{
			field(schema.VarChar, 30, "time.timestamp", `{"format": "rfc3339", "zone": "+05:30", "start": "2025-06-01", "end": "2025-06-02"}`),
			time.RFC3339, "2025-06-01T00:00:00+05:30", "2025-06-02T00:00:00+05:30",
		},
		{field(schema.Timestamptz, 0, "time.timestamp", `{"zone": "+08:00"}`), "2006-01-02T15:04:05-07:00", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{field(schema.Timestamptz, 0, "time.date", `{"zone": "-03:00"}`), "2006-01-02T00:00:00-03:00", "2022-12-31T00:00:00Z", "2026-01-02T00:00:00Z"},
		{field(schema.VarChar, 17, "time.date", `{"format": "chinese"}`), "2006年01月02日", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{field(schema.VarChar, 10, "time.date", `{"start": "2024-02-29", "end": "2024-03-02"}`), time.DateOnly, "2024-02-29T00:00:00Z", "2024-03-02T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.field.Generator+string(test.field.Params), func(t *testing.T) {
			start, end := parse(t, time.RFC3339, test.start), parse(t, time.RFC3339, test.end)
			for _, text := range trial.Texts(t, Components(), test.field, 0, 2000) {
				at := parse(t, test.layout, text)
				if !strings.Contains(test.layout, "-07:00") && !strings.Contains(test.layout, "Z07:00") {
					at = at.UTC()
				}
				if at.Before(start.Add(-time.Minute)) || !at.Before(end) || test.field.MaxLength > 0 && len(text) > test.field.MaxLength {
					t.Fatalf("%s is not between %s and %s", text, test.start, test.end)
				}
			}
		})
	}
}

func parse(t *testing.T, layout, text string) time.Time {
	t.Helper()
	at, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestNumbersCountFrom1970(t *testing.T) {
	units := map[string]int64{"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
	for unit, second := range units {
		values := trial.Fill(t, Components(), field(schema.Int64, 0, "time.timestamp", `{"unit": "`+unit+`"}`), 0, 1000)
		for _, v := range values.(*array.Int64).Int64Values() {
			if end := core.Epoch().Unix(); v/second > end || v/second < end-3*366*86400 {
				t.Fatalf("%d %s", v, unit)
			}
		}
	}
	days := trial.Fill(t, Components(), field(schema.Int64, 0, "time.date", `{"zone": "+08:00"}`), 0, 1000)
	for _, v := range days.(*array.Int64).Int64Values() {
		if (v+8*3600)%86400 != 0 {
			t.Fatalf("%d is no midnight", v)
		}
	}
}

func TestRecentTimesAreCommoner(t *testing.T) {
	for params, want := range map[string]float64{`{"recency": 0}`: 0.125, `{"recency": 2}`: 0.5} {
		values, recent := trial.Fill(t, Components(), field(schema.Int64, 0, "time.timestamp", params), 0, 20_000), 0
		since := core.Epoch().Add(-core.Epoch().Sub(core.Epoch().AddDate(-3, 0, 0)) / 8).Unix()
		for _, v := range values.(*array.Int64).Int64Values() {
			if v >= since {
				recent++
			}
		}
		if got := float64(recent) / 20_000; math.Abs(got-want) > 0.015 {
			t.Errorf("%s: the last eighth has a share of %.3f, want %.3f", params, got, want)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  string
	}{
		{field(schema.VarChar, 9, "time.timestamp", `{}`), "10 bytes, max_length 9"},
		{field(schema.VarChar, 20, "time.timestamp", `{"format": "rfc3339", "zone": "+08:00"}`), "25 bytes, max_length 20"},
		{field(schema.VarChar, 20, "time.timestamp", `{"start": "soon"}`), `start is "soon"`},
		{field(schema.VarChar, 20, "time.timestamp", `{"start": "2027-01-01"}`), "no time lies between"},
		{field(schema.VarChar, 20, "time.timestamp", `{"zone": "CET"}`), `zone is "CET"`},
		{field(schema.VarChar, 20, "time.timestamp", `{"recency": -1}`), "recency is -1"},
		{field(schema.Bool, 0, "time.timestamp", `{}`), "time.timestamp does not take Bool"},
	}
	for _, test := range tests {
		_, err := trial.Open(Components(), test.field)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.field.Params, err, test.want)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	for _, kind := range []schema.Type{schema.Int64, schema.VarChar, schema.Timestamptz} {
		b.Run(string(kind), func(b *testing.B) { trial.Bench(b, Components(), field(kind, 20, "time.timestamp", `{}`)) })
	}
}
