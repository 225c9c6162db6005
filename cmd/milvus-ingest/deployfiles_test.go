package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/zilliz/milvus-ingest/core/health"
)

// deployFiles are the YAML files of deploy/, each with its documents.
func deployFiles(t *testing.T) map[string][]any {
	t.Helper()
	all := map[string][]any{}
	for _, pattern := range []string{"*.yml", "*/*.yml", "*/*.yaml"} {
		paths, err := filepath.Glob("../../deploy/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			decoder := yaml.NewDecoder(bytes.NewReader(data))
			for {
				var document any
				err := decoder.Decode(&document)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", path, err)
				}
				all[path] = append(all[path], document)
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("there are %d files", len(all))
	}
	return all
}

// commandLines are the command lines of ours in a document: the arguments of a
// container of our image, and lines of scripts.
func commandLines(node any) [][]string {
	var all [][]string
	switch n := node.(type) {
	case map[string]any:
		image, _ := n["image"].(string)
		args, isList := n["args"].([]any)
		if build, ok := n["build"].(map[string]any); ok && build["dockerfile"] == "deploy/Dockerfile" {
			args, isList = n["command"].([]any)
			image = "milvus-ingest"
		}
		if isList && strings.HasPrefix(image, "milvus-ingest") {
			var line []string
			for _, arg := range args {
				line = append(line, arg.(string))
			}
			all = append(all, line)
		}
		for _, value := range n {
			all = append(all, commandLines(value)...)
		}
	case []any:
		for _, value := range n {
			all = append(all, commandLines(value)...)
		}
	case string:
		expressions := regexp.MustCompile(`\$\{\{[^}]*\}\}`)
		if line, ok := strings.CutPrefix(expressions.ReplaceAllString(n, "x"), "milvus-ingest "); ok && !strings.Contains(line, "{{") { // else it is text of an alert
			line, _, _ = strings.Cut(line, " > ")
			all = append(all, strings.Fields(line))
		}
	}
	return all
}

func TestTheFilesOfDeployHaveCommandLinesThatAreUnderstood(t *testing.T) {
	t.Setenv("MILVUS_COLLECTION", "docs")
	lines := 0
	for path, documents := range deployFiles(t) {
		for _, args := range commandLines(documents) {
			lines++
			var c cli
			parser, err := newParser(context.Background(), &c, &app{stdout: io.Discard, stderr: io.Discard}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parse(parser, args); err != nil {
				t.Errorf("%s: milvus-ingest %s: %v", path, strings.Join(args, " "), err)
			}
		}
	}
	if lines < 15 {
		t.Errorf("only %d command lines were found", lines)
	}
}

func TestAlertsAndDashboardsUseMetricsThatThereAre(t *testing.T) {
	m := health.NewMetrics("docs")
	one := int64(1)
	took := 1.0
	m.Observe(&health.Report{Overall: health.Healthy, Checks: map[string]health.Check{"index": {
		Status: health.OK, ResponseMS: &took, Rows: &one, ExpectedMin: &one, Percent: &one, Indexed: &one, Pending: &one,
		Segments: map[string]int64{"sealed": 1}, Jobs: map[string]int64{"Completed": 1},
	}}}, 1)
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	shown := recorder.Body.String()

	used := regexp.MustCompile(`milvus_ingest_[a-z_]+`)
	for _, path := range []string{"../../deploy/alerts.yml", "../../deploy/grafana/milvus-ingest.json", "../../docs/commands/health.md"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(data) {
			t.Errorf("%s is no JSON", path)
		}
		names := used.FindAllString(string(data), -1)
		if len(names) < 5 {
			t.Errorf("%s uses %v", path, names)
		}
		for _, name := range names {
			if !strings.Contains(shown, "\n"+name+"{") {
				t.Errorf("%s uses %s, which there is not", path, name)
			}
		}
	}
}
