package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core/document"
)

// field checks what one field says of itself.
func (k *checker) field(i int) {
	p, f := k.at(i), &k.c.Fields[i]
	p.name("name", "field", f.Name)
	if f.Type == "" {
		p.wrong("type", "the field has no type").Expect("one of %s", words(Types())).Mend(`add "type": "VarChar"`)
		return
	}
	if !slices.Contains(Types(), f.Type) {
		p.wrong("type", "unknown field type %q", f.Type).Expect("one of %s", words(Types()))
		return
	}
	keys := fieldKeys()
	p.misplaced(keys, f, f.Type)
	p.shape(f)
	p.array(f)
	p.limits(f)
	p.enum(f)
	p.cardinality(f)
	p.defaultValue(f)
	p.roles(f)
	p.analyzer(f)
	p.index(f)
}

// shape checks dim, max_length and max_capacity: that they are there and in
// their bounds.
func (p place) shape(f *Field) {
	p.dim(f)
	p.bounded("max_length", f.MaxLength, f.Type.IsText() || f.Type == Array && f.ElementType.IsText(), 200)
	p.bounded("max_capacity", f.MaxCapacity, f.Type == Array, 10)
	if f.Type == Array && f.MaxLength != 0 && f.ElementType != "" && !f.ElementType.IsText() {
		p.wrong("max_length", "max_length does not apply to an array of %s", f.ElementType).Mend("remove max_length")
	}
}

func (p place) bounded(name string, value int, needed bool, example int) {
	k := find(fieldKeys(), name)
	bounds := fmt.Sprintf("%s from %d to %d", k.holds, k.least, k.most)
	switch {
	case needed && value == 0 && !p.given(name):
		p.wrong(name, "%s is missing", name).Expect("%s", bounds).Mend(`add "%s": %d`, name, example)
	case (needed || value != 0) && (int64(value) < k.least || int64(value) > k.most):
		p.wrong(name, "%s is %d", name, value).Expect("%s", bounds)
	}
}

// dimBounds are the dimensions that Milvus knows for a type of vector.
func dimBounds(t Type) (least, most, step int) {
	if t == BinaryVector {
		return 8, 8 * maxDim, 8
	}
	return 2, maxDim, 1
}

func (p place) dim(f *Field) {
	if !f.Type.IsDense() {
		return
	}
	least, most, step := dimBounds(f.Type)
	bounds := fmt.Sprintf("a whole number from %d to %d", least, most)
	if step > 1 {
		bounds = fmt.Sprintf("a multiple of %d from %d to %d", step, least, most)
	}
	switch {
	case f.Dim == 0 && !p.given("dim"):
		p.wrong("dim", "dim is missing").Expect("%s", bounds).Mend(`add "dim": 768`)
	case f.Dim < least || f.Dim > most:
		p.wrong("dim", "dim is %d", f.Dim).Expect("%s", bounds)
	case f.Dim%step != 0:
		p.wrong("dim", "dim is %d", f.Dim).Expect("%s", bounds).
			Mend("write %d or %d", f.Dim/step*step, (f.Dim/step+1)*step)
	}
}

func (p place) array(f *Field) {
	if f.Type != Array {
		return
	}
	switch {
	case f.ElementType == "" && !p.given("element_type"):
		p.wrong("element_type", "element_type is missing").Expect("one of %s", words(ElementTypes())).
			Mend(`add "element_type": "VarChar"`)
	case f.ElementType != "" && f.ElementType != String && !slices.Contains(ElementTypes(), f.ElementType):
		p.wrong("element_type", "%s is no type of elements", f.ElementType).Expect("one of %s", words(ElementTypes()))
	case f.ElementType == Struct && len(f.StructFields) == 0:
		p.wrong("struct_fields", "an array of Struct needs its struct_fields").
			Mend(`add "struct_fields": [{"name": "page", "type": "Int32"}]`)
	case f.ElementType != Struct && len(f.StructFields) > 0:
		p.wrong("struct_fields", "struct_fields does not apply to an array of %s", f.ElementType).
			Mend(`write "element_type": "Struct", or remove struct_fields`)
	}
	seen := map[string]bool{}
	for i := range f.StructFields {
		sub := &f.StructFields[i]
		inner := place{p.checker, item(p.path+".struct_fields", i), p.field}
		inner.structField(sub)
		if seen[sub.Name] && sub.Name != "" {
			inner.wrong("name", "two struct fields are named %q", sub.Name).Mend("rename one of them")
		}
		seen[sub.Name] = true
	}
}

