package schema

import "slices"

// A key is one row of the rule table: a key of a schema file, what it may
// hold and where it applies. The table drives parsing, the check of unknown
// and misplaced keys, the JSON Schema for editors, the text of help and the
// tables of the documentation.
type key struct {
	name    string
	aliases []string // other spellings that are read: those of Milvus's own clients
	holds   holding
	types   []Type // the field types that it applies to; nil: all
	// least and most bound a whole number, or a ratio; both 0: no bounds.
	least, most int64
	help        string
	def         string // what holds where the key is left out
	example     string // a value as JSON
}

// holding is what a key may hold, in the words of messages.
type holding string

const (
	holdsText     holding = "text"
	holdsFlag     holding = "true or false"
	holdsWhole    holding = "a whole number"
	holdsNumber   holding = "a number"
	holdsScalar   holding = "a text, a number, true or false"
	holdsScalars  holding = "a list of texts, numbers or flags"
	holdsTexts    holding = "a list of texts"
	holdsObject   holding = "an object"
	holdsWords    holding = "an object of texts, numbers or flags"
	holdsType     holding = "a field type"
	holdsElement  holding = "an element type"
	holdsDynamic  holding = "a type of a dynamic field"
	holdsFields   holding = "a list of fields"
	holdsStruct   holding = "a list of struct fields"
	holdsDynamics holding = "a list of dynamic fields"
	holdsFuncs    holding = "a list of functions"
	holdsIndex    holding = "an index"
)

// The bounds of Milvus.
const (
	maxNameBytes  = 255
	maxVarChar    = 65535
	maxCapacity   = 4096
	maxDim        = 32768
	maxPartitions = 4096
	// Bounds of ours: a collection has 64 fields, so that what goes beyond
	// these is no schema.
	maxFields = 1024
	maxNames  = 64
)

func (k *key) applies(t Type) bool { return k.types == nil || slices.Contains(k.types, t) }

// spelled tells whether the word is the key or another spelling of it.
func (k *key) spelled(word string) bool { return k.name == word || slices.Contains(k.aliases, word) }

func find(keys []key, word string) *key {
	for i := range keys {
		if keys[i].spelled(word) {
			return &keys[i]
		}
	}
	return nil
}

func numberTypes() []Type { return []Type{Int8, Int16, Int32, Int64, Float, Double} }

func denseTypes() []Type { return []Type{FloatVector, BinaryVector, Float16, BFloat16, Int8Vector} }

// collectionKeys are the keys of a whole schema.
func collectionKeys() []key {
	return []key{
		{name: "collection_name", aliases: []string{"name"}, holds: holdsText, help: "Name of the collection.", def: "the file's name", example: `"knowledge_base"`},
		{name: "description", holds: holdsText, help: "What the collection is for; generated text takes its language from it.", example: `"Questions and answers"`},
		{name: "fields", holds: holdsFields, help: "The fields, in the order of the data set. Exactly one is the primary key.", example: `[{"name": "id", "type": "Int64", "is_primary": true}]`},
		{name: "num_partitions", holds: holdsWhole, least: 1, most: maxPartitions, help: "Partitions that the rows are spread over by the partition key.", def: "the server's", example: `16`},
		{name: "num_shards", aliases: []string{"shards_num"}, holds: holdsWhole, least: 1, most: 64, help: "Shards of the collection.", def: "the server's", example: `2`},
		{name: "enable_dynamic_field", holds: holdsFlag, help: "Whether rows may have keys that are no fields; they are kept in $meta.", def: "false", example: `true`},
		{name: "dynamic_fields", holds: holdsDynamics, help: "Keys to generate inside $meta.", example: `[{"name": "author", "type": "String"}]`},
		{name: "functions", holds: holdsFuncs, help: "Functions that make fields of other fields inside Milvus; what they make is never in a data set.", example: `[{"name": "bm25", "type": "BM25", "input_field_names": ["text"], "output_field_names": ["sparse"]}]`},
		{name: "properties", holds: holdsWords, help: "Properties of the collection, as Milvus names them.", example: `{"collection.ttl.seconds": "86400"}`},
		{name: "hooks", holds: holdsText, help: "File with JavaScript or TypeScript hooks, relative to the schema file.", example: `"hooks.js"`},
		{name: "language", holds: holdsText, help: "Language of generated text.", def: "that of the descriptions", example: `"zh"`},
	}
}

