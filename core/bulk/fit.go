package bulk

import (
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Fits tells what a server's import would refuse of a file, or fall over,
// though it is a data file in order. Each problem names the file and the field.
// sent tells which columns are sent.
func Fits(version schema.Version, c *schema.Collection, f *dataset.DataFile, sent func(name string) bool) []error {
	old := version.Before(schema.Version{Major: 2, Minor: 4})
	var problems []error
	refuse := func(field, hint, format string, args ...any) {
		e := core.Errorf(core.InvalidData, f.Name+": "+format, args...).WithHint("%s", hint)
		e.Field = field
		problems = append(problems, e)
	}
	if ext := strings.ToLower(path.Ext(f.Name)); old && (ext == ".jsonl" || ext == ".ndjson") {
		refuse("", "write .json files with one array, or .parquet", "Milvus %s imports no %s files", version, ext)
	}
	for _, field := range c.Fields {
		if old && f.Format == "json" && field.ElementType == schema.Double && sent(field.Name) {
			refuse(field.Name, "write Parquet files, or insert the rows: to-milvus insert", "Milvus %s reads the numbers of an Array of Double from JSON as float32, and digits are lost", version)
		}
	}
	for _, codec := range f.Codecs {
		if old && strings.HasPrefix(codec, "LZ4") {
			refuse("", "write the file with snappy or zstd", "Milvus %s cannot read its compression, %s", version, codec)
		}
	}
	for _, column := range f.Columns {
		field := c.Field(column.Name)
		if field == nil || !sent(column.Name) {
			continue
		}
		if want := wanted(field, old); want != "" && !takes(field, column.Type, old) {
			hint := "write the column as " + want + ", or leave it out with --exclude-fields " + column.Name
			if halfFloat(column.Type) {
				hint += ": a server of this version ends when it imports such a column"
			}
			refuse(column.Name, hint, "import takes the column as %s, and it is %s", want, column.Type)
		}
	}
	return problems
}

// wanted says in words as what an import takes a field's column; "" where it
// is not known to be picky.
func wanted(f *schema.Field, old bool) string {
	switch {
	case f.Type == schema.Bool:
		return "bool"
	case f.Type == schema.Float && old:
		return "float32"
	case f.Type == schema.Double && old:
		return "float64"
	case f.Type.IsInteger():
		return "a signed whole number of at most its width"
	case f.Type == schema.Float || f.Type == schema.Double:
		return "a signed whole number, float32 or float64"
	case f.Type.IsText(), f.Type == schema.JSON, f.Type == schema.Sparse:
		return "string (not large_string, not a dictionary)"
	case f.Type == schema.FloatVector:
		return "a list of float32 or float64"
	case f.Type == schema.Array:
		return "a list"
	default:
		return ""
	}
}

// takes tells whether an import takes a column of this type for the field.
func takes(f *schema.Field, t arrow.DataType, old bool) bool {
	switch {
	case f.Type == schema.Bool:
		return t.ID() == arrow.BOOL
	case f.Type.IsInteger():
		return signedBits(t) > 0 && signedBits(t) <= bitsOf(f.Type)
	case f.Type == schema.Float && old:
		return t.ID() == arrow.FLOAT32
	case f.Type == schema.Double && old:
		return t.ID() == arrow.FLOAT64
	case f.Type == schema.Float || f.Type == schema.Double:
		return signedBits(t) > 0 || t.ID() == arrow.FLOAT32 || t.ID() == arrow.FLOAT64
	case f.Type.IsText(), f.Type == schema.JSON, f.Type == schema.Sparse:
		return t.ID() == arrow.STRING
	case f.Type == schema.FloatVector:
		element := elementOf(t, !old)
		return element != nil && (element.ID() == arrow.FLOAT32 || element.ID() == arrow.FLOAT64)
	case f.Type == schema.Array:
		return elementOf(t, false) != nil && !halfFloat(t)
	default:
		return true
	}
}

// elementOf is the type of a list's elements, nil where it is no list. Lists of
// a fixed size are taken by servers since 2026.
func elementOf(t arrow.DataType, fixed bool) arrow.DataType {
	switch list := t.(type) {
	case *arrow.FixedSizeListType:
		if fixed {
			return list.Elem()
		}
	case arrow.ListLikeType:
		return list.Elem()
	}
	return nil
}

func halfFloat(t arrow.DataType) bool {
	if list, ok := t.(arrow.ListLikeType); ok {
		t = list.Elem()
	}
	return t.ID() == arrow.FLOAT16
}

// signedBits is the width of a signed whole number, 0 for other types.
func signedBits(t arrow.DataType) int {
	if slices.Contains([]arrow.Type{arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64}, t.ID()) {
		return t.(arrow.FixedWidthDataType).BitWidth()
	}
	return 0
}

func bitsOf(t schema.Type) int {
	switch t {
	case schema.Int8:
		return 8
	case schema.Int16:
		return 16
	case schema.Int32:
		return 32
	default:
		return 64
	}
}
