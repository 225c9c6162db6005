package text

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

type wordsConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Min           int          `json:"min" help:"Fewest words of a row." default:"1"`
	Max           int          `json:"max" help:"Most words of a row." default:"3"`
	Separator     string       `json:"separator" help:"What stands between words." default:" "`
}

// words makes text of some tags of the row's topic.
type words struct {
	*subject
	key       rng.Key
	list      [][][]string
	min, max  int
	separator string
}

func openWords(_ context.Context, spec core.ColumnSpec, c wordsConfig) (core.Column, error) {
	if c.Min < 1 || c.Max < c.Min {
		return nil, core.Errorf(core.InvalidConfig, "min is %d and max %d", c.Min, c.Max).WithHint("let 1 ≤ min ≤ max")
	}
	s, err := newSubject(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField})
	if err != nil {
		return nil, err
	}
	limit, err := maxLength(spec.Field)
	if err != nil {
		return nil, err
	}
	w := &words{subject: s, key: rng.Field(spec.Seed, spec.Field.Name), min: c.Min, max: c.Max, separator: c.Separator}
	if w.list, err = vocabulary(s.model, limit); err != nil {
		return nil, err
	}
	return openColumn(spec, w)
}

func (w *words) append(dst []byte, row int64, inputs arrow.Record, index int) []byte {
	r := w.of(row, inputs, index)
	s := w.key.At(row)
	var taken [8]string
	for i, word := range sample(taken[:0], w.list[r.Language][r.Topic], s.Between(w.min, w.max), &s) {
		if i > 0 {
			dst = append(dst, w.separator...)
		}
		dst = append(dst, word...)
	}
	return dst
}

type sentenceConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Sentences     int          `json:"sentences" help:"How many sentences a text has at most." default:"1"`
}

// sentences are the first ones of a longer text.
type sentences struct {
	*prose
	count int
}

func openSentence(_ context.Context, spec core.ColumnSpec, c sentenceConfig) (core.Column, error) {
	if c.Sentences < 1 {
		return nil, core.Errorf(core.InvalidConfig, "sentences is %d", c.Sentences).WithHint("let it be 1 or more")
	}
	inner, err := openProse(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField}, 1, summaryRoles()...)
	if err != nil {
		return nil, err
	}
	outer, ok := inner.(*column)
	if !ok {
		return inner, nil
	}
	outer.writer = &sentences{outer.writer.(*prose), c.Sentences}
	return outer, nil
}

func (t *sentences) append(dst []byte, row int64, inputs arrow.Record, index int) []byte {
	from := len(dst)
	dst = t.prose.append(dst, row, inputs, index)
	end := from
	for range t.count {
		next := firstSentence(dst[end:])
		if end += next; next == 0 {
			return dst
		}
	}
	return dst[:end]
}
