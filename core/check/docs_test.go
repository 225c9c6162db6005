package check_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/check"
)

var update = flag.Bool("update", false, "write the table of rules anew")

// TestTheDocumentationListsTheRules keeps docs/commands/check.md the same as
// the list of rules; -update writes it anew.
func TestTheDocumentationListsTheRules(t *testing.T) {
	const path = "../../docs/commands/check.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| rule | about | severity | |\n|---|---|---|---|\n")
	seen := map[string]bool{}
	for _, r := range check.Rules() {
		if seen[r.Name] {
			t.Errorf("rule %s is there twice", r.Name)
		}
		seen[r.Name] = true
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", r.Name, r.Level, r.Severity, r.What)
	}
	block := regexp.MustCompile(`(?s)<!-- begin rules -->\n.*?<!-- end rules -->`)
	want := block.ReplaceAllLiteralString(string(data), "<!-- begin rules -->\n"+table.String()+"<!-- end rules -->")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !strings.Contains(want, table.String()) || want != string(data) {
		t.Errorf("the table of rules in %s is old: go test ./core/check -update", path)
	}
}
