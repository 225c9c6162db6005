package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/document"
)

func TestATooLargeFileIsRefusedUnread(t *testing.T) {
	_, err := Parse("x.json", make([]byte, document.MaxBytes+1))
	if err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("the error is %v", err)
	}
}

func TestProblemsInYAMLHaveTheirLines(t *testing.T) {
	_, err := Parse("x.yaml", []byte("- name: id\n  type: Int64\n  is_primary: true\n- name: v\n  type: FloatVector\n  dim: 1\n"))
	var problems Problems
	ok := errors.As(err, &problems)
	if !ok || len(problems) != 1 {
		t.Fatalf("the error is %v", err)
	}
	p := problems[0]
	if p.Line != 6 || p.Column != 8 || p.Path != "fields[1].dim" || p.Field != "v" || p.File != "x.yaml" || p.Severity != Error {
		t.Errorf("the problem is %+v", p)
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	repeat := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+",", i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	tests := []struct{ name, data string }{
		{"unknown keys", "{" + numbered(100_000, `"unknown_key_%d":1`) + "}"},
		{"a long key", `{"` + strings.Repeat("k", 4<<20) + `":1}`},
		{"a long number", `{"fields":[{"name":"n","type":"Int64","min":` + strings.Repeat("9", 1<<20) + `}]}`},
		{"a huge exponent", withFields(`{"name":"n","type":"Int64","min":1e999999999999}`)},
		{"many fields", `{"fields":[` + numbered(100_000, `{"name":"f%d","type":"Bool"}`) + `]}`},
		{"many names", withFields(`{"name":"n","type":"Bool","uses":[` + repeat(100_000, `"x"`) + `]}`)},
		{"fields that use each other", withFields(numbered(1000, `{"name":"f%d","type":"Bool","uses":[`+numbered(60, `"f%d"`)+`]}`))},
		{"many outputs", strings.TrimSuffix(withFields(), "}") + `,"functions":[{"name":"f","type":"X","input_field_names":[` +
			repeat(100_000, `"a"`) + `],"output_field_names":[` + repeat(100_000, `"b"`) + `]}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun := time.Now()
			if _, err := Parse("x.json", []byte(test.data)); err == nil {
				t.Error("it was accepted")
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
