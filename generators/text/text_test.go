package text

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// open prepares a column of a generator; maxLength 0 means no limit.
func open(t testing.TB, name, params string, maxLength int, uses ...string) core.Column {
	t.Helper()
	c, err := tryOpen(name, params, maxLength, uses...)
	if err != nil {
		t.Fatalf("%s with %s: %v", name, params, err)
	}
	return c
}

func tryOpen(name, params string, maxLength int, uses ...string) (core.Column, error) {
	field := arrow.Field{Name: "field", Type: arrow.BinaryTypes.String}
	if name == "text.tags" {
		field.Type = arrow.ListOf(field.Type)
	}
	if maxLength > 0 {
		field.Metadata = arrow.MetadataFrom(map[string]string{core.MetaMaxLength: fmt.Sprint(maxLength)})
	}
	spec := core.ColumnSpec{Generator: name, Field: field, Config: json.RawMessage(params), Seed: 42, Uses: uses, Mem: memory.DefaultAllocator}
	if len(uses) > 0 {
		fields := make([]arrow.Field, len(uses))
		for i, use := range uses {
			fields[i] = arrow.Field{Name: use, Type: arrow.BinaryTypes.String}
		}
		spec.Inputs = arrow.NewSchema(fields, nil)
	}
	for _, c := range Components() {
		if c.Describe().Name == name {
			return c.Generator().Open(context.Background(), spec)
		}
	}
	return nil, fmt.Errorf("no generator %s", name)
}

func values(t testing.TB, c core.Column, rows core.Rows, inputs arrow.Record) []string {
	t.Helper()
	a, err := c.Fill(context.Background(), rows, inputs)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	list := make([]string, a.Len())
	for i := range list {
		list[i] = a.ValueStr(i)
	}
	return list
}

func themeParams(theme, language string) string {
	return fmt.Sprintf(`{"topic": {"theme": %q, "language": %q}}`, theme, language)
}

func TestEveryGeneratorIsAFunctionOfTheRowAndFitsAnyLength(t *testing.T) {
	for _, component := range Components() {
		name := component.Describe().Name
		t.Run(name, func(t *testing.T) {
			whole := values(t, open(t, name, "{}", 0), core.Rows{N: 100}, nil)
			part := values(t, open(t, name, "{}", 0), core.Rows{Start: 37, N: 9}, nil)
			for i, v := range part {
				if v != whole[37+i] {
					t.Fatalf("row %d is %q in one span and %q in another", 37+i, v, whole[37+i])
				}
			}
			for _, limit := range []int{1, 2, 3, 5, 8, 13, 21, 34, 60} {
				a, err := open(t, name, "{}", limit).Fill(context.Background(), core.Rows{N: 60}, nil)
				if err != nil {
					t.Fatal(err)
				}
				checkTexts(t, a, limit)
				a.Release()
			}
		})
	}
}

// checkTexts looks at each text, or each element of arrays of text.
func checkTexts(t *testing.T, a arrow.Array, limit int) {
	t.Helper()
	if list, ok := a.(*array.List); ok {
		a = list.ListValues()
	}
	texts := a.(*array.String)
	for i := range texts.Len() {
		if v := texts.Value(i); len(v) > limit || !utf8.ValidString(v) {
			t.Fatalf("%q has %d bytes, max_length is %d", v, len(v), limit)
		}
	}
}

func TestAllThemesCompileInAllLanguages(t *testing.T) {
	for _, theme := range corpus.Themes() {
		english, err := corpus.Load(theme, "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range corpus.Languages(theme) {
			c, err := corpus.Load(theme, language)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := outline(c), outline(english); got != want {
				t.Errorf("%s in %s has other categories and intents than in English:\n%s\n%s", theme, language, got, want)
			}
		}
		for _, name := range []string{"text.question", "text.answer", "text.title", "text.summary", "text.caption", "text.tags"} {
			params := fmt.Sprintf(`{"topic": {"theme": %q, "languages": [%s]}}`, theme, quoted(corpus.Languages(theme)))
			for i, v := range values(t, open(t, name, params, 0), core.Rows{N: 500}, nil) {
				if v == "" || strings.ContainsAny(v, "{}|") || strings.Contains(v, "  ") {
					t.Errorf("%s of %s, row %d: %q", name, theme, i, v)
				}
			}
		}
	}
}

func outline(c *corpus.Corpus) string {
	var b strings.Builder
	for _, category := range append(c.Categories, c.Any) {
		fmt.Fprint(&b, category.ID, ":")
		for _, intent := range category.Intents {
			fmt.Fprint(&b, " ", intent.ID)
		}
		fmt.Fprint(&b, "; ")
	}
	return b.String()
}

func quoted(list []string) string { return `"` + strings.Join(list, `", "`) + `"` }

func TestTheLanguageFieldSaysWhatTheTextIsIn(t *testing.T) {
	const n = 4000
	params := fmt.Sprintf(`{"topic": {"languages": [%s]}}`, quoted(corpus.Languages("support")))
	languages := values(t, open(t, "text.language", params, 0), core.Rows{N: n}, nil)
	answers := values(t, open(t, "text.answer", params, 0), core.Rows{N: n}, nil)
	seen := map[string]int{}
	for i, language := range languages {
		seen[language]++
		if !isIn(answers[i], language) {
			t.Fatalf("row %d is said to be %s: %s", i, language, answers[i])
		}
	}
	if len(seen) != len(corpus.Languages("support")) {
		t.Errorf("languages are %v", seen)
	}
}

// isIn tells by its letters and commonest words whether a text can be in a
// language.
func isIn(text, language string) bool {
	has := func(table *unicode.RangeTable) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(table, r) })
	}
	word := func(words ...string) bool {
		padded := " " + strings.ToLower(text) + " "
		for _, w := range words {
			if strings.Contains(padded, " "+w+" ") {
				return true
			}
		}
		return false
	}
	switch language {
	case "ja":
		return has(unicode.Hiragana)
	case "zh-CN":
		return has(unicode.Han) && !has(unicode.Hiragana) && !strings.ContainsAny(text, "們這個會請開後")
	case "zh-TW":
		return has(unicode.Han) && !has(unicode.Hiragana) && !strings.ContainsAny(text, "们这请开")
	case "de":
		return word("die", "der", "das", "sie", "und", "ist") && !has(unicode.Han)
	case "fr":
		return word("le", "la", "les", "un", "vous", "nous", "et", "de") && !has(unicode.Han)
	case "es":
		return word("el", "la", "los", "de", "que", "en") && !has(unicode.Han)
	default:
		return word("the", "you", "we", "a", "and") && !has(unicode.Han)
	}
}
