package check

import "github.com/zilliz/milvus-ingest/core/dataset"

// Rule is one rule that data sets must obey.
type Rule struct {
	Name string
	// Level is what it is about: set, file, column or value.
	Level string
	// Severity is that of most of its findings.
	Severity dataset.Severity
	// What is the rule in one sentence.
	What string
}

// The rules that are not the reader's.
const (
	ruleFileSize   = "file-size"
	ruleFileRows   = "file-rows"
	ruleFileMeta   = "file-meta"
	ruleSetRows    = "set-rows"
	ruleSchema     = "schema"
	ruleKeyUnique  = "key-unique"
	ruleNull       = "value-null"
	ruleLength     = "text-length"
	ruleUTF8       = "text-utf8"
	ruleEnum       = "value-enum"
	ruleRange      = "value-range"
	ruleFinite     = "value-finite"
	ruleCapacity   = "array-capacity"
	ruleTime       = "text-time"
	ruleGeometry   = "text-wkt"
	ruleJSON       = "json-valid"
	ruleJSONSize   = "json-size"
	ruleJSONRoot   = "json-root"
	ruleJSONLone   = "json-surrogate"
	ruleVector     = "vector-finite"
	ruleVectorZero = "vector-zero"
	ruleSparseNone = "sparse-empty"
	ruleHook       = "row-hook"
)

// Rules lists all rules, those of the reader too, in the order in which they
// are applied.
func Rules() []Rule {
	e, w, n := dataset.Error, dataset.Warning, dataset.Note
	return []Rule{
		{ruleSchema, "set", w, "The target version of Milvus knows all that the schema uses."},
		{dataset.RuleListed, "set", e, "The files are those that meta.json tells of."},
		{dataset.RuleMixed, "set", e, "All files are of one type: an import takes files of one type."},
		{dataset.RuleIgnored, "set", n, "Links that lead out of the folder are not followed."},
		{ruleSetRows, "set", e, "The set has as many rows as meta.json tells."},
		{ruleKeyUnique, "set", e, "The primary key is unique over all files: Milvus does not look."},
		{dataset.RuleEmptyFile, "file", e, "The file has content."},
		{dataset.RuleFormat, "file", e, "The content is what the file's name says: Milvus goes by the name."},
		{dataset.RuleFile, "file", e, "The file can be read to its end: it is not cut off and not damaged."},
		{ruleFileSize, "file", e, "The file is not larger than 16 GiB, the limit of an import."},
		{ruleFileRows, "file", e, "The file has rows."},
		{ruleFileMeta, "file", e, "Rows, bytes and SHA-256 of the file are those that meta.json tells."},
		{dataset.RuleBOM, "file", e, "A JSON file begins without a byte order mark."},
		{dataset.RuleSyntax, "file", e, "A JSON file is well formed, to the last bracket."},
		{dataset.RuleLines, "file", w, "JSON rows are in an array; rows one after another (.jsonl) need a newer server."},
		{dataset.RuleNaNToken, "value", e, "NaN and Infinity are no JSON."},
		{dataset.RuleCodec, "column", e, "The file is compressed as Milvus can read it: none, snappy, gzip, zstd, brotli."},
		{dataset.RuleUnknown, "column", e, "Every column is a field of the schema; dynamic values are in $meta."},
		{dataset.RuleFunction, "column", e, "Fields that functions make in Milvus, such as BM25, are not in the file."},
		{dataset.RuleAutoID, "column", e, "A key that Milvus makes (auto_id) is not in a file from elsewhere."},
		{dataset.RuleMissing, "column", e, "Every field has its column; for nullable fields and those with a default it is a warning."},
		{dataset.RuleDuplicate, "column", e, "No column and no key of a row is there twice."},
		{dataset.RuleType, "column", e, "The column's type is one that Milvus converts to the field's."},
		{dataset.RuleFixedSize, "column", w, "Vectors are plain lists; lists of fixed size need a newer server."},
		{dataset.RuleRequired, "column", w, "The column of a nullable field is optional; required ones crash some servers."},
		{ruleNull, "value", e, "A field that is not nullable has a value in every row."},
		{dataset.RuleValue, "value", e, "The value is one of the field's type, without loss."},
		{ruleRange, "value", e, "A number is between the field's min and max."},
		{ruleFinite, "value", e, "A Float or Double is no NaN and not infinite: Milvus refuses it on insert, and an import stores what no filter finds."},
		{ruleEnum, "value", e, "The value is one of the field's enum_values."},
		{ruleLength, "value", e, "A text has at most max_length bytes; Milvus counts bytes, not characters."},
		{ruleUTF8, "value", e, "A text is valid UTF-8."},
		{ruleTime, "value", e, "A Timestamptz is an ISO 8601 time with its offset from UTC."},
		{ruleGeometry, "value", e, "A Geometry is well-known text (WKT)."},
		{ruleCapacity, "value", e, "An array has at most max_capacity elements."},
		{dataset.RuleElement, "value", e, "No element of an array or vector is null."},
		{ruleJSON, "value", e, "A JSON value is well formed."},
		{ruleJSONSize, "value", e, "A JSON value has at most 65,536 bytes; $meta counts as a whole."},
		{ruleJSONRoot, "value", w, "A JSON value is an object; other roots need a newer server."},
		{ruleJSONLone, "value", w, "No text in JSON holds half a surrogate pair."},
		{dataset.RuleMeta, "value", e, "$meta is a JSON object without the names of fields, no key twice."},
		{dataset.RuleDim, "value", e, "A vector has as many elements as the field's dim."},
		{ruleVector, "value", e, "No element of a vector is NaN or infinite."},
		{ruleVectorZero, "value", w, "No vector is all zeros where the metric is COSINE: it has no direction."},
		{dataset.RuleSparse, "value", e, "A sparse vector has whole indexes from 0 to 4294967294, each once, with as many values."},
		{dataset.RuleSparseSort, "value", n, "The indexes of a sparse vector rise; Milvus sorts them where they do not."},
		{ruleSparseNone, "value", w, "A sparse vector has places: an empty one is never found by a search."},
		{ruleHook, "value", e, "The validate hook of --hooks accepts the row."},
	}
}
