package collection

import (
	"errors"
	"fmt"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Fits tells all that keeps rows of a schema out of the collection, at once:
// fields that one of both lacks, other types, less room. What leaves more room,
// such as a larger max_length, is no difference.
func (c *Collection) Fits(want *schema.Collection) error {
	var problems []error
	differs := func(name, format string, args ...any) {
		problems = append(problems, core.Errorf(core.Conflict, "in the collection %s %s", c.Name, fmt.Sprintf(format, args...)).WithField(name))
	}
	stored := map[string]bool{}
	for _, f := range want.Stored() {
		stored[f.Name] = true
		switch have := c.Schema.Field(f.Name); {
		case have == nil:
			differs(f.Name, "it is missing")
		case c.Schema.FunctionOf(f.Name) != nil:
			differs(f.Name, "a function makes it")
		default:
			for _, difference := range differences(f, have) {
				differs(f.Name, "%s", difference)
			}
		}
	}
	for _, have := range c.Schema.Stored() {
		if !stored[have.Name] && !have.Nullable && have.Default == nil && !have.AutoID {
			differs(have.Name, "every row needs it, and the data set lacks it")
		}
	}
	if want.HasMeta() && !c.Schema.EnableDynamic {
		differs(core.DynamicField, "there is no dynamic field")
	}
	if len(problems) > 0 {
		var last *core.Error
		if errors.As(problems[len(problems)-1], &last) {
			last.Hint = "load into another collection with --collection-name, make it anew with --drop-if-exists, or leave fields out with --exclude-fields"
		}
	}
	return join(problems)
}

// differences are those of a field that keep its values out.
func differences(want, have *schema.Field) []string {
	var found []string
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if plainType(want.Type) != plainType(have.Type) {
		add("it is %s, not %s", have.Type, want.Type)
		return found
	}
	if plainType(want.ElementType) != plainType(have.ElementType) {
		add("its elements are %s, not %s", have.ElementType, want.ElementType)
		return found
	}
	if want.Dim != have.Dim {
		add("its dim is %d, not %d", have.Dim, want.Dim)
	}
	// Milvus Lite does not tell the max_length of an array's elements.
	if have.MaxLength != 0 && have.MaxLength < want.MaxLength {
		add("its max_length is %d, less than %d", have.MaxLength, want.MaxLength)
	}
	if have.MaxCapacity != 0 && have.MaxCapacity < want.MaxCapacity {
		add("its max_capacity is %d, less than %d", have.MaxCapacity, want.MaxCapacity)
	}
	if want.Nullable && !have.Nullable {
		add("it is not nullable")
	}
	if want.IsPrimary != have.IsPrimary {
		add("it is %s primary key", map[bool]string{true: "the", false: "not the"}[have.IsPrimary])
	}
	if have.AutoID && !want.AutoID {
		add("the server makes it (auto_id), and the keys of the data set would be lost")
	}
	for i := range want.StructFields {
		part := &want.StructFields[i]
		inner := partOf(have, part.Name)
		if inner == nil {
			add("its structs have no %s", part.Name)
			continue
		}
		for _, difference := range differences(part, inner) {
			add("of its structs, %s: %s", part.Name, difference)
		}
	}
	return found
}

func partOf(f *schema.Field, name string) *schema.Field {
	for i := range f.StructFields {
		if f.StructFields[i].Name == name {
			return &f.StructFields[i]
		}
	}
	return nil
}

// plainType takes the two names of text for one.
func plainType(t schema.Type) schema.Type {
	if t == schema.String {
		return schema.VarChar
	}
	return t
}
