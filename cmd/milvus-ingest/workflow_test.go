package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheUsersWorkflow follows stages 2, 3 and 6.1 of the user's document, in
// smaller sizes.
func TestTheUsersWorkflow(t *testing.T) {
	dir := isolate(t)
	interpreter := python(t)
	schema := filepath.Join("testdata", "knowledge_base.json")
	validate := func(name string) {
		t.Helper()
		out, err := exec.Command(interpreter, filepath.Join("testdata", "validate_data.py"), filepath.Join(dir, name)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "数据质量验证通过") {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	must(t, "generate", "--schema", schema, "--validate-only")
	preview := must(t, "generate", "--schema", schema, "--total-rows", "10", "--preview")
	if !strings.Contains(preview.stdout, "question") {
		t.Errorf("the preview is %s", preview.stdout)
	}
	if _, err := os.Stat("knowledge_base"); !os.IsNotExist(err) {
		t.Error("the preview left a folder behind")
	}
	if help := must(t, "schema", "help", "--field-type", "Array"); !strings.Contains(help.stdout, "max_capacity") {
		t.Errorf("the help for Array is %s", help.stdout)
	}
	if help := must(t, "schema", "help", "--field-type", "JSON"); !strings.Contains(help.stdout, "JSON") {
		t.Errorf("the help for JSON is %s", help.stdout)
	}
	must(t, "schema", "add", "knowledge_base", schema, "--description", "智能客服知识库模式", "--tags", "客服,FAQ,语义搜索,多语言")
	if show := must(t, "schema", "show", "knowledge_base"); !strings.Contains(show.stdout, "question_embedding") {
		t.Errorf("schema show prints %s", show.stdout)
	}
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "1000", "--out", filepath.Join(dir, "kb_sample"), "--seed", "42")
	validate("kb_sample")
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "5000", "--batch-size", "1000",
		"--out", filepath.Join(dir, "kb_medium"), "--seed", "42")
	validate("kb_medium")
	must(t, "generate", "--builtin", "knowledge_base", "--total-rows", "10000", "--batch-size", "50000",
		"--file-size", "16MB", "--rows-per-file", "5000", "--out", filepath.Join(dir, "kb_large"), "--seed", "42")
	validate("kb_large")
	must(t, "check", filepath.Join(dir, "kb_large"))
}

// TestOneFileAndManyReadTheSame holds the layout to what pandas and DuckDB
// expect.
func TestOneFileAndManyReadTheSame(t *testing.T) {
	dir := isolate(t)
	interpreter := python(t)
	one, many := filepath.Join(dir, "one"), filepath.Join(dir, "many")
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "3000", "--seed", "7", "--out", one)
	must(t, "generate", "--schema", tiny(t, dir), "--total-rows", "3000", "--seed", "7", "--out", many, "--rows-per-file", "700")
	out, err := exec.Command(interpreter, "-c", `
import sys, duckdb, pandas as pd
one, many = (pd.read_parquet(f"{d}/data.parquet") for d in sys.argv[1:])
assert len(one) == 3000 and one["id"].tolist() == many["id"].tolist()
assert one.drop(columns="v").equals(many.drop(columns="v"))
assert all((a == b).all() for a, b in zip(one["v"], many["v"]))
rows = duckdb.sql(f"select count(*), count(distinct id) from '{sys.argv[2]}/data.parquet/*.parquet'").fetchall()[0]
assert rows == (3000, 3000), rows
`, one, many).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
