package recipe

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// shape is the JSON Schema of an option, or of all options of a component: of
// it the words are used that say what a value looks like. What else a schema
// demands the sink itself checks.
type shape map[string]any

// shapeOf is the shape of a component's options: those of its configuration
// but for what the run decides.
func shapeOf(c Component) shape {
	var s shape
	if json.Unmarshal(c.Config, &s) != nil {
		return nil // the sink itself checks
	}
	if properties := s.object("properties"); properties != nil {
		for _, name := range reserved() {
			delete(properties, name)
		}
	}
	if required, ok := s["required"].([]any); ok {
		s["required"] = slices.DeleteFunc(required, func(name any) bool {
			text, _ := name.(string)
			return contains(reserved(), text)
		})
	}
	return s
}

func (s shape) object(word string) shape {
	object, _ := s[word].(map[string]any)
	return object
}

// types are the words of "type".
func (s shape) types() []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var words []string
		for _, word := range t {
			if text, ok := word.(string); ok {
				words = append(words, text)
			}
		}
		return words
	}
	return nil
}

// is tells whether the shape takes values of the type, and says that it does.
func (s shape) is(word string) bool { return contains(s.types(), word) }

// names are the keys of an object of this shape, and whether it may have
// others.
func (s shape) names() (names []string, open bool) {
	for name := range s.object("properties") {
		names = append(names, name)
	}
	slices.Sort(names)
	closed := s["additionalProperties"] == false
	return names, !closed
}

// expected says what a value of the shape looks like.
func (s shape) expected() string {
	if words := s.words(); len(words) > 0 {
		return "one of " + strings.Join(words, ", ")
	}
	names := map[string]string{
		"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
		"array": "a list", "object": "an object", "null": "null",
	}
	var all []string
	for _, word := range s.types() {
		if name := names[word]; name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, " or ")
}

// words are the texts of "enum"; nil where there is none, or it has other
// values, too.
func (s shape) words() []string {
	enum, _ := s["enum"].([]any)
	var words []string
	for _, value := range enum {
		word, ok := value.(string)
		if !ok {
			return nil
		}
		words = append(words, word)
	}
	return words
}

// suits tells whether a value is of a type that the shape takes.
func (s shape) suits(n *document.Node) bool {
	types := s.types()
	if len(types) == 0 {
		return true
	}
	switch n.Kind {
	case document.Null:
		return true // as if it were left out
	case document.Flag:
		return s.is("boolean")
	case document.Text:
		return s.is("string")
	case document.List:
		return s.is("array")
	case document.Object:
		return s.is("object")
	}
	if s.is("number") {
		return true
	}
	_, whole := document.Whole(n.Text)
	return whole && s.is("integer")
}

// sinkOptions checks the options of a sink.
func (p *parser) sinkOptions(members []document.Member, s shape, path string) {
	var own []document.Member
	for _, m := range members {
		if contains(reserved(), m.Key) {
			p.fault(m.Pos, join(path, m.Key), "%s is decided by the run", m.Key).Mend("remove it; \"out\" names the folder of a sink")
			continue
		}
		own = append(own, m)
	}
	p.options(own, s, path)
}

// options checks the members of an object of options.
func (p *parser) options(members []document.Member, s shape, path string) {
	names, open := s.names()
	for _, m := range members {
		at := join(path, m.Key)
		if _, known := s.object("properties")[m.Key]; !known && !open {
			p.nameless(m.Pos, at, "option", m.Key, names)
			continue
		}
		p.option(m.Value, s.object("properties").object(m.Key), at)
	}
}

// option checks the value of an option, and the references in it.
func (p *parser) option(n *document.Node, s shape, path string) {
	if n.Kind == document.Text && strings.Contains(n.Text, "${") {
		refers, err := references(n.Text)
		if err != nil {
			p.fault(n.Pos, path, "%v", err).Expect("${NAME} or ${NAME:-default}").Mend("write $${ for the characters ${ themselves")
		}
		if len(refers) > 0 {
			return // what it stands for is checked when it is known
		}
	}
	p.fits(n, s, path, n.Describe())
	switch n.Kind {
	case document.Object:
		p.options(n.Members, s, path)
	case document.List:
		for _, item := range n.Items {
			p.option(item, s.object("items"), path)
		}
	}
}

// fits checks a value without what is in it.
func (p *parser) fits(n *document.Node, s shape, path, described string) {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if words := s.words(); words != nil && n.Kind == document.Text && !contains(words, n.Text) || !s.suits(n) {
		p.fault(n.Pos, path, "%s holds %s", name, described).Expect("%s", s.expected())
		return
	}
	if n.Kind != document.Number {
		return
	}
	value, ok := document.Exact(n.Text)
	if !ok {
		return
	}
	float, _ := value.Float64()
	if least, ok := s["minimum"].(float64); ok && float < least {
		p.fault(n.Pos, path, "%s is %s", name, described).Expect("at least %s", plainly(least))
	}
	if most, ok := s["maximum"].(float64); ok && float > most {
		p.fault(n.Pos, path, "%s is %s", name, described).Expect("at most %s", plainly(most))
	}
}

func plainly(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// component is that of a name; what is not known is a problem.
func (p *parser) component(name Name, path string) (shape, bool) {
	var names []string
	for _, c := range p.components {
		if c.Name == name.Text {
			return shapeOf(c), true
		}
		names = append(names, c.Name)
	}
	if name.Text != "" { // else that was said
		p.nameless(name.Pos, path, "sink", name.Text, names)
	}
	return nil, false
}
