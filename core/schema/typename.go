package schema

import (
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// typeName reads the name of a type. One that is nearly known is taken, with
// a problem, so that the rest of the field is checked.
func (d *decoder) typeName(target *Type, n *document.Node, k *key, path string) {
	if !d.is(n, k, path, document.Text) {
		return
	}
	known := typesOf(k, path)
	for _, t := range known {
		if string(t) == n.Text {
			*target = t
			return
		}
	}
	if t, ok := silentSpelling(k, n.Text); ok {
		*target = t
		return
	}
	words := make([]string, len(known))
	for i, t := range known {
		words[i] = string(t)
	}
	fault := d.fault(n.Pos, path, "unknown %s %q", strings.TrimPrefix(strings.TrimPrefix(string(k.holds), "a "), "an "), document.Clip(n.Text)).
		Expect("one of %s", strings.Join(words, ", "))
	if hint := otherSpelling(n.Text); hint != "" {
		fault.Mend("%s", hint)
	} else if near, ok := nearest(n.Text, words); ok {
		*target = Type(near)
		fault.Mend("did you mean %q?", near)
	}
}

// typesOf are the types that a key may name.
func typesOf(k *key, path string) []Type {
	switch {
	case k.holds == holdsDynamic:
		return DynamicTypes()
	case k.holds == holdsElement:
		return append(ElementTypes(), String)
	case strings.Contains(path, "struct_fields["):
		return structTypes()
	default:
		return Types()
	}
}

// structTypes lists the types of the fields inside a struct.
func structTypes() []Type {
	return append([]Type{Bool, Int8, Int16, Int32, Int64, Float, Double, VarChar, String}, denseTypes()...)
}

// silentSpelling reads names that leave no doubt and stand in other tools'
// files.
func silentSpelling(k *key, word string) (Type, bool) {
	if k.holds != holdsDynamic {
		return "", false
	}
	switch word {
	case "Boolean":
		return DynamicBool, true
	case "Integer", "Int64":
		return DynamicInt, true
	case "Double":
		return DynamicFloat, true
	case "VarChar":
		return DynamicString, true
	default:
		return "", false
	}
}

// otherSpelling is what to write instead of the words of other systems.
func otherSpelling(word string) string {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(word)) {
	case "struct", "arrayofstruct", "structarray":
		return `write "type": "Array", "element_type": "Struct" and "struct_fields"`
	case "text", "str", "keyword":
		return `write "VarChar" with a max_length`
	case "integer", "long", "bigint":
		return `write "Int64"`
	case "number", "decimal", "real":
		return `write "Double" or "Float"`
	case "date", "datetime", "timestamp":
		return `write "Timestamptz", or "VarChar" or "Int64" for servers before 2.6`
	case "object", "dict", "map":
		return `write "JSON"`
	case "list":
		return `write "Array" with element_type and max_capacity`
	case "vector", "embedding", "densevector":
		return `write "FloatVector" with a dim`
	case "sparse", "sparsevector":
		return `write "SparseFloatVector"`
	case "uint8", "uint16", "uint32":
		return `Milvus has no unsigned numbers: write the next wider type, such as "Int64"`
	default:
		return ""
	}
}
