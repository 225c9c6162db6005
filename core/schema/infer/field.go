package infer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// The bounds of Milvus.
const (
	maxVarChar  = 65535
	maxCapacity = 4096
)

func maxDim(t schema.Type) int {
	if t == schema.BinaryVector {
		return 8 * 32768
	}
	return 32768
}

// field makes the field of a column; nil where it cannot be one.
func (s *sample) field(c *column) *schema.Field {
	f := &schema.Field{Name: c.name, Type: c.fixed, Dim: c.dim}
	switch {
	case c.skip != "":
		s.note("%s: left out: %s", c.name, c.skip)
		return nil
	case c.values == 0:
		f.Type, f.Dim, f.MaxLength, f.Nullable = schema.VarChar, 0, 256, true
		s.note("%s: all %d rows looked at are null: taken for text", c.name, s.rows)
		return f
	case f.Type == "":
		if s.guess(c, f); c.skip != "" {
			return s.field(c) // says so
		}
	}
	s.shape(c, f)
	f.Nullable = c.nulls > 0
	if f.Nullable && f.Type.IsVector() {
		s.note("%s: some vectors are null, which needs a current Milvus", c.name)
	}
	if c.badTexts > 0 {
		s.note("%s: %d texts are not UTF-8; Milvus refuses them", c.name, c.badTexts)
	}
	return f
}

// guess chooses the type of a column whose file does not name it.
func (s *sample) guess(c *column, f *schema.Field) {
	switch {
	case c.all(c.bools):
		f.Type = schema.Bool
	case c.all(c.ints):
		f.Type = schema.Int64
	case c.numbers():
		f.Type = schema.Double
	case c.all(c.texts):
		s.guessText(c, f)
	case c.all(c.sparse):
		f.Type = schema.Sparse
	case c.all(c.objects):
		f.Type = schema.JSON
	case c.all(c.arrays):
		s.guessArray(c, f)
	case c.cells && c.objects+c.arrays == 0:
		f.Type = schema.VarChar
		s.note("%s: %s: taken for text", c.name, c.mixture())
	default:
		f.Type = schema.JSON
		s.note("%s: %s: taken for JSON; Milvus may take objects only", c.name, c.mixture())
	}
}

// mixture tells of which kinds the values are.
func (s *stats) mixture() string {
	var parts []string
	for _, kind := range []struct {
		name string
		n    int
	}{
		{"flags", s.bools},
		{"whole numbers", s.ints},
		{"numbers with a fraction", s.floats},
		{"texts", s.texts},
		{"arrays", s.arrays},
		{"objects", s.objects},
	} {
		if kind.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", kind.n, kind.name))
		}
	}
	return strings.Join(parts, " and ")
}

func (s *sample) guessText(c *column, f *schema.Field) {
	switch {
	case c.all(c.sparseTexts):
		f.Type = schema.Sparse
		s.note("%s: the texts are objects of index and number: taken for a sparse vector", c.name)
	case c.all(c.jsonTexts):
		f.Type = schema.JSON
		s.note("%s: the texts are JSON objects: taken for JSON", c.name)
	case c.all(c.wktTexts):
		f.Type = schema.Geometry
		s.note("%s: the texts are well-known text: taken for Geometry, which needs a current Milvus", c.name)
	default:
		f.Type = schema.VarChar
		if c.all(c.timeTexts) {
			s.note("%s: the texts are times: kept as text; Timestamptz takes them too, if they have an offset and Milvus is current", c.name)
		}
	}
}

// guessArray tells vectors from arrays: a vector has numbers, always as many.
func (s *sample) guessArray(c *column, f *schema.Field) {
	e, n, hint := c.elements, c.maxLen, isVectorName(c.name)
	switch {
	case c.minLen != n || n < 2 || e.nulls > 0 || !e.numbers() || n < 8 && !hint && !c.bytes:
		s.guessElements(c, f)
		if c.minLen == n && n > 1 && e.nulls == 0 && e.floats > 0 {
			s.note("%s: always %d numbers: taken for an array; if it is a vector, make it FloatVector with dim %d", c.name, n, n)
		}
	case c.element == schema.Int8, e.within(-128, 127) && e.minInt < 0 && hint:
		f.Type, f.Dim = schema.Int8Vector, n
		s.note("%s: always %d whole numbers from -128 to 127: taken for an int8 vector", c.name, n)
	case c.bytes, e.within(0, 255) && hint:
		s.guessBytes(c, f, n)
	case e.floats > 0:
		f.Type, f.Dim = schema.FloatVector, n
		s.note("%s: always %d numbers: taken for a vector", c.name, n)
	default:
		s.guessElements(c, f)
		s.note("%s: always %d whole numbers: taken for an array; if it is a vector, make it FloatVector with dim %d", c.name, n, n)
	}
	if f.Dim > maxDim(f.Type) {
		c.skip = fmt.Sprintf("a vector of dim %d is more than Milvus takes", f.Dim)
	}
}

// guessBytes tells what the bytes of a vector are: its name may say so.
func (s *sample) guessBytes(c *column, f *schema.Field, n int) {
	name := strings.ToLower(c.name)
	is := func(words ...string) bool {
		return n%2 == 0 && n >= 4 && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case is("bf16", "bfloat16"):
		f.Type, f.Dim = schema.BFloat16, n/2
	case is("f16", "fp16", "float16", "half"):
		f.Type, f.Dim = schema.Float16, n/2
	default:
		f.Type, f.Dim = schema.BinaryVector, 8*n
	}
	s.note("%s: always %d bytes: taken for %s of dim %d; the bytes do not say whether it is BinaryVector, Float16Vector or BFloat16Vector",
		c.name, n, f.Type, f.Dim)
}

