package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/jsontext"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// reference compiles {"$generator": name, "$params": {…}, "$type": "Int64"}.
func (k *compiler) reference(raw json.RawMessage, path string) node {
	var given struct {
		Generator string          `json:"$generator"`
		Params    json.RawMessage `json:"$params"`
		Type      schema.Type     `json:"$type"`
		MaxLength int             `json:"$max_length"`
	}
	if err := strict(raw, &given); err != nil {
		return k.wrong(path, err)
	}
	return k.made(path, path, call{given.Generator, given.Params, given.Type, given.MaxLength})
}

// call is one use of a generator.
type call struct {
	generator string
	params    json.RawMessage
	kind      schema.Type // empty: what the generator is mostly used for
	maxLength int         // 0: 200
}

// made opens the column of a value, which has a stream of random numbers of
// its own.
func (k *compiler) made(path, stream string, c call) node {
	if c.kind == "" {
		c.kind = usualType(c.generator)
	}
	if c.maxLength == 0 {
		c.maxLength = 200
	}
	field := schema.Field{Name: k.spec.Field.Name + "\x00" + stream, Type: c.kind}
	switch c.kind {
	case schema.VarChar:
		field.MaxLength = c.maxLength
	case schema.Int64, schema.Double, schema.Bool:
	default:
		return k.wrong(path, core.Errorf(core.InvalidConfig, "$type is %q", c.kind).WithHint("use VarChar, Int64, Double or Bool"))
	}
	generator, err := k.lookup(c.generator)
	if err != nil {
		return k.wrong(path, err)
	}
	inside, err := generator.Open(k.ctx, core.ColumnSpec{
		Generator: c.generator, Field: field.Arrow(), Config: c.params, Seed: k.spec.Seed, Mem: memory.DefaultAllocator,
	})
	if err != nil {
		return k.wrong(path, unnamed(err))
	}
	return &made{Column: inside}
}

// unnamed takes the inner name of a column out of its error: it is no field.
func unnamed(err error) error {
	var e *core.Error
	if errors.As(err, &e) {
		e.Field = ""
	}
	return err
}

// usualType is the type of a generator's values in a document.
func usualType(generator string) schema.Type {
	family, _, _ := strings.Cut(generator, ".")
	switch family {
	case "number":
		return schema.Double
	case "boolean":
		return schema.Bool
	default:
		return schema.VarChar
	}
}

// text compiles a text with placeholders: "{{int 1 9}}" alone is a number,
// and "No. {{int 1 9}}" a text.
func (k *compiler) text(raw json.RawMessage, path string) node {
	var text string
	_ = json.Unmarshal(raw, &text) // it is valid
	var parts []node
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			parts = append(parts, literal(jsontext.AppendEscaped(nil, before)))
		}
		if !found {
			break
		}
		placeholder, behind, closed := strings.Cut(after, "}}")
		if !closed {
			return k.wrong(path, core.Errorf(core.InvalidConfig, "{{ without }}").WithHint("close the placeholder"))
		}
		c, err := placeholderOf(placeholder)
		if err != nil {
			parts = append(parts, k.wrong(path, err))
		} else {
			parts = append(parts, k.made(path, fmt.Sprintf("%s#%d", path, len(parts)), c))
		}
		rest = behind
	}
	if len(parts) == 1 {
		if value, ok := parts[0].(*made); ok {
			return value
		}
	}
	return phrase{parts}
}

// placeholderOf reads a word with its arguments, or the name of a generator.
func placeholderOf(text string) (call, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return call{}, core.Errorf(core.InvalidConfig, "{{}} is empty").WithHint("write a word such as {{int 1 9}}")
	}
	if strings.Contains(words[0], ".") {
		return named(words[0], words[1:])
	}
	if words[0] == "choice" {
		return choices(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "choice")))
	}
	for _, s := range shorthands() {
		if s.word == words[0] {
			return s.call(words[1:])
		}
	}
	known := []string{"choice"}
	for _, s := range shorthands() {
		known = append(known, s.word)
	}
	problem := core.Errorf(core.InvalidConfig, "unknown placeholder %q", words[0])
	if near, ok := spell.Nearest(words[0], known); ok {
		return call{}, problem.WithHint("did you mean %q?", near)
	}
	return call{}, problem.WithHint("use one of %s, or the name of a generator", strings.Join(known, ", "))
}

// named calls a generator by its name, with options such as language=zh.
func named(name string, options []string) (call, error) {
	params := map[string]json.RawMessage{}
	for _, option := range options {
		key, value, ok := strings.Cut(option, "=")
		if !ok {
			return call{}, core.Errorf(core.InvalidConfig, "%q is no option", option).WithHint("write name=value")
		}
		params[key] = json.RawMessage(value)
		if !json.Valid(params[key]) {
			params[key], _ = json.Marshal(value) // a text
		}
	}
	raw, err := json.Marshal(params)
	return call{generator: name, params: raw}, err
}

func choices(text string) (call, error) {
	if text == "" {
		return call{}, core.Errorf(core.InvalidConfig, "choice has no values").WithHint("write {{choice red|green|blue}}")
	}
	var values []string
	for value := range strings.SplitSeq(text, "|") {
		values = append(values, strings.TrimSpace(value))
	}
	params, err := json.Marshal(map[string]any{"values": values})
	return call{generator: "choice.values", params: params, kind: schema.VarChar, maxLength: 1000}, err
}

// shorthand is a word that stands for a generator; its arguments are the
// options, in this order.
type shorthand struct {
	word      string
	generator string
	kind      schema.Type
	options   string
	fixed     string // options that are always set, as JSON members
}

func shorthands() []shorthand {
	return []shorthand{
		{"int", "number.uniform", schema.Int64, "min max", ""},
		{"float", "number.uniform", schema.Double, "min max decimals", ""},
		{"count", "number.count", schema.Int64, "median max", ""},
		{"score", "number.score", schema.Double, "min max", `"decimals": 3`},
		{"price", "number.price", schema.Double, "min max", ""},
		{"bool", "boolean.flag", schema.Bool, "ratio", ""},
		{"date", "time.date", schema.VarChar, "start end", ""},
		{"datetime", "time.timestamp", schema.VarChar, "start end", `"format": "rfc3339"`},
		{"uuid", "identifier.uuid", schema.VarChar, "", ""},
	}
}

func (s shorthand) call(args []string) (call, error) {
	options := strings.Fields(s.options)
	if len(args) > len(options) {
		return call{}, core.Errorf(core.InvalidConfig, "%s has %d arguments", s.word, len(args)).
			WithHint("its arguments are: %s", s.options)
	}
	var members []string
	if s.fixed != "" {
		members = append(members, s.fixed)
	}
	for i, arg := range args {
		if s.kind == schema.VarChar || !json.Valid([]byte(arg)) {
			arg = fmt.Sprintf("%q", arg)
		}
		members = append(members, fmt.Sprintf("%q: %s", options[i], arg))
	}
	return call{generator: s.generator, params: json.RawMessage("{" + strings.Join(members, ", ") + "}"), kind: s.kind}, nil
}
