package main

import (
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func TestMain(m *testing.M) {
	if sdk.Hosted() {
		sdk.Serve(components()...)
	}
	os.Exit(m.Run())
}

func TestContract(t *testing.T) {
	suite := plugintest.New(t, plugintest.Launch{})
	for _, component := range components() {
		suite.Generator(component)
	}
}

func TestCheckDigitsAreLuhns(t *testing.T) {
	for digits, want := range map[string]byte{"7992739871": '3', "0": '0', "9": '1', "49927398716"[:10]: '6'} {
		if got := luhn(digits); got != want {
			t.Errorf("%s has the check digit %c, not %c", digits, got, want)
		}
	}
}

func TestNumbersDoNotRepeatAndKnowTheirMaker(t *testing.T) {
	specs := []core.ColumnSpec{
		{Generator: "partnumber", Field: text("number"), Seed: 7, Config: []byte(`{"digits": 4}`)},
		{Generator: "partnumber.maker", Field: text("maker"), Seed: 7, Uses: []string{"number"}},
	}
	set, err := core.OpenSet(t.Context(), func(name string) (core.Generator, error) {
		for _, c := range components() {
			if c.Describe().Name == name {
				return c.Generator(), nil
			}
		}
		return nil, os.ErrNotExist
	}, specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	record, err := set.Fill(t.Context(), core.Rows{N: 10_000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	numbers, names := record.Column(0).(*array.String), record.Column(1).(*array.String)
	for i := range numbers.Len() {
		prefix, digits, _ := strings.Cut(numbers.Value(i), "-")
		if seen[digits] || len(digits) != 5 || luhn(digits[:4]) != digits[4] {
			t.Fatalf("row %d: %s", i, numbers.Value(i))
		}
		seen[digits] = true
		if (prefix == "HS") != (names.Value(i) == "华升精密轴承") {
			t.Fatalf("row %d: %s of %s", i, numbers.Value(i), names.Value(i))
		}
	}
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	for _, config := range []string{`{"digits": 3}`, `{"digits": 16}`, `{"check": "mod97"}`, `{"digit": 5}`} {
		_, err := components()[0].Generator().Open(t.Context(), core.ColumnSpec{Field: text("number"), Config: []byte(config)})
		if core.CodeOf(err) != core.InvalidConfig || err == nil {
			t.Errorf("%s gives %v", config, err)
		}
	}
}

func text(name string) arrow.Field {
	field := schema.Field{Name: name, Type: schema.VarChar, MaxLength: 64}
	return field.Arrow()
}
