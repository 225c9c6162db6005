// Package topic says what each row of a data set is about: its language, its
// category and its topic. Question, answer, tags, category, language and the
// vectors of a row agree because each of them asks the same model, not each
// other.
package topic

import (
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// stream names the random numbers of topics; no field can have this name.
const stream = "\x00topic"

// Config says what a data set is about. All fields of a collection that shall
// agree have the same one. Its zero value is valid.
type Config struct {
	Theme      string   `json:"theme,omitempty" help:"What the texts are about: support, product, news, document, media, business or person." default:"support"`
	Language   string   `json:"language,omitempty" help:"Main language of the data set, such as en or zh." default:"en"`
	Categories []string `json:"categories,omitempty" help:"Names of the categories; none: the theme's own."`
	Languages  []string `json:"languages,omitempty" help:"Languages of the texts, the commonest first; none: some around the main one."`
}

// Row is what one row is about. All numbers but Variant count from 0.
type Row struct {
	Language int // index of Model.Languages
	Category int // index of Model.Categories
	Topic    int // below Model.Topics; topics of one category are neighbours
	// Variant has 64 random bits that all columns of the row share: the
	// names and numbers in its texts come from them.
	Variant uint64
}

// Model gives the topic of every row. It is read-only and may be shared.
type Model struct {
	key        rng.Key
	theme      string
	base       *corpus.Corpus
	languages  []string
	categories []Category
	spread     *rng.Weighted // of categories
	tongues    *rng.Weighted // of languages
	topics     int
}

// Category is one category of a model.
type Category struct {
	Name  string // as the category field shows it
	ID    string // of the corpus; corpus.AnyCategory for an unknown name
	First int    // its first topic
	Count int    // how many topics it has
	inner *rng.Weighted
}

// New prepares the model that a seed and a configuration stand for.
func New(seed uint64, c Config) (*Model, error) {
	if c.Theme == "" {
		c.Theme = "support"
	}
	if !slices.Contains(corpus.Themes(), c.Theme) {
		e := core.Errorf(core.InvalidConfig, "unknown theme %q", c.Theme)
		if near, ok := spell.Nearest(c.Theme, corpus.Themes()); ok {
			return nil, e.WithHint("did you mean %q?", near)
		}
		return nil, e.WithHint("use one of %s", strings.Join(corpus.Themes(), ", "))
	}
	m := &Model{key: rng.Field(seed, stream), theme: c.Theme}
	if err := m.setLanguages(c); err != nil {
		return nil, err
	}
	return m, m.setCategories(c)
}

// At says what a row is about.
func (m *Model) At(row int64) Row {
	s := m.key.At(row)
	r := Row{Language: m.tongues.Pick(&s), Category: m.spread.Pick(&s)}
	c := &m.categories[r.Category]
	r.Topic = c.First + c.inner.Pick(&s)
	r.Variant = s.Uint64()
	return r
}

// Within moves a row to another category, for rows whose category another
// generator has chosen.
func (m *Model) Within(r Row, category int) Row {
	if r.Category == category {
		return r
	}
	s := rng.Key(r.Variant).At(int64(category))
	c := &m.categories[category]
	r.Category, r.Topic = category, c.First+c.inner.Pick(&s)
	return r
}

// Topics is the number of topics of all categories.
func (m *Model) Topics() int { return m.topics }

// Categories lists the names of the categories, the commonest first.
func (m *Model) Categories() []string {
	names := make([]string, len(m.categories))
	for i, c := range m.categories {
		names[i] = c.Name
	}
	return names
}

// Category is the category at an index of Categories.
func (m *Model) Category(i int) Category { return m.categories[i] }

// Languages lists the codes of the languages, the commonest first.
func (m *Model) Languages() []string { return slices.Clone(m.languages) }

// Theme is the model's theme.
func (m *Model) Theme() string { return m.theme }
