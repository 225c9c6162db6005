package column

import (
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// MaxLength is the most bytes of a text field's values; what has no limit of
// its own has Milvus's.
func MaxLength(field arrow.Field) int { return fact(field, core.MetaMaxLength, 65535) }

// MaxCapacity is the most elements of an array field.
func MaxCapacity(field arrow.Field) int { return fact(field, core.MetaMaxCapacity, 4096) }

func fact(field arrow.Field, key string, otherwise int) int {
	text, _ := field.Metadata.GetValue(key)
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// Flag tells whether a flag of the field's metadata is set.
func Flag(field arrow.Field, key string) bool {
	text, _ := field.Metadata.GetValue(key)
	return text == "true"
}

// Kind is the Milvus type of a field.
func Kind(field arrow.Field) string {
	text, _ := field.Metadata.GetValue(core.MetaType)
	return text
}
