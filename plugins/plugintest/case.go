package plugintest

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// A Case is one field that a generator makes, and how.
type Case struct {
	// Name tells cases apart.
	Name string
	// Field is the field, best made by schema.Field's Arrow.
	Field arrow.Field
	// Config is the generator's configuration, a JSON object.
	Config string
	// Uses are the columns that it reads.
	Uses []arrow.Field
	// Given makes the values of those columns; nil: values of their types.
	Given func(rows core.Rows) arrow.Record
	// Seedless says that the values do not depend on the seed.
	Seedless bool
	// Skip names checks that are not to be made of this case, with the reason.
	Skip map[string]string
}

// CaseOf is the case of a field as it stands in a schema file, with its
// params, and the fields that it reads.
func CaseOf(field schema.Field, uses ...schema.Field) Case {
	if field.Name == "" {
		field.Name = "field"
	}
	c := Case{Name: kindOf(field), Field: field.Arrow(), Config: string(field.Params)}
	for _, use := range uses {
		c.Uses = append(c.Uses, use.Arrow())
	}
	return c
}

func kindOf(f schema.Field) string {
	if f.ElementType != "" {
		return string(f.Type) + " of " + string(f.ElementType)
	}
	return string(f.Type)
}

// FieldOf is an ordinary field of a Milvus type; element is the type of the
// elements of an Array.
func FieldOf(kind, element schema.Type) schema.Field {
	f := schema.Field{Name: "field", Type: kind}
	switch {
	case kind.IsText():
		f.MaxLength = 200
	case kind.IsDense():
		f.Dim = 64
	case kind == schema.Array:
		f.ElementType, f.MaxCapacity = element, 16
		if element.IsText() {
			f.MaxLength = 200
		}
	}
	return f
}

// cases are those of the target, or one of each type that the generator makes;
// of an Array the first type of elements that it takes.
func (t *Trial) cases(ctx context.Context) []Case {
	if len(t.Target.Cases) > 0 {
		return t.Target.Cases
	}
	var all []Case
	for _, kind := range t.Component.GetFieldTypes() {
		element := schema.Type("")
		if kind == string(schema.Array) {
			element = t.elementType(ctx)
		}
		all = append(all, t.reading(ctx, CaseOf(FieldOf(schema.Type(kind), element))))
	}
	if len(all) == 0 {
		return []Case{{Name: "no field types"}}
	}
	return all
}

// reading adds the column that a generator wants to read, where it refuses to
// make the field without one.
func (t *Trial) reading(ctx context.Context, c Case) Case {
	one := *t
	one.Case = c
	rows := core.Rows{N: 1}
	if _, err := one.make(ctx, 0, one.opening(1), rows); core.CodeOf(err) != core.InvalidConfig {
		return c
	}
	for _, kind := range []schema.Type{schema.VarChar, schema.Int64, schema.Double, schema.FloatVector} {
		use := FieldOf(kind, "")
		use.Name = "input"
		one.Case.Uses = []arrow.Field{use.Arrow()}
		if _, err := one.make(ctx, 0, one.opening(1), rows); err == nil {
			one.Case.Name += " of " + string(kind)
			one.Case.Seedless = true // the same inputs come with every seed
			return one.Case
		}
	}
	return c
}

func (t *Trial) elementType(ctx context.Context) schema.Type {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return schema.VarChar // the checks will tell
	}
	for _, element := range []schema.Type{schema.VarChar, schema.Int64, schema.Float, schema.Double, schema.Int32, schema.Bool} {
		field := FieldOf(schema.Array, element)
		if c, err := t.open(ctx, p, opening{field: field.Arrow(), config: orEmpty(t.Config)}); err == nil {
			_ = c.close() // asked for its types alone
			return element
		}
	}
	return schema.VarChar
}

func (t *Trial) config(c Case) string {
	if c.Config != "" {
		return c.Config
	}
	return orEmpty(t.Config)
}

func (t *Trial) opening(seed uint64) opening {
	return opening{field: t.Case.Field, config: t.config(t.Case), seed: seed, uses: t.Case.Uses}
}

// given are the values that a column reads.
func (c Case) given(rows core.Rows) arrow.Record {
	switch {
	case len(c.Uses) == 0:
		return nil
	case c.Given != nil:
		return c.Given(rows)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(c.Uses, nil))
	defer b.Release()
	for i, field := range c.Uses {
		for row := rows.Start; row < rows.End(); row++ {
			s := rng.Field(0, field.Name).At(row)
			appendSample(b.Field(i), field, s.IntN(1000))
		}
	}
	return b.NewRecord()
}

// where tells the place of the first difference of two arrays, "" where there
// is none.
func where(a, b arrow.Array, first int64) string {
	if a.Len() != b.Len() {
		return fmt.Sprintf("%d values and %d", a.Len(), b.Len())
	}
	for i := range a.Len() {
		if !array.SliceEqual(a, int64(i), int64(i+1), b, int64(i), int64(i+1)) {
			return fmt.Sprintf("row %d is %s and %s", first+int64(i), short(a.ValueStr(i)), short(b.ValueStr(i)))
		}
	}
	return ""
}

func short(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}
