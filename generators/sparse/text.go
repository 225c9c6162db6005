package sparse

import (
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// textConfig configures sparse.text.
type textConfig struct {
	Buckets    int64   `json:"buckets" help:"Number of indexes that words are hashed to." default:"1048576"`
	Saturation float64 `json:"saturation" help:"How much a word gains by being repeated; 0: nothing, the larger the more (k1 of BM25)." default:"1.2"`
}

type text struct {
	rows
	spec    core.ColumnSpec
	buckets uint64
	k       float32
	bag     []uint32
}

func openText(_ context.Context, spec core.ColumnSpec, c textConfig) (core.Column, error) {
	switch {
	case checkType(spec) != nil:
		return nil, checkType(spec)
	case len(spec.Uses) == 0:
		return nil, core.Errorf(core.InvalidConfig, "it reads text, and no field is named").
			WithHint(`name the text fields: "uses": ["title"]`)
	case c.Buckets < 1 || c.Buckets > maxIndex:
		return nil, outside("buckets", float64(c.Buckets), 1, maxIndex)
	case !(c.Saturation >= 0 && c.Saturation <= 1000):
		return nil, outside("saturation", c.Saturation, 0, 1000)
	}
	return &text{spec: spec, buckets: uint64(c.Buckets), k: float32(c.Saturation)}, nil
}

// maxIndex is the largest index that Milvus takes.
const maxIndex = 1<<32 - 2

func outside(key string, got, low, high float64) error {
	return core.Errorf(core.InvalidConfig, "%s is %g", key, got).
		WithHint("let %q be a number from %g to %g", key, low, high)
}

// Fill implements core.Column.
func (c *text) Fill(ctx context.Context, span core.Rows, inputs arrow.Record) (arrow.Array, error) {
	c.reset()
	for i := range span.N {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.bag = c.bag[:0]
		for _, column := range inputs.Columns() {
			if column.IsValid(i) {
				c.words(column.ValueStr(i))
			}
		}
		if len(c.bag) == 0 { // a vector without a place is never found
			c.word("")
		}
		counted(c.bag, func(index uint32, times int) { c.add(index, saturate(times, c.k)) })
		c.end()
	}
	return c.array(c.spec.Mem), nil
}

// words puts the words of s into the bag: runs of letters and digits without
// regard to case, and of scripts that leave no space between words each
// character and each pair.
func (c *text) words(s string) {
	start, before := -1, -1 // of the open word, and of the dense character just before
	for at, r := range s {
		end := at + utf8.RuneLen(r)
		wordly, dense := classOf(r)
		if start >= 0 && (dense || !wordly) {
			c.word(s[start:at])
			start = -1
		}
		switch {
		case dense:
			c.word(s[at:end])
			if before >= 0 {
				c.word(s[before:end])
			}
			before = at
			continue
		case wordly && start < 0:
			start = at
		}
		before = -1
	}
	if start >= 0 {
		c.word(s[start:])
	}
}

// classOf tells whether a character belongs to words, and whether to a script
// that leaves no space between them.
func classOf(r rune) (wordly, dense bool) {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9', false
	}
	if r >= 0x4e00 && r <= 0x9fff { // nearly all of Chinese
		return true, true
	}
	wordly = unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
	return wordly, wordly && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// word puts one word into the bag. Its hash is FNV-1a of its lower case.
func (c *text) word(s string) {
	h := uint64(0xcbf29ce484222325)
	for _, r := range s {
		h = (h ^ uint64(unicode.ToLower(r))) * 0x100000001b3
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	c.bag = append(c.bag, uint32((h>>32)*c.buckets>>32))
}

// Close implements core.Column.
func (c *text) Close() error { return nil }
