package schema

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// Arrow is the schema of the data set's batches: the stored fields in their
// order, then $meta where the schema has dynamic fields. The collection must
// have passed Check.
func (c *Collection) Arrow() *arrow.Schema {
	stored := c.Stored()
	fields := make([]arrow.Field, 0, len(stored)+1)
	for _, f := range stored {
		fields = append(fields, f.Arrow())
	}
	if c.HasMeta() {
		fields = append(fields, MetaField())
	}
	return arrow.NewSchema(fields, nil)
}

// MetaField is the Arrow form of the dynamic field: JSON objects as text.
func MetaField() arrow.Field {
	return arrow.Field{
		Name: core.DynamicField, Type: arrow.BinaryTypes.String, Nullable: true,
		Metadata: arrow.MetadataFrom(map[string]string{core.MetaType: string(JSON), core.MetaDynamic: "true"}),
	}
}

// Arrow is the field's Arrow form, with the facts of Milvus as metadata. A
// field that can be null, or that has a default, is nullable.
func (f *Field) Arrow() arrow.Field {
	return arrow.Field{
		Name: f.Name, Type: f.arrowType(), Nullable: f.Nullable || f.Default != nil,
		Metadata: arrow.MetadataFrom(f.metadata()),
	}
}

func (f *Field) metadata() map[string]string {
	facts := map[string]string{core.MetaType: string(f.Type)}
	for key, value := range map[string]int{
		core.MetaDim: f.Dim, core.MetaMaxLength: f.MaxLength, core.MetaMaxCapacity: f.MaxCapacity,
	} {
		if value != 0 {
			facts[key] = strconv.Itoa(value)
		}
	}
	for key, set := range map[string]bool{
		core.MetaPrimaryKey: f.IsPrimary, core.MetaAutoID: f.AutoID,
		core.MetaPartitionKey: f.IsPartitionKey, core.MetaNullable: f.Nullable,
	} {
		if set {
			facts[key] = "true"
		}
	}
	if f.ElementType != "" {
		facts[core.MetaElementType] = string(f.ElementType)
	}
	return facts
}

func (f *Field) arrowType() arrow.DataType {
	switch f.Type {
	case FloatVector:
		return arrow.FixedSizeListOf(int32(f.Dim), arrow.PrimitiveTypes.Float32)
	case Int8Vector:
		return arrow.FixedSizeListOf(int32(f.Dim), arrow.PrimitiveTypes.Int8)
	case Float16, BFloat16:
		return &arrow.FixedSizeBinaryType{ByteWidth: 2 * f.Dim}
	case BinaryVector:
		return &arrow.FixedSizeBinaryType{ByteWidth: f.Dim / 8}
	case Sparse:
		return SparseType()
	case Array:
		return arrow.ListOf(f.elementType())
	default:
		return scalarType(f.Type)
	}
}

// SparseType is the Arrow form of a sparse vector: its non-zero places in
// rising order of index.
func SparseType() *arrow.ListType {
	return arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "index", Type: arrow.PrimitiveTypes.Uint32},
		arrow.Field{Name: "value", Type: arrow.PrimitiveTypes.Float32},
	))
}

func (f *Field) elementType() arrow.DataType {
	if f.ElementType != Struct {
		return scalarType(f.ElementType)
	}
	fields := make([]arrow.Field, len(f.StructFields))
	for i := range f.StructFields {
		fields[i] = f.StructFields[i].Arrow()
	}
	return arrow.StructOf(fields...)
}

// scalarType is the Arrow type of a type without parameters. Timestamptz is
// text with an explicit offset and Geometry is WKT, as Milvus imports them.
func scalarType(t Type) arrow.DataType {
	switch t {
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Int8:
		return arrow.PrimitiveTypes.Int8
	case Int16:
		return arrow.PrimitiveTypes.Int16
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Float:
		return arrow.PrimitiveTypes.Float32
	case Double:
		return arrow.PrimitiveTypes.Float64
	case VarChar, String, JSON, Timestamptz, Geometry:
		return arrow.BinaryTypes.String
	default:
		panic(fmt.Sprintf("schema: type %q has no Arrow form: the collection was not checked", t))
	}
}
