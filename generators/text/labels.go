package text

import (
	"context"
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// label is a word that a row's subject has: its category, its language.
type label struct {
	*subject
	words []string
	pick  func(topic.Row) int
}

func (l *label) append(dst []byte, row int64, inputs arrow.Record, index int) []byte {
	return append(dst, l.words[l.pick(l.of(row, inputs, index))]...)
}

func openCategory(_ context.Context, spec core.ColumnSpec, c themedConfig) (core.Column, error) {
	s, err := newSubject(spec, c)
	if err != nil {
		return nil, err
	}
	return openColumn(spec, &label{s, s.model.Categories(), func(r topic.Row) int { return r.Category }})
}

type languageConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Form          string       `json:"form" help:"Form of the codes: full as the topic has them (zh-CN), or short (zh); auto takes short where full does not fit max_length." default:"auto" enum:"auto,full,short"`
}

func openLanguage(_ context.Context, spec core.ColumnSpec, c languageConfig) (core.Column, error) {
	s, err := newSubject(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField})
	if err != nil {
		return nil, err
	}
	limit, err := maxLength(spec.Field)
	if err != nil {
		return nil, err
	}
	codes := s.model.Languages()
	short := c.Form == "short"
	for _, code := range codes {
		short = short || c.Form == "auto" && len(code) > limit
	}
	for i, code := range codes {
		if short {
			codes[i], _, _ = strings.Cut(code, "-")
		}
	}
	return openColumn(spec, &label{s, codes, func(r topic.Row) int { return r.Language }})
}

type tagsConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Min           int          `json:"min" help:"Fewest tags of a row." default:"2"`
	Max           int          `json:"max" help:"Most tags of a row; max_capacity bounds it too." default:"5"`
}

// tags makes arrays of distinct tags: those of the intent come first.
type tags struct {
	*subject
	key      rng.Key
	words    [][][]string // by language and topic, each short enough
	min, max int
}

func openTags(_ context.Context, spec core.ColumnSpec, c tagsConfig) (core.Column, error) {
	if list, ok := spec.Field.Type.(*arrow.ListType); !ok || list.Elem().ID() != arrow.STRING {
		return nil, core.Errorf(core.InvalidConfig, "it makes arrays of text, not %s", spec.Field.Type).
			WithHint("use it for an Array field with element_type VarChar")
	}
	if c.Min < 0 || c.Max < c.Min {
		return nil, core.Errorf(core.InvalidConfig, "min is %d and max %d", c.Min, c.Max).WithHint("let 0 ≤ min ≤ max")
	}
	capacity, err := maxCapacity(spec.Field)
	if err != nil {
		return nil, err
	}
	limit, err := maxLength(spec.Field)
	if err != nil {
		return nil, err
	}
	s, err := newSubject(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField})
	if err != nil {
		return nil, err
	}
	t := &tags{subject: s, key: rng.Field(spec.Seed, spec.Field.Name), min: min(c.Min, capacity), max: min(c.Max, capacity)}
	t.words, err = vocabulary(s.model, limit)
	return t, err
}

func (t *tags) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lists := make([]int32, 1, rows.N+1)
	offsets := make([]int32, 1, 4*rows.N+1)
	var data []byte
	var seen [8]string
	for i := range rows.N {
		row := rows.Start + int64(i)
		r := t.of(row, inputs, i)
		words := t.words[r.Language][r.Topic]
		own := t.key.At(row)
		for _, word := range sample(seen[:0], words, own.Between(t.min, t.max), &own) {
			data = append(data, word...)
			offsets = append(offsets, int32(len(data)))
		}
		lists = append(lists, int32(len(offsets)-1))
	}
	if len(data) > math.MaxInt32 {
		return nil, core.Errorf(core.Exhausted, "the tags of %d rows have more than 2 GiB", rows.N).WithRow(rows.Start)
	}
	values := stringArray(offsets, data)
	defer values.Release()
	parts := array.NewData(arrow.ListOf(arrow.BinaryTypes.String), rows.N, []*memory.Buffer{
		nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(lists)),
	}, []arrow.ArrayData{values.Data()}, 0, 0)
	defer parts.Release()
	return array.NewListData(parts), nil
}

func (t *tags) Close() error { return nil }

// sample takes n of the words without one twice; the first half of them are
// the likelier. It keeps their order.
func sample(dst, words []string, n int, s *rng.Source) []string {
	n = min(n, len(words))
	for i, word := range words {
		left := len(words) - i
		need := n - len(dst)
		if need == 0 {
			break
		}
		if need >= left || s.IntN(left+2) < need+2 {
			dst = append(dst, word)
		}
	}
	return dst
}

// vocabulary lists the tags of each topic in each language of a model, those
// of the intent before those of the category; none is longer than limit.
func vocabulary(m *topic.Model, limit int) ([][][]string, error) {
	all := make([][][]string, len(m.Languages()))
	for i, code := range m.Languages() {
		language, ok := topic.Find(code, corpus.Languages(m.Theme()))
		if !ok {
			language = "en"
		}
		text, err := corpus.Load(m.Theme(), language)
		if err != nil {
			return nil, core.Errorf(core.Internal, "%w", err)
		}
		for j := range m.Categories() {
			category := categoryOf(text, m.Category(j).ID)
			for k := range category.Intents {
				var words []string
				for _, word := range append(category.Intents[k].Slots["tags"], category.Slots["tags"]...) {
					if len(word) <= limit {
						words = append(words, word)
					}
				}
				all[i] = append(all[i], words)
			}
		}
	}
	return all, nil
}
