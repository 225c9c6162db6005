package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestPartsCoverAllRowsOnce(t *testing.T) {
	tests := []struct {
		name    string
		rows    core.Rows
		perFile int
		paths   []string
		sizes   []int
	}{
		{"no limit is one file", core.Rows{N: 10}, 0, []string{"data.parquet"}, []int{10}},
		{"all fit one file", core.Rows{N: 10}, 10, []string{"data.parquet"}, []int{10}},
		{"the last file is short", core.Rows{Start: 5, N: 10}, 4, []string{
			"data.parquet/part-00000.parquet", "data.parquet/part-00001.parquet", "data.parquet/part-00002.parquet",
		}, []int{4, 4, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next := test.rows.Start
			for i, part := range Parts("parquet", test.rows, test.perFile) {
				if part.Index != i || part.Rows.Start != next || part.Rows.N != test.sizes[i] || part.Path != test.paths[i] {
					t.Errorf("part %d is %+v", i, part)
				}
				next = part.Rows.End()
			}
			if next != test.rows.End() {
				t.Errorf("the parts end at row %d", next)
			}
		})
	}
}

func testPlan() Plan {
	return Plan{
		Version: "v1", Seed: 1 << 63, Format: "json", Rows: core.Rows{N: 10}, PartRows: 4, GroupRows: 4, SpanRows: 4,
		Schema:  &schema.Collection{Name: "c", Fields: []schema.Field{{Name: "id", Type: schema.Int64, IsPrimary: true}}},
		Columns: []Column{{Name: "id", Generator: "identifier.sequence"}},
		Sink:    json.RawMessage(`{"overwrite":true}`),
	}
}

// finish writes the file of a part and notes it.
func finish(t *testing.T, r *Run, part Part) {
	t.Helper()
	path := filepath.Join(r.Dir, filepath.FromSlash(part.Path))
	text := strings.Repeat("x", part.Rows.N)
	write(t, path, text)
	err := r.Done(part, []core.Artifact{{
		URI: path, Rows: int64(part.Rows.N), Bytes: int64(part.Rows.N), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(text))),
		Columns: []core.ColumnStat{{Name: "id", Nulls: 1, Bytes: 2}},
	}}, core.Verdicts{})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustLook(t *testing.T, dir string, want State) {
	t.Helper()
	if got, err := Look(dir); err != nil || got != want {
		t.Fatalf("the folder is in state %d (%v), want %d", got, err, want)
	}
}

func TestARunIsResumedWhereItWasKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [strange] *name")
	mustLook(t, dir, Empty)
	run, err := Begin(dir, testPlan())
	if err != nil {
		t.Fatal(err)
	}
	parts := run.Plan.Parts()
	finish(t, run, parts[0])
	finish(t, run, parts[2])
	// Killed: the log ends inside a line, part 2 lost its file, part 1 was
	// being written.
	if _, err := run.log.WriteString(`{"part":1,"artif`); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, parts[2].Path)); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(dir, "data.json", ".part-00001.json.tmp-77")
	write(t, torn, "half")
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	mustLook(t, dir, Unfinished)

	run, err = Resume(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if !run.IsDone(parts[0]) || run.IsDone(parts[1]) || run.IsDone(parts[2]) {
		t.Errorf("done are %v", run.done)
	}
	if _, err := os.Lstat(torn); !os.IsNotExist(err) {
		t.Error("the half-written file is still there")
	}
	if _, err := run.Finish(); err == nil {
		t.Error("a run with parts missing was finished")
	}
	finish(t, run, parts[1])
	finish(t, run, parts[2])
	meta, err := run.Finish()
	if err != nil {
		t.Fatal(err)
	}
	mustLook(t, dir, Whole)
	if meta.Generation.TotalRows != 10 || len(meta.Files) != 3 || meta.Columns[0].Nulls != 3 || meta.Columns[0].Bytes != 6 {
		t.Errorf("meta is %+v", meta)
	}
	again, err := ReadMeta(dir)
	if err != nil || again.Seed != 1<<63 || again.Files[2].FirstRow != 8 {
		t.Errorf("read back: %+v, %v", again, err)
	}
	if _, err := os.Stat(filepath.Join(dir, stateName)); !os.IsNotExist(err) {
		t.Error("the run's state is still there")
	}
}

func TestRemoveTakesOnlyWhatIsOurs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "notes.txt"), "mine")
	run, err := Begin(dir, testPlan())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range run.Plan.Parts() {
		finish(t, run, part)
	}
	if _, err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	mustLook(t, dir, Empty)
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 || names[0].Name() != "notes.txt" {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestRemoveKeepsStrangersInADataFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "data.json", "part-00000.json"), "ours")
	write(t, filepath.Join(dir, "data.json", "letter.txt"), "mine")
	if err := Remove(dir); err == nil {
		t.Error("a folder with a stranger's file was removed")
	}
	if _, err := os.Stat(filepath.Join(dir, "data.json", "letter.txt")); err != nil {
		t.Error(err)
	}
}

func TestLookTellsStates(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "")
	if _, err := Look(filepath.Join(dir, "file", "below")); runtime.GOOS != "windows" && core.CodeOf(err) != core.Conflict {
		t.Errorf("below a file: %v", err)
	}
	if _, err := Look(filepath.Join(dir, "file")); core.CodeOf(err) != core.Conflict {
		t.Errorf("a file was taken for a folder: %v", err)
	}
	write(t, filepath.Join(dir, "foreign", "data.parquet"), "")
	mustLook(t, filepath.Join(dir, "foreign"), Foreign)
}

func TestReadMetaRefusesWhatIsNoMeta(t *testing.T) {
	for name, text := range map[string]string{"half a file": `{"schema": {`, "no schema": `{"seed": 1}`, "other": `[1]`} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, MetaName), text)
		if _, err := ReadMeta(dir); core.CodeOf(err) != core.InvalidData {
			t.Errorf("%s: %v", name, err)
		}
	}
}
