// Package schema describes a collection: the fields of a data set, what Milvus
// needs to know of them, and how their values should be made. It parses schema
// files (JSON and YAML), checks all their rules at once, gives the Arrow form
// of the rows, and keeps the library of built-in and user schemas.
package schema

import "encoding/json"

// Collection is a whole schema. Its JSON form is that of schema files.
type Collection struct {
	Name          string            `json:"collection_name,omitempty"`
	Description   string            `json:"description,omitempty"`
	Fields        []Field           `json:"fields"`
	NumPartitions int               `json:"num_partitions,omitempty"`
	NumShards     int               `json:"num_shards,omitempty"`
	EnableDynamic bool              `json:"enable_dynamic_field,omitempty"`
	DynamicFields []DynamicField    `json:"dynamic_fields,omitempty"`
	Functions     []Function        `json:"functions,omitempty"`
	Properties    map[string]string `json:"properties,omitempty"`
	Hooks         string            `json:"hooks,omitempty"`
	// Language is the language of generated text ("zh", "en" …); empty: told
	// from the descriptions.
	Language string `json:"language,omitempty"`

	// from is the file that the schema was parsed from; nil where it was not.
	from *source
}

// Field is one field of a collection.
type Field struct {
	Name           string          `json:"name"`
	Type           Type            `json:"type"`
	Description    string          `json:"description,omitempty"`
	IsPrimary      bool            `json:"is_primary,omitempty"`
	AutoID         bool            `json:"auto_id,omitempty"`
	IsPartitionKey bool            `json:"is_partition_key,omitempty"`
	IsClusterKey   bool            `json:"is_clustering_key,omitempty"`
	Nullable       bool            `json:"nullable,omitempty"`
	Default        json.RawMessage `json:"default_value,omitempty"`
	Dim            int             `json:"dim,omitempty"`
	MaxLength      int             `json:"max_length,omitempty"`
	MaxCapacity    int             `json:"max_capacity,omitempty"`
	ElementType    Type            `json:"element_type,omitempty"`
	// StructFields are the fields of an Array of Struct's elements.
	StructFields []Field `json:"struct_fields,omitempty"`
	// Min and Max bound the values of a number field, or those of an array's
	// number elements. They keep the digits of the file: an int64 does not fit
	// a float64.
	Min json.Number `json:"min,omitempty"`
	Max json.Number `json:"max,omitempty"`
	// Enum lists the only values; each is a JSON scalar.
	Enum             []json.RawMessage `json:"enum_values,omitempty"`
	CardinalityRatio *float64          `json:"cardinality_ratio,omitempty"`
	EnableAnalyzer   bool              `json:"enable_analyzer,omitempty"`
	EnableMatch      bool              `json:"enable_match,omitempty"`
	AnalyzerParams   json.RawMessage   `json:"analyzer_params,omitempty"`
	MultiAnalyzer    json.RawMessage   `json:"multi_analyzer_params,omitempty"`
	MmapEnabled      *bool             `json:"mmap_enabled,omitempty"`
	// Generator names the generator of the values; empty: chosen by type,
	// constraints, name and description.
	Generator string          `json:"generator,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	// Uses names the fields whose values the generator reads.
	Uses  []string `json:"uses,omitempty"`
	Index *Index   `json:"index,omitempty"`
}

// Index says how a field should be indexed.
type Index struct {
	Type   string                     `json:"type,omitempty"`
	Metric string                     `json:"metric,omitempty"`
	Params map[string]json.RawMessage `json:"params,omitempty"`
}

// Function makes fields of other fields inside Milvus; its outputs are never
// part of a data set.
type Function struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Inputs      []string        `json:"input_field_names"`
	Outputs     []string        `json:"output_field_names"`
	Description string          `json:"description,omitempty"`
	Params      json.RawMessage `json:"params,omitempty"`
}

// DynamicField describes one key of the dynamic field $meta.
type DynamicField struct {
	Name           string            `json:"name"`
	Type           Type              `json:"type"` // one of DynamicTypes
	Description    string            `json:"description,omitempty"`
	Probability    *float64          `json:"probability,omitempty"`
	Min            json.Number       `json:"min_value,omitempty"`
	Max            json.Number       `json:"max_value,omitempty"`
	MinLength      *int              `json:"min_length,omitempty"`
	MaxLength      *int              `json:"max_length,omitempty"`
	Values         []json.RawMessage `json:"values,omitempty"`
	ArrayMinLength *int              `json:"array_min_length,omitempty"`
	ArrayMaxLength *int              `json:"array_max_length,omitempty"`
}

// Field finds a field by name; nil where there is none.
func (c *Collection) Field(name string) *Field {
	for i := range c.Fields {
		if c.Fields[i].Name == name {
			return &c.Fields[i]
		}
	}
	return nil
}

// Primary is the primary key; nil in a schema without one.
func (c *Collection) Primary() *Field {
	for i := range c.Fields {
		if c.Fields[i].IsPrimary {
			return &c.Fields[i]
		}
	}
	return nil
}

// FunctionOf is the function that makes the field; nil where none does.
func (c *Collection) FunctionOf(name string) *Function {
	for i := range c.Functions {
		for _, output := range c.Functions[i].Outputs {
			if output == name {
				return &c.Functions[i]
			}
		}
	}
	return nil
}

// Stored lists the fields that a data set holds: all but those that functions
// make inside Milvus.
func (c *Collection) Stored() []*Field {
	stored := make([]*Field, 0, len(c.Fields))
	for i := range c.Fields {
		if c.FunctionOf(c.Fields[i].Name) == nil {
			stored = append(stored, &c.Fields[i])
		}
	}
	return stored
}

// HasMeta tells whether the data set has a $meta column.
func (c *Collection) HasMeta() bool { return c.EnableDynamic && len(c.DynamicFields) > 0 }
