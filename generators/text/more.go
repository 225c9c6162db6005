package text

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

type choiceConfig struct {
	Values  []string  `json:"values" help:"The texts."`
	Weights []float64 `json:"weights" help:"How common each of them is, in their order; empty: as skew says."`
	Skew    float64   `json:"skew" help:"How much commoner the first ones are: the exponent of a Zipf distribution; 0 makes all equal." default:"0.7"`
}

// choice of texts.
type choices struct {
	key    rng.Key
	values []string
	spread *rng.Weighted
}

func openChoice(_ context.Context, spec core.ColumnSpec, c choiceConfig) (core.Column, error) {
	if len(c.Values) == 0 {
		return nil, core.Errorf(core.InvalidConfig, "there are no values to choose from").WithHint(`give "values" a list of texts`)
	}
	if len(c.Weights) > 0 && len(c.Weights) != len(c.Values) {
		return nil, core.Errorf(core.InvalidConfig, "%d weights for %d values", len(c.Weights), len(c.Values)).
			WithHint("give each value one weight")
	}
	limit, err := maxLength(spec.Field)
	if err != nil {
		return nil, err
	}
	for _, value := range c.Values {
		if len(value) > limit {
			return nil, core.Errorf(core.InvalidConfig, "value %q has %d bytes, max_length is %d", value, len(value), limit).
				WithHint("shorten it or raise max_length")
		}
	}
	if len(c.Weights) == 0 {
		c.Weights = rng.Zipf(len(c.Values), c.Skew)
	}
	return openColumn(spec, &choices{rng.Field(spec.Seed, spec.Field.Name), c.Values, rng.NewWeighted(c.Weights)})
}

func (c *choices) append(dst []byte, row int64, _ arrow.Record, _ int) []byte {
	s := c.key.At(row)
	return append(dst, c.values[c.spread.Pick(&s)]...)
}

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
