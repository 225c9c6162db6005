package schema

import (
	"encoding/json"
	"fmt"
)

// summaryOf says in a line what a type is.
func summaryOf(t Type) string {
	switch t {
	case Bool:
		return "true or false"
	case Int8, Int16, Int32, Int64:
		return fmt.Sprintf("whole numbers of %s bits", string(t[3:]))
	case Float:
		return "numbers of 32 bits"
	case Double:
		return "numbers of 64 bits"
	case VarChar:
		return "text, at most max_length bytes"
	case String:
		return "text; the same as VarChar, which Milvus makes of it"
	case JSON:
		return "objects without a fixed form, kept as JSON"
	case Array:
		return "lists of values of one type, at most max_capacity of them"
	case Timestamptz:
		return "points in time with an offset from UTC"
	case Geometry:
		return "points, lines and areas, as well-known text"
	case FloatVector:
		return "vectors of 32-bit numbers"
	case BinaryVector:
		return "vectors of bits"
	case Float16:
		return "vectors of 16-bit numbers (IEEE half precision)"
	case BFloat16:
		return "vectors of 16-bit numbers (the upper half of a 32-bit one)"
	case Int8Vector:
		return "vectors of whole numbers from -128 to 127"
	case Sparse:
		return "vectors of which only the places that are not zero are kept; often made by a BM25 function"
	default:
		return ""
	}
}

// limitsOf are the bounds of a type that its keys do not tell.
func limitsOf(t Type) []string {
	switch {
	case t.IsNumber():
		return []string{"Values: " + rangeText(t) + ".", "min, max, enum_values and default_value lie within it; min is not above max."}
	case t.IsText():
		return []string{
			"max_length counts bytes of UTF-8: a Chinese character takes 3.",
			"Generated text never exceeds it and never ends inside a character.",
		}
	case t == JSON:
		return []string{"A value takes at most 65,536 bytes.", "It has no default_value."}
	case t == Array:
		return []string{
			fmt.Sprintf("max_capacity: at most %d elements.", maxCapacity),
			"max_length is required where element_type is VarChar, and bounds each element in bytes.",
			"struct_fields is required where element_type is Struct (Milvus 2.6 and later).",
			"min, max and enum_values speak of the elements. It has no default_value.",
		}
	case t == Timestamptz:
		return []string{"Milvus 2.6 and later. Text with an explicit offset, such as 2025-01-31T08:00:00+08:00."}
	case t == Geometry:
		return []string{"Milvus 2.6 and later. Well-known text, such as POINT (30 10)."}
	case t.IsDense():
		return vectorLimits(t)
	case t == Sparse:
		return []string{"Milvus 2.4 and later. It has no dim.", "Places are whole numbers from 0 to 4294967294, each once."}
	default:
		return nil
	}
}

func vectorLimits(t Type) []string {
	limits := []string{"A server allows 4 vector fields in a collection, unless proxy.maxVectorFieldNum says more; Milvus 2.3 allows one."}
	switch t {
	case BinaryVector:
		limits = append(limits, "dim counts bits, 8 of them a byte.")
	case Float16:
		limits = append(limits, "Milvus 2.3.5 and later.")
	case BFloat16:
		limits = append(limits, "Milvus 2.4 and later.")
	case Int8Vector:
		limits = append(limits, "Milvus 2.6 and later.")
	}
	return limits
}

// exampleOf is a field of the type that can stand in a schema.
func exampleOf(t Type) json.RawMessage {
	return fmt.Appendf(nil, `{"name":"%s","type":"%s"%s}`, exampleName(t), t, exampleKeys(t))
}

func exampleName(t Type) string {
	switch t {
	case Bool:
		return "in_stock"
	case Int8, Int16, Int32:
		return "priority"
	case Int64:
		return "views"
	case Float, Double:
		return "score"
	case VarChar, String:
		return "title"
	case JSON:
		return "metadata"
	case Array:
		return "tags"
	case Timestamptz:
		return "created_at"
	case Geometry:
		return "location"
	case Sparse:
		return "keywords"
	default:
		return "vector"
	}
}

func exampleKeys(t Type) string {
	switch t {
	case Int8, Int16, Int32:
		return `,"min":1,"max":5,"default_value":3`
	case Int64:
		return `,"min":0,"max":1000000`
	case Float, Double:
		return `,"min":0,"max":1`
	case VarChar, String:
		return `,"max_length":200,"description":"Title of the document"`
	case JSON, Geometry, Timestamptz:
		return `,"nullable":true`
	case Array:
		return `,"element_type":"VarChar","max_capacity":10,"max_length":50`
	case FloatVector, Float16, BFloat16, Int8Vector:
		return `,"dim":768`
	case BinaryVector:
		return `,"dim":1024`
	default:
		return ""
	}
}
