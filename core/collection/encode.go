package collection

import (
	"errors"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Encode turns a batch into what Insert sends, in the order of the collection:
// columns that the collection lacks are an error, but for a key that the
// server makes, which is left out, and fields that functions make. Large
// buffers are shared with the batch, not copied.
func (c *Collection) Encode(batch arrow.Record) ([]*schemapb.FieldData, error) {
	if err := c.accepts(batch.Schema()); err != nil {
		return nil, err
	}
	columns := make([]*schemapb.FieldData, 0, batch.NumCols())
	for _, f := range c.sent() {
		at := batch.Schema().FieldIndices(f.Name)
		if len(at) == 0 {
			continue // accepts: the server has something to put there
		}
		data, err := c.encode(f, batch.Column(at[0]))
		if err != nil {
			return nil, core.OfField(err, f.Name)
		}
		columns = append(columns, data)
	}
	return columns, nil
}

func (c *Collection) encode(f *schema.Field, column arrow.Array) (*schemapb.FieldData, error) {
	e := encoder{f: f, column: column, lite: c.Server.Kind == Lite, nulls: f.Nullable}
	if f.Default == nil {
		return e.encode()
	}
	if c.Server.FillsDefaults() {
		e.nulls = true
		return e.encode()
	}
	filled, err := Filled(f, column)
	if err != nil {
		return nil, err
	}
	// What Encode returns shares the column's memory, which the garbage
	// collector frees, not Release.
	defer filled.Release()
	e.column = filled
	return e.encode()
}

// sent are the fields that rows bring, $meta last.
func (c *Collection) sent() []*schema.Field {
	stored := slices.DeleteFunc(c.Schema.Stored(), func(f *schema.Field) bool { return f.IsPrimary && f.AutoID })
	if c.Schema.EnableDynamic {
		stored = append(stored, metaField())
	}
	return stored
}

// metaField is the field in which Milvus keeps dynamic fields.
func metaField() *schema.Field { return &schema.Field{Name: core.DynamicField, Type: schema.JSON} }

// accepts tells all that is wrong with the columns of a batch.
func (c *Collection) accepts(batch *arrow.Schema) error {
	var problems []error
	fields := c.sent()
	for _, f := range fields {
		optional := f.Nullable || f.Default != nil || f.Name == core.DynamicField
		at := batch.FieldIndices(f.Name)
		switch {
		case len(at) == 0 && !optional:
			problems = append(problems, core.Errorf(core.InvalidData, "the collection %s needs it, and the rows do not have it", c.Name).WithField(f.Name))
		case len(at) > 0 && !arrow.TypeEqual(batch.Field(at[0]).Type, f.Arrow().Type):
			problems = append(problems, core.Errorf(core.InvalidData, "the rows have it as %s, the collection %s as %s",
				batch.Field(at[0]).Type, c.Name, f.Arrow().Type).WithField(f.Name))
		}
	}
	var unknown []string
	for _, column := range batch.Fields() {
		of := c.Schema.Field(column.Name)
		made := of != nil && (of.AutoID || c.Schema.FunctionOf(of.Name) != nil)
		if !made && !slices.ContainsFunc(fields, func(f *schema.Field) bool { return f.Name == column.Name }) {
			unknown = append(unknown, column.Name)
		}
	}
	if len(unknown) > 0 {
		problems = append(problems, core.Errorf(core.InvalidData, "the collection %s has no field %s", c.Name, strings.Join(unknown, ", ")).
			WithHint("leave them out with --exclude-fields %s, or load into a collection that has them", strings.Join(unknown, ",")))
	}
	return errors.Join(problems...)
}

// encoder encodes one column.
type encoder struct {
	f      *schema.Field
	column arrow.Array
	lite   bool
	nulls  bool // the server wants to be told which rows have a value
}

func (e *encoder) encode() (*schemapb.FieldData, error) {
	data := &schemapb.FieldData{Type: dataType(e.f.Type), FieldName: e.f.Name}
	if e.f.Name == core.DynamicField {
		data.IsDynamic = true
		data.Field = &schemapb.FieldData_Scalars{Scalars: metaScalars(e.column)}
		return data, nil
	}
	if e.nulls {
		data.ValidData = validity(e.column)
	} else if row := firstNull(e.column); row >= 0 {
		return nil, core.Errorf(core.InvalidData, "null, and the collection does not take null").WithRow(int64(row))
	}
	var err error
	switch {
	case e.f.Type == schema.Array && e.f.ElementType == schema.Struct:
		data.Type = schemapb.DataType_ArrayOfStruct
		data.Field, err = e.structs()
	case e.f.Type.IsVector():
		data.Field, err = e.vectors()
	case e.f.Type == schema.Array:
		data.Field, err = e.arrays()
	default:
		data.Field = &schemapb.FieldData_Scalars{Scalars: scalars(e.f.Type, e.column)}
	}
	return data, err
}

// validity tells which rows have a value.
func validity(a arrow.Array) []bool {
	valid := make([]bool, a.Len())
	for i := range valid {
		valid[i] = a.IsValid(i)
	}
	return valid
}

// firstNull is the first row without a value, -1 where there is none.
func firstNull(a arrow.Array) int {
	if a.NullN() == 0 {
		return -1
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			return i
		}
	}
	return -1
}

// present keeps the values of the rows that have one: Milvus takes the others
// from ValidData alone.
func present[T any](a arrow.Array, values []T) []T {
	if a.NullN() == 0 {
		return values
	}
	kept := make([]T, 0, a.Len()-a.NullN())
	for i, v := range values {
		if a.IsValid(i) {
			kept = append(kept, v)
		}
	}
	return kept
}
