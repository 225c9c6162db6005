package schema

import (
	"encoding/json"

	"github.com/zilliz/milvus-ingest/core/document"
)

// complete writes out what a schema leaves to be understood, so that nobody
// after the parser has to think of it: the analyzer that BM25 needs, plain
// digits of whole numbers, VarChar for text elements.
func (d *decoder) complete(c *Collection) {
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.ElementType == String {
			f.ElementType = VarChar
		}
		wholeDigits(f)
		for j := range f.StructFields {
			wholeDigits(&f.StructFields[j])
		}
	}
	for i := range c.DynamicFields {
		if f := &c.DynamicFields[i]; f.Type == DynamicInt {
			plainDigits(&f.Min, &f.Max)
		}
	}
	for _, function := range c.Functions {
		if function.Type != "BM25" {
			continue
		}
		for _, input := range function.Inputs {
			d.analyze(c, input)
		}
	}
}

// analyze turns a field's analyzer on unless the file says no.
func (d *decoder) analyze(c *Collection, name string) {
	for i := range c.Fields {
		_, told := d.at[item("fields", i)+".enable_analyzer"]
		if f := &c.Fields[i]; f.Name == name && f.Type.IsText() && !told {
			f.EnableAnalyzer = true
		}
	}
}

// wholeDigits writes the whole numbers of an integer field in plain digits.
func wholeDigits(f *Field) {
	if !f.valueType().IsInteger() {
		return
	}
	plainDigits(&f.Min, &f.Max)
	for i := range f.Enum {
		plainRaw(&f.Enum[i])
	}
	plainRaw(&f.Default)
}

func plainDigits(numbers ...*json.Number) {
	for _, n := range numbers {
		if text, ok := document.Whole(string(*n)); ok {
			*n = json.Number(text)
		}
	}
}

func plainRaw(raw *json.RawMessage) {
	if text, ok := document.Whole(string(*raw)); ok {
		*raw = json.RawMessage(text)
	}
}

// valueType is the type that min, max and enum_values speak of: that of an
// array's elements, else the field's own.
func (f *Field) valueType() Type {
	if f.Type == Array {
		return f.ElementType
	}
	return f.Type
}
