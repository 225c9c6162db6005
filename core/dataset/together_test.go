package dataset

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func begun(t *testing.T, plan Plan) *Run {
	t.Helper()
	r, err := Begin(filepath.Join(t.TempDir(), "set"), plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestRunsFinishTogetherOrNotAtAll(t *testing.T) {
	a, b := begun(t, testPlan()), begun(t, testPlan())
	for _, part := range a.Plan.Parts() {
		finish(t, a, part)
		if part.Index > 0 {
			finish(t, b, part)
		}
	}
	if _, err := Finish(a, b); err == nil {
		t.Fatal("a run without its first part was finished")
	}
	mustLook(t, a.Dir, Unfinished)
	mustLook(t, b.Dir, Unfinished)

	// One cannot write its meta.json: the other takes its own back.
	finish(t, b, b.Plan.Parts()[0])
	obstacle := filepath.Join(b.Dir, MetaName, "in the way")
	if err := os.MkdirAll(obstacle, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Finish(a, b); err == nil {
		t.Fatal("a run without its meta.json was finished")
	}
	if _, err := os.Stat(filepath.Join(a.Dir, MetaName)); !os.IsNotExist(err) {
		t.Error("the first run has a meta.json, though the second is not done")
	}
	mustLook(t, a.Dir, Unfinished)
	if err := os.RemoveAll(filepath.Dir(obstacle)); err != nil {
		t.Fatal(err)
	}
	metas, err := Finish(a, b)
	if err != nil || len(metas) != 2 || metas[1].Generation.TotalRows != 10 {
		t.Fatalf("%v, %v", metas, err)
	}
	mustLook(t, a.Dir, Whole)
	mustLook(t, b.Dir, Whole)
}

func TestAPartThatIsForgottenIsMadeAgain(t *testing.T) {
	r := begun(t, testPlan())
	parts := r.Plan.Parts()
	for _, part := range parts {
		err := r.Done(part, []core.Artifact{{Rows: int64(part.Rows.N)}}, core.Verdicts{Invalid: 1})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.Forget(parts[1])
	if r.IsDone(parts[1]) || !r.IsDone(parts[0]) || r.Verdicts().Invalid != int64(len(parts)-1) {
		t.Errorf("done: %v %v, verdicts %+v", r.IsDone(parts[0]), r.IsDone(parts[1]), r.Verdicts())
	}
}

func TestASinkMayStoreElsewhere(t *testing.T) {
	plan := testPlan()
	plan.Format, plan.Elsewhere = "store", true
	r := begun(t, plan)
	for _, part := range plan.Parts() {
		// One part may be several things there.
		artifacts := []core.Artifact{{URI: "store://x/1", Rows: 1, Bytes: 9}, {URI: "store://x/2", Rows: int64(part.Rows.N - 1)}}
		if err := r.Done(part, artifacts, core.Verdicts{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Resume(context.Background(), r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	meta, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if len(meta.Files) != 6 || meta.Files[1].Path != "store://x/2" || meta.Files[3].FirstRow != 5 || meta.Generation.TotalRows != 10 {
		t.Errorf("meta.json tells of %+v", meta.Files)
	}
}

func TestWhatAForeignSinkWroteIsRemoved(t *testing.T) {
	plan := testPlan()
	plan.Format = "csv"
	r := begun(t, plan)
	for _, part := range plan.Parts() {
		finish(t, r, part)
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	note := filepath.Join(r.Dir, "note.txt")
	write(t, note, "mine")
	if err := Remove(r.Dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(r.Dir)
	if err != nil || len(left) != 1 || left[0].Name() != "note.txt" {
		t.Errorf("there is %v, %v", left, err)
	}
}

func TestWhatAFileSaysLeadsToNoOtherFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "set", MetaName), `{"schema":{"collection_name":"c","fields":[]},"generation_info":{"format":"x/../../victim"}}`)
	victim := filepath.Join(dir, "victim")
	write(t, victim, "mine")
	if err := Remove(filepath.Join(dir, "set")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error(err)
	}
}
