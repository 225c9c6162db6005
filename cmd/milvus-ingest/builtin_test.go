package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryBuiltinMakesDataThatPasses makes a data set of every schema of the
// library and checks it.
func TestEveryBuiltinMakesDataThatPasses(t *testing.T) {
	dir := isolate(t)
	entries, err := openLibrary().List()
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range entries {
		t.Run(entry.ID, func(t *testing.T) {
			format := []string{"parquet", "json"}[i%2]
			out := filepath.Join(dir, entry.ID)
			must(t, "generate", "--builtin", entry.ID, "--total-rows", "200", "--format", format, "--out", out, "--seed", "3")
			var report struct{ Errors, Warnings int }
			if err := json.Unmarshal([]byte(must(t, "check", out, "--output", "json").stdout), &report); err != nil {
				t.Fatal(err)
			}
			// all_types has more vectors than a server takes by default.
			if report.Errors > 0 || report.Warnings > 0 && entry.ID != "all_types" {
				t.Errorf("check finds %d errors and %d warnings", report.Errors, report.Warnings)
			}
			if err := os.RemoveAll(out); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAllDigitsOfWholeNumbersArrive follows numbers that a float64 does not
// hold from the schema to the file, and through check.
func TestAllDigitsOfWholeNumbersArrive(t *testing.T) {
	const numbers = "[9007199254740993, 9007199254740994, 9223372036854775807, -9223372036854775808]"
	dir := isolate(t)
	path := filepath.Join(dir, "exact.json")
	text := `{"collection_name":"exact","enable_dynamic_field":true,"fields":[
		{"name":"id","type":"Int64","is_primary":true},
		{"name":"n","type":"Int64","enum_values":` + numbers + `},
		{"name":"j","type":"JSON","generator":"document.template","params":{"template":{"n":9007199254740993}}},
		{"name":"v","type":"FloatVector","dim":2}],
		"dynamic_fields":[{"name":"d","type":"Int","values":[9007199254740993]}]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "exact")
	must(t, "generate", "--schema", path, "--total-rows", "200", "--format", "json", "--out", out,
		"--seed", "1", "--first-row", "9007199254740992")
	must(t, "check", out)
	data, err := os.ReadFile(filepath.Join(out, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"id":9007199254740993,`, `"id":9007199254740994,`, `"n":9007199254740993,`, `"n":9007199254740994,`,
		`"n":9223372036854775807,`, `"n":-9223372036854775808,`, `"j":{"n":9007199254740993}`, `"d":9007199254740993`,
	} {
		if !strings.Contains(strings.ReplaceAll(string(data), ": ", ":"), want) {
			t.Errorf("%s is not in the file", want)
		}
	}
}
