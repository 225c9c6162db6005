package vector

import (
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

// topicConfig configures vector.topic.
type topicConfig struct {
	Topic        topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	Role         string       `json:"role" help:"What the vector stands for, such as question; empty: the field's name. Fields of one role get the same vectors."`
	SameCategory float64      `json:"same_category" help:"Cosine of the vectors of two rows of one category." default:"0.5"`
	SameTopic    float64      `json:"same_topic" help:"Cosine of the vectors of two rows of one topic." default:"0.82"`
	SameRow      float64      `json:"same_row" help:"Cosine of two vectors of one row, such as a question's and its answer's." default:"0.94"`
}

// subject is what a centre stands for: a category and a topic within it.
// Their numbers are a model's, or hashes of the text of fields.
type subject struct{ category, topic uint64 }

// topical makes a vector of four parts, whose squared lengths add up to 1: what
// it has in common with its category, with its topic, with the other vectors
// of its row, and what is its own.
type topical struct {
	noise      *table
	topics     *topic.Model
	categories map[string]int
	centres    *centres[subject]
	row, field rng.Key
	common     float32 // scale of the part that the row's vectors share
	own        float32
	text       rng.Key // hashes text of fields
	uses       int
}

func openTopic(o opening, c topicConfig) (values, error) {
	if !(0 <= c.SameCategory && c.SameCategory <= c.SameTopic && c.SameTopic <= c.SameRow && c.SameRow <= 1) {
		return values{}, core.Errorf(core.InvalidConfig, "same_category is %g, same_topic %g and same_row %g",
			c.SameCategory, c.SameTopic, c.SameRow).
			WithHint("let them rise from 0 to 1: the vectors of a topic are nearer than those of a category")
	}
	topics, err := topic.New(o.Seed, c.Topic)
	if err != nil {
		return values{}, err
	}
	if c.Role != "" {
		o.key = rng.Field(o.Seed, "\x00vector.role\x00"+c.Role)
	}
	m := &topical{
		noise: o.noise, topics: topics, categories: map[string]int{}, uses: len(o.Uses),
		row: rng.Field(o.Seed, "\x00vector.row"), field: o.key, text: rng.Field(o.Seed, "\x00vector.text"),
		common: perValue(math.Sqrt(c.SameRow-c.SameTopic), o.dim),
		own:    perValue(math.Sqrt(1-c.SameRow), o.dim),
	}
	for i, name := range topics.Categories() {
		m.categories[name] = i
	}
	m.centres = subjects(o, math.Sqrt(c.SameCategory), math.Sqrt(c.SameTopic-c.SameCategory))
	return values{m, 0, unitReach(o.dim)}, nil
}

// subjects gives the sum of a category's and a topic's direction. They depend
// on the seed alone, so that one field's vector finds rows by another's.
func subjects(o opening, category, within float64) *centres[subject] {
	categories := newUnit(o.noise, rng.Field(o.Seed, "\x00vector.category"), o.dim)
	topics := newUnit(o.noise, rng.Field(o.Seed, "\x00vector.topic"), o.dim)
	of := make([]float32, o.dim)
	return newCentres(o.dim, func(dst []float32, s subject) {
		categories.row(dst, int64(s.category))
		topics.row(of, int64(s.topic))
		for j := range dst {
			dst[j] = float32(dst[j]*float32(category)) + float32(of[j]*float32(within))
		}
	})
}

func (m *topical) fill(dst []float32, at place) {
	common, own := wave{m.row.At(at.row), m.common}, wave{m.field.At(at.row), m.own}
	common.vary()
	own.vary()
	normalise(dst, m.noise.blend(dst, m.centres.of(m.subject(at)), common, own))
}

// subject is what a row is about: what the fields that it uses say, or the
// data set's model. A field with the name of a category of the model leaves
// the topic within it to the model, as texts do.
func (m *topical) subject(at place) subject {
	row := m.topics.At(at.row)
	if m.uses > 0 {
		first := at.inputs.Column(0).ValueStr(at.i)
		category, known := m.categories[first]
		if !known || m.uses > 1 {
			return m.named(first, at)
		}
		row = m.topics.Within(row, category)
	}
	return subject{uint64(row.Category), uint64(row.Topic)}
}

// named is the subject that the text of used fields stands for.
func (m *topical) named(first string, at place) subject {
	category := rng.Field(uint64(m.text), first)
	topic := category
	for _, column := range at.inputs.Columns()[1:] {
		topic = rng.Field(uint64(topic), column.ValueStr(at.i))
	}
	return subject{uint64(category), uint64(topic)}
}
