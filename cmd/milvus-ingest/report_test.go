package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/deploy"
	"github.com/zilliz/milvus-ingest/core/portrait"
	"github.com/zilliz/milvus-ingest/core/recipe"
)

func TestAReportTellsWhatADataSetLooksLike(t *testing.T) {
	dir := isolate(t)
	set, file := filepath.Join(dir, "set"), filepath.Join(dir, "report.html")
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "300", "--seed", "42", "--rows-per-file", "100", "--out", set)
	text := must(t, "report", set, "--out", file)
	for _, want := range []string{"knowledge_base: 300 rows", "3 files", "seed 42", "confidence_score", "▁", "question_embedding: two directions hold"} {
		if !strings.Contains(text.stdout, want) {
			t.Errorf("the figures do not tell %q:\n%s", want, text.stdout)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>knowledge_base</h1>", "Content-Security-Policy", "Nearest rows", "账户与登录"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	must(t, "report", set, "--out", file, "--workers", "1")
	if again, _ := os.ReadFile(file); string(again) != string(page) {
		t.Error("another number of workers makes another page")
	}
	var p portrait.Portrait
	if err := json.Unmarshal([]byte(must(t, "report", set, "--output", "json").stdout), &p); err != nil {
		t.Fatal(err)
	}
	if p.Rows != 300 || len(p.Fields) != 12 || len(p.Vectors) != 2 || !p.Whole {
		t.Errorf("the JSON tells of %d rows, %d fields, %d maps", p.Rows, len(p.Fields), len(p.Vectors))
	}
}

func TestAReportOfDamagedDataTellsOfIt(t *testing.T) {
	dir := isolate(t)
	path := filepath.Join(dir, "rows.json")
	if err := os.WriteFile(path, []byte(`[{"id":1,"t":"<script>alert(1)</script>"},{"id":1,"t":"b"},{"id":2`), 0o600); err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(dir, "schema.json")
	if err := os.WriteFile(schema, []byte(`{"collection_name": "c", "fields": [
		{"name": "id", "type": "Int64", "is_primary": true}, {"name": "t", "type": "VarChar", "max_length": 99},
		{"name": "v", "type": "FloatVector", "dim": 2, "nullable": true}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"report", path, "--schema", schema, "--out"}, {"check", path, "--schema", schema, "--report"}} {
		file := filepath.Join(dir, command[0]+".html")
		r := ingest(t, append(command, file)...)
		if want := map[string]int{"report": 0, "check": 3}[command[0]]; r.code != want {
			t.Errorf("%s ends with %d, not %d: %s", command[0], r.code, want, r.stderr)
		}
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), `id="s1h">Problems<`) || strings.Contains(string(page), "<script>alert") {
			t.Errorf("the page of %s does not begin with the problems, or trusts the data", command[0])
		}
	}
}

func TestAReportIsRefused(t *testing.T) {
	dir := isolate(t)
	set := filepath.Join(dir, "set")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "10", "--seed", "1", "--out", set)
	for name, args := range map[string][]string{
		"no data set":          {"report", filepath.Join(dir, "none")},
		"a folder that is not": {"report", set, "--out", filepath.Join(dir, "no", "a.html")},
		"an unknown language":  {"report", set, "--lang", "tlh"},
	} {
		if r := ingest(t, args...); r.code == 0 || r.stderr == "" {
			t.Errorf("%s: it ends with %d and says %q", name, r.code, r.stderr)
		}
	}
}

func TestThePageOfADeploymentHidesSecrets(t *testing.T) {
	secret := `pa"ss&word-4711`
	a := &app{stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler)}
	a.hide([]recipe.Secret{{Name: "TOKEN", Value: secret}})
	a.hide([]recipe.Secret{{Name: "SECRET_KEY", Value: ""}}) // a later one takes nothing back
	told, err := json.Marshal(map[string]string{"address": "https://root:" + secret + "@host"})
	if err != nil {
		t.Fatal(err)
	}
	shown := a.withoutSecrets(&deploy.Result{Alias: "docs", Steps: []deploy.StepResult{
		{Name: "import", Result: told, Error: "refused: " + secret},
	}})
	if text, _ := json.Marshal(shown); strings.Contains(string(text), "4711") || !strings.Contains(string(text), "docs") {
		t.Errorf("the page would tell %s", text)
	}
}
