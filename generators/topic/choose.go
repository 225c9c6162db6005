package topic

import (
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// share is a language and how many rows of 100 have it.
type share struct {
	language string
	percent  float64
}

// around lists the languages that go with a main language.
func around(main string) []share {
	switch main {
	case "zh-CN":
		return []share{{"zh-CN", 70}, {"en", 18}, {"zh-TW", 5}, {"ja", 4}, {"es", 1}, {"fr", 1}, {"de", 1}}
	case "zh-TW":
		return []share{{"zh-TW", 70}, {"en", 18}, {"zh-CN", 7}, {"ja", 5}}
	case "ja":
		return []share{{"ja", 75}, {"en", 18}, {"zh-CN", 7}}
	case "de", "fr", "es":
		return []share{{main, 70}, {"en", 24}, {"fr", 2}, {"de", 2}, {"es", 2}}
	default:
		return []share{{"en", 72}, {"es", 8}, {"zh-CN", 7}, {"fr", 5}, {"de", 5}, {"ja", 3}}
	}
}

// Find gives the language of the list that a code means: "zh" and "zh_CN"
// mean zh-CN, "en-US" means en, "zh-Hant" and "zh-HK" mean zh-TW.
func Find(code string, languages []string) (string, bool) {
	code = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(code), "_", "-"))
	main, region, _ := strings.Cut(code, "-")
	if main == "zh" || main == "cn" || main == "chinese" {
		code = "zh-cn"
		if slices.Contains([]string{"tw", "hk", "mo", "hant"}, region) {
			code = "zh-tw"
		}
	}
	if long, ok := longNames()[main]; ok {
		main = long
	}
	for _, language := range languages {
		if l := strings.ToLower(language); l == code || l == main {
			return language, true
		}
	}
	return "", false
}

func longNames() map[string]string {
	return map[string]string{
		"english": "en", "japanese": "ja", "jp": "ja", "german": "de", "french": "fr", "spanish": "es",
	}
}

func (m *Model) setLanguages(c Config) error {
	have := corpus.Languages(m.theme)
	main, _ := Find(c.Language, have)
	var weights []float64
	if len(c.Languages) > 0 {
		m.languages, weights = c.Languages, rng.Zipf(len(c.Languages), 1.5)
		known := false
		for i, code := range c.Languages {
			if _, ok := Find(code, have); ok {
				known = true
			} else {
				weights[i] = 0 // no text of that language: better no row than a lie
			}
		}
		if !known {
			return core.Errorf(core.InvalidConfig, "theme %s has no text in any of %s", m.theme, strings.Join(c.Languages, ", ")).
				WithHint("its languages are %s", strings.Join(have, ", "))
		}
	} else {
		for _, s := range around(main) {
			if slices.Contains(have, s.language) && !slices.Contains(m.languages, s.language) {
				m.languages = append(m.languages, s.language)
				weights = append(weights, s.percent)
			}
		}
	}
	m.tongues = rng.NewWeighted(weights)
	if main == "" {
		main = "en"
	}
	var err error
	m.base, err = corpus.Load(m.theme, main)
	return err
}

func (m *Model) setCategories(c Config) error {
	names := c.Categories
	if len(names) == 0 {
		for _, category := range m.base.Categories {
			names = append(names, category.Names[0])
		}
	}
	find, err := m.finder()
	if err != nil {
		return err
	}
	for _, name := range names {
		category := find(name)
		count := len(category.Intents)
		m.categories = append(m.categories, Category{
			Name: name, ID: category.ID, First: m.topics, Count: count,
			inner: rng.NewWeighted(rng.Zipf(count, 0.4)),
		})
		m.topics += count
	}
	m.spread = rng.NewWeighted(rng.Zipf(len(names), 0.7))
	return nil
}

// finder gives the category that a name means in any language of the theme.
func (m *Model) finder() (func(name string) *corpus.Category, error) {
	places := map[string]int{}
	for _, language := range corpus.Languages(m.theme) {
		c, err := corpus.Load(m.theme, language)
		if err != nil {
			return nil, err
		}
		for i, category := range c.Categories {
			for _, name := range append([]string{category.ID}, category.Names...) {
				places[plain(name)] = i
			}
		}
	}
	return func(name string) *corpus.Category {
		if i, ok := places[plain(name)]; ok && i < len(m.base.Categories) {
			return &m.base.Categories[i]
		}
		return &m.base.Any
	}, nil
}

// plain is a name without what people spell differently.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_&/、，,与和及", r) {
			return -1
		}
		return r
	}, strings.ToLower(strings.ReplaceAll(name, " and ", "")))
}
