package main

import (
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the tables of options of docs/commands anew")

// TestTheDocumentsListTheOptions keeps the tables of docs/commands the same as
// the flags; -update writes them anew.
func TestTheDocumentsListTheOptions(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?s)(<!-- begin flags ([a-z -]+) -->\n).*?(<!-- end flags -->)`)
	pages, err := filepath.Glob("../../docs/commands/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are no pages: %v", err)
	}
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		want := block.ReplaceAllStringFunc(string(data), func(found string) string {
			part := block.FindStringSubmatch(found)
			node := commandNode(parser.Model.Node, strings.Fields(part[2]))
			if node == nil {
				t.Fatalf("%s: there is no command %s", page, part[2])
			}
			return part[1] + optionTable(node) + part[3]
		})
		switch {
		case want == string(data):
		case *update:
			if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the options in %s are old: go test ./cmd/milvus-ingest -run Documents -update", page)
		}
	}
}

func commandNode(node *kong.Node, path []string) *kong.Node {
	for _, name := range path {
		at := slices.IndexFunc(node.Children, func(child *kong.Node) bool { return child.Name == name })
		if at < 0 {
			return nil
		}
		node = node.Children[at]
	}
	return node
}

func optionTable(node *kong.Node) string {
	var b strings.Builder
	b.WriteString("| option | default | meaning |\n|---|---|---|\n")
	for _, f := range node.Flags {
		name := "--" + f.Name + placeholder(f)
		if f.Short != 0 {
			name = fmt.Sprintf("-%c, %s", f.Short, name)
		}
		help := strings.TrimSuffix(f.Help, ": "+f.Enum+".")
		if help != f.Help {
			help += "."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, f.Default, strings.ReplaceAll(help, "|", "\\|"))
	}
	return b.String()
}

// placeholder is what stands for the value of a flag.
func placeholder(f *kong.Flag) string {
	words := strings.Split(f.Name, "-")
	switch {
	case f.IsBool():
		return ""
	case f.PlaceHolder != "":
		return " " + f.PlaceHolder
	case f.Enum != "":
		return " " + strings.ReplaceAll(f.Enum, ",", "\\|")
	case f.Target.CanInt() && f.Target.Kind() != reflect.Int64:
		return " N"
	default:
		return " " + strings.ToUpper(words[len(words)-1])
	}
}

// TestTheLinksOfTheDocumentsLeadSomewhere follows every relative link.
func TestTheLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "../.." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "data" && filepath.Dir(path) == "../..") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(data), ""), -1) {
			checkLink(t, path, string(data), m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkLink(t *testing.T, page, text, target string) {
	t.Helper()
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return
	}
	file, anchor, _ := strings.Cut(target, "#")
	if file != "" {
		name, err := url.PathUnescape(file)
		if err != nil {
			t.Errorf("%s: the link %s: %v", page, target, err)
			return
		}
		path := filepath.Join(filepath.Dir(page), name)
		data, err := os.ReadFile(path)
		if info, missing := os.Stat(path); missing != nil || err != nil && !info.IsDir() {
			t.Errorf("%s: the link %s leads nowhere", page, target)
			return
		}
		text = string(data)
	}
	if anchor != "" && !slices.Contains(anchors(text), anchor) {
		t.Errorf("%s: the link %s leads to no heading", page, target)
	}
}

// anchors are the names of the headings of a page, as GitHub makes them.
func anchors(text string) []string {
	var all []string
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for line := range strings.Lines(text) {
		if heading := strings.TrimLeft(line, "#"); heading != line && strings.HasPrefix(heading, " ") {
			name := drop.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			all = append(all, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return all
}
