package dataset

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// textColumn takes text and JSON.
type textColumn struct {
	b    *array.StringBuilder
	read func(raw []byte) (text, wrong string)
}

func (t *textColumn) builder() array.Builder { return t.b }

func (t *textColumn) add(raw []byte, row int, c *cells) {
	text, wrong := t.read(raw)
	if wrong != "" {
		c.bad(row, RuleValue, "%s", wrong)
		t.b.AppendNull()
		return
	}
	t.b.Append(text)
}

func plainText(raw []byte) (text, wrong string) {
	if raw[0] != '"' {
		return "", fmt.Sprintf("%s is no text", clipped(string(raw)))
	}
	s := &scanner{data: raw}
	text, err := s.text()
	if err != nil {
		return "", err.Error()
	}
	if s.lone {
		return "", "the text holds half a surrogate pair (\\ud800 to \\udfff)"
	}
	return text, ""
}

// jsonText takes any value; a text is taken to hold JSON, as Milvus does.
func jsonText(raw []byte) (text, wrong string) {
	if raw[0] != '"' {
		return string(raw), ""
	}
	text, err := (&scanner{data: raw}).text()
	if err != nil {
		return "", err.Error()
	}
	return text, ""
}

// sparseColumn takes sparse vectors.
type sparseColumn struct{ b *sparseBuilder }

func (s *sparseColumn) builder() array.Builder { return s.b.lists }

func (s *sparseColumn) add(raw []byte, row int, c *cells) {
	if raw[0] == '"' { // text that holds one
		if text, err := (&scanner{data: raw}).text(); err == nil {
			raw = []byte(text)
		}
	}
	s.b.text(raw)
	s.b.finish(row, c)
}

// denseColumn takes dense vectors: arrays of numbers, or of the bytes of a
// binary vector.
type denseColumn struct {
	b     array.Builder
	f     *schema.Field
	per   int
	bytes bool
	buf   []byte
}

func newDenseColumn(f *schema.Field, t arrow.DataType) *denseColumn {
	d := &denseColumn{b: array.NewBuilder(memory.DefaultAllocator, t), f: f, per: f.Dim}
	if f.Type == schema.BinaryVector {
		d.per, d.bytes = f.Dim/8, true
	}
	return d
}

func (d *denseColumn) builder() array.Builder { return d.b }

func (d *denseColumn) add(raw []byte, row int, c *cells) {
	rule, wrong := d.read(raw)
	if wrong != "" {
		c.bad(row, rule, "%s", wrong)
		d.b.AppendNull()
		return
	}
	switch b := d.b.(type) {
	case *array.FixedSizeBinaryBuilder:
		b.Append(d.buf)
	case *array.FixedSizeListBuilder:
		b.Append(true)
		switch v := b.ValueBuilder().(type) {
		case *array.Float32Builder:
			v.AppendValues(arrow.Float32Traits.CastFromBytes(d.buf), nil)
		case *array.Int8Builder:
			v.AppendValues(arrow.Int8Traits.CastFromBytes(d.buf), nil)
		}
	}
}

// read gathers the vector's bytes in buf.
func (d *denseColumn) read(raw []byte) (rule, wrong string) {
	d.buf = d.buf[:0]
	s := &scanner{data: raw}
	if s.peek() != '[' {
		return RuleValue, fmt.Sprintf("%s is no list of numbers", clipped(string(raw)))
	}
	found := 0
	err := s.list(func(i int) error {
		found++
		c := s.peek()
		start := s.off
		if _, err := s.raw(); err != nil {
			return err
		}
		number := raw[start:s.off]
		switch {
		case wrong != "":
		case c == 'n':
			rule, wrong = RuleElement, fmt.Sprintf("element %d is null", i)
		case c != '-' && (c < '0' || c > '9') || !d.number(number):
			rule, wrong = RuleValue, fmt.Sprintf("element %d, %s, is no value of %s", i, clipped(string(number)), d.f.Type)
		}
		return nil
	})
	switch {
	case err != nil:
		return RuleSyntax, err.Error()
	case found != d.per:
		wrong := elements{per: d.per, bytes: d.bytes}.wrongDim(d.f, found)
		if (d.f.Type == schema.Float16 || d.f.Type == schema.BFloat16) && found == 2*d.per {
			wrong += "; they look like the vector's bytes, and Milvus reads numbers"
		}
		return RuleDim, wrong
	}
	return rule, wrong
}

// number appends one element; false where it does not fit.
func (d *denseColumn) number(text []byte) bool {
	number := unsafe.String(unsafe.SliceData(text), len(text))
	switch d.f.Type {
	case schema.Int8Vector, schema.BinaryVector:
		v, err := strconv.ParseInt(number, 10, 64)
		least, most := int64(math.MinInt8), int64(math.MaxInt8)
		if d.bytes {
			least, most = 0, math.MaxUint8
		}
		d.buf = append(d.buf, byte(v))
		return err == nil && v >= least && v <= most
	}
	v, err := strconv.ParseFloat(number, 32)
	if d.f.Type == schema.FloatVector {
		d.buf = binary.LittleEndian.AppendUint32(d.buf, math.Float32bits(float32(v)))
	} else {
		d.buf = binary.LittleEndian.AppendUint16(d.buf, halfBits(d.f.Type, float32(v)))
	}
	return err == nil
}

// anyColumn takes booleans, numbers, and arrays of scalars and of structs.
type anyColumn struct{ b array.Builder }

func (a *anyColumn) builder() array.Builder { return a.b }

