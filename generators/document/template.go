package document

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

//go:embed templates
var templates embed.FS

func openTemplate(ctx context.Context, spec core.ColumnSpec, c Template, lookup func(string) (core.Generator, error)) (core.Column, error) {
	raw := c.Template
	if raw == nil {
		if c.Kind == "auto" {
			c.Kind = kindOf(spec.Field.Name)
		}
		var err error
		if raw, err = templates.ReadFile("templates/" + c.Kind + ".json"); err != nil {
			return nil, core.Errorf(core.Internal, "template %s: %w", c.Kind, err)
		}
		raw = bytes.ReplaceAll(raw, []byte("LANGUAGE"), []byte(c.Language))
	}
	k := &compiler{ctx: ctx, spec: spec, lookup: lookup}
	root := k.value(raw, "")
	if err := errors.Join(k.problems...); err != nil {
		return nil, errors.Join(err, root.close())
	}
	return newDocuments(spec, root)
}

// kindOf is the kind of document that a field's name suggests.
func kindOf(name string) string {
	name = strings.ToLower(name)
	for _, hint := range [...]struct{ kind, words string }{
		{"camera", "exif camera photo image"},
		{"audio", "audio sound speech recording"},
		{"product", "attribute spec product variant"},
		{"settings", "setting preference config option"},
		{"file", "file propert document"},
		{"article", "article news edition"},
		{"section", "section chunk page"},
	} {
		for word := range strings.FieldsSeq(hint.words) {
			if strings.Contains(name, word) {
				return hint.kind
			}
		}
	}
	return "metadata"
}

// compiler makes nodes of a template and keeps all that is wrong with it.
type compiler struct {
	ctx      context.Context
	spec     core.ColumnSpec
	lookup   func(string) (core.Generator, error)
	problems []error
}

func (k *compiler) wrong(path string, err error) node {
	if path == "" {
		path = "the document"
	}
	var e *core.Error
	problem := core.Errorf(core.InvalidConfig, "template: %s: %w", path, err)
	if errors.As(err, &e) {
		problem = problem.WithHint("%s", e.Hint)
	}
	k.problems = append(k.problems, problem)
	return literal("null")
}

// draw is the stream of random numbers of a place in the document.
func (k *compiler) draw(path string) rng.Key {
	return rng.Field(k.spec.Seed, k.spec.Field.Name+"\x00"+path)
}

// value compiles any JSON value.
func (k *compiler) value(raw json.RawMessage, path string) node {
	raw = bytes.TrimSpace(raw)
	switch {
	case !json.Valid(raw):
		return k.wrong(path, errors.New("it is not JSON"))
	case raw[0] == '"':
		return k.text(raw, path)
	case raw[0] == '[':
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items) // it is valid
		nodes := make(list, len(items))
		for i, item := range items {
			nodes[i] = k.value(item, path+"["+strconv.Itoa(i)+"]")
		}
		return nodes
	case raw[0] == '{':
		return k.object(raw, path)
	default:
		return literal(raw)
	}
}

// object compiles an object, or one of the two that stand for something else:
// {"$generator": …} and {"$repeat": …}.
func (k *compiler) object(raw json.RawMessage, path string) node {
	members, err := ordered(raw)
	if err != nil {
		return k.wrong(path, err)
	}
	for _, m := range members {
		switch m.key {
		case "$generator":
			return k.reference(raw, path)
		case "$repeat":
			return k.repeat(raw, path)
		}
	}
	o := &object{}
	for _, m := range members {
		name, share, err := shareOf(m.key)
		if err != nil {
			k.wrong(join(path, m.key), err)
		}
		inside := join(path, name)
		o.put(name, share, k.draw(inside+"?"), k.value(m.value, inside))
	}
	return o
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

type member struct {
	key   string
	value json.RawMessage
}

// ordered gives the members of an object in their order.
func ordered(raw json.RawMessage) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	var members []member
	seen := map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := member{key: name.(string)}
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		if seen[m.key] {
			return nil, core.Errorf(core.InvalidConfig, "the key %q is there twice", m.key)
		}
		seen[m.key] = true
		members = append(members, m)
	}
	return members, nil
}

// shareOf parts a key from the share of rows that have it: "editor?0.3", and
// "editor?" for half of them.
func shareOf(key string) (name string, share float64, err error) {
	name, text, optional := strings.Cut(key, "?")
	switch {
	case !optional:
		return name, 1, nil
	case text == "":
		return name, 0.5, nil
	}
	share, err = strconv.ParseFloat(text, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return name, 1, core.Errorf(core.InvalidConfig, "%q behind the ? is no share", text).WithHint("write a number from 0 to 1")
	}
	return name, share, nil
}

// repeat compiles {"$repeat": element, "$min": 1, "$max": 3}.
func (k *compiler) repeat(raw json.RawMessage, path string) node {
	given := struct {
		Repeat json.RawMessage `json:"$repeat"`
		Min    int             `json:"$min"`
		Max    int             `json:"$max"`
	}{Min: 1, Max: 3}
	if err := strict(raw, &given); err != nil {
		return k.wrong(path, err)
	}
	if given.Min < 0 || given.Max < given.Min || given.Max > 4096 {
		return k.wrong(path, core.Errorf(core.InvalidConfig, "$min is %d and $max is %d", given.Min, given.Max).
			WithHint("use 0 to 4096, and no less for $max than for $min"))
	}
	return &repeat{element: k.value(given.Repeat, path+"[]"), least: given.Min, most: given.Max, draw: k.draw(path + "#")}
}

func strict(raw json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
