package corpus

import (
	"fmt"
	"strings"
)

// Parse reads a file's text.
func Parse(text string) (*Corpus, error) {
	p := parser{corpus: &Corpus{Scope: newScope()}}
	p.scope = &p.corpus.Scope
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	p.endCategory()
	return p.corpus, nil
}

// parser keeps the part of the file that lines belong to.
type parser struct {
	corpus   *Corpus
	category *Category
	scope    *Scope
}

func newScope() Scope {
	return Scope{Slots: map[string][]string{}, Texts: map[string][]string{}}
}

func (p *parser) line(line string) error {
	head, value, found := strings.Cut(line, "=")
	word, name, _ := strings.Cut(strings.TrimSpace(head), " ")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case word == "intent" && !found:
		return p.intent(name)
	case !found || value == "" && word != "category":
		return fmt.Errorf("expected \"name = value\", found %q", line)
	case word == "category":
		p.endCategory()
		p.category = &Category{Scope: newScope(), ID: name, Names: Split(value)}
		p.scope = &p.category.Scope
	case word == "slot":
		p.scope.Slots[name] = append(p.scope.Slots[name], Split(value)...)
	case name == "":
		p.scope.Texts[word] = append(p.scope.Texts[word], value)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func (p *parser) intent(name string) error {
	if p.category == nil || name == "" {
		return fmt.Errorf("intent %q stands outside a category", name)
	}
	p.category.Intents = append(p.category.Intents, Intent{Scope: newScope(), ID: name})
	p.scope = &p.category.Intents[len(p.category.Intents)-1].Scope
	p.scope.Aligned = true
	return nil
}

func (p *parser) endCategory() {
	switch {
	case p.category == nil:
	case p.category.ID == AnyCategory:
		p.corpus.Any = *p.category
	default:
		p.corpus.Categories = append(p.corpus.Categories, *p.category)
	}
	p.category = nil
}

// Split cuts a list at the bars that stand outside brackets.
func Split(list string) []string {
	var parts []string
	depth, from := 0, 0
	for i := range len(list) {
		switch list[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '|':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(list[from:i]))
				from = i + 1
			}
		}
	}
	return append(parts, strings.TrimSpace(list[from:]))
}
