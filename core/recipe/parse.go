package recipe

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// maxGuesses bounds the unknown keys for which a known one is looked for: a
// guess costs time.
const maxGuesses = 64

// ParseFile reads a pipeline file; see Parse.
func ParseFile(path string, components []Component) (*Recipe, error) {
	data, err := document.ReadFile(path, "pipeline")
	if err != nil {
		return nil, err
	}
	return Parse(path, data, components)
}

// Parse reads a pipeline file, JSON or YAML as the extension of name tells, or
// else the content. components are the sinks that it may use. All that is
// wrong comes back at once, as document.Problems.
func Parse(name string, data []byte, components []Component) (*Recipe, error) {
	root, problems := document.Read(name, data)
	p := &parser{components: components, problems: problems}
	r := &Recipe{File: name}
	if root != nil {
		p.recipe(r, root)
		p.check(r)
	}
	for i := range p.problems {
		p.problems[i].File = name
	}
	p.problems.Sort()
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return r, nil
}

// A parser makes a Recipe of a tree and collects all that does not fit the
// rule table.
type parser struct {
	components []Component
	problems   document.Problems
}

func (p *parser) fault(at document.Pos, path, format string, args ...any) *document.Problem {
	problem := document.NewProblem(at, document.Error, format, args...)
	problem.Path = path
	p.problems = append(p.problems, *problem)
	return &p.problems[len(p.problems)-1]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// A reading takes the value of one key.
type reading func(n *document.Node, k *key, path string)

// object reads an object with these keys; into has for each key what takes its
// value. Keys that are not in the table go to rest where it is given; else
// they are problems, and one that is nearly a known key is read as that one.
func (p *parser) object(n *document.Node, keys []key, path string, into map[string]reading, rest func(document.Member)) {
	if n.Kind != document.Object {
		p.fault(n.Pos, path, "here stands %s", n.Describe()).Expect("an object")
		return
	}
	given, set := map[string]string{}, map[string]bool{}
	for _, m := range n.Members {
		k := find(keys, m.Key)
		switch {
		case k == nil && path == "" && m.Key == "$schema":
			continue // it says where editors find the JSON Schema
		case k == nil && rest != nil:
			rest(m)
			continue
		case k == nil:
			if k = p.unknown(m, keys, path, n); k == nil {
				continue
			}
		}
		if before := given[k.name]; before != "" {
			p.fault(m.Pos, join(path, m.Key), "%q is given twice, as %q, too", m.Key, before).Mend("remove one of the two")
			continue
		}
		given[k.name] = m.Key
		if m.Value.Kind != document.Null { // the same as leaving the key out
			set[k.name] = true
			into[k.name](m.Value, k, join(path, k.name))
		}
	}
	for _, k := range keys {
		if k.needed && !set[k.name] {
			p.fault(n.Pos, join(path, k.name), "%s is missing", join(path, k.name)).Expect("%s", k.expected()).Mend("add %s: %s", k.name, k.example)
		}
	}
}

// unknown tells of a key that is not in the table; it returns the one that was
// probably meant, where that one is not given, too.
func (p *parser) unknown(m document.Member, keys []key, path string, n *document.Node) *key {
	var words []string
	for _, k := range keys {
		words = append(append(words, k.name), k.aliases...)
	}
	k := find(keys, p.nameless(m.Pos, join(path, m.Key), "key", m.Key, words))
	if k == nil {
		return nil
	}
	for _, other := range n.Members {
		if find(keys, other.Key) == k {
			return nil
		}
	}
	return k
}

// nameless tells that there is no such thing, and returns the nearest.
func (p *parser) nameless(at document.Pos, path, what, name string, known []string) string {
	fault := p.fault(at, path, "unknown %s %q", what, document.Clip(name))
	if len(p.problems) <= maxGuesses && len(name) <= 64 {
		if near, ok := spell.Nearest(name, known); ok {
			fault.Mend("did you mean %q?", near)
			return near
		}
	}
	if len(known) > 0 {
		fault.Expect("one of %s", strings.Join(known, ", "))
	}
	return ""
}

func (p *parser) is(n *document.Node, k *key, path string, kind document.Kind) bool {
	if n.Kind == kind {
		return true
	}
	fault := p.fault(n.Pos, path, "%s holds %s", k.name, n.Describe()).Expect("%s", k.expected())
	switch {
	case kind == document.Number && n.Kind == document.Text && document.IsNumber(n.Text):
		fault.Mend("write %s without quotes", n.Text)
	case kind == document.Text && (n.Kind == document.Number || n.Kind == document.Flag):
		fault.Mend("put it in quotes")
	case kind == document.List && n.Kind == document.Text:
		fault.Mend("put it in brackets: [%s]", document.Clip(n.Text))
	}
	return false
}

// plain reads a text without references.
func (p *parser) plain(n *document.Node, k *key, path string) (string, bool) {
	if !p.is(n, k, path, document.Text) {
		return "", false
	}
	switch {
	case n.Text == "":
		p.fault(n.Pos, path, "%s is empty", k.name).Expect("%s", k.expected())
	case strings.Contains(n.Text, "${"):
		p.fault(n.Pos, path, "%s holds %q", k.name, document.Clip(n.Text)).Expect("a text without references").
			Mend("environment variables stand for options of sinks alone; run has flags for the rest")
	case strings.Contains(n.Text, "\x00"):
		p.fault(n.Pos, path, "%s holds the character NUL", k.name).Expect("%s", k.expected())
	default:
		return n.Text, true
	}
	return "", false
}

func (p *parser) text(target *string) reading {
	return func(n *document.Node, k *key, path string) { *target, _ = p.plain(n, k, path) }
}

func (p *parser) maybe(target **string) reading {
	return func(n *document.Node, k *key, path string) {
		text, ok := p.plain(n, k, path)
		if !ok {
			return
		}
		if len(k.words) > 0 && !contains(k.words, text) {
			p.nameless(n.Pos, path, k.name, text, k.words)
			return
		}
		*target = &text
	}
}

func (p *parser) name(target *Name) reading {
	return func(n *document.Node, k *key, path string) {
		if text, ok := p.plain(n, k, path); ok {
			*target = Name{n.Pos, text}
		}
	}
}

func (p *parser) names(target *[]Name) reading {
	return func(n *document.Node, k *key, path string) {
		if !p.is(n, k, path, document.List) {
			return
		}
		if len(n.Items) == 0 {
			p.fault(n.Pos, path, "%s is empty", k.name).Expect("at least one name").Mend("leave %s out for all", k.name)
		}
		if len(n.Items) > maxNamed {
			p.fault(n.Pos, path, "%s has %d entries", k.name, len(n.Items)).Expect("at most %d", maxNamed)
			return
		}
		one := key{name: k.name, holds: holdsName}
		for i, item := range n.Items {
			if text, ok := p.plain(item, &one, fmt.Sprintf("%s[%d]", path, i)); ok {
				*target = append(*target, Name{item.Pos, text})
			}
		}
	}
}

func (p *parser) whole(target **int64) reading {
	return func(n *document.Node, k *key, path string) {
		if !p.is(n, k, path, document.Number) {
			return
		}
		text, ok := document.Whole(n.Text)
		value, err := strconv.ParseInt(text, 10, 64)
		switch {
		case !ok || err != nil || value < k.least:
			p.fault(n.Pos, path, "%s is %s", k.name, n.Describe()).Expect("%s", k.expected())
		case k.most > 0 && value > k.most:
			p.fault(n.Pos, path, "%s is %s", k.name, n.Describe()).Expect("at most %d", k.most)
		default:
			*target = &value
		}
	}
}

func (p *parser) seed(target **uint64) reading {
	return func(n *document.Node, k *key, path string) {
		if !p.is(n, k, path, document.Number) {
			return
		}
		text, ok := document.Whole(n.Text)
		value, err := strconv.ParseUint(text, 10, 64)
		if !ok || err != nil {
			p.fault(n.Pos, path, "%s is %s", k.name, n.Describe()).Expect("a whole number from 0 to %d", uint64(1<<64-1))
			return
		}
		*target = &value
	}
}

func (p *parser) size(target **int64) reading {
	return func(n *document.Node, k *key, path string) {
		value, ok := document.Size(n.Text)
		if n.Kind != document.Number && n.Kind != document.Text || !ok {
			p.fault(n.Pos, path, "%s holds %s", k.name, n.Describe()).Expect("%s", k.expected())
			return
		}
		*target = &value
	}
}
