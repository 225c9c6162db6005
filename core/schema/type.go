package schema

import "slices"

// Type is a Milvus field type, spelled as in schema files.
type Type string

// The field types.
const (
	Bool         Type = "Bool"
	Int8         Type = "Int8"
	Int16        Type = "Int16"
	Int32        Type = "Int32"
	Int64        Type = "Int64"
	Float        Type = "Float"
	Double       Type = "Double"
	VarChar      Type = "VarChar"
	String       Type = "String"
	JSON         Type = "JSON"
	Array        Type = "Array"
	Timestamptz  Type = "Timestamptz"
	Geometry     Type = "Geometry"
	FloatVector  Type = "FloatVector"
	BinaryVector Type = "BinaryVector"
	Float16      Type = "Float16Vector"
	BFloat16     Type = "BFloat16Vector"
	Int8Vector   Type = "Int8Vector"
	Sparse       Type = "SparseFloatVector"
	// Struct is the element type of an Array of Struct, never a field's own.
	Struct Type = "Struct"
)

// The types of dynamic fields; they have no width.
const (
	DynamicBool   Type = "Bool"
	DynamicInt    Type = "Int"
	DynamicFloat  Type = "Float"
	DynamicString Type = "String"
	DynamicArray  Type = "Array"
	DynamicJSON   Type = "JSON"
)

// DynamicTypes lists the types that a dynamic field can have.
func DynamicTypes() []Type {
	return []Type{DynamicBool, DynamicInt, DynamicFloat, DynamicString, DynamicArray, DynamicJSON}
}

// Types lists the types that a field can have.
func Types() []Type {
	return []Type{
		Bool, Int8, Int16, Int32, Int64, Float, Double, VarChar, String, JSON, Array, Timestamptz, Geometry,
		FloatVector, BinaryVector, Float16, BFloat16, Int8Vector, Sparse,
	}
}

// ElementTypes lists the types that an array's elements can have.
func ElementTypes() []Type {
	return []Type{Bool, Int8, Int16, Int32, Int64, Float, Double, VarChar, Struct}
}

// IsInteger tells whether the values are whole numbers.
func (t Type) IsInteger() bool { return slices.Contains([]Type{Int8, Int16, Int32, Int64}, t) }

// IsNumber tells whether the values are numbers.
func (t Type) IsNumber() bool { return t.IsInteger() || t == Float || t == Double }

// IsText tells whether the values are text with a max_length.
func (t Type) IsText() bool { return t == VarChar || t == String }

// IsVector tells whether the field is a vector, dense or sparse.
func (t Type) IsVector() bool { return t.IsDense() || t == Sparse }

// IsDense tells whether the field is a vector with a dim.
func (t Type) IsDense() bool {
	return slices.Contains([]Type{FloatVector, BinaryVector, Float16, BFloat16, Int8Vector}, t)
}
