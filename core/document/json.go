package document

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// readJSON reads a JSON document into a tree that keeps places, the digits of
// numbers and the order of keys. Keys given twice are problems beside the
// tree; a fault of the syntax ends the reading, so it comes without a tree.
func readJSON(data []byte) (*Node, Problems) {
	r := &jsonReader{data: data, where: Pos{1, 1}}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		r.off, r.mark = 3, 3
	}
	root, fault := r.value(0)
	if fault == nil {
		if r.space(); r.off < len(r.data) {
			fault = r.fault("something follows the end of the value").Mend("remove all after the closing bracket")
		}
	}
	if fault != nil {
		return nil, append(r.problems, *fault)
	}
	return root, r.problems
}

type jsonReader struct {
	data []byte
	off  int
	// mark is an offset and where its place; asking for later places moves
	// both on, so that counting is linear.
	mark     int
	where    Pos
	nodes    int
	problems Problems
}

// here is the place of the next byte.
func (r *jsonReader) here() Pos {
	for r.mark < r.off {
		if r.data[r.mark] == '\n' {
			r.where = Pos{r.where.Line + 1, 1}
			r.mark++
			continue
		}
		_, size := utf8.DecodeRune(r.data[r.mark:])
		r.where.Column++
		r.mark += size
	}
	return r.where
}

func (r *jsonReader) fault(format string, args ...any) *Problem {
	return NewProblem(r.here(), Error, format, args...)
}

func (r *jsonReader) space() {
	for r.off < len(r.data) && bytes.IndexByte([]byte(" \t\r\n"), r.data[r.off]) >= 0 {
		r.off++
	}
}

// peek is the next byte that is no space, 0 at the end of the file.
func (r *jsonReader) peek() byte {
	r.space()
	if r.off == len(r.data) {
		return 0
	}
	return r.data[r.off]
}

func (r *jsonReader) value(depth int) (*Node, *Problem) {
	c := r.peek()
	n := &Node{Pos: r.here()}
	if r.nodes++; r.nodes > maxNodes {
		return nil, r.fault("the file holds too many values").Expect("at most %d", maxNodes)
	}
	if depth > maxDepth {
		return nil, r.fault("brackets are nested too deeply").Expect("at most %d levels", maxDepth)
	}
	switch {
	case c == '{':
		return n, r.object(n, depth)
	case c == '[':
		return n, r.list(n, depth)
	case c == '"':
		n.Kind = Text
		var fault *Problem
		n.Text, fault = r.text()
		return n, fault
	case c == '-' || c >= '0' && c <= '9':
		return n, r.number(n)
	default:
		return n, r.word(n)
	}
}

func (r *jsonReader) object(n *Node, depth int) *Problem {
	n.Kind = Object
	seen := map[string]Pos{}
	for first := true; ; first = false {
		done, fault := r.next('}', first)
		if done || fault != nil {
			return fault
		}
		m := Member{Pos: r.here()}
		if r.peek() != '"' {
			return r.badKey()
		}
		if m.Key, fault = r.text(); fault != nil {
			return fault
		}
		if r.peek() != ':' {
			return r.fault("expected : after the key %q", Clip(m.Key)).Mend("put a colon between key and value")
		}
		r.off++
		if m.Value, fault = r.value(depth + 1); fault != nil {
			return fault
		}
		if before, twice := seen[m.Key]; twice {
			r.problems = append(r.problems, *NewProblem(m.Pos, Error, "the key %q is given twice", Clip(m.Key)).
				Mend("remove one of the two; the other is on line %d", before.Line))
			continue
		}
		seen[m.Key] = m.Pos
		n.Members = append(n.Members, m)
	}
}

func (r *jsonReader) list(n *Node, depth int) *Problem {
	n.Kind = List
	for first := true; ; first = false {
		done, fault := r.next(']', first)
		if done || fault != nil {
			return fault
		}
		item, fault := r.value(depth + 1)
		if fault != nil {
			return fault
		}
		n.Items = append(n.Items, item)
	}
}

// next steps over what stands before an element: the opening bracket or a
// comma. It tells whether the closing bracket came instead.
func (r *jsonReader) next(closing byte, first bool) (done bool, _ *Problem) {
	c := r.peek()
	switch {
	case first:
		r.off++
		if r.peek() == closing {
			r.off++
			return true, nil
		}
		return false, nil
	case c == closing:
		r.off++
		return true, nil
	case c == ',':
		comma := *r
		r.off++
		if r.peek() == closing {
			return false, comma.fault("a comma stands before %c", closing).Mend("remove the comma")
		}
		return false, nil
	case c == 0:
		return false, r.fault("the file ends within brackets").Mend("add the missing %c", closing)
	default:
		return false, r.fault("expected a comma or %c, found %s", closing, r.found()).
			Mend("add a comma between the values, or close the bracket")
	}
}

