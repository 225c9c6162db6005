package schema

import (
	"encoding/json"
	"slices"

	"github.com/zilliz/milvus-ingest/core/document"
)

func (k *checker) functions() {
	names, makers := map[string]bool{}, map[string]string{}
	for i := range k.c.Functions {
		p, f := place{k, item("functions", i), ""}, &k.c.Functions[i]
		p.name("name", "function", f.Name)
		if names[f.Name] && f.Name != "" {
			p.wrong("name", "two functions are named %q", document.Clip(f.Name)).Mend("rename one of them")
		}
		names[f.Name] = true
		p.functionType(f)
		p.inputs(f)
		p.outputs(f, makers)
		if f.Type == "BM25" {
			p.bm25(f)
		}
	}
}

func (p place) functionType(f *Function) {
	known := []string{"BM25", "TextEmbedding", "MinHash"}
	switch {
	case f.Type == "":
		p.wrong("type", "the function has no type").Mend(`add "type": "BM25"`)
	case slices.Contains(known, f.Type):
	default:
		problem := p.warn("type", "unknown function type %q: it is passed on to Milvus unchecked", document.Clip(f.Type))
		if near, ok := nearest(f.Type, known); ok {
			problem.Mend("did you mean %q?", near)
		}
	}
}

func (p place) inputs(f *Function) {
	if len(f.Inputs) == 0 {
		p.wrong("input_field_names", "the function %s reads no field", f.Name).Mend(`add "input_field_names": ["text"]`)
	}
	for i, name := range few(f.Inputs) {
		key := item("input_field_names", i)
		switch maker := p.c.FunctionOf(name); {
		case p.c.Field(name) == nil:
			p.unknownName(key, "the input %q is no field", name)
		case maker != nil:
			p.wrong(key, "the input %s is made by the function %s itself", name, maker.Name).
				Expect("a field that the data set holds")
		}
	}
}

func (p place) outputs(f *Function, makers map[string]string) {
	if len(f.Outputs) == 0 {
		p.wrong("output_field_names", "the function %s makes no field", f.Name).Mend(`add "output_field_names": ["sparse"]`)
	}
	for i, name := range few(f.Outputs) {
		key := item("output_field_names", i)
		out := p.c.Field(name)
		if out == nil {
			p.unknownName(key, "the output %q is no field", name)
			continue
		}
		if maker, twice := makers[name]; twice {
			p.wrong(key, "the output %s is made by the function %s already", name, maker).
				Mend("give each function an output field of its own")
		}
		makers[name] = f.Name
		for _, role := range []struct {
			name string
			set  bool
		}{
			{"the primary key", out.IsPrimary},
			{"the partition key", out.IsPartitionKey},
			{"nullable", out.Nullable},
			{"a field with a default value", out.Default != nil},
		} {
			if role.set {
				p.wrong(key, "the output %s is %s", name, role.name).Expect("a plain field that only Milvus fills")
			}
		}
	}
}

// bm25 checks what a function of this type must have: one text, one sparse
// vector.
func (p place) bm25(f *Function) {
	if len(f.Inputs) > 1 {
		p.wrong("input_field_names", "BM25 reads one field, not %d", len(f.Inputs)).
			Mend("write one function, with an output of its own, for each text")
	}
	if len(f.Outputs) > 1 {
		p.wrong("output_field_names", "BM25 makes one field, not %d", len(f.Outputs)).Mend("keep one SparseFloatVector")
	}
	if len(f.Inputs) == 1 {
		if in := p.c.Field(f.Inputs[0]); in != nil {
			p.bm25Input(in)
		}
	}
	if len(f.Outputs) != 1 {
		return
	}
	out := p.c.Field(f.Outputs[0])
	if out != nil && out.Type != "" && out.Type != Sparse {
		p.wrong("output_field_names[0]", "the output %s of BM25 is %s", out.Name, out.Type).Expect("SparseFloatVector").
			Mend(`write "type": "SparseFloatVector" on the field %s`, out.Name)
	}
}

