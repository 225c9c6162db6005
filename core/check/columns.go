package check

import (
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// columnRules compares the columns of a Parquet file with the schema. Those of
// a JSON file are compared row by row, by the reader.
func (r *run) columnRules(f *dataset.DataFile) {
	if f.Err != nil || f.Format != "parquet" {
		return
	}
	for _, codec := range f.Codecs {
		if !slices.Contains([]string{"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI"}, strings.ToUpper(codec)) {
			finding := about(dataset.RuleCodec, dataset.Error, f.Name, "compressed with %s, which Milvus cannot read", codec)
			finding.Hint = "write it with snappy, zstd, gzip, brotli or none"
			r.find(finding)
		}
	}
	seen := map[string]bool{}
	for _, c := range f.Columns {
		if seen[c.Name] {
			r.columnFinding(f, dataset.RuleDuplicate, dataset.Error, c.Name, "", "two columns have this name")
			continue
		}
		seen[c.Name] = true
		r.present(f, c)
	}
	for _, field := range r.set.Schema.Stored() {
		if !seen[field.Name] {
			r.absent(f, field)
		}
	}
}

func (r *run) columnFinding(f *dataset.DataFile, rule string, severity dataset.Severity, field, hint, format string, args ...any) {
	finding := about(rule, severity, f.Name, format, args...)
	finding.Field, finding.Hint = field, hint
	r.find(finding)
}

// present looks at a column that the file has.
func (r *run) present(f *dataset.DataFile, c arrow.Field) {
	s := r.set.Schema
	field := s.Field(c.Name)
	switch function := s.FunctionOf(c.Name); {
	case function != nil:
		r.columnFinding(f, dataset.RuleFunction, dataset.Error, c.Name, "leave the column out",
			"Milvus makes this field by the function %s; it must not be in the file", function.Name)
	case c.Name == core.DynamicField && s.EnableDynamic:
		if !isText(c.Type) {
			r.columnFinding(f, dataset.RuleType, dataset.Error, c.Name, "", "%s; Milvus takes utf8", typeName(c.Type))
		}
	case field == nil:
		r.unknown(f, c.Name)
	default:
		if field.AutoID && !r.set.Ours() {
			r.autoID(f, field)
		}
		r.typed(f, c, field)
		if field.Nullable && !c.Nullable {
			r.columnFinding(f, dataset.RuleRequired, dataset.Warning, c.Name, "write the column as optional, or use a server newer than 2.5",
				"the column is required and the field nullable: some 2.5 servers end at that")
		}
	}
}

func (r *run) unknown(f *dataset.DataFile, name string) {
	s := r.set.Schema
	hint := "leave the column out, or add the field to the schema"
	if s.EnableDynamic {
		hint = "dynamic values go into one column $meta of JSON objects: write them there"
	} else if near, ok := spell.Nearest(name, fieldNames(s)); ok {
		hint = "did you mean " + near + "?"
	}
	r.columnFinding(f, dataset.RuleUnknown, dataset.Error, name, hint, "the schema has no such field")
}

func fieldNames(c *schema.Collection) []string {
	var names []string
	for i := range c.Fields {
		names = append(names, c.Fields[i].Name)
	}
	return names
}

func (r *run) autoID(f *dataset.DataFile, field *schema.Field) {
	severity, hint := dataset.Error, "leave the column out, or accept it with --drop-auto-id: upload and import do not send it"
	if r.o.DropAutoID {
		severity, hint = dataset.Note, ""
	}
	r.columnFinding(f, dataset.RuleAutoID, severity, field.Name, hint,
		"Milvus makes this key (auto_id) and refuses a file that has it")
}

func (r *run) absent(f *dataset.DataFile, field *schema.Field) {
	switch {
	case field.AutoID && !r.set.Ours():
	case field.Nullable || field.Default != nil:
		what := "nullable"
		if !field.Nullable {
			what = "with a default"
		}
		r.columnFinding(f, dataset.RuleMissing, dataset.Warning, field.Name, "write the column, with nulls",
			"the file has no such column; the field is %s, and Milvus before 2.6 still refuses the file", what)
	default:
		r.columnFinding(f, dataset.RuleMissing, dataset.Error, field.Name, "write the column",
			"the file has no such column, and every row needs a value")
	}
}

// typed looks at the column's type.
func (r *run) typed(f *dataset.DataFile, c arrow.Field, field *schema.Field) {
	takes, severity, why := accepts(field, c.Type)
	if severity == "" {
		return
	}
	rule := dataset.RuleType
	if c.Type.ID() == arrow.FIXED_SIZE_LIST {
		rule = dataset.RuleFixedSize
	}
	if severity == dataset.Error {
		rule = dataset.RuleType
	}
	message := sprintf("%s, where %s takes %s", typeName(c.Type), field.Type, takes)
	if why != "" {
		message += ": " + why
	}
	r.columnFinding(f, rule, severity, field.Name, "", "%s", message)
}

// accepts says what types Milvus takes for a field, and how bad it is that the
// column has another; "" where it is fine.
func accepts(f *schema.Field, t arrow.DataType) (takes string, severity dataset.Severity, why string) {
	const older = "Milvus 2.3 refuses the file"
	if t.ID() == arrow.NULL && (f.Nullable || f.Default != nil) {
		return "values", dataset.Warning, "a column of nulls without a type is taken by Milvus 2.5 and later"
	}
	switch {
	case f.Type == schema.Bool:
		return "bool", errorUnless(t.ID() == arrow.BOOL), ""
	case f.Type.IsInteger():
		return "a signed integer of the same width or less", errorUnless(narrower(t.ID(), f.Type)), ""
	case f.Type == schema.Float || f.Type == schema.Double:
		if f.Type == schema.Float && t.ID() != arrow.FLOAT32 && isNumber(t.ID()) {
			return "float", dataset.Warning, older
		}
		return "a number", errorUnless(isNumber(t.ID())), ""
	case f.Type == schema.Array:
		return acceptsArray(f, t)
	case f.Type.IsDense():
		return acceptsDense(f, t)
	case f.Type == schema.Sparse && isPlaces(t):
		return "utf8", dataset.Warning, "structs of indices and values are taken by Milvus 2.6 and later"
	default:
		return "utf8", errorUnless(isText(t)), "insert converts it, an import does not"
	}
}

func errorUnless(fine bool) dataset.Severity {
	if fine {
		return ""
	}
	return dataset.Error
}

func acceptsArray(f *schema.Field, t arrow.DataType) (takes string, severity dataset.Severity, why string) {
	list, ok := t.(arrow.ListLikeType)
	takes = "a list of " + string(f.ElementType)
	if !ok {
		return takes, dataset.Error, ""
	}
	if f.ElementType == schema.Struct {
		severity = errorUnless(list.Elem().ID() == arrow.STRUCT)
	} else {
		_, severity, why = accepts(&schema.Field{Type: f.ElementType}, list.Elem())
	}
	if severity == "" && t.ID() == arrow.FIXED_SIZE_LIST {
		return "a plain list", dataset.Warning, fixedSizeWhy
	}
	return takes, severity, why
}

const fixedSizeWhy = "lists of fixed size are taken by servers of May 2026 and later"

func acceptsDense(f *schema.Field, t arrow.DataType) (takes string, severity dataset.Severity, why string) {
	element := arrow.NULL
	list, isList := t.(arrow.ListLikeType)
	if isList {
		element = list.Elem().ID()
	}
	switch f.Type {
	case schema.FloatVector:
		takes, severity = "a list of numbers", errorUnless(isList && isNumber(element))
	case schema.Int8Vector:
		takes, severity = "a list of int8", errorUnless(isList && element == arrow.INT8)
	default:
		takes, severity = "a list of uint8, or binary", errorUnless(isList && element == arrow.UINT8 || t.ID() == arrow.BINARY)
		if element == arrow.FLOAT16 {
			why = "a float16 column ends some servers"
		}
	}
	if severity == "" && t.ID() == arrow.FIXED_SIZE_LIST {
		return "a plain list", dataset.Warning, fixedSizeWhy
	}
	return takes, severity, why
}

// isPlaces tells whether a type is a struct of indices and values.
func isPlaces(t arrow.DataType) bool {
	s, ok := t.(*arrow.StructType)
	if !ok || s.NumFields() != 2 {
		return false
	}
	_, indices := s.FieldIdx("indices")
	_, values := s.FieldIdx("values")
	return indices && values
}

func isText(t arrow.DataType) bool { return t.ID() == arrow.STRING }

func isNumber(t arrow.Type) bool {
	return t == arrow.FLOAT32 || t == arrow.FLOAT64 || narrower(t, schema.Int64)
}

// narrower tells whether an integer type is signed and fits a field's.
func narrower(t arrow.Type, f schema.Type) bool {
	width := map[arrow.Type]int{arrow.INT8: 8, arrow.INT16: 16, arrow.INT32: 32, arrow.INT64: 64}[t]
	most := map[schema.Type]int{schema.Int8: 8, schema.Int16: 16, schema.Int32: 32, schema.Int64: 64}[f]
	return width > 0 && width <= most
}

// typeName is an Arrow type in the words of its users.
func typeName(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		return sprintf("fixed_size_list<%s>[%d]", typeName(t.Elem()), t.Len())
	case *arrow.ListType:
		return sprintf("list<%s>", typeName(t.Elem()))
	case *arrow.LargeListType:
		return sprintf("large_list<%s>", typeName(t.Elem()))
	case *arrow.StructType:
		var fields []string
		for i, f := range t.Fields() {
			if i == 3 {
				fields = append(fields, sprintf("and %d more", t.NumFields()-i))
				break
			}
			fields = append(fields, f.Name+": "+typeName(f.Type))
		}
		return "struct<" + strings.Join(fields, ", ") + ">"
	case *arrow.DictionaryType:
		return sprintf("dictionary<%s>", typeName(t.ValueType))
	default:
		return t.String()
	}
}
