package sdk

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

// Row is one row of a batch: of the columns that a generator reads, or of what
// a sink stores. Its values are read by the names of their fields; a name that
// is no field, or a value of another type, ends the batch with an error that
// names the field and the row. Rows are valid until the function that got them
// returns.
type Row struct {
	batch *batch
	i     int
}

// batch is what all rows of a record share.
type batch struct {
	record arrow.Record
	start  int64
	at     map[string]int
}

func newBatch(record arrow.Record, start int64) *batch {
	b := &batch{record: record, start: start}
	if record != nil {
		b.at = make(map[string]int, record.NumCols())
		for i, f := range record.Schema().Fields() {
			b.at[f.Name] = i
		}
	}
	return b
}

// EachRow calls do for each row of a batch, until one returns an error; first
// is the number of the batch's first row. The error is told with its row.
func EachRow(record arrow.Record, first int64, do func(row Row) error) (err error) {
	row := Row{batch: newBatch(record, first)}
	defer catch(&err)
	for row.i = range int(record.NumRows()) {
		if err := do(row); err != nil {
			return placed(err, "", row.Number())
		}
	}
	return nil
}

// misread is what reading a value panics with; EachRow and Fill turn it into
// an error.
type misread struct{ err error }

func catch(err *error) {
	if r := recover(); r != nil {
		wrong, ok := r.(misread)
		if !ok {
			panic(r)
		}
		*err = wrong.err
	}
}

// Number is the row's number in the data set.
func (r Row) Number() int64 { return r.batch.start + int64(r.i) }

// Fields are the fields of the row, in their order.
func (r Row) Fields() []arrow.Field {
	if r.batch.record == nil {
		return nil
	}
	return r.batch.record.Schema().Fields()
}

// IsNull tells whether the row has no value for the field.
func (r Row) IsNull(name string) bool { return r.column(name).IsNull(r.i) }

// Bool is a value of a Bool field, false where it is null.
func (r Row) Bool(name string) bool {
	c, ok := r.column(name).(*array.Boolean)
	if !ok {
		r.refuse(name, "a Bool")
	}
	return c.IsValid(r.i) && c.Value(r.i)
}

// Int is a value of a field of whole numbers, 0 where it is null.
func (r Row) Int(name string) int64 {
	c := r.column(name)
	if c.IsNull(r.i) {
		return 0
	}
	switch c := c.(type) {
	case *array.Int8:
		return int64(c.Value(r.i))
	case *array.Int16:
		return int64(c.Value(r.i))
	case *array.Int32:
		return int64(c.Value(r.i))
	case *array.Int64:
		return c.Value(r.i)
	}
	r.refuse(name, "a whole number")
	return 0
}

// Float is a value of a field of numbers, 0 where it is null.
func (r Row) Float(name string) float64 {
	c := r.column(name)
	if c.IsNull(r.i) {
		return 0
	}
	switch c := c.(type) {
	case *array.Float32:
		return float64(c.Value(r.i))
	case *array.Float64:
		return c.Value(r.i)
	}
	return float64(r.Int(name))
}

// Text is a value of a VarChar, String, JSON, Timestamptz or Geometry field,
// "" where it is null. It is a view of the batch's memory: what is kept after
// the batch must be cloned (strings.Clone).
func (r Row) Text(name string) string {
	c, ok := r.column(name).(*array.String)
	if !ok {
		r.refuse(name, "text")
	}
	if c.IsNull(r.i) {
		return ""
	}
	return c.Value(r.i)
}

// Vector is a value of a FloatVector, Float16Vector or BFloat16Vector field,
// nil where it is null. A FloatVector is a view of the batch's memory: what is
// kept after the batch must be cloned.
func (r Row) Vector(name string) []float32 {
	c := r.column(name)
	if c.IsNull(r.i) {
		return nil
	}
	field := r.batch.record.Schema().Field(r.batch.at[name])
	if v := vectorOf(c, field, r.i); v != nil {
		return v
	}
	r.refuse(name, "a vector of floats")
	return nil
}

// Value is a value of any field, nil where it is null:
//
//	Bool                      bool
//	Int8 … Int64              int64
//	Float, Double             float32, float64
//	VarChar, Timestamptz …    string
//	JSON                      json.RawMessage
//	FloatVector, Float16 …    []float32
//	Int8Vector                []int8
//	BinaryVector              []byte
//	SparseFloatVector         Sparse
//	Array                     []any, of struct: of map[string]any
//
// It can be kept after the batch.
func (r Row) Value(name string) any {
	c := r.column(name)
	return valueOf(c, r.batch.record.Schema().Field(r.batch.at[name]), r.i)
}

func (r Row) column(name string) arrow.Array {
	i, ok := r.batch.at[name]
	if !ok {
		panic(misread{core.Errorf(core.InvalidConfig, "there is no field %q to read", name).WithRow(r.Number()).
			WithHint(`a generator reads the fields that its own field lists in "uses"`)})
	}
	return r.batch.record.Column(i)
}

func (r Row) refuse(name, want string) {
	field := r.batch.record.Schema().Field(r.batch.at[name])
	kind := TypeOf(field)
	if kind == "" {
		kind = field.Type.String()
	}
	panic(misread{core.Errorf(core.InvalidConfig, "it is %s, and was read as %s", kind, want).WithField(name).WithRow(r.Number())})
}
