package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/document"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Check tells all that is wrong with a schema: errors are what every server
// refuses or we cannot serve, warnings what the target version or a server's
// settings decide, and what has no effect. A schema that came from Parse has
// no errors.
func Check(c *Collection, target Version) Problems {
	k := &checker{c: c, target: target}
	if k.collection(); len(c.Fields)+len(c.Functions)+len(c.DynamicFields) > maxFields {
		k.root().wrong("fields", "the schema has too many fields").Expect("at most %d fields, functions and dynamic fields", maxFields)
		return k.problems
	}
	for i := range c.Fields {
		k.field(i)
	}
	k.primary()
	k.partitions()
	k.vectors()
	k.uses()
	k.functions()
	k.dynamic()
	k.versions()
	k.problems.Sort()
	return k.problems
}

type checker struct {
	c        *Collection
	target   Version
	problems Problems
}

// A place is an object of the schema of which a check speaks.
type place struct {
	*checker
	path  string
	field string
}

func (k *checker) root() place { return place{k, "", ""} }

func (k *checker) at(i int) place {
	return place{k, item("fields", i), k.c.Fields[i].Name}
}

func (p place) wrong(key, format string, args ...any) *Problem {
	return p.add(Error, key, format, args...)
}

func (p place) warn(key, format string, args ...any) *Problem {
	return p.add(Warning, key, format, args...)
}

func (p place) add(severity Severity, key, format string, args ...any) *Problem {
	path := p.path
	if key != "" {
		path = join(p.path, key)
	}
	problem := document.NewProblem(document.Pos{}, severity, format, args...)
	problem.Path, problem.Field = path, p.field
	if from := p.c.from; from != nil {
		at := from.near(path)
		problem.File, problem.Line, problem.Column = from.file, at.Line, at.Column
	}
	p.problems = append(p.problems, *problem)
	return &p.problems[len(p.problems)-1]
}

// given tells whether the file has the key, be its value zero.
func (p place) given(key string) bool {
	if p.c.from == nil {
		return false
	}
	_, ok := p.c.from.at[join(p.path, key)]
	return ok
}

