// Package text makes text: questions and answers that belong together, titles
// and bodies of a theme, names, addresses, paths, and text by a pattern.
package text

import (
	"context"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	list := themedComponents()
	for _, p := range phrases() {
		list = append(list, p.component())
	}
	return append(
		list,
		sdk.Generator[patternConfig]{Info: info("text.pattern", "Text by a pattern, such as AB-#### or a regular expression."), Open: openPattern},
		sdk.Generator[wordsConfig]{Info: info("text.words", "Some words of the row's topic."), Open: openWords},
		sdk.Generator[fakeConfig]{Info: info("text.fake", "Text by a function of the gofakeit library, which has hundreds."), Open: openFake},
	)
}

func info(name, summary string) sdk.Info {
	return sdk.Info{Name: name, Summary: summary, Types: []string{string(schema.VarChar), string(schema.String)}}
}

func themedComponents() []sdk.Component {
	tags := info("text.tags", "Tags of the row's topic, in the row's language.")
	tags.Types = []string{string(schema.Array)}
	return []sdk.Component{
		themed("text.question", "A question about the row's topic, as a customer or reader asks it.", questionRoles()),
		themed("text.answer", "The answer to the row's question.", answerRoles()),
		sdk.Generator[faqConfig]{Info: info("text.faq", "A question or its answer, as the role says."), Open: openFAQ},
		themed("text.title", "A title of the row's topic: of an article, a product, a film.", titleRoles()),
		themed("text.summary", "A few sentences on the row's topic.", summaryRoles()),
		themed("text.caption", "A sentence that says what is to be seen.", captionRoles()),
		sdk.Generator[bodyConfig]{Info: info("text.body", "One or more paragraphs on the row's topic."), Open: openBody},
		sdk.Generator[bodyConfig]{Info: info("text.paragraph", "A paragraph on the row's topic; the same as text.body."), Open: openBody},
		sdk.Generator[sentenceConfig]{Info: info("text.sentence", "One or more sentences on the row's topic."), Open: openSentence},
		themed("text.brand", "The brand of the row's product.", []string{"brand"}),
		themed("text.source", "The newspaper or agency of the row's article.", []string{"source"}),
		sdk.Generator[themedConfig]{Info: info("text.category", "The name of the row's category."), Open: openCategory},
		sdk.Generator[languageConfig]{Info: info("text.language", "The code of the language that the row's texts are in."), Open: openLanguage},
		sdk.Generator[tagsConfig]{Info: tags, Open: openTags},
	}
}

func themed(name, summary string, roles []string) sdk.Component {
	return sdk.Generator[themedConfig]{
		Info: info(name, summary),
		Open: func(_ context.Context, spec core.ColumnSpec, c themedConfig) (core.Column, error) {
			return openProse(spec, c, 1, roles...)
		},
	}
}

type faqConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Role          string       `json:"role" help:"Which of the two to make." default:"question" enum:"question,answer"`
}

func openFAQ(_ context.Context, spec core.ColumnSpec, c faqConfig) (core.Column, error) {
	if c.Role == "answer" {
		return openProse(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField}, 1, answerRoles()...)
	}
	return openProse(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField}, 1, questionRoles()...)
}

type bodyConfig struct {
	Topic         topic.Config `json:"topic" help:"What the data set is about: the same for all fields that shall agree."`
	CategoryField string       `json:"category_field" help:"Field that says the row's category; it must be in uses. Empty: the topic model says it."`
	LanguageField string       `json:"language_field" help:"Field that says the row's language; it must be in uses. Empty: the topic model says it."`
	Paragraphs    int          `json:"paragraphs" help:"How many paragraphs a text has at most." default:"1"`
}

func openBody(_ context.Context, spec core.ColumnSpec, c bodyConfig) (core.Column, error) {
	if c.Paragraphs < 1 || c.Paragraphs > 100 {
		return nil, core.Errorf(core.InvalidConfig, "paragraphs is %d", c.Paragraphs).WithHint("let it be 1 to 100")
	}
	return openProse(spec, themedConfig{c.Topic, c.CategoryField, c.LanguageField}, c.Paragraphs, bodyRoles()...)
}
