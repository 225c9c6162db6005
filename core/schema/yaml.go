package schema

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// readYAML reads a YAML document into the same tree as readJSON. Anchors,
// aliases and merge keys are carried out; their number is bounded.
func readYAML(data []byte) (*node, Problems) {
	if at := firstBadByte(data); at >= 0 {
		r := &jsonReader{data: data, off: at, where: pos{1, 1}}
		return nil, Problems{*r.fault("the byte 0x%02x is no UTF-8", data[at]).mend("save the file as UTF-8")}
	}
	r := &yamlReader{lines: bytes.Count(data, []byte("\n")) + 1, open: map[*yaml.Node]bool{}}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := documents.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, Problems{*newProblem(pos{1, 1}, Error, "the file is empty").
			expect("an object with \"fields\", or a list of fields")}
	case err != nil:
		return nil, Problems{*r.syntax(err)}
	}
	root, fault := r.value(&document, 0)
	if fault != nil {
		return nil, append(r.problems, *fault)
	}
	if err := documents.Decode(&second); err == nil {
		r.problems = append(r.problems, *newProblem(r.place(&second), Error, "the file holds a second document").
			mend("put each schema into a file of its own"))
	} else if !errors.Is(err, io.EOF) {
		return nil, append(r.problems, *r.syntax(err))
	}
	return root, r.problems
}

func firstBadByte(data []byte) int {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

type yamlReader struct {
	lines    int
	nodes    int
	open     map[*yaml.Node]bool // the nodes that are being read: an alias to one is a circle
	problems Problems
}

// syntax makes a problem of an error of the library, which tells the line in
// words.
func (r *yamlReader) syntax(err error) *Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := pos{1, 1}
	if found := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); found != nil {
		text = text[len(found[0]):]
		if line, err := strconv.Atoi(found[1]); err == nil {
			at.line = min(max(line, 1), r.lines)
		}
	}
	return newProblem(at, Error, "this is not YAML: %s", text).
		mend("look at the indentation, the colons and the quotes of this line and the one before")
}

func (r *yamlReader) place(y *yaml.Node) pos {
	return pos{min(max(y.Line, 1), r.lines), max(y.Column, 1)}
}

func (r *yamlReader) value(y *yaml.Node, depth int) (*node, *Problem) {
	at := r.place(y)
	if r.nodes++; r.nodes > maxNodes {
		return nil, newProblem(at, Error, "the file holds too many values").expect("at most %d, aliases carried out", maxNodes)
	}
	if depth > maxDepth {
		return nil, newProblem(at, Error, "values are nested too deeply").expect("at most %d levels", maxDepth)
	}
	if r.open[y] {
		return nil, newProblem(at, Error, "an alias leads back to itself").mend("remove the alias")
	}
	r.open[y] = true
	defer delete(r.open, y)
	n := &node{pos: at}
	switch y.Kind {
	case yaml.DocumentNode:
		return r.value(y.Content[0], depth)
	case yaml.AliasNode:
		target, fault := r.value(y.Alias, depth)
		if fault != nil {
			return nil, fault
		}
		n.kind, n.text, n.items, n.members = target.kind, target.text, target.items, target.members
		return n, nil
	case yaml.SequenceNode:
		n.kind = listKind
		for _, item := range y.Content {
			value, fault := r.value(item, depth+1)
			if fault != nil {
				return nil, fault
			}
			n.items = append(n.items, value)
		}
		return n, nil
	case yaml.MappingNode:
		return n, r.mapping(n, y, depth)
	default:
		return n, r.scalar(n, y)
	}
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) *Problem {
	n.kind = objectKind
	seen := map[string]pos{}
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, at := y.Content[i], r.place(y.Content[i])
		value, fault := r.value(y.Content[i+1], depth+1)
		switch {
		case fault != nil:
			return fault
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
			continue
		case key.Kind == yaml.AliasNode && key.Alias.Kind == yaml.ScalarNode:
			key = key.Alias
		case key.Kind != yaml.ScalarNode:
			return newProblem(at, Error, "a key is no text").mend("write the key as a word")
		}
		if before, twice := seen[key.Value]; twice {
			r.problems = append(r.problems, *newProblem(at, Error, "the key %q is given twice", clip(key.Value)).
				mend("remove one of the two; the other is on line %d", before.line))
			continue
		}
		seen[key.Value] = at
		n.members = append(n.members, member{pos: at, key: key.Value, value: value})
	}
	for _, from := range merged {
		if fault := merge(n, seen, from); fault != nil {
			return fault
		}
	}
	return nil
}

// merge adds the keys of a merge key's object that n does not have itself.
func merge(n *node, seen map[string]pos, from *node) *Problem {
	switch from.kind {
	case objectKind:
		for _, m := range from.members {
			if _, has := seen[m.key]; !has {
				seen[m.key] = m.pos
				n.members = append(n.members, m)
			}
		}
		return nil
	case listKind:
		for _, item := range from.items {
			if item.kind != objectKind {
				return newProblem(item.pos, Error, "<< merges %s", item.describe()).expect("an object")
			}
			if fault := merge(n, seen, item); fault != nil {
				return fault
			}
		}
		return nil
	default:
		return newProblem(from.pos, Error, "<< merges %s", from.describe()).expect("an object, or a list of them")
	}
}

// scalar reads a single value. What YAML tells by its look (dates, binary
// data, tags of one's own) is text here: a schema knows no such values.
func (r *yamlReader) scalar(n *node, y *yaml.Node) *Problem {
	switch y.ShortTag() {
	case "!!null":
		n.kind = nullKind
	case "!!bool":
		n.kind, n.text = boolKind, strings.ToLower(y.Value)
		if n.text != "true" && n.text != "false" {
			return newProblem(n.pos, Error, "%q is neither true nor false", clip(y.Value)).mend("write true or false")
		}
	case "!!int", "!!float":
		var ok bool
		n.kind = numberKind
		if n.text, ok = yamlNumber(y.Value); !ok {
			return newProblem(n.pos, Error, "%q is no number", clip(y.Value)).expect("a finite number")
		}
	default:
		n.kind, n.text = textKind, y.Value
	}
	return nil
}

// yamlNumber is a number of YAML as JSON writes it: 0x1f, 1_000, .5 and +1
// are numbers there.
func yamlNumber(s string) (string, bool) {
	if isNumber(s) {
		return s, true
	}
	s = strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return strconv.FormatInt(i, 10), true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		text := strconv.FormatFloat(f, 'g', -1, 64)
		return text, isNumber(text)
	}
	return "", false
}