// near is the place of a path, or of the nearest thing around it.
func (s *source) near(path string) document.Pos {
	for {
		if at, ok := s.at[path]; ok || path == "" {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

func (k *checker) collection() {
	root, c := k.root(), k.c
	if c.Name == "" {
		root.wrong("collection_name", "collection_name is missing").Mend(`add "collection_name": "my_collection"`)
	} else {
		root.name("collection_name", "collection", c.Name)
	}
	switch {
	case len(c.Fields) == 0:
		root.wrong("fields", "the schema has no fields").Mend(`add "fields": [{"name": "id", "type": "Int64", "is_primary": true}, …]`)
	case len(c.Fields) > 64:
		root.warn("fields", "the schema has %d fields; a server allows 64 unless proxy.maxFieldNum says more", len(c.Fields))
	}
	root.ranges(collectionKeys(), c)
	if c.NumShards > 16 {
		root.warn("num_shards", "%d shards; a server allows 16 unless proxy.maxShardNum says more", c.NumShards)
	}
	if root.given("hooks") && strings.TrimSpace(c.Hooks) == "" {
		root.wrong("hooks", "hooks is empty").Expect("the path of a file").Mend(`write "hooks": "hooks.js", or remove it`)
	}
	seen := map[string]int{}
	for i, f := range c.Fields {
		if first, twice := seen[f.Name]; twice && f.Name != "" {
			problem := k.at(i).wrong("name", "two fields have this name")
			if at := c.from.line(item("fields", first)); at > 0 {
				problem.Mend("rename one of them; the other is on line %d", at)
			} else {
				problem.Mend("rename one of them")
			}
			continue
		}
		seen[f.Name] = i
	}
}

func (s *source) line(path string) int {
	if s == nil {
		return 0
	}
	return s.near(path).Line
}

// name checks a name of a collection, field, function or dynamic field.
func (p place) name(key, what, name string) {
	switch {
	case name == "":
		p.wrong(key, "the %s has no name", what).Mend(`add "name"`)
	case len(name) > maxNameBytes:
		p.wrong(key, "the name has %d bytes", len(name)).Expect("at most %d", maxNameBytes).Mend("shorten it")
	case name == core.DynamicField:
		p.wrong(key, "%s is Milvus's own dynamic field", name).
			Mend(`rename it; dynamic keys are described in "dynamic_fields"`)
	case !isName(name):
		p.wrong(key, "%q is no name for a %s", document.Clip(name), what).
			Expect("letters, digits and _, not a digit first").Mend("write %q", asName(name))
	case what != "collection" && what != "function" && isReserved(name):
		p.wrong(key, "%q is a word of Milvus's own", name).Mend("rename it, for example to %q", name+"_")
	}
}

func isName(s string) bool {
	for i := range len(s) {
		if !document.IsWordByte(s[i]) || i == 0 && s[i] >= '0' && s[i] <= '9' {
			return false
		}
	}
	return s != ""
}

// asName is the name that somebody may have meant.
func asName(s string) string {
	if name := nameOf(strings.NewReplacer("/", "_", "\\", "_", ".", "_").Replace(s)); name != "collection" {
		return name
	}
	return "my_name"
}

// isReserved tells whether Milvus keeps the name for filters or for itself.
func isReserved(name string) bool {
	if strings.EqualFold(name, "null") {
		return true
	}
	return slices.Contains([]string{
		"RowID", "Timestamp", "__virtual_pk__",
		"like", "exists", "EXISTS", "and", "or", "not", "in", "true", "True", "TRUE", "false", "False", "FALSE",
		"json_contains", "JSON_CONTAINS", "json_contains_all", "JSON_CONTAINS_ALL", "json_contains_any", "JSON_CONTAINS_ANY",
		"array_contains", "ARRAY_CONTAINS", "array_contains_all", "ARRAY_CONTAINS_ALL",
		"array_contains_any", "ARRAY_CONTAINS_ANY", "array_length", "ARRAY_LENGTH",
		"text_match", "TEXT_MATCH", "phrase_match", "PHRASE_MATCH", "random_sample", "RANDOM_SAMPLE",
	}, name)
}

// ranges holds whole numbers to the bounds of the rule table.
func (p place) ranges(keys []key, from any) {
	targets := targetsOf(from)
	for _, k := range keys {
		if k.holds != holdsWhole || k.most == 0 {
			continue
		}
		v := targets[k.name]
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				continue
			}
			v = v.Elem()
		} else if v.Int() == 0 && !p.given(k.name) {
			continue
		}
		if got := v.Int(); got < k.least || got > k.most {
			p.wrong(k.name, "%s is %d", k.name, got).Expect("%s from %d to %d", k.holds, k.least, k.most)
		}
	}
}

// misplaced tells which keys do not apply to a type.
func (p place) misplaced(keys []key, from any, t Type) {
	targets := targetsOf(from)
	for _, k := range keys {
		set := !targets[k.name].IsZero() || p.given(k.name) && k.holds != holdsFlag
		if !set || k.applies(t) {
			continue
		}
		p.wrong(k.name, "%s does not apply to %s", k.name, t).Expect("it on %s", words(k.types)).
			Mend("%s", misplacedHint(k.name, t))
	}
}

func misplacedHint(name string, t Type) string {
	switch {
	case name == "is_primary", name == "is_partition_key":
		return `give the field the type "Int64" or "VarChar", or choose another field`
	case name == "auto_id":
		return "set auto_id on the primary key alone"
	case name == "dim" && t == Sparse:
		return "remove dim: a sparse vector has none"
	case name == "dim" && t.IsText():
		return "remove dim; the length of a text is max_length"
	case name == "max_length" && t.IsDense():
		return "remove max_length; the length of a vector is dim"
	case (name == "min" || name == "max") && t.IsText():
		return "remove it; the length of a text is max_length"
	case name == "default_value":
		return `remove it; "nullable": true lets values be missing`
	default:
		return "remove " + name
	}
}

func words[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, t := range all {
		texts[i] = string(t)
	}
	if n := len(texts); n > 1 {
		return strings.Join(texts[:n-1], ", ") + " or " + texts[n-1]
	}
	return strings.Join(texts, "")
}

// nearest is the candidate that was meant; what is no word is nothing that
// was meant.
func nearest(word string, candidates []string) (string, bool) {
	if len(word) > maxNameBytes {
		return "", false
	}
	return spell.Nearest(word, candidates)
}

// unknownName is the problem of a name that should be a field's.
func (p place) unknownName(key, format, name string) *Problem {
	var names []string
	for _, f := range p.c.Fields {
		names = append(names, f.Name)
	}
	problem := p.wrong(key, format, document.Clip(name)).Expect("the name of a field")
	if near, ok := nearest(name, names); ok {
		return problem.Mend("did you mean %q?", near)
	}
	return problem.Mend("%s", fmt.Sprintf("add the field, or write one of %s", document.Clip(strings.Join(names, ", "))))
}
