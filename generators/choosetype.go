package generators

import (
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// suitable chooses by the type of a field first.
func (s *chooser) suitable(f *schema.Field) pick {
	switch {
	case f.IsPrimary:
		return s.primary(f)
	case f.Type.IsDense():
		return pick{generator: "vector.topic", why: "vectors of one topic lie together"}
	case f.Type == schema.Sparse:
		return s.sparse(f)
	case f.Type == schema.Array:
		return s.array(f)
	default:
		return s.scalar(f, f.Type)
	}
}

// scalar chooses for a single value, which may be an element of an array.
func (s *chooser) scalar(f *schema.Field, kind schema.Type) pick {
	switch {
	case kind.IsText():
		return s.text(f)
	case kind.IsNumber():
		return s.number(f, kind)
	case kind == schema.Bool:
		return truth(f)
	case len(f.Enum) > 0:
		return pick{generator: "choice.values", params: map[string]any{"values": f.Enum}, why: "enum_values"}
	case kind == schema.Timestamptz:
		return pick{generator: "time.timestamp", why: "its type"}
	case kind == schema.Geometry:
		if word := wordsOf(f).match("area region zone polygon boundary shape district 区域 范围 边界"); word != "" {
			return pick{generator: "geometry.polygon", why: "named like " + word}
		}
		return pick{generator: "geometry.point", why: "its type"}
	default:
		return pick{generator: "document.template", params: map[string]any{"language": s.topic.Language}, why: "a JSON document that suits its name"}
	}
}

// primary chooses for the key: every row its own.
func (s *chooser) primary(f *schema.Field) pick {
	switch {
	case f.Type.IsText() && (f.MaxLength == 0 || f.MaxLength >= 36):
		return pick{generator: "identifier.uuid", why: "primary key with room for a UUID"}
	case f.Type.IsText():
		return pick{generator: "identifier.sequence", why: "primary key"}
	default:
		return pick{generator: "identifier.sequence", why: "primary key: 1, 2, 3 …"}
	}
}

// sparse takes the words of the longest text of the collection.
func (s *chooser) sparse(f *schema.Field) pick {
	var text *schema.Field
	for _, other := range s.collection.Stored() {
		if other.Type.IsText() && other.MaxLength > 60 && !other.IsPrimary && (text == nil || other.MaxLength > text.MaxLength) {
			text = other
		}
		prefix, _, _ := strings.Cut(f.Name, "_sparse")
		if other.Type.IsText() && other.Name == prefix {
			text = other
			break
		}
	}
	if text == nil {
		return pick{generator: "sparse.zipf", why: "no text field to take words from"}
	}
	return pick{generator: "sparse.text", uses: []string{text.Name}, why: "the words of " + text.Name}
}

// array chooses for arrays: tags of the row's topic, or elements that suit
// the field's name.
func (s *chooser) array(f *schema.Field) pick {
	if f.ElementType == schema.Struct {
		fields := map[string]any{}
		for i := range f.StructFields {
			fields[f.StructFields[i].Name] = s.element(&f.StructFields[i], f.StructFields[i].Type)
		}
		return pick{generator: "array.of", params: map[string]any{"fields": fields}, why: "an element for each field of the Struct"}
	}
	is := wordsOf(f)
	capacity := f.MaxCapacity
	if capacity == 0 {
		capacity = 10
	}
	if f.ElementType.IsText() && len(f.Enum) == 0 {
		if word := is.match("tag keyword label topic category entity interest skill hobby attribute feature hashtag 标签 关键词 兴趣 主题 属性"); word != "" {
			return pick{
				generator: "text.tags", why: "named like " + word,
				params: map[string]any{"min": min(2, capacity), "max": min(5, capacity)},
			}
		}
	}
	params := map[string]any{"element": s.element(f, f.ElementType)}
	switch {
	case is.any("bounding_box bbox box"):
		params["min"], params["max"] = min(4, capacity), min(4, capacity)
	case f.ElementType.IsText():
		params["min"], params["max"], params["distinct"] = 1, min(4, capacity), true
	}
	return pick{generator: "array.of", params: params, why: "elements that suit its name and type"}
}

// element is the generator of an array's elements, as array.of takes it.
func (s *chooser) element(f *schema.Field, kind schema.Type) map[string]any {
	p := s.elementPick(f, kind)
	if s.takes(p.generator, "topic") {
		p = p.with(map[string]any{"topic": s.topic})
	}
	made := map[string]any{"generator": p.generator}
	if len(p.params) > 0 {
		made["params"] = p.params
	}
	return made
}

func (s *chooser) elementPick(f *schema.Field, kind schema.Type) pick {
	if kind.IsDense() {
		return pick{generator: "vector.topic"}
	}
	if kind.IsText() && wordsOf(f).any("place region focus city location 地点 城市 地区") && len(f.Enum) == 0 {
		return pick{generator: "text.city", params: map[string]any{"language": s.topic.Language}}
	}
	return s.scalar(&schema.Field{
		Name: f.Name, Description: f.Description, Type: kind, MaxLength: f.MaxLength, Min: f.Min, Max: f.Max, Enum: f.Enum,
	}, kind)
}