func (p place) structField(f *Field) {
	p.name("name", "field", f.Name)
	if !slices.Contains(structTypes(), f.Type) {
		p.wrong("type", "%q is no type of a struct's field", f.Type).Expect("one of %s", words(structTypes()))
		return
	}
	p.misplaced(structKeys(), f, f.Type)
	for _, role := range []struct {
		name string
		set  bool
	}{
		{"is_primary", f.IsPrimary}, {"is_partition_key", f.IsPartitionKey}, {"nullable", f.Nullable},
	} {
		if role.set {
			p.wrong(role.name, "%s does not apply within a struct", role.name).Mend("remove %s", role.name)
		}
	}
	p.shape(f)
	p.limits(f)
	p.enum(f)
}

// limits checks min and max.
func (p place) limits(f *Field) {
	t := f.valueType()
	for _, limit := range []limit{{"min", f.Min}, {"max", f.Max}} {
		name, value := limit.name, string(limit.value)
		switch {
		case value == "" || t == "":
		case !t.IsNumber() && f.Type == Array:
			p.wrong(name, "%s does not apply to an array of %s", name, t).Mend("remove %s", name)
		case t.IsNumber() && !fits(value, t):
			p.wrong(name, "%s is %s", name, document.Clip(value)).Expect("%s", rangeText(t))
		}
	}
	if f.Min != "" && f.Max != "" && less(f.Max, f.Min) {
		p.wrong("min", "min %s is above max %s", document.Clip(string(f.Min)), document.Clip(string(f.Max))).Mend("exchange them")
	}
}

func (p place) enum(f *Field) {
	if f.Enum == nil {
		return
	}
	if len(f.Enum) == 0 {
		p.wrong("enum_values", "enum_values is empty").Expect("at least one value").Mend("add values, or remove it")
	}
	if f.valueType() == Struct {
		p.wrong("enum_values", "enum_values does not apply to an array of Struct").Mend("put it on one of the struct_fields")
		return
	}
	for i, raw := range f.Enum {
		p.value(item("enum_values", i), raw, f)
	}
	if f.IsPrimary {
		p.warn("enum_values", "a data set of this schema has at most %d rows: the values of a key are all different", len(f.Enum))
	}
}

// value checks a value that stands in the schema against the field's type
// and limits.
func (p place) value(key string, raw json.RawMessage, f *Field) bool {
	t := f.valueType()
	text := string(raw)
	is := func(ok bool, expected string) bool {
		if !ok {
			p.wrong(key, "%s is %s", key, document.Clip(text)).Expect("%s", expected)
		}
		return ok
	}
	switch {
	case t == Bool:
		return is(text == "true" || text == "false", "true or false")
	case t.IsNumber():
		if !is(fits(text, t), rangeText(t)) {
			return false
		}
		number := json.Number(text)
		if f.Min != "" && less(number, f.Min) || f.Max != "" && less(f.Max, number) {
			p.wrong(key, "%s is %s, outside min and max", key, document.Clip(text)).Expect("%s", span(f)).
				Mend("remove the value, or widen min and max")
			return false
		}
		return true
	case t.IsText():
		var s string
		if !is(json.Unmarshal(raw, &s) == nil, "text in double quotes") {
			return false
		}
		return p.length(key, s, f.MaxLength)
	default:
		return true
	}
}

func span(f *Field) string {
	switch {
	case f.Min == "":
		return "at most " + string(f.Max)
	case f.Max == "":
		return "at least " + string(f.Min)
	default:
		return string(f.Min) + " to " + string(f.Max)
	}
}

// length holds a text to max_length, which counts bytes.
func (p place) length(key, s string, most int) bool {
	if most <= 0 || len(s) <= most {
		return true
	}
	p.wrong(key, "%s %s has %s, max_length %d bytes", key, strconv.Quote(document.Clip(s)), sizeText(s), most).
		Expect("at most %d bytes in UTF-8", most).Mend("shorten the text, or set max_length to %d", len(s))
	return false
}

// sizeText says both lengths of a text: people see characters, Milvus counts
// bytes.
func sizeText(s string) string {
	return fmt.Sprintf("%d bytes in %d characters", len(s), utf8.RuneCountInString(s))
}

func (p place) cardinality(f *Field) {
	ratio := f.CardinalityRatio
	switch {
	case ratio == nil:
	case !(*ratio > 0 && *ratio <= 1):
		p.wrong("cardinality_ratio", "cardinality_ratio is %v", *ratio).Expect("a number above 0 and at most 1")
	case f.IsPrimary && *ratio < 1:
		p.warn("cardinality_ratio", "cardinality_ratio has no effect on the primary key: its values are all different").
			Mend("remove it")
	case len(f.Enum) > 0:
		p.warn("cardinality_ratio", "cardinality_ratio has no effect beside enum_values").Mend("remove one of the two")
	}
}
