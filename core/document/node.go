// Package document reads JSON and YAML files that people write: into one tree
// that keeps the place of each value, the digits of numbers and the order of
// keys, so that whoever checks it can say where what is wrong.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core"
)

// Bounds of a file. A real one has a few kilobytes; a file beyond these is not
// written by a person, or is meant to exhaust us.
const (
	MaxBytes = 8 << 20
	maxDepth = 64
	maxNodes = 1 << 19
)

// ReadFile is the content of a file that a user names; what says what the file
// should hold.
func ReadFile(path, what string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", path)
	}
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "read %s: %w", what, err).WithHint("give the path of a %s file", what)
	}
	if info.Size() > MaxBytes {
		return nil, tooLarge(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "read %s: %w", what, err)
	}
	return data, nil
}

func tooLarge(path string) Problems {
	return Problems{*(&Problem{File: path, Severity: Error, Message: "the file is too large"}).Expect("at most %d MiB", MaxBytes>>20)}
}

// Read reads a file's content, JSON or YAML as the extension of its name
// tells, or else the content. What is wrong beside the tree comes with it;
// what cannot be read at all comes without a tree. The problems do not name
// the file.
func Read(name string, data []byte) (*Node, Problems) {
	if len(data) > MaxBytes {
		return nil, tooLarge("")
	}
	if isJSON(name, data) {
		return readJSON(data)
	}
	return readYAML(data)
}

func isJSON(name string, data []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// A Node is one value of a file, with its place.
type Node struct {
	Pos
	Kind Kind
	// Text holds the characters of a text, the digits of a number as they
	// stand in the file, or "true" and "false".
	Text    string
	Members []Member // of an object, in the order of the file
	Items   []*Node  // of a list
}

// A Member is one key of an object with its value.
type Member struct {
	Pos
	Key   string
	Value *Node
}

// A Pos is a place in a file: lines and columns count from 1, columns in
// characters. The zero Pos is no place.
type Pos struct{ Line, Column int }

// Kind is what a value is.
type Kind uint8

// The kinds of value.
const (
	Null Kind = iota
	Flag
	Number
	Text
	List
	Object
)

// Describe says what the value is, for messages.
func (n *Node) Describe() string {
	switch n.Kind {
	case Null:
		return "null"
	case Flag, Number:
		return Clip(n.Text)
	case Text:
		return "the text " + strconv.Quote(Clip(n.Text))
	case List:
		return "a list"
	default:
		return "an object"
	}
}

// Clip shortens a text of the file for a message.
func Clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// Raw is the value as compact JSON.
func (n *Node) Raw() json.RawMessage { return n.appendTo(nil) }

func (n *Node) appendTo(b []byte) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case Flag, Number:
		return append(b, n.Text...)
	case Text:
		return appendText(b, n.Text)
	case List:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendTo(b)
		}
		return append(b, ']')
	default:
		b = append(b, '{')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.Key), ':')
			b = m.Value.appendTo(b)
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