// fieldKeys are the keys of a field.
func fieldKeys() []key {
	return slices.Concat(namingKeys(), roleKeys(), shapeKeys(), valueKeys(), textKeys(), makingKeys())
}

func namingKeys() []key {
	return []key{
		{name: "name", holds: holdsText, help: "Name of the field: letters, digits and _, not a digit first, at most 255 bytes.", example: `"title"`},
		{name: "type", holds: holdsType, help: "Type of the field.", example: `"VarChar"`},
		{name: "description", holds: holdsText, help: "What the field holds; helps to choose its generator.", example: `"Title of the document"`},
	}
}

func roleKeys() []key {
	partition := []Type{Int64, VarChar, String}
	return []key{
		{name: "is_primary", holds: holdsFlag, types: partition, help: "Whether the field is the primary key; its values are all different.", def: "false", example: `true`},
		{name: "auto_id", holds: holdsFlag, types: partition, help: "Whether the server makes the values of the primary key.", def: "false", example: `true`},
		{name: "is_partition_key", holds: holdsFlag, types: partition, help: "Whether rows are spread over partitions by this field.", def: "false", example: `true`},
		{
			name: "is_clustering_key", holds: holdsFlag, types: append(numberTypes(), VarChar, String, FloatVector),
			help: "Whether Milvus sorts its segments by this field.", def: "false", example: `true`,
		},
		{name: "nullable", holds: holdsFlag, help: "Whether values may be null.", def: "false", example: `true`},
		{
			name: "default_value", holds: holdsScalar, types: append(numberTypes(), Bool, VarChar, String, Timestamptz, Geometry),
			help: "Value that the server puts where a row has none.", example: `"unknown"`,
		},
	}
}

func shapeKeys() []key {
	return []key{
		{name: "dim", holds: holdsWhole, types: denseTypes(), help: "Dimension of the vectors.", example: `768`},
		{name: "max_length", holds: holdsWhole, types: []Type{VarChar, String, Array}, least: 1, most: maxVarChar, help: "Most bytes (not characters) of a text, or of each text in an array.", example: `200`},
		{name: "element_type", holds: holdsElement, types: []Type{Array}, help: "Type of an array's elements.", example: `"VarChar"`},
		{name: "max_capacity", holds: holdsWhole, types: []Type{Array}, least: 1, most: maxCapacity, help: "Most elements of an array.", example: `10`},
		{
			name: "struct_fields", aliases: []string{"fields"}, holds: holdsStruct, types: []Type{Array},
			help: "The fields of the elements, where element_type is Struct.", example: `[{"name": "page", "type": "Int32"}]`,
		},
	}
}

func valueKeys() []key {
	numbers := append(numberTypes(), Array)
	return []key{
		{name: "min", aliases: []string{"min_value"}, holds: holdsNumber, types: numbers, help: "Least value, or least element of an array.", example: `0`},
		{name: "max", aliases: []string{"max_value"}, holds: holdsNumber, types: numbers, help: "Greatest value, or greatest element of an array.", example: `100`},
		{
			name: "enum_values", holds: holdsScalars, types: append(numberTypes(), Bool, VarChar, String, Array),
			help: "The only values, or the only elements of an array.", example: `["draft", "published"]`,
		},
		{
			name: "cardinality_ratio", holds: holdsNumber, types: append(numberTypes(), VarChar, String), least: 0, most: 1,
			help: "Share of different values among the rows, above 0 and at most 1.", example: `0.1`,
		},
	}
}

func textKeys() []key {
	text := []Type{VarChar, String}
	return []key{
		{name: "enable_analyzer", holds: holdsFlag, types: text, help: "Whether Milvus splits the text into words; the input of BM25 needs it and gets it unasked.", def: "false", example: `true`},
		{name: "enable_match", holds: holdsFlag, types: text, help: "Whether filters may use TEXT_MATCH; needs enable_analyzer.", def: "false", example: `true`},
		{name: "analyzer_params", holds: holdsObject, types: text, help: "How Milvus splits the text.", def: "the standard analyzer", example: `{"type": "chinese"}`},
		{name: "multi_analyzer_params", holds: holdsObject, types: text, help: "An analyzer for each language.", example: `{"by_field": "language", "analyzers": {"default": {"type": "standard"}}}`},
	}
}

