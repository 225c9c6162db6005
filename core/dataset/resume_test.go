package dataset

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func TestAPartWhoseFileWasChangedIsMadeAgain(t *testing.T) {
	run := begun(t, testPlan())
	parts := run.Plan.Parts()
	for _, part := range parts {
		finish(t, run, part)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(run.Dir, parts[1].Path), strings.Repeat("y", parts[1].Rows.N)) // as many bytes
	run, err := Resume(context.Background(), run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if !run.IsDone(parts[0]) || run.IsDone(parts[1]) || !run.IsDone(parts[2]) {
		t.Errorf("done are %v", run.done)
	}
}

func TestResumeEndsWhenItIsCancelled(t *testing.T) {
	run := begun(t, testPlan())
	finish(t, run, run.Plan.Parts()[0])
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Resume(ctx, run.Dir); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestHostileStatesAreRefusedOrIgnored(t *testing.T) {
	tests := []struct {
		name, file, text, fail string
	}{
		{"a part below the first", "done.jsonl", `{"part":-1,"artifacts":[]}`, ""},
		{"a part behind the last", "done.jsonl", `{"part":3,"artifacts":[]}`, ""},
		{"no JSON", "plan.json", `{`, "unexpected end"},
		{"nothing", "plan.json", `{}`, "the format"},
		{"files elsewhere", "plan.json", `{"format":"/../../x","rows":{"Start":0,"N":1},"span_rows":1}`, "the format"},
		{"fewer than no rows", "plan.json", `{"format":"json","rows":{"Start":0,"N":-1},"span_rows":1}`, "-1 rows"},
		{"rows without numbers", "plan.json", `{"format":"json","rows":{"Start":9223372036854775807,"N":2},"span_rows":1}`, "2 rows from row"},
		{"more parts than memory", "plan.json", `{"format":"json","rows":{"Start":0,"N":4611686018427387904},"part_rows":1,"span_rows":1}`, "in parts of 1"},
		{"batches without rows", "plan.json", `{"format":"json","rows":{"Start":0,"N":1},"span_rows":0}`, "batches of 0 rows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := begun(t, testPlan())
			if err := run.Close(); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(run.Dir, stateName, test.file), test.text)
			run, err := Resume(context.Background(), run.Dir)
			if test.fail != "" {
				if core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), test.fail) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Close(); err != nil || len(run.done) > 0 {
				t.Errorf("done are %v, %v", run.done, err)
			}
		})
	}
}
