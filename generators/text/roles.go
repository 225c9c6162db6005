package text

import (
	"fmt"
	"strings"
)

// roles compiles the templates of the first of the roles that any scope has;
// of several scopes that have it the nearest counts.
func (c *compiler) roles(roles []string) ([]template, error) {
	for _, role := range roles {
		for _, scope := range c.scopes {
			texts := scope.Texts[role]
			if len(texts) == 0 {
				continue
			}
			templates := make([]template, len(texts))
			for i, text := range texts {
				var err error
				if templates[i], err = c.compile(text); err != nil {
					return nil, err
				}
			}
			return templates, nil
		}
	}
	return nil, fmt.Errorf("no text for %s", strings.Join(roles, ", "))
}

// Roles of text, each with those that stand in for it where a theme lacks it.
func questionRoles() []string { return []string{"question", "title", "summary"} }
func answerRoles() []string   { return []string{"answer", "body", "summary"} }
func titleRoles() []string    { return []string{"title", "question"} }
func summaryRoles() []string  { return []string{"summary", "caption", "answer", "body"} }
func bodyRoles() []string     { return []string{"body", "answer", "summary"} }
func captionRoles() []string  { return []string{"caption", "title", "question"} }
