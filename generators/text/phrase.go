package text

import (
	"context"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// phrase is a kind of short text that needs no topic: a name, a city.
type phrase struct {
	name, role, summary string
}

func phrases() []phrase {
	return []phrase{
		{"text.name", "name", "Names of people."},
		{"text.firstname", "firstname", "Given names."},
		{"text.surname", "surname", "Family names."},
		{"text.username", "username", "User names for signing in."},
		{"text.email", "email", "E-mail addresses at domains that nobody owns."},
		{"text.phone", "phone", "Telephone numbers."},
		{"text.job", "job", "What people work as."},
		{"text.company", "company", "Names of companies."},
		{"text.address", "address", "Postal addresses with a city."},
		{"text.street", "street", "Streets with a house number."},
		{"text.city", "city", "Cities."},
		{"text.country", "country", "Countries."},
		{"text.location", "location", "Places in a building."},
		{"text.url", "url", "Addresses of web pages."},
		{"text.image_url", "image_url", "Addresses of pictures."},
		{"text.path", "path", "Paths of files."},
		{"text.filename", "filename", "Names of document files."},
		{"text.image_name", "image_name", "Names of picture files."},
		{"text.audio_name", "audio_name", "Names of sound files."},
		{"text.video_name", "video_name", "Names of film files."},
	}
}

type phraseConfig struct {
	Language string `json:"language" help:"Language or country of the text: en, zh, ja, de, fr or es." default:"en"`
	Person   string `json:"person" help:"Fields with the same word here tell of the same person or place in a row; empty: of none but their own."`
}

func (p phrase) component() sdk.Component {
	return sdk.Generator[phraseConfig]{Info: info(p.name, p.summary), Open: p.open}
}

func (p phrase) open(_ context.Context, spec core.ColumnSpec, c phraseConfig) (core.Column, error) {
	language, ok := topic.Find(c.Language, corpus.Languages("common"))
	if !ok {
		return nil, core.Errorf(core.InvalidConfig, "configuration key \"language\" is %q", c.Language).
			WithHint("use one of en, zh, ja, de, fr, es")
	}
	common, err := corpus.Common(language)
	if err != nil {
		return nil, core.Errorf(core.Internal, "%w", err)
	}
	compile := newCompiler()
	compile.scopes = []*corpus.Scope{&common.Scope}
	templates, err := compile.roles([]string{p.role})
	if err != nil {
		return nil, core.Errorf(core.Internal, "%s in %s: %w", p.name, language, err)
	}
	limit, err := maxLength(spec.Field)
	if err != nil {
		return nil, err
	}
	w := &short{key: rng.Field(spec.Seed, spec.Field.Name), templates: templates, limit: limit, small: p.role == "email" || p.role == "username"}
	if c.Person != "" {
		w.person = rng.Field(spec.Seed, "\x00person\x00"+c.Person)
	}
	return openColumn(spec, w)
}

// short is text by templates that need no topic. Text that is too long is
// made anew some times before it is cut: half an address is none.
type short struct {
	key       rng.Key
	person    rng.Key // 0: of nobody in particular
	templates []template
	limit     int
	small     bool // in small letters
}

func (p *short) append(dst []byte, row int64, _ arrow.Record, _ int) []byte {
	s := p.key.At(row)
	from := len(dst)
	for range 8 {
		t := p.templates[s.IntN(len(p.templates))]
		who := rng.Key(s.Uint64())
		if p.person != 0 {
			who = p.person.Sub(uint64(row))
		}
		dst = t.append(dst[:from], &s, who)
		if len(dst)-from <= p.limit {
			break
		}
	}
	for i := from; p.small && i < len(dst); i++ {
		if dst[i] >= 'A' && dst[i] <= 'Z' {
			dst[i] += 'a' - 'A'
		}
	}
	return dst
}

// maxCapacity is the most elements that an array of the field may have.
func maxCapacity(field arrow.Field) (int, error) {
	text, ok := field.Metadata.GetValue(core.MetaMaxCapacity)
	if !ok {
		return 4096, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, core.Errorf(core.InvalidConfig, "max_capacity is %q", text).WithHint("let it be a number of elements")
	}
	return n, nil
}
