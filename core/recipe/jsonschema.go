package recipe

import (
	"encoding/json"
	"fmt"
)

// JSONSchema describes pipeline files for editors, in JSON Schema (draft
// 2020-12), after the rule table and the configurations of the components. It
// knows the keys, what they hold and the options of each sink; what refers to
// something else in the file is left to Parse.
func JSONSchema(components []Component) []byte {
	type object = map[string]any
	whole := objectSchema(recipeKeys())
	properties := whole["properties"].(object)
	properties["$schema"] = object{"type": "string"}
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	whole["title"] = "milvus-ingest pipeline"
	whole["description"] = "Which data set is made, and where its rows go in each environment."
	whole["$defs"] = object{
		"files":       objectSchema(fileKeys()),
		"environment": objectSchema(environmentKeys()),
		"deploy":      objectSchema(deployKeys()),
		"sink":        sinkSchema(components),
		"profile":     object{"type": "object", "additionalProperties": object{"type": "object"}},
	}
	data, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("recipe: JSON Schema: %v", err)) // plain maps, texts and numbers
	}
	return append(data, '\n')
}

// objectSchema is the schema of an object with these keys and no others.
func objectSchema(keys []key) map[string]any {
	properties := map[string]any{}
	var needs []any
	for _, k := range keys {
		for _, name := range append([]string{k.name}, k.aliases...) {
			properties[name] = k.schema()
		}
		if k.needed {
			needs = append(needs, k.name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if needs != nil {
		s["required"] = needs
	}
	return s
}

func (k *key) schema() map[string]any {
	type object = map[string]any
	named := func(what string, more ...any) object {
		ref := any(object{"$ref": "#/$defs/" + what})
		if more != nil {
			ref = object{"anyOf": append(more, ref)}
		}
		return object{
			"type": []string{"object", "null"}, "minProperties": 1, "additionalProperties": ref,
			"propertyNames": object{"pattern": fmt.Sprintf("^[A-Za-z0-9_-]{1,%d}$", maxName)},
		}
	}
	var s object
	switch k.holds {
	case holdsText, holdsName:
		s = object{"type": []string{"string", "null"}, "minLength": 1}
	case holdsNames:
		s = object{"type": []string{"array", "null"}, "minItems": 1, "uniqueItems": true, "items": object{"type": "string"}}
	case holdsWhole:
		s = object{"type": []string{"integer", "null"}, "minimum": k.least}
		if k.most > 0 {
			s["maximum"] = k.most
		}
	case holdsSize:
		s = object{"type": []string{"string", "number", "null"}}
	case holdsFiles:
		s = object{"anyOf": []any{object{"$ref": "#/$defs/files"}, object{"type": "null"}}}
	case holdsSinks:
		s = named("sink")
	case holdsProfiles:
		s = named("profile")
	case holdsDeploy:
		s = object{"anyOf": []any{object{"$ref": "#/$defs/deploy"}, object{"type": "null"}}}
	case holdsOptions:
		s = object{"type": []string{"object", "null"}, "additionalProperties": object{"type": []string{"string", "number", "boolean", "array", "null"}}}
	default: // holdsEnvironments
		s = named("environment", object{"type": "null"})
	}
	if k.words != nil {
		s = object{"enum": append(anyOf(k.words), nil)}
	}
	if k.needed { // null is the same as leaving the key out
		s["not"] = object{"type": "null"}
	}
	s["description"] = k.help
	if k.def != "" {
		s["description"] = k.help + " Default: " + k.def + "."
	}
	if k.example != "" {
		s["examples"] = []json.RawMessage{json.RawMessage(k.example)}
	}
	return s
}

func anyOf(words []string) []any {
	all := make([]any, len(words))
	for i, word := range words {
		all[i] = word
	}
	return all
}

// sinkSchema is the schema of a sink: the name of a component alone, or an
// object with its options.
func sinkSchema(components []Component) map[string]any {
	var names []any
	var each []any
	for _, c := range components {
		names = append(names, c.Name)
		s := shapeOf(c)
		_, open := s.names()
		properties := map[string]any{}
		for name, option := range s.object("properties") {
			properties[name] = optionSchema(option)
		}
		for _, k := range sinkKeys() {
			properties[k.name] = k.schema()
		}
		properties["sink"] = map[string]any{"const": c.Name, "description": c.Summary}
		each = append(each, map[string]any{
			"type": "object", "properties": properties, "required": []string{"sink"}, "additionalProperties": open,
		})
	}
	return map[string]any{"anyOf": append([]any{map[string]any{"enum": names}}, each...)}
}

// optionSchema is that of an option, which may also be a text with references
// or left out.
func optionSchema(option any) map[string]any {
	reference := map[string]any{"type": "string", "pattern": `\$\{`}
	s := map[string]any{"anyOf": []any{option, reference, map[string]any{"type": "null"}}}
	if given, ok := option.(map[string]any); ok {
		for _, word := range []string{"description", "default"} {
			if given[word] != nil {
				s[word] = given[word]
			}
		}
	}
	return s
}
