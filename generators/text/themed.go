package text

import (
	"bytes"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// themedConfig configures the generators whose text is about a row's topic.
type themedConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
}

// subject finds out what a row is about: from the model, and from the fields
// that say it where other generators made them.
type subject struct {
	model      *topic.Model
	category   int // index of the input, or -1
	language   int
	categories map[string]int
	languages  map[string]int
}

func newSubject(spec core.ColumnSpec, c themedConfig) (*subject, error) {
	model, err := topic.New(spec.Seed, c.Topic)
	if err != nil {
		return nil, err
	}
	s := &subject{model: model, category: -1, language: -1, categories: map[string]int{}, languages: map[string]int{}}
	for i, name := range model.Categories() {
		s.categories[name] = i
	}
	for i, code := range model.Languages() {
		s.languages[code] = i
	}
	if c.CategoryField == "" && c.LanguageField == "" {
		c.CategoryField, c.LanguageField = guess(spec.Uses)
	}
	if s.category, err = input(spec, "category_field", c.CategoryField); err != nil {
		return nil, err
	}
	s.language, err = input(spec, "language_field", c.LanguageField)
	return s, err
}

// guess tells which of the used fields says the category and which the
// language, where the configuration does not.
func guess(uses []string) (category, language string) {
	for _, name := range uses {
		if strings.Contains(strings.ToLower(name), "lang") || strings.Contains(name, "语言") {
			language = name
		} else if category == "" {
			category = name
		}
	}
	return category, language
}

func input(spec core.ColumnSpec, key, name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	at := slices.Index(spec.Uses, name)
	if at < 0 {
		return 0, core.Errorf(core.InvalidConfig, "configuration key %q names %s, which it does not use", key, name).
			WithHint("add %q to \"uses\"", name)
	}
	if spec.Inputs != nil && spec.Inputs.Field(at).Type.ID() != arrow.STRING {
		return 0, core.Errorf(core.InvalidConfig, "configuration key %q names %s, which is no text", key, name).
			WithHint("name a VarChar field")
	}
	return at, nil
}

// of says what a row is about.
func (s *subject) of(row int64, inputs arrow.Record, index int) topic.Row {
	r := s.model.At(row)
	if i, ok := look(s.categories, inputs, s.category, index); ok {
		r = s.model.Within(r, i)
	}
	if i, ok := look(s.languages, inputs, s.language, index); ok {
		r.Language = i
	}
	return r
}

func look(places map[string]int, inputs arrow.Record, column, index int) (int, bool) {
	if column < 0 || inputs == nil {
		return 0, false
	}
	values, ok := inputs.Column(column).(*array.String)
	if !ok || values.IsNull(index) {
		return 0, false
	}
	i, ok := places[values.Value(index)]
	return i, ok
}

// prose is text by templates: for each language and topic those of one role.
type prose struct {
	*subject
	key      rng.Key
	programs [][][]template // by language and topic
	more     [][][]template // of the paragraphs after the first; nil: there are none
	pieces   int            // how many paragraphs make a text
	piece    []byte         // one of them, kept for its memory
}

func openProse(spec core.ColumnSpec, c themedConfig, pieces int, roles ...string) (core.Column, error) {
	s, err := newSubject(spec, c)
	if err != nil {
		return nil, err
	}
	p := &prose{subject: s, key: rng.Field(spec.Seed, spec.Field.Name), pieces: max(1, pieces)}
	if p.programs, err = compileModel(s.model, roles); err != nil {
		return nil, err
	}
	if p.pieces > 1 {
		if p.more, err = compileModel(s.model, []string{"more", "summary", "answer"}); err != nil {
			return nil, err
		}
	}
	return openColumn(spec, p)
}

func (p *prose) append(dst []byte, row int64, inputs arrow.Record, index int) []byte {
	r := p.of(row, inputs, index)
	own := p.key.At(row)
	options := p.programs[r.Language][r.Topic]
	from := len(dst)
	dst = options[own.IntN(len(options))].append(dst, &own, rng.Key(r.Variant))
	if p.pieces > 1 {
		more := p.more[r.Language][r.Topic]
		first := own.IntN(len(more))
		for i := range min(p.pieces-1, len(more)) {
			p.piece = more[(first+i)%len(more)].append(p.piece[:0], &own, rng.Key(r.Variant))
			dst = appendNew(dst, from, p.piece)
		}
	}
	return capital(dst, from)
}

// repeats are sentences of so many bytes: shorter ones may be a "No." or an
// abbreviation.
const repeats = 16

// appendNew appends a paragraph without the sentences that the text has
// already; dst[from:] is the text.
func appendNew(dst []byte, from int, paragraph []byte) []byte {
	begun := false
	for len(paragraph) > 0 {
		end := firstSentence(paragraph)
		sentence := paragraph[:end]
		paragraph = paragraph[end:]
		if bare := bytes.TrimSpace(sentence); len(bare) == 0 || len(bare) >= repeats && bytes.Contains(dst[from:], bare) {
			continue
		}
		if !begun {
			dst = append(dst, '\n')
			sentence = bytes.TrimLeft(sentence, " ")
			begun = true
		}
		dst = append(dst, sentence...)
	}
	return dst
}

// capital makes the first letter of a text large, unless it begins a name like
// "iPhone".
func capital(text []byte, from int) []byte {
	if len(text) > from+1 && isLower(text[from]) && (isLower(text[from+1]) || text[from+1] == ' ') {
		text[from] -= 'a' - 'A'
	}
	return text
}

func isLower(b byte) bool { return b >= 'a' && b <= 'z' }

// compileModel compiles the templates of the first of the roles that a topic
// has, for each language of a model and each of its topics.
func compileModel(m *topic.Model, roles []string) ([][][]template, error) {
	programs := make([][][]template, len(m.Languages()))
	for i, code := range m.Languages() {
		language, ok := topic.Find(code, corpus.Languages(m.Theme()))
		if !ok {
			language = "en" // no row has it, see topic.New, but an input may
		}
		text, err := corpus.Load(m.Theme(), language)
		if err != nil {
			return nil, core.Errorf(core.Internal, "%w", err)
		}
		if programs[i], err = compileTopics(m, text, roles); err != nil {
			return nil, core.Errorf(core.Internal, "theme %s in %s: %w", m.Theme(), language, err)
		}
	}
	return programs, nil
}

func compileTopics(m *topic.Model, text *corpus.Corpus, roles []string) ([][]template, error) {
	common, err := corpus.Common(text.Language)
	if err != nil {
		return nil, err
	}
	compile := newCompiler()
	programs := make([][]template, 0, m.Topics())
	for i := range m.Categories() {
		named := m.Category(i)
		category := categoryOf(text, named.ID)
		compile.words["category"] = category.Names[0]
		if named.ID == corpus.AnyCategory {
			compile.words["category"] = named.Name
		}
		for j := range category.Intents {
			compile.scopes = []*corpus.Scope{&category.Intents[j].Scope, &category.Scope, &text.Scope, &common.Scope}
			templates, err := compile.roles(roles)
			if err != nil {
				return nil, err
			}
			programs = append(programs, templates)
		}
	}
	return programs, nil
}

func categoryOf(text *corpus.Corpus, id string) *corpus.Category {
	for i := range text.Categories {
		if text.Categories[i].ID == id {
			return &text.Categories[i]
		}
	}
	return &text.Any
}
