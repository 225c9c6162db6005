package schema

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Bounds of a schema file. A real one has a few kilobytes; a file beyond
// these is not a schema, or is meant to exhaust us.
const (
	maxFileBytes = 8 << 20
	maxDepth     = 64
	maxNodes     = 1 << 19
)

// A node is one value of a schema file, JSON or YAML, with its place.
type node struct {
	pos
	kind kind
	// text holds the characters of a text, the digits of a number as they
	// stand in the file, or "true" and "false".
	text    string
	members []member // of an object, in the order of the file
	items   []*node  // of a list
}

// A member is one key of an object with its value.
type member struct {
	pos
	key   string
	value *node
}

// A pos is a place in a file: lines and columns count from 1, columns in
// characters. The zero pos is no place.
type pos struct{ line, column int }

type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	textKind
	listKind
	objectKind
)

// describe says what the value is, for messages.
func (n *node) describe() string {
	switch n.kind {
	case nullKind:
		return "null"
	case boolKind, numberKind:
		return clip(n.text)
	case textKind:
		return "the text " + strconv.Quote(clip(n.text))
	case listKind:
		return "a list"
	default:
		return "an object"
	}
}

// clip shortens a text of the file for a message.
func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// raw is the value as compact JSON.
func (n *node) raw() json.RawMessage { return n.appendTo(nil) }

func (n *node) appendTo(b []byte) []byte {
	switch n.kind {
	case nullKind:
		return append(b, "null"...)
	case boolKind, numberKind:
		return append(b, n.text...)
	case textKind:
		return appendText(b, n.text)
	case listKind:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendTo(b)
		}
		return append(b, ']')
	default:
		b = append(b, '{')
		for i, m := range n.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.key), ':')
			b = m.value.appendTo(b)
		}
		return append(b, '}')
	}
}

func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}
