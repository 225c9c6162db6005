// Package corpus holds what generated text is made of: for each theme and
// language a file of categories, their intents, and templates for every role
// of text (question, answer, title …). The files are written for this tool.
//
// The form of a file, line by line:
//
//	slot city = Oslo | Turin            values of {city}, one for all columns of a row
//	question = How far is {city}?       a template of a role
//	category travel = Travel | Trips    an id, the name, other names
//	intent distance                     an intent of that category
//
// A slot or template belongs to the intent or category above it, or to the
// whole file; the nearest one counts. The slots of one intent that have as many
// values go together: the second value of one with the second of the other.
// So do slots named alike up to a dash, such as first and first-latin.
// Category "*" serves categories that
// the theme does not know. In a template, {slot} is the row's value of a slot,
// {~slot} a value drawn anew, [a|b] one of several, {3..15} a number and {#4}
// four digits.
package corpus

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed data/*.txt
var files embed.FS

// AnyCategory is the id of the category that stands for unknown ones.
const AnyCategory = "*"

// Corpus is one theme in one language.
type Corpus struct {
	Theme    string
	Language string
	Scope
	Categories []Category
	// Any is the category for names that the theme does not know.
	Any Category
}

// Scope holds the slots and templates that a part of a file declares itself.
type Scope struct {
	Slots map[string][]string
	Texts map[string][]string
	// Aligned says that slots with as many values go together.
	Aligned bool
}

// Category is a field of knowledge with a name in the corpus's language.
type Category struct {
	Scope
	ID      string
	Names   []string // the first is the one to show
	Intents []Intent
}

// Intent is one subject within a category; all of its texts agree.
type Intent struct {
	Scope
	ID string
}

// Themes lists the themes.
func Themes() []string {
	return []string{"support", "product", "news", "document", "media", "business", "person"}
}

// Languages lists the languages of a theme, as codes like "en" and "zh-CN";
// English is always first.
func Languages(theme string) []string {
	languages := []string{"en"}
	entries, err := files.ReadDir("data")
	if err != nil {
		panic(fmt.Sprintf("corpus: %v", err)) // embedded
	}
	for _, entry := range entries {
		name, language, _ := strings.Cut(strings.TrimSuffix(entry.Name(), ".txt"), ".")
		if name == theme && language != "en" {
			languages = append(languages, language)
		}
	}
	return languages
}

// Load reads a theme in one of its Languages.
func Load(theme, language string) (*Corpus, error) {
	if !slices.Contains(Themes(), theme) {
		return nil, fmt.Errorf("unknown theme %q", theme)
	}
	raw, err := files.ReadFile("data/" + theme + "." + language + ".txt")
	if err != nil {
		return nil, fmt.Errorf("theme %s has no text in %q", theme, language)
	}
	c, err := Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("theme %s in %s: %w", theme, language, err)
	}
	c.Theme, c.Language = theme, language
	return c, nil
}

// Common reads the slots that all themes of a language share: names of
// people, cities, companies.
func Common(language string) (*Corpus, error) {
	raw, err := files.ReadFile("data/common." + language + ".txt")
	if err != nil {
		raw, err = files.ReadFile("data/common.en.txt")
	}
	if err != nil {
		return nil, fmt.Errorf("common words in %s: %w", language, err)
	}
	c, err := Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("common words in %s: %w", language, err)
	}
	c.Language = language
	return c, nil
}
