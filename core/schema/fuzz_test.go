package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// FuzzParse holds the parser to its promises on any input: it ends, problems
// lie within the file, and what it accepts it writes and reads back the same.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Ext(file), data)
	}
	f.Add(".yaml", []byte("a: &a {<<: *a}\n"))
	f.Add(".yaml", []byte("fields: [{name: id, uses: [id]}, 3]\n"))
	f.Add("", []byte(withFields(`{"name":"n","type":"Int8","min":1e400,"default_value":null}`)))
	f.Fuzz(func(t *testing.T, ext string, data []byte) {
		switch ext {
		case ".json", ".yaml":
		default:
			ext = ""
		}
		c, err := Parse("x"+ext, data)
		if err != nil {
			var problems Problems
			ok := errors.As(err, &problems)
			if !ok || len(problems.Errors()) == 0 {
				t.Fatalf("the error is %v", err)
			}
			withinFile(t, problems, data)
			return
		}
		withinFile(t, Check(c, Version{2, 3, 0}), data)
		if problems := Check(c, Version{}).Errors(); len(problems) > 0 {
			t.Fatalf("parsed with errors: %v", problems)
		}
		c.Arrow()
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.json", asJSON)
		if err != nil || !again.Equal(c) {
			t.Fatalf("%v: another schema after writing it:\n%s", err, asJSON)
		}
		asYAML, err := c.ToYAML()
		if err != nil {
			t.Fatal(err)
		}
		if again, err = Parse("again.yaml", asYAML); err != nil || !again.Equal(c) {
			t.Fatalf("%v: another schema after writing it:\n%s", err, asYAML)
		}
	})
}

func withinFile(t *testing.T, problems Problems, data []byte) {
	t.Helper()
	lines := bytes.Count(data, []byte("\n")) + 1
	last := 0
	for _, p := range problems {
		if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(data)+1 {
			t.Fatalf("outside the file of %d lines: %+v", lines, p)
		}
		if p.Line < last {
			t.Fatalf("out of order: %v", problems)
		}
		last = p.Line
		if p.Message == "" || !utf8.ValidString(p.String()) {
			t.Fatalf("a problem that cannot be shown: %+v", p)
		}
	}
}
