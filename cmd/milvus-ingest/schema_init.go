package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

type schemaInit struct {
	Name     string   `help:"Name of the collection."`
	Dim      int      `help:"Dimension of the vector, as the embedding model gives it (default: 768)."`
	Key      string   `enum:"int64,varchar,auto," default:"" help:"Primary key: numbers, texts, or numbers that Milvus gives (auto)."`
	Language string   `placeholder:"CODE" help:"Language of generated text, such as en or zh."`
	With     []string `placeholder:"A,B" help:"Also: bm25 category dynamic metadata nullable number partition sparse tags time."`
	Out      string   `placeholder:"FILE" help:"File to write (default: NAME.yaml); - prints it."`
	Force    bool     `help:"Replace the file that exists."`
}

// Run implements the command.
func (c *schemaInit) Run(a *app) error {
	if c.Name == "" || c.Dim == 0 {
		if !terminal(a.stdin) && c.Name == "" {
			return core.Errorf(core.InvalidConfig, "no name, and nobody is there to ask").
				WithHint("milvus-ingest schema init --name articles --dim 768 --with tags,metadata")
		}
		if terminal(a.stdin) {
			if err := c.ask(a.stdin, a.stderr); err != nil {
				return err
			}
		}
	}
	text, err := c.text()
	if err != nil {
		return err
	}
	if c.Out == "-" {
		_, err := io.WriteString(a.stdout, text)
		return err
	}
	if c.Out == "" {
		c.Out = c.Name + ".yaml"
	}
	if err := writeWhole(c.Out, []byte(text), c.Force); err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(map[string]string{"file": c.Out})
	}
	fmt.Fprintln(a.stdout, c.Out)
	a.say("next: milvus-ingest generate --schema %s --preview", shellWord(c.Out))
	return nil
}

// ask asks for what the flags do not tell. An empty answer takes the default.
func (c *schemaInit) ask(in io.Reader, out io.Writer) error {
	answers := bufio.NewScanner(in)
	question := func(text, def string) (string, error) {
		fmt.Fprintf(out, "%s [%s]: ", text, def)
		if !answers.Scan() {
			return "", errors.Join(core.Errorf(core.InvalidConfig, "no answer: nothing is written"), answers.Err())
		}
		if answer := strings.TrimSpace(answers.Text()); answer != "" {
			return answer, nil
		}
		return def, nil
	}
	var err error
	if c.Name == "" {
		if c.Name, err = question("Name of the collection", "articles"); err != nil {
			return err
		}
	}
	for c.Dim == 0 {
		answer, err := question("Dimension of the vector, as the embedding model gives it", "768")
		if err != nil {
			return err
		}
		if c.Dim, err = strconv.Atoi(answer); err != nil || c.Dim < 1 {
			c.Dim = 0
			fmt.Fprintln(out, "a whole number is needed, such as 384, 768, 1024 or 1536")
		}
	}
	if c.Key == "" {
		if c.Key, err = question("Primary key: auto (Milvus gives numbers), int64 or varchar", "auto"); err != nil {
			return err
		}
	}
	if len(c.With) == 0 {
		answer, err := question("Also, of "+strings.Join(extraNames(), " "), "category tags metadata")
		if err != nil {
			return err
		}
		c.With = strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return nil
}

// text is the schema file. It is parsed and checked before it is given away.
func (c *schemaInit) text() (string, error) {
	if c.Dim == 0 {
		c.Dim = 768
	}
	var problems []error
	c.With = trimmed(c.With)
	for _, word := range c.With {
		if slices.Contains(extraNames(), word) {
			continue
		}
		problem := core.Errorf(core.InvalidConfig, "--with %s is not known", word).
			WithHint("it takes %s", strings.Join(extraNames(), " "))
		if near, ok := spell.Nearest(word, extraNames()); ok {
			problem.WithHint("did you mean %s?", near)
		}
		problems = append(problems, problem)
	}
	if c.Key != "" && !slices.Contains([]string{"auto", "int64", "varchar"}, c.Key) {
		problems = append(problems, core.Errorf(core.InvalidConfig, "a key cannot be %s", c.Key).WithHint("it takes auto, int64 or varchar"))
	}
	if err := errors.Join(problems...); err != nil {
		return "", err
	}
	text, err := c.draft()
	if err != nil {
		return "", err
	}
	parsed, err := schema.Parse("the new schema.yaml", []byte(text))
	if err == nil {
		err = schema.Check(parsed, schema.Version{}).Err()
	}
	return text, err
}