func makingKeys() []key {
	return []key{
		{name: "mmap_enabled", holds: holdsFlag, help: "Whether Milvus maps the field from disk instead of holding it in memory.", def: "the server's", example: `true`},
		{name: "generator", holds: holdsText, help: "Generator of the values.", def: "chosen by type, limits, name and description", example: `"sequence"`},
		{name: "params", holds: holdsObject, help: "Configuration of the generator.", example: `{"start": 1000}`},
		{name: "uses", holds: holdsTexts, help: "Fields whose values the generator or the hook reads.", example: `["category"]`},
		{name: "index", holds: holdsIndex, help: "Index to build on the field.", def: "AUTOINDEX on vectors", example: `{"type": "HNSW", "metric": "COSINE"}`},
	}
}

// structKeys are the keys of a field inside the elements of an Array of
// Struct.
func structKeys() []key {
	own := []string{"name", "type", "description", "dim", "max_length", "min", "max", "enum_values"}
	var keys []key
	for _, k := range fieldKeys() {
		if slices.Contains(own, k.name) {
			if k.name == "type" {
				k.help = "Type of the field: a scalar type, or a dense vector."
			}
			keys = append(keys, k)
		}
	}
	return keys
}

// indexKeys are the keys of a field's index.
func indexKeys() []key {
	return []key{
		{name: "type", aliases: []string{"index_type"}, holds: holdsText, help: "Type of the index.", def: "AUTOINDEX", example: `"HNSW"`},
		{name: "metric", aliases: []string{"metric_type"}, holds: holdsText, help: "Metric of a vector index.", def: "COSINE; HAMMING for binary, IP for sparse, BM25 for BM25", example: `"COSINE"`},
		{name: "params", holds: holdsObject, help: "Parameters of the index, as Milvus names them.", example: `{"M": 16, "efConstruction": 200}`},
	}
}

// functionKeys are the keys of a function.
func functionKeys() []key {
	return []key{
		{name: "name", holds: holdsText, help: "Name of the function.", example: `"bm25"`},
		{name: "type", aliases: []string{"function_type"}, holds: holdsText, help: "Type of the function: BM25, TextEmbedding, MinHash.", example: `"BM25"`},
		{name: "input_field_names", holds: holdsTexts, help: "The fields that it reads; BM25 reads one VarChar.", example: `["text"]`},
		{name: "output_field_names", holds: holdsTexts, help: "The fields that it makes; BM25 makes one SparseFloatVector. They are in fields, too.", example: `["sparse"]`},
		{name: "description", holds: holdsText, help: "What the function is for.", example: `"Full-text search"`},
		{name: "params", holds: holdsObject, help: "Parameters of the function.", example: `{}`},
	}
}

// dynamicKeys are the keys of a dynamic field.
func dynamicKeys() []key {
	return []key{
		{name: "name", holds: holdsText, help: "Key inside $meta: letters, digits and _, not a digit first; not the name of a field.", example: `"author"`},
		{name: "type", holds: holdsDynamic, help: "Type of the values: Bool, Int, Float, String, Array or JSON.", example: `"String"`},
		{name: "description", holds: holdsText, help: "What the key holds.", example: `"Who wrote it"`},
		{name: "probability", holds: holdsNumber, most: 1, help: "Share of the rows that have the key, from 0 to 1.", def: "1", example: `0.8`},
		{name: "min_value", aliases: []string{"min"}, holds: holdsNumber, types: []Type{DynamicInt, DynamicFloat}, help: "Least value.", example: `0`},
		{name: "max_value", aliases: []string{"max"}, holds: holdsNumber, types: []Type{DynamicInt, DynamicFloat}, help: "Greatest value.", example: `100`},
		{name: "min_length", holds: holdsWhole, types: []Type{DynamicString}, most: maxVarChar, help: "Fewest bytes of a text.", example: `5`},
		{name: "max_length", holds: holdsWhole, types: []Type{DynamicString}, least: 1, most: maxVarChar, help: "Most bytes of a text.", example: `50`},
		{name: "values", aliases: []string{"enum_values"}, holds: holdsScalars, help: "The only values.", example: `["a", "b"]`},
		{name: "array_min_length", holds: holdsWhole, types: []Type{DynamicArray}, most: maxCapacity, help: "Fewest elements.", example: `1`},
		{name: "array_max_length", holds: holdsWhole, types: []Type{DynamicArray}, least: 1, most: maxCapacity, help: "Most elements.", example: `5`},
	}
}
