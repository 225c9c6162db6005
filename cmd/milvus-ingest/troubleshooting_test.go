package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/zilliz/milvus-ingest/core"
)

func TestThePageOfTroublesHasEveryCode(t *testing.T) {
	data, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []core.Code{
		core.InvalidConfig, core.InvalidData, core.Conflict, core.Unavailable, core.Exhausted, core.PluginFailed, core.Internal,
	} {
		row := fmt.Sprintf("| `%s` | %d |", code, exitCode(core.Errorf(code, "x")))
		if !strings.Contains(string(data), row) {
			t.Errorf("the page lacks %q", row)
		}
	}
	for _, code := range []int{exitDone, exitFailed, exitUsage, exitData, exitPlugin, exitUnavailable, exitInterrupted} {
		if !strings.Contains(string(data), fmt.Sprintf("\n| %d | ", code)) {
			t.Errorf("the page lacks the exit code %d", code)
		}
	}
}

func TestEveryCommandHasAPage(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Children {
		page := "../../docs/commands/" + command.Name + ".md"
		data, err := os.ReadFile(page)
		if err != nil {
			t.Errorf("%s has no page: %v", command.Name, err)
			continue
		}
		if !strings.HasPrefix(string(data), "# milvus-ingest "+command.Name) {
			t.Errorf("%s begins with another name", page)
		}
	}
}
