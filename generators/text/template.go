package text

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

// template is a compiled template: appending it costs some nanoseconds a part
// and takes no memory.
type template []part

// part is a piece of a template. Exactly one form of it counts: literal text,
// a choice, a number of [low, high], or so many digits.
type part struct {
	text      string
	choice    *choice
	low, high int
	digits    int
}

// choice is several templates of which one is taken.
type choice struct {
	options []template
	// shared choices depend on the row's variant and their name alone, so
	// that all columns of a row agree; others on the column's own stream.
	shared bool
	stream int64
}

// append writes the template for one row: s gives what is the column's own,
// variant what the columns of a row share.
func (t template) append(dst []byte, s *rng.Source, variant rng.Key) []byte {
	for i := range t {
		p := &t[i]
		switch {
		case p.choice != nil:
			dst = p.choice.append(dst, s, variant)
		case p.digits > 0:
			dst = appendDigits(dst, s, p.digits)
		case p.high > 0:
			dst = strconv.AppendInt(dst, int64(s.Between(p.low, p.high)), 10)
		default:
			dst = append(dst, p.text...)
		}
	}
	return dst
}

func (c *choice) append(dst []byte, s *rng.Source, variant rng.Key) []byte {
	if c.shared {
		own := variant.At(c.stream)
		return c.options[own.IntN(len(c.options))].append(dst, &own, variant)
	}
	return c.options[s.IntN(len(c.options))].append(dst, s, variant)
}

// appendDigits writes n digits, the first of them not 0.
func appendDigits(dst []byte, s *rng.Source, n int) []byte {
	low := byte('1')
	for range n {
		dst = append(dst, low+byte(s.IntN(10-int(low-'0'))))
		low = '0'
	}
	return dst
}

// compiler turns the templates of a corpus into programs. The slots of a
// scope are compiled once.
type compiler struct {
	scopes []*corpus.Scope // the nearest first
	cache  map[slotKey]*choice
	open   map[slotKey]bool
	words  map[string]string // slots with one value, such as {category}
}

type slotKey struct {
	scope *corpus.Scope
	name  string
	free  bool
	word  string // what {category} stands for
}

func newCompiler() *compiler {
	return &compiler{cache: map[slotKey]*choice{}, open: map[slotKey]bool{}, words: map[string]string{}}
}

// compile reads a template; its errors say where the text goes wrong.
func (c *compiler) compile(text string) (template, error) {
	t, rest, err := c.parts(text, 0)
	if err == nil && rest != "" {
		err = fmt.Errorf("a bracket closes too early")
	}
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", text, err)
	}
	return t, nil
}

// parts reads up to the bar or bracket that ends an alternative (depth > 0),
// or to the end.
func (c *compiler) parts(text string, depth int) (template, string, error) {
	var t template
	for text != "" {
		at := strings.IndexAny(text, "[]{|")
		if at < 0 {
			at = len(text)
		}
		if at > 0 {
			t = append(t, part{text: text[:at]})
			text = text[at:]
			continue
		}
		switch text[0] {
		case '{':
			name, rest, ok := strings.Cut(text[1:], "}")
			if !ok {
				return nil, "", fmt.Errorf("{ without }")
			}
			p, err := c.slot(name)
			if err != nil {
				return nil, "", err
			}
			t, text = append(t, p), rest
		case '[':
			options, rest, err := c.alternatives(text[1:], depth+1)
			if err != nil {
				return nil, "", err
			}
			t, text = append(t, part{choice: &choice{options: options}}), rest
		default: // ] or |
			if depth == 0 {
				return nil, "", fmt.Errorf("%q outside [ ]", text[:1])
			}
			return t, text, nil
		}
	}
	if depth > 0 {
		return nil, "", fmt.Errorf("[ without ]")
	}
	return t, "", nil
}

func (c *compiler) alternatives(text string, depth int) ([]template, string, error) {
	var options []template
	for {
		t, rest, err := c.parts(text, depth)
		if err != nil {
			return nil, "", err
		}
		options = append(options, t)
		if rest[0] == ']' {
			return options, rest[1:], nil
		}
		text = rest[1:]
	}
}

func (c *compiler) slot(name string) (part, error) {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		digits, err := strconv.Atoi(n)
		if err != nil || digits < 1 {
			return part{}, fmt.Errorf("{%s}: expected a number of digits", name)
		}
		return part{digits: digits}, nil
	}
	if low, high, ok := strings.Cut(name, ".."); ok {
		return number(low, high)
	}
	if word, ok := c.words[name]; ok {
		return part{text: word}, nil
	}
	ch, err := c.choiceOf(name)
	return part{choice: ch}, err
}

func number(low, high string) (part, error) {
	l, err := strconv.Atoi(low)
	if err != nil {
		return part{}, fmt.Errorf("{%s..%s}: %w", low, high, err)
	}
	h, err := strconv.Atoi(high)
	if err != nil || h < l || h < 1 {
		return part{}, fmt.Errorf("{%s..%s} is no range", low, high)
	}
	return part{low: l, high: h}, nil
}

func (c *compiler) choiceOf(name string) (*choice, error) {
	free := strings.HasPrefix(name, "~")
	name = strings.TrimPrefix(name, "~")
	for _, scope := range c.scopes {
		values, ok := scope.Slots[name]
		if !ok {
			continue
		}
		key := slotKey{scope, name, free, c.words["category"]}
		if c.open[key] {
			return nil, fmt.Errorf("{%s} contains itself", name)
		}
		if made := c.cache[key]; made != nil {
			return made, nil
		}
		c.open[key] = true
		defer delete(c.open, key)
		made := &choice{shared: !free, stream: streamOf(scope, name, len(values))}
		for _, value := range values {
			t, err := c.compile(padded(value))
			if err != nil {
				return nil, err
			}
			made.options = append(made.options, t)
		}
		c.cache[key] = made
		return made, nil
	}
	return nil, fmt.Errorf("unknown slot {%s}", name)
}

// streamOf names the random numbers of a slot. The slots of an intent that have
// as many values go together: the third value of one comes with the third
// value of the other. So do slots whose names are the same up to a dash.
func streamOf(scope *corpus.Scope, name string, values int) int64 {
	if scope.Aligned {
		return int64(values)
	}
	family, _, _ := strings.Cut(name, "-")
	return int64(rng.Field(0, family) >> 1)
}

// padded gives a value the spaces that it marks by _ at its ends.
func padded(value string) string {
	if rest, ok := strings.CutPrefix(value, "_"); ok {
		value = " " + rest
	}
	if rest, ok := strings.CutSuffix(value, "_"); ok {
		value = rest + " "
	}
	return value
}
