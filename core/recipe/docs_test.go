package recipe

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of keys into the page")

// TestThePageTellsTheKeys keeps the tables of docs/pipeline.md the same as the
// rule table; -update writes them anew.
func TestThePageTellsTheKeys(t *testing.T) {
	const path = "../../docs/pipeline.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for name, keys := range map[string][]key{
		"file": recipeKeys(), "files": fileKeys(), "sink": sinkKeys(), "environment": environmentKeys()[len(settingKeys())+1:],
		"deploy": deployKeys(),
	} {
		opening, closing := "<!-- keys "+name+" -->\n", "<!-- /keys "+name+" -->"
		before, rest, opened := strings.Cut(page, opening)
		_, after, closed := strings.Cut(rest, closing)
		if !opened || !closed {
			t.Fatalf("%s has no place for the keys of %s", path, name)
		}
		page = before + opening + tableOf(keys) + closing + after
	}
	switch {
	case page == string(data):
	case *update:
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s tells of other keys; go test ./core/recipe -update writes them", path)
	}
}

func tableOf(keys []key) string {
	var b strings.Builder
	b.WriteString("| key | holds | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys {
		def := k.def
		if k.needed {
			def = "required"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s Example: `%s`. |\n", k.name, k.expected(), def, k.help, k.example)
	}
	return b.String()
}
