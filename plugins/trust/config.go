package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// rules is what of a JSON Schema is checked here, so that a slip of the pen
// is found before the plugin is started: keys, types, fixed values and what
// is required. The plugin itself has the last word.
type rules struct {
	Type                 any              `json:"type"` // a name, or a list of names
	Description          string           `json:"description"`
	Default              json.RawMessage  `json:"default"`
	Enum                 []any            `json:"enum"`
	Properties           map[string]rules `json:"properties"`
	AdditionalProperties any              `json:"additionalProperties"`
	Required             []string         `json:"required"`
	Items                *rules           `json:"items"`
}

// Option is one key of a component's configuration.
type Option struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Default     json.RawMessage `json:"default,omitempty"`
	Enum        []any           `json:"enum,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Description string          `json:"description,omitempty"`
}

// Options lists the keys of a configuration that a JSON Schema tells of, by
// name.
func Options(schema json.RawMessage) []Option {
	var r rules
	if len(schema) == 0 || json.Unmarshal(schema, &r) != nil {
		return nil
	}
	var all []Option
	for _, name := range sorted(r.Properties) {
		p := r.Properties[name]
		all = append(all, Option{
			Name: name, Type: strings.Join(p.types(), " or "), Default: p.Default, Enum: p.Enum,
			Required: slices.Contains(r.Required, name), Description: p.Description,
		})
	}
	return all
}

// Check finds all that is wrong with a configuration by its JSON Schema.
func Check(schema, config json.RawMessage) error {
	if len(bytes.TrimSpace(config)) == 0 {
		config = json.RawMessage("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(config))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return core.Errorf(core.InvalidConfig, "configuration: %w", err)
	}
	if _, ok := value.(map[string]any); !ok {
		return core.Errorf(core.InvalidConfig, "configuration: expected an object, found %s", typeOf(value))
	}
	var r rules
	if len(schema) == 0 || json.Unmarshal(schema, &r) != nil {
		return nil //nolint:nilerr // a schema beyond these rules is the plugin's to check
	}
	return errors.Join(r.check("", value)...)
}

func (r rules) check(at string, value any) []error {
	found := typeOf(value)
	if expected := r.types(); len(expected) > 0 && !slices.Contains(expected, found) &&
		(found != "integer" || !slices.Contains(expected, "number")) {
		return []error{core.Errorf(core.InvalidConfig, "configuration key %q: expected %s, found %s", at, strings.Join(expected, " or "), found)}
	}
	if len(r.Enum) > 0 && !slices.ContainsFunc(r.Enum, func(e any) bool { return same(e, value) }) {
		raw, _ := json.Marshal(r.Enum) // it was JSON
		shown, _ := json.Marshal(value)
		return []error{core.Errorf(core.InvalidConfig, "configuration key %q is %s", at, shown).WithHint("use one of %s", strings.Trim(string(raw), "[]"))}
	}
	switch value := value.(type) {
	case map[string]any:
		return r.checkObject(at, value)
	case []any:
		var problems []error
		for _, element := range value {
			if r.Items != nil {
				problems = append(problems, r.Items.check(at, element)...)
			}
		}
		return problems
	}
	return nil
}

func (r rules) checkObject(at string, object map[string]any) []error {
	var problems []error
	if at != "" {
		at += "."
	}
	known := sorted(r.Properties)
	for _, key := range sorted(object) {
		if p, ok := r.Properties[key]; ok {
			problems = append(problems, p.check(at+key, object[key])...)
			continue
		}
		if r.AdditionalProperties != false {
			continue
		}
		problem := core.Errorf(core.InvalidConfig, "unknown configuration key %q", at+key)
		if near, ok := spell.Nearest(key, known); ok {
			problem = problem.WithHint("did you mean %q?", near)
		} else if len(known) > 0 {
			problem = problem.WithHint("known keys: %s", strings.Join(known, ", "))
		}
		problems = append(problems, problem)
	}
	for _, key := range r.Required {
		if _, ok := object[key]; !ok {
			problems = append(problems, core.Errorf(core.InvalidConfig, "configuration key %q is missing", at+key))
		}
	}
	return problems
}

func (r rules) types() []string {
	switch t := r.Type.(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, e := range t {
			if name, ok := e.(string); ok {
				all = append(all, name)
			}
		}
		return all
	}
	return nil
}

func typeOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	default:
		return "object"
	}
}

// same compares a value of a schema with one of a configuration.
func same(a, b any) bool {
	if n, ok := b.(json.Number); ok {
		f, err := n.Float64()
		return err == nil && a == f
	}
	return reflect.DeepEqual(a, b)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
