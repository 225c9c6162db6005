package schema

import (
	"encoding/json"
	"fmt"
)

// JSONSchema describes schema files for editors, in JSON Schema (draft
// 2020-12), after the rule table. It knows the keys, their kinds, which apply
// to which type and the bounds; rules between fields are left to Check.
func JSONSchema() []byte {
	type object = map[string]any
	collection := objectOf(collectionKeys(), "fields")
	collection["properties"].(object)["$schema"] = object{"type": "string"}
	schema := object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "milvus-ingest schema",
		"description": "A Milvus collection: its fields, and how their values are made.",
		"oneOf": []any{
			object{"$ref": "#/$defs/collection"},
			object{"type": "array", "items": object{"$ref": "#/$defs/field"}, "minItems": 1},
		},
		"$defs": object{
			"collection":    collection,
			"field":         fieldSchema(fieldKeys(), Types()),
			"struct_field":  fieldSchema(structKeys(), structTypes()),
			"index":         object{"anyOf": []any{object{"type": "string"}, objectOf(indexKeys())}},
			"function":      objectOf(functionKeys(), "name", "type", "input_field_names", "output_field_names"),
			"dynamic_field": dynamicSchema(),
		},
	}
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("schema: JSON Schema: %v", err)) // plain maps, texts and numbers
	}
	return append(data, '\n')
}

// objectOf is the schema of an object with these keys and no others.
func objectOf(keys []key, required ...string) map[string]any {
	properties := map[string]any{}
	var needs []any
	for _, k := range keys {
		for _, name := range append([]string{k.name}, k.aliases...) {
			properties[name] = k.schema()
		}
	}
	for _, name := range required {
		needs = append(needs, hasKey(find(keys, name)))
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if needs != nil {
		schema["allOf"] = needs
	}
	return schema
}

// hasKey asks for a key in one of its spellings.
func hasKey(k *key) map[string]any {
	if len(k.aliases) == 0 {
		return map[string]any{"required": []string{k.name}}
	}
	var spellings []map[string]any
	for _, name := range append([]string{k.name}, k.aliases...) {
		spellings = append(spellings, map[string]any{"required": []string{name}})
	}
	return map[string]any{"anyOf": spellings}
}

// schema is the JSON Schema of a key's value. null is the same as leaving the
// key out, but for default_value.
func (k *key) schema() map[string]any {
	s := k.valueSchema()
	if s["type"] != nil && k.name != "default_value" {
		s["type"] = []any{s["type"], "null"}
	}
	s["description"] = k.help
	if k.example != "" {
		s["examples"] = []json.RawMessage{json.RawMessage(k.example)}
	}
	return s
}

func (k *key) valueSchema() map[string]any {
	type object = map[string]any
	scalar := []string{"string", "number", "boolean"}
	list := func(items object) object { return object{"type": "array", "items": items} }
	refs := func(name string) object { return list(object{"$ref": "#/$defs/" + name}) }
	switch k.holds {
	case holdsText:
		return object{"type": "string"}
	case holdsFlag:
		return object{"type": "boolean"}
	case holdsWhole:
		if k.most == 0 {
			return object{"type": "integer"}
		}
		return object{"type": "integer", "minimum": k.least, "maximum": k.most}
	case holdsNumber:
		if k.most == 0 {
			return object{"type": "number"}
		}
		return object{"type": "number", "minimum": k.least, "maximum": k.most}
	case holdsScalar:
		return object{"type": scalar}
	case holdsScalars:
		return object{"type": "array", "items": object{"type": scalar}, "minItems": 1}
	case holdsTexts:
		return list(object{"type": "string"})
	case holdsObject:
		return object{"type": "object"}
	case holdsWords:
		return object{"type": "object", "additionalProperties": object{"type": scalar}}
	case holdsType:
		return object{} // the names of types: see fieldSchema
	case holdsElement:
		return object{"enum": append(ElementTypes(), String)}
	case holdsDynamic:
		return object{"enum": append(DynamicTypes(), "Boolean", "Integer", "Int64", "Double", "VarChar")}
	case holdsFields:
		return object{"type": "array", "items": object{"$ref": "#/$defs/field"}, "minItems": 1}
	case holdsStruct:
		return object{"type": "array", "items": object{"$ref": "#/$defs/struct_field"}, "minItems": 1}
	case holdsDynamics:
		return refs("dynamic_field")
	case holdsFuncs:
		return refs("function")
	default: // holdsIndex
		return object{"$ref": "#/$defs/index"}
	}
}

// fieldSchema is the schema of a field: for each type the keys that it needs
// and those that it must not have.
func fieldSchema(keys []key, types []Type) map[string]any {
	schema := objectOf(keys, "name", "type")
	properties := schema["properties"].(map[string]any)
	properties["type"].(map[string]any)["enum"] = types
	properties["name"].(map[string]any)["pattern"] = fmt.Sprintf("^[A-Za-z_][A-Za-z0-9_]{0,%d}$", maxNameBytes-1)
	rules := schema["allOf"].([]any)
	for _, t := range types {
		rules = append(rules, map[string]any{"if": isConst("type", t), "then": typeSchema(keys, t, requiredBy(t))})
	}
	if find(keys, "element_type") != nil {
		rules = append(rules, elementRules(keys)...)
	}
	schema["allOf"] = rules
	return schema
}

func isConst(name string, value any) map[string]any {
	return map[string]any{"properties": map[string]any{name: map[string]any{"const": value}}, "required": []string{name}}
}

// typeSchema is what a type adds to the schema of a field.
func typeSchema(keys []key, t Type, required []string) map[string]any {
	properties := map[string]any{}
	var needs []any
	for _, k := range keys {
		if !k.applies(t) {
			for _, name := range append([]string{k.name}, k.aliases...) {
				properties[name] = absent(&k)
			}
		}
	}
	for _, name := range required {
		needs = append(needs, hasKey(find(keys, name)))
	}
	if find(keys, "dim") != nil && t.IsDense() {
		least, most, step := dimBounds(t)
		properties["dim"] = map[string]any{"minimum": least, "maximum": most, "multipleOf": step}
	}
	then := map[string]any{"properties": properties}
	if needs != nil {
		then["allOf"] = needs
	}
	return then
}

// absent forbids a key; null and false say nothing, and stand in files that
// programs write.
func absent(k *key) map[string]any {
	if k.holds == holdsFlag {
		return map[string]any{"enum": []any{false, nil}}
	}
	return map[string]any{"type": "null"}
}

// elementRules are the rules that an array's element_type adds.
func elementRules(keys []key) []any {
	text := map[string]any{"anyOf": []any{isConst("element_type", VarChar), isConst("element_type", String)}}
	return []any{
		map[string]any{"if": text, "then": hasKey(find(keys, "max_length"))},
		map[string]any{"if": isConst("element_type", Struct), "then": hasKey(find(keys, "struct_fields"))},
	}
}

func dynamicSchema() map[string]any {
	schema := objectOf(dynamicKeys(), "name", "type")
	rules := schema["allOf"].([]any)
	for _, t := range DynamicTypes() {
		rules = append(rules, map[string]any{"if": isConst("type", t), "then": typeSchema(dynamicKeys(), t, nil)})
	}
	schema["allOf"] = rules
	return schema
}

// requiredBy lists the keys that a field of the type must have besides its
// name and type.
func requiredBy(t Type) []string {
	switch {
	case t.IsText():
		return []string{"max_length"}
	case t.IsDense():
		return []string{"dim"}
	case t == Array:
		return []string{"element_type", "max_capacity"}
	default:
		return nil
	}
}
