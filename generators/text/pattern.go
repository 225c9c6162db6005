package text

import (
	"context"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

type patternConfig struct {
	Pattern string `json:"pattern" help:"A regular expression that the whole text matches; # is a digit, \\# the sign itself." default:"[A-Z]{2}-####"`
}

// pattern makes texts that match a regular expression.
type pattern struct {
	key  rng.Key
	expr *syntax.Regexp
}

// unbounded is how often * and + repeat at most.
const unbounded = 8

func openPattern(_ context.Context, spec core.ColumnSpec, c patternConfig) (core.Column, error) {
	expr, err := syntax.Parse(digits(c.Pattern), syntax.Perl)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "pattern %q: %w", c.Pattern, err).
			WithHint(`write it as a regular expression, such as [A-Z]{3}-\d{4}`)
	}
	return openColumn(spec, &pattern{rng.Field(spec.Seed, spec.Field.Name), expr})
}

// digits writes each # that stands for a digit as a class.
func digits(pattern string) string {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		if r == '#' && !escaped {
			b.WriteString(`\d`)
			continue
		}
		b.WriteRune(r)
		escaped = r == '\\' && !escaped
	}
	return b.String()
}

func (p *pattern) append(dst []byte, row int64, _ arrow.Record, _ int) []byte {
	s := p.key.At(row)
	return match(dst, p.expr, &s)
}

// match appends a text that the expression matches.
func match(dst []byte, e *syntax.Regexp, s *rng.Source) []byte {
	switch e.Op {
	case syntax.OpLiteral:
		for _, r := range e.Rune {
			dst = utf8.AppendRune(dst, r)
		}
	case syntax.OpCharClass:
		dst = utf8.AppendRune(dst, runeOf(e.Rune, s))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		dst = append(dst, byte(s.Between('!', '~')))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range e.Sub {
			dst = match(dst, sub, s)
		}
	case syntax.OpAlternate:
		dst = match(dst, e.Sub[s.IntN(len(e.Sub))], s)
	case syntax.OpQuest:
		dst = repeat(dst, e.Sub[0], 0, 1, s)
	case syntax.OpStar:
		dst = repeat(dst, e.Sub[0], 0, unbounded, s)
	case syntax.OpPlus:
		dst = repeat(dst, e.Sub[0], 1, unbounded, s)
	case syntax.OpRepeat:
		high := e.Max
		if high < 0 {
			high = e.Min + unbounded
		}
		dst = repeat(dst, e.Sub[0], e.Min, high, s)
	}
	return dst
}

func repeat(dst []byte, e *syntax.Regexp, low, high int, s *rng.Source) []byte {
	for range s.Between(low, high) {
		dst = match(dst, e, s)
	}
	return dst
}

// runeOf takes a character of a class, which is a list of ranges; of those
// with printable ASCII characters, only these.
func runeOf(ranges []rune, s *rng.Source) rune {
	total := 0
	clip := func(i int) (rune, rune) { return max(ranges[i], '!'), min(ranges[i+1], '~') }
	for i := 0; i < len(ranges); i += 2 {
		if low, high := clip(i); low <= high {
			total += int(high-low) + 1
		}
	}
	if total == 0 {
		i := 2 * s.IntN(len(ranges)/2)
		low, high := ranges[i], ranges[i+1]
		r := low + rune(s.IntN(int(high-low)+1))
		if !utf8.ValidRune(r) {
			return low
		}
		return r
	}
	n := s.IntN(total)
	for i := 0; ; i += 2 {
		low, high := clip(i)
		if size := int(high-low) + 1; low <= high {
			if n < size {
				return low + rune(n)
			}
			n -= size
		}
	}
}
