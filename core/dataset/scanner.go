package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// bom is the byte order mark that some programs put before UTF-8 text.
const bom = "\xef\xbb\xbf"

// mostDepth is how deep brackets may be nested.
const mostDepth = 512

// errNaN is a literal NaN or Infinity, which JSON does not have.
var errNaN = errors.New("NaN and Infinity are no JSON")

// scanner reads JSON text value by value, exactly: numbers keep their digits.
type scanner struct {
	data  []byte
	off   int
	depth int
	// lone tells that a text held half a surrogate pair.
	lone bool
}

// peek is the next byte that is no space; 0 at the end.
func (s *scanner) peek() byte {
	for s.off < len(s.data) {
		switch c := s.data[s.off]; c {
		case ' ', '\t', '\r', '\n':
			s.off++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) fault(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", s.off, fmt.Sprintf(format, args...))
}

// end is an error where something follows.
func (s *scanner) end() error {
	if s.peek() != 0 || s.off < len(s.data) {
		return s.fault("something follows the value")
	}
	return nil
}

// raw reads a whole value of any kind and gives its bytes.
func (s *scanner) raw() ([]byte, error) {
	c := s.peek()
	start := s.off
	var err error
	switch {
	case c == '{':
		err = s.object(func(string) error { _, err := s.raw(); return err })
	case c == '[':
		err = s.list(func(int) error { _, err := s.raw(); return err })
	case c == '"':
		err = s.passText()
	case c == '-' || c >= '0' && c <= '9':
		err = s.number()
	default:
		err = s.word()
	}
	return s.data[start:s.off], err
}

// object reads an object; member must read the value of each key.
func (s *scanner) object(member func(key string) error) error {
	return s.items('}', func(int) error {
		if s.peek() != '"' {
			return s.fault("a key is expected")
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.fault("a colon is expected after the key %q", clipped(key))
		}
		s.off++
		return member(key)
	})
}

// list reads a list; element must read each element.
func (s *scanner) list(element func(i int) error) error { return s.items(']', element) }

func (s *scanner) items(closing byte, item func(i int) error) error {
	if s.depth++; s.depth > mostDepth {
		return s.fault("brackets are nested too deeply")
	}
	defer func() { s.depth-- }()
	s.off++
	if s.peek() == closing {
		s.off++
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.off++
		case closing:
			s.off++
			return nil
		default:
			return s.fault("a comma or %c is expected", closing)
		}
	}
}

// word reads true, false or null.
func (s *scanner) word() error {
	rest := s.data[s.off:]
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			s.off += len(word)
			return nil
		}
	}
	for _, word := range []string{"NaN", "Infinity", "nan", "inf", "Inf"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return errNaN
		}
	}
	if len(rest) == 0 {
		return s.fault("the text ends in the middle of a value")
	}
	return s.fault("a value is expected, not %q", rest[0])
}

// number reads a number.
func (s *scanner) number() error {
	start := s.off
	if s.data[s.off] == '-' {
		s.off++
		if bytes.HasPrefix(s.data[s.off:], []byte("Infinity")) || bytes.HasPrefix(s.data[s.off:], []byte("inf")) {
			return errNaN
		}
	}
	whole := s.passDigits()
	if whole == 0 || whole > 1 && s.data[s.off-whole] == '0' {
		return s.fault("%q is no number", clipped(string(s.data[start:min(s.off+1, len(s.data))])))
	}
	if s.off < len(s.data) && s.data[s.off] == '.' {
		s.off++
		if s.passDigits() == 0 {
			return s.fault("digits are expected after the point")
		}
	}
	if s.off < len(s.data) && s.data[s.off]|0x20 == 'e' {
		s.off++
		if s.off < len(s.data) && (s.data[s.off] == '+' || s.data[s.off] == '-') {
			s.off++
		}
		if s.passDigits() == 0 {
			return s.fault("digits are expected in the exponent")
		}
	}
	return nil
}

func (s *scanner) passDigits() int {
	start := s.off
	for s.off < len(s.data) && s.data[s.off] >= '0' && s.data[s.off] <= '9' {
		s.off++
	}
	return s.off - start
}

// numberText reads a number as it is written.
func (s *scanner) numberText() (string, error) {
	start := s.peek()
	raw, err := s.raw()
	if err == nil && start != '-' && (start < '0' || start > '9') {
		err = s.fault("a number is expected, not %s", clipped(string(raw)))
	}
	return string(raw), err
}

// passText reads a text and throws it away.
func (s *scanner) passText() error {
	for i := s.off + 1; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.off = i + 1
			return nil
		case c == '\\' || c < ' ':
			_, err := s.text()
			return err
		}
	}
	return s.fault("a text is not closed")
}

// text reads a text.
func (s *scanner) text() (string, error) {
	start := s.off + 1
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.off = i + 1
			return string(s.data[start:i]), nil
		case c == '\\':
			return s.escaped(append([]byte(nil), s.data[start:i]...), i)
		case c < ' ':
			s.off = i
			return "", s.fault("a control character in a text")
		}
	}
	return "", s.fault("a text is not closed")
}

func (s *scanner) escaped(out []byte, i int) (string, error) {
	for i < len(s.data) {
		c := s.data[i]
		switch {
		case c == '"':
			s.off = i + 1
			return string(out), nil
		case c < ' ':
			s.off = i
			return "", s.fault("a control character in a text")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i+1 >= len(s.data) {
			break
		}
		if c = s.data[i+1]; c == 'u' {
			r, n := s.codePoint(i)
			if n == 0 {
				s.off = i
				return "", s.fault("four hexadecimal digits are expected after \\u")
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
		if at < 0 {
			s.off = i
			return "", s.fault("\\%c is no escape", c)
		}
		out = append(out, "\"\\/\b\f\n\r\t"[at])
		i += 2
	}
	return "", s.fault("a text is not closed")
}

// codePoint reads \uXXXX, or a pair of them, at i; n is 0 where it is none.
func (s *scanner) codePoint(i int) (r rune, n int) {
	first, ok := hex4(s.data, i+2)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if i+7 < len(s.data) && s.data[i+6] == '\\' && s.data[i+7] == 'u' {
		if second, ok := hex4(s.data, i+8); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, 12
			}
		}
	}
	s.lone = true
	return utf8.RuneError, 6
}

func hex4(data []byte, i int) (rune, bool) {
	if i+4 > len(data) {
		return 0, false
	}
	var r rune
	for _, c := range data[i : i+4] {
		at := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if c < '0' || at < 0 {
			return 0, false
		}
		r = r<<4 | rune(at)
	}
	return r, true
}

// clipped shortens a text for a message.
func clipped(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
