// Package page writes reports as one HTML file each that needs nothing but a
// browser: no network, no other file. A policy within the page forbids all
// scripts and styles but its own, whatever stands in the data.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"

	"github.com/zilliz/milvus-ingest/core/whole"
)

//go:generate ./chart/build.sh

//go:embed assets
var assets embed.FS

// Report is a page: the chief figures first, then sections of cards.
type Report struct {
	// Kind says what the page is: "Data set", "Benchmark".
	Kind  string
	Title string
	// Text is a sentence below the title.
	Text string
	// Verdict is told beside the title; its zero value is none.
	Verdict Verdict
	Figures []Figure
	// Sections are told in the page's contents by their titles.
	Sections []Section
	// Cloud says what the points of charts of the page are; nil where there
	// are none.
	Cloud *Cloud
	// Lang is "en" or "zh": that of the page's own words. Empty: "en".
	Lang string
}

// Mood is how a verdict looks.
type Mood string

// The moods. The words of a verdict tell the same.
const (
	Good Mood = "good"
	Fair Mood = "fair"
	Bad  Mood = "bad"
)

// Verdict is the outcome in a word or two.
type Verdict struct {
	Mood Mood
	Text string
}

// Figure is a number that a reader looks for first.
type Figure struct {
	Label, Value string
	// Note is told below the value: what it is of, or what it was before.
	Note string
	Mood Mood
}

// Section is a part of the page.
type Section struct {
	Title, Text string
	Cards       []Card
	// Flow lets cards of different heights follow each other down two
	// columns, without holes; none of them can be wide.
	Flow bool
}

// Card is one thing to look at. Every part may be missing; they follow each
// other in this order.
type Card struct {
	Title string
	// Tag stands beside the title: a type, a step's outcome.
	Tag   string
	Mood  Mood // of the tag
	Chips []string
	Text  string
	Facts []Fact
	Bars  []Bar
	Chart *Chart
	Table *Table
	// Quotes are texts of the data.
	Quotes []Quote
	// Wide cards take the width of the page.
	Wide bool
}

// Fact is a name and its value.
type Fact struct{ Name, Value string }

// Bar is a value drawn as a line: Share is its part, 0 to 1, of the longest.
type Bar struct {
	Name  string
	Share float64
	Value string
}

// Quote is a text of the data, and what is told of it.
type Quote struct {
	Text, Note string
	// Lead marks the text that those below it belong to.
	Lead bool
}

// Table is a table; cells that Numbers names are set to the right.
type Table struct {
	Head    []string
	Rows    [][]string
	Numbers []int
	// Pairs tells that rows are names and what they name; there is no head.
	Pairs bool
}

// Save writes a page to a file, whole or not at all.
func Save(path string, r Report) error {
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		return err
	}
	if err := whole.Write(path, b.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Write writes a page. The same report gives the same bytes.
func Write(w io.Writer, r Report) error {
	p, err := newSheet(r)
	if err != nil {
		return err
	}
	t, err := template.New("page.html").Funcs(p.functions()).ParseFS(assets, "assets/page.html")
	if err != nil {
		return fmt.Errorf("the page's template: %w", err)
	}
	return t.Execute(w, p)
}

// sheet is what the template gets.
type sheet struct {
	Report
	Style   template.CSS
	Scripts []template.JS
	// Policy allows this style and these scripts by their hashes.
	Policy string
	Data   data
	words  map[string]string
	// numbers finds those of a text, with their units.
	numbers *regexp.Regexp
}

// data is what the page's script draws from.
type data struct {
	Charts []*Chart          `json:"charts"`
	Cloud  *Cloud            `json:"cloud,omitempty"`
	Words  map[string]string `json:"words"`
}

func newSheet(r Report) (*sheet, error) {
	if r.Lang == "" {
		r.Lang = "en"
	}
	p := &sheet{Report: r, words: dictionary(r.Lang), numbers: regexp.MustCompile(`\d[\d,.]*(?: [KMGT]?B| %)?`)}
	var files [3]string
	for i, name := range []string{"page.css", "chart.js", "page.js"} {
		content, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		files[i] = strings.TrimSpace(string(content))
	}
	p.Style = template.CSS(files[0])                                        //nolint:gosec // our own, from the program
	p.Scripts = []template.JS{template.JS(files[1]), template.JS(files[2])} //nolint:gosec // the same
	p.Policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s %s; base-uri 'none'; form-action 'none'",
		hashOf(files[0]), hashOf(files[1]), hashOf(files[2]))
	p.Data = data{Cloud: r.Cloud, Words: map[string]string{}, Charts: []*Chart{}}
	for _, word := range scriptWords() {
		p.Data.Words[word] = p.word(word)
	}
	for _, s := range r.Sections {
		for _, c := range s.Cards {
			if c.Chart != nil {
				p.Data.Charts = append(p.Data.Charts, p.translated(c.Chart))
			}
		}
	}
	return p, nil
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// functions are those of the template.
func (p *sheet) functions() template.FuncMap {
	charts := 0
	return template.FuncMap{
		"t":      p.word,
		"anchor": func(i int) string { return fmt.Sprintf("s%d", i+1) },
		"chart":  func() int { charts++; return charts - 1 },
		"behind": func(c *Chart) *Table { return c.table(p.Cloud) },
		"number": func(t *Table, column int) bool { return t.isNumber(column) },
		"width":  func(share float64) string { return fmt.Sprintf("%.2f%%", 100*min(max(share, 0), 1)) },
	}
}

func (t *Table) isNumber(column int) bool {
	for _, n := range t.Numbers {
		if n == column {
			return true
		}
	}
	return false
}

// word is a text of the page in its language. The dictionary has # for
// numbers, which keep their order.
func (p *sheet) word(text string) string {
	if known, ok := p.words[text]; ok || len(p.words) == 0 {
		return or(known, text)
	}
	numbers := p.numbers.FindAllString(text, -1)
	known, ok := p.words[p.numbers.ReplaceAllString(text, "#")]
	if !ok || strings.Count(known, "#") != len(numbers) {
		return text
	}
	for _, n := range numbers {
		known = strings.Replace(known, "#", n, 1)
	}
	return known
}