func isVectorName(name string) bool {
	name = strings.ToLower(name)
	return name == "v" || slices.ContainsFunc([]string{"vec", "emb", "hash", "code", "feature"}, func(w string) bool { return strings.Contains(name, w) })
}

// guessElements makes the column an array, or JSON where Milvus has no array
// of its elements.
func (s *sample) guessElements(c *column, f *schema.Field) {
	e := c.elements
	f.Type, f.ElementType = schema.Array, c.element
	switch {
	case c.bytes && c.element == "":
		c.skip = "bytes of different lengths have no type in Milvus"
	case c.element != "" && c.element != schema.Timestamptz:
	case e.values == 0:
		f.ElementType = schema.VarChar
		s.note("%s: all arrays are empty: taken for arrays of text", c.name)
	case e.all(e.bools):
		f.ElementType = schema.Bool
	case e.all(e.ints):
		f.ElementType = schema.Int64
	case e.numbers():
		f.ElementType = schema.Double
	case e.all(e.texts):
		f.ElementType = schema.VarChar
	default:
		f.Type = schema.JSON
		s.note("%s: arrays of %s: taken for JSON; Milvus may take objects only", c.name, e.mixture())
		return
	}
	if e.nulls > 0 {
		s.note("%s: some elements are null; Milvus refuses them", c.name)
	}
}

// shape sets the sizes and limits of a field whose type is known.
func (s *sample) shape(c *column, f *schema.Field) {
	switch {
	case f.Type == schema.Array:
		f.MaxCapacity = min(headroom(c.maxLen), maxCapacity)
		if c.maxLen > maxCapacity {
			s.note("%s: arrays have up to %d elements, Milvus takes %d", c.name, c.maxLen, maxCapacity)
		}
		if f.ElementType.IsText() {
			f.MaxLength = s.maxLength(c.name, c.elements.maxBytes)
		}
		limits(c.elements, f, f.ElementType)
	case f.Type.IsText():
		f.MaxLength = s.maxLength(c.name, c.maxBytes)
		s.repeats(c, f)
	case f.Type.IsNumber():
		limits(&c.stats, f, f.Type)
		if c.fixed == schema.Int64 && c.floats > 0 {
			s.note("%s: numbers above the range of Int64 do not fit Milvus", c.name)
		}
		if c.notFinite > 0 {
			s.note("%s: %d values are NaN or infinite; Milvus cannot search them", c.name, c.notFinite)
		}
	case f.Type == schema.Timestamptz:
		s.note("%s: times: taken for Timestamptz, which needs a current Milvus; for others use Int64 or VarChar", c.name)
	}
}

// counted is a number of things: "1 value", "2 values".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (s *sample) maxLength(name string, longest int) int {
	if longest > maxVarChar {
		s.note("%s: texts have up to %d bytes, Milvus takes %d", name, longest, maxVarChar)
	}
	return min(headroom(longest), maxVarChar)
}

// headroom is a round number well above what was seen: the rest of the file
// may have more.
func headroom(seen int) int {
	n := 16
	for n < seen+seen/2 {
		n *= 2
	}
	return n
}

// limits sets the bounds of numbers to those that were seen.
func limits(s *stats, f *schema.Field, t schema.Type) {
	low, high, ok := s.bounds()
	switch {
	case !ok || low >= high || !t.IsNumber():
	case t.IsInteger():
		if s.floats == 0 {
			f.Min, f.Max = number(strconv.FormatInt(s.minInt, 10)), number(strconv.FormatInt(s.maxInt, 10))
		}
	default:
		bits := 64
		if t == schema.Float {
			bits = 32
		}
		f.Min, f.Max = number(strconv.FormatFloat(low, 'g', -1, bits)), number(strconv.FormatFloat(high, 'g', -1, bits))
	}
}

func number(text string) json.Number { return json.Number(text) }

// repeats tells how often texts come again: a few words are an enum, else the
// share of different ones is kept.
func (s *sample) repeats(c *column, f *schema.Field) {
	const enough, few = 40, 20
	if c.distinct == nil || c.values < enough || c.texts != c.values {
		return
	}
	words := slices.SortedFunc(maps.Keys(c.distinct), func(a, b string) int {
		if c.distinct[a] != c.distinct[b] {
			return c.distinct[b] - c.distinct[a]
		}
		return strings.Compare(a, b)
	})
	short := !slices.ContainsFunc(words, func(w string) bool { return len(w) > 64 })
	switch share := float64(len(words)) / float64(c.values); {
	case len(words) <= few && 4*len(words) <= c.values && short && c.maxBytes <= 64 && c.badTexts == 0:
		for _, w := range words {
			raw, err := json.Marshal(w)
			if err != nil {
				panic(err) // a text
			}
			f.Enum = append(f.Enum, raw)
		}
		s.note("%s: %s in %d: listed as enum_values, the most common first", c.name, counted(len(words), "value"), c.values)
	case share <= 0.5:
		ratio, err := strconv.ParseFloat(strconv.FormatFloat(share, 'g', 2, 64), 64)
		if err == nil && ratio > 0 {
			f.CardinalityRatio = &ratio
		}
	}
}
