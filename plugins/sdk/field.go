package sdk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// AllTypes lists the Milvus types that a field can have, for the Info of a sink
// that stores them all.
func AllTypes() []string {
	return []string{
		"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array", "Timestamptz", "Geometry",
		"FloatVector", "BinaryVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "SparseFloatVector",
	}
}

// TypeOf is the Milvus type of a field, such as "VarChar"; "" where the schema
// does not tell it.
func TypeOf(field arrow.Field) string {
	text, _ := field.Metadata.GetValue(core.MetaType)
	return text
}

// Dim is the number of dimensions of a dense vector field, 0 for others.
func Dim(field arrow.Field) int { return fact(field, core.MetaDim, 0) }

// MaxLength is the most bytes that a text of the field, or of the elements of
// an array field, may have: 65535 where the schema sets no limit.
func MaxLength(field arrow.Field) int { return fact(field, core.MetaMaxLength, 65535) }

// MaxCapacity is the most elements that a value of an array field may have:
// 4096 where the schema sets no limit.
func MaxCapacity(field arrow.Field) int { return fact(field, core.MetaMaxCapacity, 4096) }

func fact(field arrow.Field, key string, otherwise int) int {
	text, _ := field.Metadata.GetValue(key)
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// suits refuses a field whose type the component does not name; one that
// names no types takes all.
func (i Info) suits(field arrow.Field) error {
	kind := TypeOf(field)
	if len(i.Types) == 0 || kind == "" || slices.Contains(i.Types, kind) {
		return nil
	}
	return core.Errorf(core.InvalidConfig, "%s does not take %s", i.Name, kind).WithField(field.Name).
		WithHint("it takes %s", strings.Join(i.Types, ", "))
}
