package text

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/brianvoe/gofakeit/v7"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/spell"
)

type fakeConfig struct {
	Function string         `json:"function" help:"Name of a function of gofakeit, such as sentence, beername or hackerphrase." default:"sentence"`
	Params   map[string]any `json:"params" help:"Parameters of the function, by its own names."`
}

// fake makes text by a function of gofakeit. The library's source of numbers
// is the row's, so that rows stay independent of each other.
type fake struct {
	key    rng.Key
	source *rng.Source
	faker  *gofakeit.Faker
	info   *gofakeit.Info
	params *gofakeit.MapParams
}

// clocked lists the functions that read the clock: their rows would change
// from day to day.
func clocked() []string {
	return []string{"creditcard", "creditcardexp", "date", "daterange", "futuredate", "pastdate", "year"}
}

func openFake(_ context.Context, spec core.ColumnSpec, c fakeConfig) (core.Column, error) {
	name := strings.ToLower(c.Function)
	if slices.Contains(clocked(), name) {
		return nil, core.Errorf(core.InvalidConfig, "function %q reads the clock, which would change the rows of a seed", c.Function).
			WithHint("use time.date for dates")
	}
	info := gofakeit.GetFuncLookup(name)
	if info == nil {
		e := core.Errorf(core.InvalidConfig, "gofakeit has no function %q", c.Function)
		names := make([]string, 0, len(gofakeit.FuncLookups))
		for known := range gofakeit.FuncLookups {
			names = append(names, known)
		}
		slices.Sort(names)
		if near, ok := spell.Nearest(name, names); ok {
			return nil, e.WithHint("did you mean %q?", near)
		}
		return nil, e.WithHint("its functions are listed at https://github.com/brianvoe/gofakeit")
	}
	params := gofakeit.NewMapParams()
	for key, value := range c.Params {
		params.Add(key, fmt.Sprint(value))
	}
	source := new(rng.Source)
	f := &fake{rng.Field(spec.Seed, spec.Field.Name), source, gofakeit.NewFaker(source, false), info, params}
	*source = f.key.At(0)
	if _, err := info.Generate(f.faker, params, info); err != nil {
		return nil, core.Errorf(core.InvalidConfig, "function %q: %w", c.Function, err).
			WithHint("see the parameters of the function in gofakeit")
	}
	return openColumn(spec, f)
}

func (f *fake) append(dst []byte, row int64, _ arrow.Record, _ int) []byte {
	*f.source = f.key.At(row)
	value, err := f.info.Generate(f.faker, f.params, f.info)
	if err != nil {
		return dst // cannot be: the same parameters served when it was opened
	}
	return fmt.Append(dst, value)
}
