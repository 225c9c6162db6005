package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// into gives a job more outlets.
func into(j *Job, names []string, sinks ...*memorySink) {
	j.Outlets = nil
	for i, sink := range sinks {
		j.Outlets = append(j.Outlets, Outlet{Name: names[i], Sink: sink, Spec: func(p Part) core.WriteSpec { return core.WriteSpec{Rows: p.Rows} }})
	}
}

func TestAllOutletsGetAllRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	a, b := newMemorySink(), newMemorySink()
	j, _ := job(mem, a, 3, 4, 100, 7, 16)
	into(&j, []string{"a", "b"}, a, b)
	var parts int
	j.Done = func(p Part, artifacts [][]core.Artifact) error {
		parts++
		if len(artifacts) != 2 || artifacts[0][0].Rows != 100 || artifacts[1][0].Rows != 100 {
			t.Errorf("part %d: %v", p.Index, artifacts)
		}
		return nil
	}
	if err := Run(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	if parts != 4 || j.Progress.Rows() != 400 {
		t.Errorf("%d parts, %d rows", parts, j.Progress.Rows())
	}
	for _, sink := range []*memorySink{a, b} {
		for i := range 4 {
			start := int64(1000 + i*100)
			values := sink.parts[start]
			if len(values) != 100 || values[0] != start || values[99] != start+99 {
				t.Errorf("part %d holds %v", i, values)
			}
		}
	}
}

func TestWhereOneOutletFailsThePartIsNotDone(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(a, b *memorySink)
		want  string
		// kept is what each outlet may have committed.
		keptA, keptB int
	}{
		{"the first writes no more", func(a, _ *memorySink) { a.failAt = 1050 }, "sink a: the disk is full", 0, 0},
		{"the second writes no more", func(_, b *memorySink) { b.failAt = 1050 }, "sink b: the disk is full", 0, 0},
		{"the first does not commit", func(a, _ *memorySink) { a.failCommit = true }, "sink a: the footer was not written", 0, 0},
		{"the second does not commit", func(_, b *memorySink) { b.failCommit = true }, "sink b: the footer was not written", 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			a, b := newMemorySink(), newMemorySink()
			j, done := job(mem, a, 2, 1, 100, 10, 0)
			into(&j, []string{"a", "b"}, a, b)
			test.spoil(a, b)
			err := Run(context.Background(), j)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("the error is %v", err)
			}
			if *done != 0 || len(a.parts) != test.keptA || len(b.parts) != test.keptB || b.discarded != 1 {
				t.Errorf("%d done, %d and %d kept, %d discarded", *done, len(a.parts), len(b.parts), b.discarded)
			}
		})
	}
}