func (r *jsonReader) badKey() *Problem {
	fault := r.fault("expected a key in double quotes, found %s", r.found())
	if r.off < len(r.data) && r.data[r.off] == '/' {
		return fault.Mend("JSON has no comments; a .yaml file has")
	}
	return fault.Mend("put the key in double quotes")
}

// found is the next piece of the file, for messages.
func (r *jsonReader) found() string {
	if r.off >= len(r.data) {
		return "the end of the file"
	}
	c, size := utf8.DecodeRune(r.data[r.off:])
	if c == utf8.RuneError && size == 1 {
		return fmt.Sprintf("the byte 0x%02x", r.data[r.off])
	}
	end := r.off
	for end < len(r.data) && IsWordByte(r.data[end]) {
		end++
	}
	if end > r.off {
		return Clip(string(r.data[r.off:end]))
	}
	return strconv.Quote(string(c))
}

// IsWordByte tells whether a byte is a letter, a digit or _.
func IsWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (r *jsonReader) word(n *Node) *Problem {
	end := r.off
	for end < len(r.data) && IsWordByte(r.data[end]) {
		end++
	}
	switch word := string(r.data[r.off:end]); word {
	case "null":
	case "true", "false":
		n.Kind, n.Text = Flag, word
	case "True", "False", "TRUE", "FALSE", "None", "NULL":
		return r.fault("%s is no JSON value", word).Mend("write true, false or null in small letters")
	case "NaN", "Infinity":
		return r.fault("%s is no JSON value", word).Mend("use a finite number")
	default:
		fault := r.fault("expected a value, found %s", r.found())
		if r.off < len(r.data) && r.data[r.off] == '\'' {
			fault.Mend("use double quotes")
		}
		return fault
	}
	r.off = end
	return nil
}

func (r *jsonReader) number(n *Node) *Problem {
	start, fault := r.off, r.fault("this is not a number").Expect("digits, such as 12, -3 or 0.5")
	for r.off < len(r.data) && bytes.IndexByte([]byte("+-.eE0123456789"), r.data[r.off]) >= 0 {
		r.off++
	}
	n.Kind, n.Text = Number, string(r.data[start:r.off])
	if !IsNumber(n.Text) || r.off < len(r.data) && IsWordByte(r.data[r.off]) {
		return fault
	}
	return nil
}

// IsNumber tells whether the text is a number as JSON writes it.
func IsNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' || !digits() {
		return false
	}
	if s != "" && s[0] == '.' {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

func (r *jsonReader) text() (string, *Problem) {
	opening := r.here()
	r.off++
	var b []byte
	for r.off < len(r.data) {
		switch c := r.data[r.off]; {
		case c == '"':
			r.off++
			return string(b), nil
		case c == '\\':
			var fault *Problem
			if b, fault = r.escape(b); fault != nil {
				return "", fault
			}
		case c < ' ':
			return "", r.fault("a text goes over the end of its line, or holds a control character").
				Mend("close the quotes, or write \\n, \\t or \\u%04x", c)
		default:
			char, size := utf8.DecodeRune(r.data[r.off:])
			if char == utf8.RuneError && size == 1 {
				return "", r.fault("the byte 0x%02x is no UTF-8", c).Mend("save the file as UTF-8")
			}
			b = append(b, r.data[r.off:r.off+size]...)
			r.off += size
		}
	}
	return "", NewProblem(opening, Error, "this text is not closed").Mend("add the closing quote")
}

func (r *jsonReader) escape(b []byte) ([]byte, *Problem) {
	rest := r.data[r.off+1:]
	if len(rest) == 0 {
		return nil, r.fault("the file ends within a text").Mend("add the closing quote")
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), rest[0]); i >= 0 {
		r.off += 2
		return append(b, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if rest[0] != 'u' {
		next := *r
		next.off++
		return nil, r.fault("a backslash before %s is no escape of JSON", next.found()).Mend("write \\\\ for a backslash")
	}
	fault := r.fault("this escape is no character").Expect("\\u and four hexadecimal digits, or two such as a surrogate pair")
	unit, ok := hexUnit(rest[1:])
	if !ok {
		return nil, fault
	}
	r.off += 6
	if !utf16.IsSurrogate(unit) {
		return utf8.AppendRune(b, unit), nil
	}
	if !bytes.HasPrefix(r.data[r.off:], []byte(`\u`)) {
		return nil, fault
	}
	low, ok := hexUnit(r.data[r.off+2:])
	char := utf16.DecodeRune(unit, low)
	if !ok || char == utf8.RuneError {
		return nil, fault
	}
	r.off += 6
	return utf8.AppendRune(b, char), nil
}

func hexUnit(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(unit), err == nil
}
