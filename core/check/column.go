package check

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// column looks at the values of one field. Each worker has its own; they are
// merged at the end.
type column struct {
	name  string
	field *schema.Field
	rows  int64
	nulls int64
	looker
}

// looker is what looks at the values of one type.
type looker interface {
	// values looks at the values of an array; at says where they are.
	values(a arrow.Array, at *place)
	// add adds what another looker of the same type saw.
	add(other looker)
	// tell writes down what was seen.
	tell(s *FieldStats)
}

func newColumn(c *schema.Collection, f arrow.Field) *column {
	field := c.Field(f.Name)
	if field == nil {
		field = &schema.Field{Name: f.Name, Type: schema.JSON, Nullable: true}
	}
	return &column{name: f.Name, field: field, looker: newLooker(c, field, f.Type)}
}

func newLooker(c *schema.Collection, f *schema.Field, t arrow.DataType) looker {
	switch {
	case f.Name == core.DynamicField:
		return newJSON(f, c)
	case f.Type == schema.JSON:
		return newJSON(f, nil)
	case f.Type == schema.Sparse:
		return &sparse{}
	case f.Type.IsDense():
		return newDense(f, t)
	case f.Type == schema.Array:
		return newList(f)
	case f.Type == schema.Bool:
		return &boolean{}
	case f.Type.IsNumber():
		return newNumber(f, f.Type)
	default:
		return newText(f, f.Type)
	}
}

// look looks at column i of a batch.
func (c *column) look(b *dataset.Batch, i int, report func(dataset.Finding)) {
	a := b.Column(i)
	at := &place{file: b.File.Name, first: b.Row, field: c.name, report: report, salt: xxh3.HashString(b.File.Name)}
	c.rows += int64(a.Len())
	c.nulls += int64(a.NullN())
	if a.NullN() > 0 && !c.field.Nullable && c.field.Default == nil && !c.absent(b.File) {
		for row := range a.Len() {
			if a.IsNull(row) && !contains(b.Broken[i], row) {
				at.error(row, ruleNull, "null, and the field is not nullable")
			}
		}
	}
	if a.NullN() < a.Len() {
		c.values(a, at)
	}
}

// absent tells whether the file does not have the column at all, which is
// found once and not for each row.
func (c *column) absent(f *dataset.DataFile) bool {
	if f.Format == "json" {
		return c.field.AutoID
	}
	return !slices.ContainsFunc(f.Columns, func(f arrow.Field) bool { return f.Name == c.name })
}

func contains(sorted []int, row int) bool {
	_, found := slices.BinarySearch(sorted, row)
	return found
}

func (c *column) merge(other *column) {
	c.rows += other.rows
	c.nulls += other.nulls
	c.looker.add(other.looker)
}

// place is where the values of an array are.
type place struct {
	file   string
	first  int64
	field  string
	report func(dataset.Finding)
	// salt makes rows of the same number differ from file to file.
	salt uint64
}

func (p *place) error(row int, rule, format string, args ...any) {
	p.find(row, rule, dataset.Error, format, args...)
}

func (p *place) find(row int, rule string, severity dataset.Severity, format string, args ...any) {
	p.report(dataset.Finding{
		Rule: rule, Severity: severity, File: p.file, Row: p.first + int64(row), Field: p.field,
		Message: sprintf(format, args...),
	})
}

// boolean looks at Bool fields.
type boolean struct{ yes, all int64 }

func (b *boolean) values(a arrow.Array, _ *place) {
	v := a.(*array.Boolean)
	for i := range v.Len() {
		if v.IsValid(i) {
			b.all++
			if v.Value(i) {
				b.yes++
			}
		}
	}
}

func (b *boolean) add(other looker) {
	o := other.(*boolean)
	b.yes, b.all = b.yes+o.yes, b.all+o.all
}

func (b *boolean) tell(s *FieldStats) {
	for _, v := range []Top{{Value: "true", Count: b.yes}, {Value: "false", Count: b.all - b.yes}} {
		if v.Count > 0 {
			s.Distinct++
			v.Share = float64(v.Count) / float64(b.all)
			s.Top = append(s.Top, v)
		}
	}
	s.Exact = true
	slices.SortStableFunc(s.Top, func(x, y Top) int { return int(min(max(y.Count-x.Count, -1), 1)) })
}
