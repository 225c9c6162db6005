package infer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// collection makes a schema of what was seen.
func (s *sample) collection(path string) (*schema.Collection, error) {
	c := &schema.Collection{
		Name:        fieldName(stem(path)),
		Description: fmt.Sprintf("Inferred from %d rows of %s", s.rows, printable(stem(path))),
	}
	if s.whole {
		s.note("looked at all %d rows", s.rows)
	} else {
		s.note("looked at the first %d rows: sizes have head room, the bounds and choices are those seen", s.rows)
	}
	key := s.key()
	for _, col := range s.columns {
		if col.name == core.DynamicField {
			s.dynamic(c, col)
			continue
		}
		f := s.field(col)
		if f == nil {
			continue
		}
		if col == key {
			asKey(f)
		}
		f.Name = s.unused(c, col.name)
		c.Fields = append(c.Fields, *f)
	}
	if key == nil {
		id := schema.Field{
			Name: s.free(c, "id"), Type: schema.Int64, IsPrimary: true, AutoID: true,
			Description: "Key given by Milvus: the file has none",
		}
		c.Fields = slices.Insert(c.Fields, 0, id)
		s.note("no column looks like a key: %s is added, its values are given by Milvus", id.Name)
	}
	c.Language = s.language()
	if !slices.ContainsFunc(c.Fields, func(f schema.Field) bool { return f.Type.IsVector() }) {
		vector := schema.Field{
			Name: s.free(c, "embedding"), Type: schema.FloatVector, Dim: 768,
			Description: "Added, as Milvus makes no collection without a vector: the file has none",
		}
		c.Fields = append(c.Fields, vector)
		s.note("there is no vector, and Milvus makes no collection without one: %s is added; give it the dim of your embeddings", vector.Name)
	}
	return c, schema.Check(c, schema.Version{}).Err()
}

// key guesses the primary key: a whole number or text that is never null and
// never twice, with the name of a key.
func (s *sample) key() *column {
	rank := func(c *column) int {
		name := strings.ToLower(c.name)
		switch {
		case slices.Contains([]string{"id", "_id", "pk", "key", "uuid", "primary_key"}, name):
			return 3
		case strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_pk") || strings.HasSuffix(name, "_uuid"):
			return 2
		case strings.HasSuffix(c.name, "Id") || strings.HasSuffix(c.name, "ID"):
			return 1
		}
		return 0
	}
	var best *column
	for _, c := range s.columns {
		if rank(c) > 0 && c.isUnique() && (best == nil || rank(c) > rank(best)) {
			best = c
		}
	}
	if best != nil {
		s.note("%s: taken for the primary key: its name says so and no value comes twice", best.name)
	}
	return best
}

func (c *column) isUnique() bool {
	if c.nulls > 0 || c.values == 0 || c.skip != "" || len(c.distinct) < c.values {
		return false
	}
	isInt := c.all(c.ints) && (c.fixed == "" || c.fixed.IsInteger())
	isText := c.all(c.texts) && c.fixed == "" && c.maxBytes > 0 && c.maxBytes <= 1024 && !c.all(c.jsonTexts) && !c.all(c.wktTexts)
	return isInt || isText
}

// asKey makes a field the primary key: Milvus takes Int64 and VarChar, and the
// limits of what was seen would leave no room for more rows.
func asKey(f *schema.Field) {
	f.IsPrimary = true
	f.Min, f.Max, f.Enum, f.CardinalityRatio = "", "", nil, nil
	if f.Type.IsInteger() {
		f.Type = schema.Int64
	}
}

// dynamic describes the keys of the dynamic field.
func (s *sample) dynamic(c *schema.Collection, col *column) {
	c.EnableDynamic = true
	for _, name := range col.keyOrder {
		if fieldName(name) != name || slices.ContainsFunc(s.columns, func(c *column) bool { return c.name == name }) {
			s.note("%s: the key %q is left out: it is no name, or that of a column", core.DynamicField, name)
			continue
		}
		k := col.keys[name]
		share := min(float64(k.values+k.nulls)/float64(max(s.rows, 1)), 1)
		c.DynamicFields = append(c.DynamicFields, schema.DynamicField{Name: name, Type: dynamicType(k), Probability: &share})
	}
}

func dynamicType(s *stats) schema.Type {
	switch {
	case s.all(s.bools):
		return schema.DynamicBool
	case s.all(s.ints):
		return schema.DynamicInt
	case s.numbers():
		return schema.DynamicFloat
	case s.all(s.texts):
		return schema.DynamicString
	case s.all(s.arrays):
		return schema.DynamicArray
	}
	return schema.DynamicJSON
}

// language is that of most texts; "" where they do not tell.
func (s *sample) language() string {
	var count [languageCount]int
	told, texts := 0, 0
	for _, c := range s.columns {
		here := 0
		for l, n := range c.languages {
			count[l] += n
			here += n
		}
		if told += here; here > 0 {
			texts += c.texts
		}
	}
	most := slices.Index(count[:], slices.Max(count[:]))
	if told == 0 || 2*count[most] < told || 5*count[most] < texts {
		return ""
	}
	code := language(most).code()
	s.note("the text is mostly in the language %s", code)
	return code
}

// unused makes a column's name a field's name that no other field has.
func (s *sample) unused(c *schema.Collection, name string) string {
	made := s.free(c, fieldName(name))
	if made != name {
		s.note("%s: named %s: Milvus takes letters, digits and _", printable(name), made)
	}
	return made
}

func (s *sample) free(c *schema.Collection, name string) string {
	base := name
	for n := 2; c.Field(name) != nil; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	return name
}

// fieldName makes a name that Milvus takes: letters, digits and _, not a digit
// first.
func fieldName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r < utf8.RuneSelf && (r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
	}
	made := strings.TrimRight(b.String(), "_")
	if strings.HasSuffix(name, "_") && made+"_" == name {
		made = name
	}
	if len(made) > 200 {
		made = made[:200]
	}
	if made == "" {
		return "field"
	}
	return cmp.Or(digitFirst(made), made)
}

func digitFirst(name string) string {
	if name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return ""
}

// printable is a name as it can be shown.
func printable(name string) string {
	raw, err := json.Marshal(name)
	if err != nil || len(raw) != len(name)+2 {
		return fmt.Sprintf("%q", name)
	}
	return name
}
