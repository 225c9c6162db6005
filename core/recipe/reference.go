package recipe

import (
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// A reference is ${NAME} or ${NAME:-default} in a text.
type reference struct {
	name     string
	standard *string
}

// piece is a part of a text: characters, or a reference.
type piece struct {
	text string
	ref  *reference
}

// pieces cuts a text at its references. $${ is ${ without a meaning.
func pieces(text string) ([]piece, error) {
	var all []piece
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			return append(all, piece{text: text}), nil
		}
		if i > 0 && text[i-1] == '$' {
			all = append(all, piece{text: text[:i-1] + "${"})
			text = text[i+2:]
			continue
		}
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			return all, fmt.Errorf("a reference is not closed")
		}
		inner := text[i+2 : i+end]
		name, standard, has := strings.Cut(inner, ":-")
		if !isVariable(name) {
			return all, fmt.Errorf("${%s} is no reference", document.Clip(inner))
		}
		ref := &reference{name: name}
		if has {
			ref.standard = &standard
		}
		all = append(all, piece{text: text[:i]}, piece{ref: ref})
		text = text[i+end+1:]
	}
}

func isVariable(name string) bool {
	for i := range len(name) {
		if !document.IsWordByte(name[i]) || i == 0 && name[i] >= '0' && name[i] <= '9' {
			return false
		}
	}
	return name != ""
}

// references are those of a text.
func references(text string) ([]*reference, error) {
	all, err := pieces(text)
	var found []*reference
	for _, piece := range all {
		if piece.ref != nil {
			found = append(found, piece.ref)
		}
	}
	return found, err
}

// shown is a text with its references and without their defaults.
func shown(text string) string {
	all, err := pieces(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, piece := range all {
		if b.WriteString(piece.text); piece.ref != nil {
			b.WriteString("${" + piece.ref.name + "}")
		}
	}
	return b.String()
}

// A Secret is the value that a reference stood for. It must never be shown.
type Secret struct{ Name, Value string }

// filler puts the values of references in their places.
type filler struct {
	lookup  func(string) (string, bool)
	parser  *parser
	secrets []Secret
}

// text is a text with the values of its references; variables that are missing
// are problems.
func (f *filler) text(n *document.Node, path string) string {
	all, err := pieces(n.Text)
	if err != nil {
		return n.Text // it was a problem of the file
	}
	var b strings.Builder
	for _, piece := range all {
		b.WriteString(piece.text)
		if piece.ref == nil {
			continue
		}
		value, ok := f.lookup(piece.ref.name)
		switch {
		case ok && value != "":
			f.secrets = append(f.secrets, Secret{piece.ref.name, value})
			b.WriteString(value)
		case piece.ref.standard != nil:
			b.WriteString(*piece.ref.standard)
		default:
			f.parser.fault(n.Pos, path, "the environment variable %s is not set", piece.ref.name).
				Mend("set %s, or write ${%s:-default}", piece.ref.name, piece.ref.name)
		}
	}
	return b.String()
}

// value is a copy of an option's value with the references filled in.
func (f *filler) value(n *document.Node, s shape, path string) *document.Node {
	c := *n
	switch n.Kind {
	case document.Text:
		refers, _ := references(n.Text)
		before, known := len(f.parser.problems), len(f.secrets)
		c.Text = f.text(n, path)
		if len(refers) > 0 && len(f.parser.problems) == before {
			if retype(&c, s); c.Kind != document.Text {
				f.secrets = f.secrets[:known] // a number or a flag is none
			}
			f.parser.fits(&c, s, path, "the value of "+shown(n.Text))
		}
	case document.List:
		c.Items = nil
		for _, item := range n.Items {
			c.Items = append(c.Items, f.value(item, s.object("items"), path))
		}
	case document.Object:
		c.Members = f.members(n.Members, s, path)
	}
	return &c
}

func (f *filler) members(members []document.Member, s shape, path string) []document.Member {
	var all []document.Member
	for _, m := range members {
		m.Value = f.value(m.Value, s.object("properties").object(m.Key), join(path, m.Key))
		all = append(all, m)
	}
	return all
}

// retype makes a number or a flag of a text where the option is one: variables
// are always text.
func retype(n *document.Node, s shape) {
	text := strings.TrimSpace(n.Text)
	switch {
	case s.is("string") || len(s.types()) == 0:
	case (s.is("integer") || s.is("number")) && document.IsNumber(text):
		n.Kind, n.Text = document.Number, text
	case s.is("boolean") && (text == "true" || text == "false"):
		n.Kind, n.Text = document.Flag, text
	}
}

// hidden is a copy of a value in which references are shown as ${NAME}.
func hidden(n *document.Node) *document.Node {
	c := *n
	if n.Kind == document.Text {
		c.Text = shown(n.Text)
	}
	c.Items, c.Members = nil, nil
	for _, item := range n.Items {
		c.Items = append(c.Items, hidden(item))
	}
	for _, m := range n.Members {
		m.Value = hidden(m.Value)
		c.Members = append(c.Members, m)
	}
	return &c
}
