package generators

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Choice says which generator makes a field, and why.
type Choice struct {
	Field     string          `json:"field"`
	Generator string          `json:"generator"`
	Params    json.RawMessage `json:"params,omitempty"`
	Uses      []string        `json:"uses,omitempty"`
	Why       string          `json:"why"`
}

const (
	nullRatio    = 0.1 // share of nulls of a nullable field
	defaultRatio = 0.2 // share of the default of a field that has one
)

// Choose gives every stored field, and $meta, its generator: the one that the
// schema names, else the first that suits its type, constraints, name and
// description.
func Choose(c *schema.Collection) []Choice {
	s := newChooser(c)
	choices := make([]Choice, 0, len(c.Fields)+1)
	for _, f := range c.Stored() {
		p := s.field(f)
		choices = append(choices, Choice{f.Name, p.generator, p.json(), p.uses, p.why})
	}
	if c.HasMeta() {
		choices = append(choices, Choice{
			Field: core.DynamicField, Generator: "document.dynamic", Why: "the schema's dynamic_fields",
			Params: mustJSON(map[string]any{"fields": c.DynamicFields}),
		})
	}
	return choices
}

// pick is a choice while it is made.
type pick struct {
	generator string
	params    map[string]any
	uses      []string
	why       string
}

func (p pick) json() json.RawMessage {
	if len(p.params) == 0 {
		return nil
	}
	return mustJSON(p.params)
}

// with is a pick with more parameters.
func (p pick) with(params map[string]any) pick {
	all := maps.Clone(params)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, p.params)
	p.params = all
	return p
}

// field chooses the generator of a field with its options.
func (s *chooser) field(f *schema.Field) pick {
	if f.Generator != "" {
		return s.named(f)
	}
	p := s.suitable(f)
	if s.takes(p.generator, "topic") && p.params["topic"] == nil {
		p = s.aboutTopic(p)
	}
	return p.with(s.shared(f, p))
}

// named serves a field whose schema names the generator: what the schema
// leaves open is filled in, if the generator is one of ours.
func (s *chooser) named(f *schema.Field) pick {
	p := pick{generator: f.Generator, uses: f.Uses, why: "named in the schema"}
	if len(f.Params) > 0 {
		var given map[string]json.RawMessage
		if json.Unmarshal(f.Params, &given) != nil {
			return pick{f.Generator, map[string]any{}, f.Uses, p.why}.raw(f.Params)
		}
		p.params = map[string]any{}
		for key, value := range given {
			p.params[key] = value
		}
	}
	if s.options[f.Generator] == nil {
		return p
	}
	extra := s.shared(f, p)
	if s.takes(f.Generator, "topic") {
		extra["topic"] = s.topic
	}
	if s.takes(f.Generator, "language") && !s.takes(f.Generator, "topic") {
		extra["language"] = s.topic.Language
	}
	return p.with(extra)
}

// raw keeps parameters that are no object, so that the generator can say so.
func (p pick) raw(params json.RawMessage) pick {
	p.params = nil
	p.why += "; its params are " + string(params) + ", no object"
	return p
}

// takes tells whether a built-in generator has an option.
func (s *chooser) takes(generator, option string) bool {
	return slices.Contains(s.options[generator], option)
}

// aboutTopic gives a generator the topic of the collection and, where other
// generators make the category or the language of the rows, these fields.
func (s *chooser) aboutTopic(p pick) pick {
	p = p.with(map[string]any{"topic": s.topic})
	if strings.HasPrefix(p.generator, "vector.") && s.categoryInput != "" {
		p.uses = []string{s.categoryInput}
	}
	if !strings.HasPrefix(p.generator, "text.") {
		return p
	}
	for option, field := range map[string]string{"category_field": s.categoryInput, "language_field": s.languageInput} {
		if field != "" {
			p = p.with(map[string]any{option: field})
			p.uses = append(slices.Clone(p.uses), field)
		}
	}
	slices.Sort(p.uses)
	return p
}

// shared gives the options that follow from nullable, default_value and
// cardinality_ratio.
func (s *chooser) shared(f *schema.Field, p pick) map[string]any {
	options := map[string]any{}
	if f.Nullable {
		options["null_ratio"] = nullRatio
	}
	label := p.generator == "text.language" || p.generator == "text.category" || p.generator == "text.tags"
	if f.Default != nil && string(f.Default) != "null" && !label {
		options["default_value"], options["default_ratio"] = f.Default, defaultRatio
	}
	if ratio := f.CardinalityRatio; ratio != nil && *ratio > 0 && *ratio < 1 && !f.IsPrimary && !label && len(p.uses) == 0 {
		options["cardinality_ratio"] = *ratio
	} else if f.IsPartitionKey && len(f.Enum) == 0 && !label && len(p.uses) == 0 && ratio == nil {
		options["cardinality"] = max(64, 4*s.collection.NumPartitions)
	}
	if len(f.Enum) > 0 {
		delete(options, "cardinality_ratio")
	}
	return options
}
