package generators

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

// chooser knows what the choices of a collection have in common.
type chooser struct {
	collection *schema.Collection
	options    map[string][]string // options of the built-in generators
	topic      topic.Config        // the same for all fields that shall agree
	category   string              // field whose values are the categories
	// Fields that say category and language but are made by generators that
	// know nothing of the topic.
	categoryInput, languageInput string
}

func newChooser(c *schema.Collection) *chooser {
	s := &chooser{collection: c, options: map[string][]string{}}
	for _, component := range Builtin() {
		d := component.Describe()
		s.options[d.Name] = slices.Collect(maps.Keys(optionsOf(d.ConfigSchema)))
	}
	s.topic = topic.Config{Theme: themeOf(c), Language: languageOf(c)}
	s.topic.Languages = []string{s.topic.Language} // unless a field tells of several
	for _, f := range c.Stored() {
		if !f.Type.IsText() {
			continue
		}
		switch is := wordsOf(f); {
		case is.any(languageWords()):
			s.topic.Languages = texts(f.Enum)
			if made(f, "text.language") {
				s.languageInput = f.Name
			}
		case is.any(categoryWords()) && s.category == "":
			s.category = f.Name
			s.topic.Categories = texts(f.Enum)
			if made(f, "text.category") {
				s.categoryInput = f.Name
			}
		}
	}
	return s
}

// made tells whether a generator other than the given one makes a field.
func made(f *schema.Field, unless string) bool { return f.Generator != "" && f.Generator != unless }

// texts gives the JSON values that are text.
func texts(values []json.RawMessage) []string {
	var list []string
	for _, value := range values {
		var text string
		if json.Unmarshal(value, &text) == nil {
			list = append(list, text)
		}
	}
	return list
}

// languageOf is the main language of a collection's texts: the one it names,
// else the one that its descriptions are written in.
func languageOf(c *schema.Collection) string {
	if c.Language != "" {
		return c.Language
	}
	written := c.Description
	for i := range c.Fields {
		written += c.Fields[i].Description + c.Fields[i].Name
	}
	switch {
	case strings.IndexFunc(written, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }) >= 0:
		return "ja"
	case strings.IndexFunc(written, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0:
		return "zh"
	default:
		return "en"
	}
}

// themeOf tells what a collection is about by the words of its fields' names,
// which count once, and of its own name and description.
func themeOf(c *schema.Collection) string {
	points := map[string]int{}
	count := func(words words, weight int) {
		for _, theme := range themes() {
			for _, word := range strings.Fields(theme.words) {
				if words.has(word) {
					points[theme.name] += weight
				}
			}
		}
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		count(wordsOf(&schema.Field{Name: f.Name, Description: hanOf(f.Description)}), 2)
	}
	count(wordsOf(&schema.Field{Name: c.Name, Description: hanOf(c.Description)}), 3)
	count(wordsOf(&schema.Field{Name: c.Description}), 1)
	best := "document"
	for _, theme := range themes() {
		if points[theme.name] > points[best] {
			best = theme.name
		}
	}
	return best
}

type theme struct{ name, words string }

// themes lists the words that tell of a theme.
func themes() []theme {
	return []theme{
		{"support", "question answer faq customer_service ticket conversation chat assistant user_message ai_response reply 客服 问题 答案 问答 知识库 工单 对话"},
		{"product", "product price brand sku offer shop stock catalog ecommerce seller discount 商品 产品 价格 品牌 电商 库存"},
		{"news", "news article headline journalist newspaper section sentiment breaking 新闻 报道 文章 资讯"},
		{"media", "video image photo picture media caption thumbnail gallery multimedia alt_text exif camera frame 图片 视频 照片 影像 多媒体"},
		{"person", "profile username email gender birthday full_name person interests hobbies face 用户画像 姓名 邮箱 性别"},
		{"document", "document doc chunk content page file paragraph full_text manual knowledge 文档 切片 手册 章节"},
		{"business", "tenant record invoice task workspace multi_tenant 租户 记录 任务"},
	}
}

// words are the words of a field's name and the Chinese text of its name and
// description.
type words struct {
	tokens []string
	han    string
}

// wordsOf splits names such as lastUpdated and last_updated.
func wordsOf(f *schema.Field) words {
	var b strings.Builder
	var before rune
	for _, r := range f.Name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
		before = r
	}
	return words{strings.Fields(b.String()), hanOf(f.Name) + " " + hanOf(f.Description)}
}

// hanOf is a text if it has Chinese characters, else nothing.
func hanOf(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
		return ""
	}
	return text
}

// has tells whether a word is among the names: "full_text" must stand in one
// piece, "*_at" at the end, and Chinese anywhere.
func (w words) has(word string) bool {
	if hanOf(word) != "" {
		return strings.Contains(w.han, word)
	}
	parts := strings.Split(strings.TrimPrefix(word, "*_"), "_")
	for i := 0; i+len(parts) <= len(w.tokens); i++ {
		if strings.HasPrefix(word, "*_") && i+len(parts) != len(w.tokens) {
			continue
		}
		if slices.EqualFunc(w.tokens[i:i+len(parts)], parts, sameWord) {
			return true
		}
	}
	return false
}

// sameWord takes a plural for its singular.
func sameWord(got, want string) bool {
	return got == want || got == want+"s" || got == want+"es" ||
		strings.HasSuffix(want, "y") && got == strings.TrimSuffix(want, "y")+"ies"
}

// any tells whether one of the words, set apart by spaces, is there.
func (w words) any(list string) bool { return w.match(list) != "" }

// match gives the first of the words that is there: first those of the name.
func (w words) match(list string) string {
	for _, word := range strings.Fields(list) {
		if w.has(word) {
			return word
		}
	}
	return ""
}