func (a *anyColumn) add(raw []byte, row int, c *cells) {
	rule, wrong := checkValue(a.b.Type(), raw, "")
	if wrong != "" {
		c.bad(row, rule, "%s", wrong)
		a.b.AppendNull()
		return
	}
	appendValue(a.b, raw)
}

// checkValue says whether raw is a value of a type, and if not why.
func checkValue(t arrow.DataType, raw []byte, where string) (rule, wrong string) {
	no := func() (string, string) {
		return RuleValue, fmt.Sprintf("%s%s is no value of %s", where, clipped(string(raw)), t)
	}
	s := &scanner{data: raw}
	switch t := t.(type) {
	case *arrow.StructType:
		if s.peek() != '{' {
			return no()
		}
		return checkStruct(t, raw, where)
	case arrow.ListLikeType:
		if s.peek() != '[' {
			return no()
		}
		err := s.list(func(i int) error {
			s.peek()
			element, err := s.raw()
			if err != nil || wrong != "" {
				return err
			}
			at := fmt.Sprintf("%selement %d: ", where, i)
			if string(element) == "null" {
				rule, wrong = RuleElement, fmt.Sprintf("%selement %d is null", where, i)
				return nil
			}
			rule, wrong = checkValue(t.Elem(), element, at)
			return nil
		})
		if err != nil {
			return RuleSyntax, err.Error()
		}
		if fixed, ok := t.(*arrow.FixedSizeListType); ok && wrong == "" && countElements(raw) != int(fixed.Len()) {
			return RuleDim, fmt.Sprintf("%s%d elements, dim is %d", where, countElements(raw), fixed.Len())
		}
		return rule, wrong
	case *arrow.BooleanType:
		if string(raw) != "true" && string(raw) != "false" {
			return no()
		}
	case *arrow.StringType:
		if _, wrong := plainText(raw); wrong != "" {
			return RuleValue, where + wrong
		}
	default:
		if !fits(t, string(raw)) {
			return no()
		}
	}
	return "", ""
}

func countElements(raw []byte) int {
	n := 0
	s := &scanner{data: raw}
	_ = s.list(func(int) error { n++; s.peek(); _, err := s.raw(); return err }) // was read before
	return n
}

func checkStruct(t *arrow.StructType, raw []byte, where string) (rule, wrong string) {
	there := map[string]bool{}
	s := &scanner{data: raw}
	err := s.object(func(key string) error {
		s.peek()
		value, err := s.raw()
		i, ok := t.FieldIdx(key)
		switch {
		case err != nil || wrong != "":
		case !ok:
			rule, wrong = RuleUnknown, fmt.Sprintf("%sthe struct has no field %s", where, clipped(key))
		case there[key]:
			rule, wrong = RuleDuplicate, fmt.Sprintf("%sthe key %s is there twice", where, clipped(key))
		case string(value) == "null":
			rule, wrong = RuleElement, fmt.Sprintf("%s%s is null", where, clipped(key))
		default:
			rule, wrong = checkValue(t.Field(i).Type, value, where+key+": ")
		}
		there[key] = true
		return err
	})
	if err != nil {
		return RuleSyntax, err.Error()
	}
	for _, f := range t.Fields() {
		if wrong == "" && !there[f.Name] {
			return RuleMissing, fmt.Sprintf("%sthe struct has no %s", where, f.Name)
		}
	}
	return rule, wrong
}

// fits tells whether a number fits a type, exactly for whole numbers.
func fits(t arrow.DataType, number string) bool {
	if number[0] != '-' && (number[0] < '0' || number[0] > '9') {
		return false
	}
	switch t.ID() {
	case arrow.FLOAT32:
		_, err := strconv.ParseFloat(number, 32)
		return err == nil
	case arrow.FLOAT64:
		_, err := strconv.ParseFloat(number, 64)
		return err == nil
	}
	v, err := strconv.ParseInt(number, 10, 64)
	least, most := rangeOf(t.ID())
	return err == nil && v >= least && v <= most
}

// appendValue appends a value that checkValue has passed.
func appendValue(b array.Builder, raw []byte) {
	s := &scanner{data: raw}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(raw[0] == 't')
	case *array.StringBuilder:
		text, _ := plainText(raw)
		b.Append(text)
	case *array.Float32Builder:
		v, _ := strconv.ParseFloat(string(raw), 32)
		b.Append(float32(v))
	case *array.Float64Builder:
		v, _ := strconv.ParseFloat(string(raw), 64)
		b.Append(v)
	case *array.ListBuilder:
		b.Append(true)
		appendElements(b.ValueBuilder(), s)
	case *array.FixedSizeListBuilder:
		b.Append(true)
		appendElements(b.ValueBuilder(), s)
	case *array.StructBuilder:
		b.Append(true)
		members := map[string]json.RawMessage{}
		_ = s.object(func(key string) error { // was read before
			s.peek()
			value, err := s.raw()
			members[key] = value
			return err
		})
		for i, f := range b.Type().(*arrow.StructType).Fields() {
			appendValue(b.FieldBuilder(i), members[f.Name])
		}
	default:
		v, _ := strconv.ParseInt(string(raw), 10, 64)
		appendWhole(b, v)
	}
}

func appendElements(b array.Builder, s *scanner) {
	s.peek()
	_ = s.list(func(int) error { // was read before
		s.peek()
		element, err := s.raw()
		appendValue(b, element)
		return err
	})
}

// appendQuoted appends a text as JSON.
func appendQuoted(out []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		return append(out, `""`...)
	}
	return append(out, quoted...)
}

// sortedRows puts the rows that were reported in order, each once.
func sortedRows(rows []int) []int {
	slices.Sort(rows)
	return slices.Compact(rows)
}
