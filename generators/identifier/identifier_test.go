package identifier

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/trial"
)

func text(maxLength int, generator, params string) schema.Field {
	return schema.Field{Type: schema.VarChar, MaxLength: maxLength, Generator: generator, Params: json.RawMessage(params)}
}

func number(generator, params string) schema.Field {
	return schema.Field{Type: schema.Int64, Generator: generator, Params: json.RawMessage(params)}
}

func TestNoTwoRowsShareAValue(t *testing.T) {
	fields := []schema.Field{
		text(20, "identifier.sequence", `{"prefix": "a"}`), text(19, "identifier.snowflake", `{}`),
		text(36, "identifier.uuid", `{}`), text(12, "identifier.sku", `{}`), text(6, "identifier.shuffled", `{}`),
		number("identifier.sequence", `{}`), number("identifier.snowflake", `{"interval": 1}`), number("identifier.shuffled", `{"max": 300000}`),
	}
	for _, f := range fields {
		t.Run(f.Generator+string(f.Type), func(t *testing.T) {
			seen := map[string]int64{}
			// Far apart, as the parts of a data set made on several machines.
			for _, start := range []int64{0, 40_000, 200_000} {
				for i, v := range trial.Texts(t, Components(), f, start, 40_000) {
					if before, twice := seen[v]; twice {
						t.Fatalf("rows %d and %d are %s", before, start+int64(i), v)
					}
					seen[v] = start + int64(i)
				}
			}
		})
	}
}

func TestSnowflakesRise(t *testing.T) {
	for _, interval := range []string{"1", "7", "500"} {
		values := trial.Fill(t, Components(), number("identifier.snowflake", `{"interval": `+interval+`}`), 1<<30, 5000).(*array.Int64).Int64Values()
		for i := 1; i < len(values); i++ {
			if values[i] <= values[i-1] || values[0] < 0 {
				t.Fatalf("interval %s: row %d is %d after %d", interval, i, values[i], values[i-1])
			}
		}
	}
}

func TestFormsAreAsConfigured(t *testing.T) {
	tests := []struct {
		field schema.Field
		form  string
	}{
		{text(40, "identifier.uuid", `{}`), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{text(40, "identifier.uuid", `{"dashes": false, "prefix": "u_"}`), `^u_[0-9a-f]{32}$`},
		{text(40, "identifier.sku", `{}`), `^[A-Z]{3}-\d{5}-[A-Z]{2}$`},
		{text(8, "identifier.sku", `{}`), `^[A-Z]{2}-\d{5}$`},
		{text(40, "identifier.sku", `{"pattern": "库-##-9"}`), `^库-[A-Z2-9]{2}-\d$`},
		{text(40, "identifier.sequence", `{"prefix": "doc-", "width": 6}`), `^doc-0\d{5}$`},
		{text(7, "identifier.sequence", `{"prefix": "doc-"}`), `^doc-\d{3}$`},
		{text(40, "identifier.shuffled", `{"min": 1000, "max": 9999}`), `^\d{4}$`},
	}
	for _, test := range tests {
		for _, v := range trial.Texts(t, Components(), test.field, 0, 300) {
			if !regexp.MustCompile(test.form).MatchString(v) {
				t.Fatalf("%s %s gives %s", test.field.Generator, test.field.Params, v)
			}
		}
	}
}

func TestWhatCannotBeUniqueIsRefused(t *testing.T) {
	tests := []struct {
		field schema.Field
		want  string
	}{
		{text(35, "identifier.uuid", `{}`), "36 bytes, max_length 35"},
		{text(18, "identifier.snowflake", `{}`), "19 bytes, max_length 18"},
		{text(4, "identifier.sequence", `{"prefix": "doc-"}`), "5 bytes, max_length 4"},
		{text(9, "identifier.sequence", `{"width": 10}`), "10 bytes, max_length 9"},
		{text(3, "identifier.sequence", `{"start": 5000, "width": 2}`), "4 bytes, max_length 3"},
		{text(9, "identifier.sequence", `{"start": -1}`), "start is -1"},
		{text(4, "identifier.sku", `{}`), "5 bytes, max_length 4"},
		{text(9, "identifier.sku", `{"pattern": "sku"}`), "one value only"},
		{text(3, "identifier.shuffled", `{"max": 1000}`), "4 bytes, max_length 3"},
		{number("identifier.shuffled", `{"min": 2, "max": 1}`), "above max"},
		{number("identifier.snowflake", `{"start": "yesterday"}`), `"yesterday"`},
		{number("identifier.snowflake", `{"start": "2019-12-31"}`), "2019-12-31"},
	}
	for _, test := range tests {
		t.Run(test.field.Generator+string(test.field.Params), func(t *testing.T) {
			_, err := trial.Open(Components(), test.field)
			if err == nil || !strings.Contains(err.Error(), test.want) || core.CodeOf(err) != core.InvalidConfig {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestTheRowAfterTheLastIsRefused(t *testing.T) {
	tests := []struct {
		field schema.Field
		last  int64
	}{
		{text(7, "identifier.sequence", `{"prefix": "doc-"}`), 998},
		{text(9, "identifier.sku", `{"pattern": "A-9"}`), 239},
		{number("identifier.shuffled", `{"min": 10, "max": 19}`), 9},
		{number("identifier.sequence", `{"start": 9223372036854775800}`), 7},
	}
	for _, test := range tests {
		t.Run(test.field.Generator, func(t *testing.T) {
			trial.Texts(t, Components(), test.field, test.last, 1)
			c, err := trial.Open(Components(), test.field)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Fill(context.Background(), core.Rows{Start: test.last, N: 2}, nil)
			if err == nil || !strings.Contains(err.Error(), "values for") {
				t.Errorf("row %d gives %v", test.last+1, err)
			}
		})
	}
}

func BenchmarkFill(b *testing.B) {
	for _, name := range []string{"sequence", "snowflake", "uuid", "sku", "shuffled"} {
		b.Run(name+"/text", func(b *testing.B) { trial.Bench(b, Components(), text(40, "identifier."+name, `{}`)) })
	}
	for _, name := range []string{"sequence", "snowflake", "shuffled"} {
		b.Run(name+"/number", func(b *testing.B) { trial.Bench(b, Components(), number("identifier."+name, `{}`)) })
	}
}
