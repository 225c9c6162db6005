package document

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
func readYAML(data []byte) (*Node, Problems) {
	if at := firstBadByte(data); at >= 0 {
		r := &jsonReader{data: data, off: at, where: Pos{1, 1}}
		return nil, Problems{*r.fault("the byte 0x%02x is no UTF-8", data[at]).Mend("save the file as UTF-8")}
	}
	r := &yamlReader{lines: bytes.Count(data, []byte("\n")) + 1, open: map[*yaml.Node]bool{}}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := documents.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, Problems{*NewProblem(Pos{1, 1}, Error, "the file is empty").Expect("keys and values")}
	case err != nil:
		return nil, Problems{*r.syntax(err)}
	}
	root, fault := r.value(&document, 0)
	if fault != nil {
		return nil, append(r.problems, *fault)
	}
	if err := documents.Decode(&second); err == nil {
		r.problems = append(r.problems, *NewProblem(r.place(&second), Error, "the file holds a second document").
			Mend("put each into a file of its own"))
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
	at := Pos{1, 1}
	if found := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); found != nil {
		text = text[len(found[0]):]
		if line, err := strconv.Atoi(found[1]); err == nil {
			if parserError(text) {
				line++
			}
			at.Line = min(max(line, 1), r.lines)
		}
	}
	return NewProblem(at, Error, "this is not YAML: %s", text).
		Mend("look at the indentation, the colons and the quotes of this line and the one before")
}

// parserError tells whether a text is of the library's parser, which counts
// lines from 0; its scanner counts them from 1.
func parserError(text string) bool {
	return regexp.MustCompile(`^did not find expected (<|node content|'-' indicator|key|',' or )`).MatchString(text)
}

func (r *yamlReader) place(y *yaml.Node) Pos {
	return Pos{min(max(y.Line, 1), r.lines), max(y.Column, 1)}
}

func (r *yamlReader) value(y *yaml.Node, depth int) (*Node, *Problem) {
	at := r.place(y)
	if r.nodes++; r.nodes > maxNodes {
		return nil, NewProblem(at, Error, "the file holds too many values").Expect("at most %d, aliases carried out", maxNodes)
	}
	if depth > maxDepth {
		return nil, NewProblem(at, Error, "values are nested too deeply").Expect("at most %d levels", maxDepth)
	}
	if r.open[y] {
		return nil, NewProblem(at, Error, "an alias leads back to itself").Mend("remove the alias")
	}
	r.open[y] = true
	defer delete(r.open, y)
	n := &Node{Pos: at}
	switch y.Kind {
	case yaml.DocumentNode:
		return r.value(y.Content[0], depth)
	case yaml.AliasNode:
		target, fault := r.value(y.Alias, depth)
		if fault != nil {
			return nil, fault
		}
		n.Kind, n.Text, n.Items, n.Members = target.Kind, target.Text, target.Items, target.Members
		return n, nil
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			value, fault := r.value(item, depth+1)
			if fault != nil {
				return nil, fault
			}
			n.Items = append(n.Items, value)
		}
		return n, nil
	case yaml.MappingNode:
		return n, r.mapping(n, y, depth)
	default:
		return n, r.scalar(n, y)
	}
}

func (r *yamlReader) mapping(n *Node, y *yaml.Node, depth int) *Problem {
	n.Kind = Object
	seen := map[string]Pos{}
	var merged []*Node
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
			return NewProblem(at, Error, "a key is no text").Mend("write the key as a word")
		}
		if before, twice := seen[key.Value]; twice {
			r.problems = append(r.problems, *NewProblem(at, Error, "the key %q is given twice", Clip(key.Value)).
				Mend("remove one of the two; the other is on line %d", before.Line))
			continue
		}
		seen[key.Value] = at
		n.Members = append(n.Members, Member{Pos: at, Key: key.Value, Value: value})
	}
	for _, from := range merged {
		if fault := merge(n, seen, from); fault != nil {
			return fault
		}
	}
	return nil
}

// merge adds the keys of a merge key's object that n does not have itself.
func merge(n *Node, seen map[string]Pos, from *Node) *Problem {
	switch from.Kind {
	case Object:
		for _, m := range from.Members {
			if _, has := seen[m.Key]; !has {
				seen[m.Key] = m.Pos
				n.Members = append(n.Members, m)
			}
		}
		return nil
	case List:
		for _, item := range from.Items {
			if item.Kind != Object {
				return NewProblem(item.Pos, Error, "<< merges %s", item.Describe()).Expect("an object")
			}
			if fault := merge(n, seen, item); fault != nil {
				return fault
			}
		}
		return nil
	default:
		return NewProblem(from.Pos, Error, "<< merges %s", from.Describe()).Expect("an object, or a list of them")
	}
}

// scalar reads a single value. What YAML tells by its look (dates, binary
// data, tags of one's own) is text here: no file of ours knows such values.
func (r *yamlReader) scalar(n *Node, y *yaml.Node) *Problem {
	switch y.ShortTag() {
	case "!!null":
		n.Kind = Null
	case "!!bool":
		n.Kind, n.Text = Flag, strings.ToLower(y.Value)
		if n.Text != "true" && n.Text != "false" {
			return NewProblem(n.Pos, Error, "%q is neither true nor false", Clip(y.Value)).Mend("write true or false")
		}
	case "!!int", "!!float":
		var ok bool
		n.Kind = Number
		if n.Text, ok = yamlNumber(y.Value); !ok {
			return NewProblem(n.Pos, Error, "%q is no number", Clip(y.Value)).Expect("a finite number")
		}
	default:
		n.Kind, n.Text = Text, y.Value
	}
	return nil
}

// yamlNumber is a number of YAML as JSON writes it: 0x1f, 1_000, .5 and +1
// are numbers there.
func yamlNumber(s string) (string, bool) {
	if IsNumber(s) {
		return s, true
	}
	s = strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return strconv.FormatInt(i, 10), true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		text := strconv.FormatFloat(f, 'g', -1, 64)
		return text, IsNumber(text)
	}
	return "", false
}