func (p place) bm25Input(in *Field) {
	switch {
	case in.Type == "":
	case !in.Type.IsText():
		p.wrong("input_field_names[0]", "the input %s of BM25 is %s", in.Name, in.Type).Expect("a VarChar field")
	case !in.EnableAnalyzer:
		p.wrong("input_field_names[0]", "the input %s of BM25 has no analyzer", in.Name).
			Mend(`write "enable_analyzer": true on the field %s`, in.Name)
	case in.Nullable && p.target.Before(Version{2, 6, 0}):
		p.warn("input_field_names[0]", "the input %s of BM25 is nullable, which Milvus before 2.6 refuses", in.Name).
			Mend("remove nullable from the field %s", in.Name)
	}
}

func (k *checker) dynamic() {
	c := k.c
	if len(c.DynamicFields) > 0 && !c.EnableDynamic {
		k.root().wrong("dynamic_fields", "dynamic_fields needs enable_dynamic_field").Mend(`add "enable_dynamic_field": true`)
	}
	seen := map[string]bool{}
	for i := range c.DynamicFields {
		p, f := place{k, item("dynamic_fields", i), ""}, &c.DynamicFields[i]
		p.name("name", "dynamic field", f.Name)
		switch {
		case f.Name == "":
		case c.Field(f.Name) != nil:
			p.wrong("name", "%q is a field of the collection, too", document.Clip(f.Name)).Mend("rename the dynamic field, or remove one of the two")
		case seen[f.Name]:
			p.wrong("name", "two dynamic fields are named %q", document.Clip(f.Name)).Mend("rename one of them")
		}
		seen[f.Name] = true
		p.dynamicField(f)
	}
}

func (p place) dynamicField(f *DynamicField) {
	if f.Type == "" {
		p.wrong("type", "the dynamic field has no type").Expect("one of %s", words(DynamicTypes())).Mend(`add "type": "String"`)
		return
	}
	if !slices.Contains(DynamicTypes(), f.Type) {
		p.wrong("type", "unknown type %q of a dynamic field", f.Type).Expect("one of %s", words(DynamicTypes()))
		return
	}
	p.misplaced(dynamicKeys(), f, f.Type)
	p.ranges(dynamicKeys(), f)
	if share := f.Probability; share != nil && !(*share >= 0 && *share <= 1) {
		p.wrong("probability", "probability is %v", *share).Expect("a number from 0 to 1")
	}
	for _, limit := range []limit{{"min_value", f.Min}, {"max_value", f.Max}} {
		if value := string(limit.value); value != "" && f.asField().Type.IsNumber() && !fits(value, f.asField().Type) {
			p.wrong(limit.name, "%s is %s", limit.name, document.Clip(value)).Expect("%s", rangeText(f.asField().Type))
		}
	}
	if less(f.Max, f.Min) {
		p.wrong("min_value", "min_value %s is above max_value %s", document.Clip(string(f.Min)), document.Clip(string(f.Max))).Mend("exchange them")
	}
	p.ordered("min_length", f.MinLength, "max_length", f.MaxLength)
	p.ordered("array_min_length", f.ArrayMinLength, "array_max_length", f.ArrayMaxLength)
	p.dynamicValues(f)
}

// A limit is a bound by its key.
type limit struct {
	name  string
	value json.Number
}

func (p place) ordered(minName string, least *int, maxName string, most *int) {
	if least != nil && most != nil && *least > *most {
		p.wrong(minName, "%s %d is above %s %d", minName, *least, maxName, *most).Mend("exchange them")
	}
}

// dynamicValues checks the values of a dynamic field.
func (p place) dynamicValues(f *DynamicField) {
	if f.Values == nil {
		return
	}
	if len(f.Values) == 0 {
		p.wrong("values", "values is empty").Expect("at least one value").Mend("add values, or remove it")
	}
	as := f.asField()
	for i, raw := range f.Values {
		p.value(item("values", i), raw, as)
	}
}

// asField is a dynamic field as a field of the widest type with such values;
// it has no type where any value will do.
func (f *DynamicField) asField() *Field {
	as := &Field{Min: f.Min, Max: f.Max}
	switch f.Type {
	case DynamicBool:
		as.Type = Bool
	case DynamicInt:
		as.Type = Int64
	case DynamicFloat:
		as.Type = Double
	case DynamicString:
		as.Type = VarChar
		if f.MaxLength != nil {
			as.MaxLength = *f.MaxLength
		}
	}
	return as
}
