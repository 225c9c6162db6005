package text

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

func TestQuestionAnswerCategoryAndTagsAgree(t *testing.T) {
	const n = 3000
	params := themeParams("support", "zh")
	questions := values(t, open(t, "text.question", params, 0), core.Rows{N: n}, nil)
	answers := values(t, open(t, "text.answer", params, 0), core.Rows{N: n}, nil)
	categories := values(t, open(t, "text.category", params, 0), core.Rows{N: n}, nil)
	tags := values(t, open(t, "text.tags", params, 0), core.Rows{N: n}, nil)
	model, err := topic.New(42, topic.Config{Theme: "support", Language: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	products := map[string][]string{}
	words, err := vocabulary(model, 1000)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for i := range n {
		r := model.At(int64(i))
		if want := model.Categories()[r.Category]; categories[i] != want {
			t.Fatalf("row %d has category %s, its topic %s", i, categories[i], want)
		}
		for _, tag := range strings.Split(strings.Trim(tags[i], `[]"`), `","`) {
			if !slices.Contains(words[r.Language][r.Topic], tag) {
				t.Fatalf("row %d of %s has the tag %s", i, categories[i], tag)
			}
		}
		language := model.Languages()[r.Language]
		if products[language] == nil {
			c, err := corpus.Load("support", language)
			if err != nil {
				t.Fatal(err)
			}
			products[language] = c.Slots["product"]
		}
		asked, told := mentioned(questions[i], products[language]), mentioned(answers[i], products[language])
		if asked != "" && told != "" {
			named++
			if asked != told {
				t.Fatalf("row %d asks %q and is told %q", i, questions[i], answers[i])
			}
		}
	}
	if named < n/10 {
		t.Errorf("only %d of %d rows name a product in question and answer", named, n)
	}
}

func mentioned(text string, products []string) string {
	for _, product := range products {
		if strings.Contains(text, product) {
			return product
		}
	}
	return ""
}

func TestAFieldOfAnotherGeneratorSaysTheCategoryAndLanguage(t *testing.T) {
	form := arrow.NewSchema([]arrow.Field{
		{Name: "kind", Type: arrow.BinaryTypes.String}, {Name: "lang", Type: arrow.BinaryTypes.String},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, form)
	for range 50 {
		b.Field(0).(*array.StringBuilder).Append("支付与发票")
		b.Field(1).(*array.StringBuilder).Append("en")
	}
	inputs := b.NewRecord()
	got := values(t, open(t, "text.category", themeParams("support", "zh"), 0, "kind", "lang"), core.Rows{N: 50}, inputs)
	for i, v := range got {
		if v != "支付与发票" {
			t.Fatalf("row %d has category %s", i, v)
		}
	}
	answers := values(t, open(t, "text.answer", themeParams("support", "zh"), 0, "kind", "lang"), core.Rows{N: 50}, inputs)
	for i, v := range answers {
		if !isIn(v, "en") {
			t.Fatalf("row %d is not in English: %s", i, v)
		}
	}
}

func TestUnknownCategoriesAreNamedInTheirTexts(t *testing.T) {
	params := `{"topic": {"language": "en", "languages": ["en"], "categories": ["Beekeeping"]}}`
	for i, v := range values(t, open(t, "text.question", params, 0), core.Rows{N: 100}, nil) {
		if !strings.Contains(v, "Beekeeping") {
			t.Fatalf("row %d does not name its category: %s", i, v)
		}
	}
}

func TestTextsHaveTheUsualLengths(t *testing.T) {
	mean := func(name, language string) float64 {
		sum := 0
		list := values(t, open(t, name, themeParams("support", language), 0), core.Rows{N: 5000}, nil)
		for _, v := range list {
			sum += len(v)
		}
		return float64(sum) / float64(len(list))
	}
	for _, language := range []string{"zh", "en"} {
		if q, a := mean("text.question", language), mean("text.answer", language); q < 40 || q > 150 || a < 200 || a > 700 {
			t.Errorf("%s: questions have %.0f bytes and answers %.0f on the average", language, q, a)
		}
	}
}

func TestOneMillionRowsAreNotAllTheSame(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range values(t, open(t, "text.answer", themeParams("support", "zh"), 0), core.Rows{N: 20_000}, nil) {
		seen[v] = true
	}
	if len(seen) < 7000 {
		t.Errorf("only %d different answers in 20000 rows", len(seen))
	}
}

func TestFieldsOfOnePersonAgree(t *testing.T) {
	params := `{"language": "en", "person": "user"}`
	names := values(t, open(t, "text.name", params, 0), core.Rows{N: 300}, nil)
	mails := values(t, open(t, "text.email", params, 0), core.Rows{N: 300}, nil)
	for i := range names {
		if first, _, _ := strings.Cut(strings.ToLower(names[i]), " "); !strings.HasPrefix(mails[i], first+".") {
			t.Fatalf("row %d: %s has the address %s", i, names[i], mails[i])
		}
	}
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	for _, test := range []struct{ name, generator, params, want string }{
		{"a theme that is none", "text.question", `{"topic": {"theme": "sport"}}`, "unknown theme"},
		{"a language that is none", "text.name", `{"language": "xx"}`, `"language" is "xx"`},
		{"a pattern that is none", "text.pattern", `{"pattern": "["}`, "pattern"},
		{"a function that is none", "text.fake", `{"function": "beernam"}`, "no function"},
		{"a function that reads the clock", "text.fake", `{"function": "pastdate"}`, "reads the clock"},
		{"a field that is not used", "text.answer", `{"category_field": "kind"}`, "does not use"},
		{"fewer than no words", "text.words", `{"min": 0}`, "min is 0"},
		{"no paragraphs", "text.body", `{"paragraphs": 0}`, "paragraphs is 0"},
		{"more tags at least than at most", "text.tags", `{"min": 3, "max": 2}`, "min is 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := tryOpen(test.generator, test.params, 0); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func BenchmarkFill(b *testing.B) {
	for _, name := range []string{"text.question", "text.answer", "text.category", "text.tags", "text.name", "text.url"} {
		b.Run(name, func(b *testing.B) {
			params := themeParams("support", "zh")
			if name == "text.name" || name == "text.url" {
				params = `{}`
			}
			c := open(b, name, params, 2000)
			const span = 8192
			for i := range b.N {
				a, err := c.Fill(context.Background(), core.Rows{Start: int64(i) * span, N: span}, nil)
				if err != nil {
					b.Fatal(err)
				}
				a.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/span, "ns/row")
		})
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"[a|b{x}]{1..3}", "{~x}", "{#4}", "[[a|]|b]", "{", "a|b", "]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := newCompiler()
		c.scopes = []*corpus.Scope{{Slots: map[string][]string{"x": {"1", text}}}}
		if _, err := c.compile(text); err != nil && fmt.Sprint(err) == "" {
			t.Error("an error without words")
		}
	})
}
