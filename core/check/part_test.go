package check_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

func TestAPartOfASetIsCheckedByItself(t *testing.T) {
	dir := t.TempDir()
	for name, rows := range map[string]string{"1.json": `[{"id":1,"v":[1,2]},{"id":2,"v":[1,2]}]`, "2.json": `[{"id":3,"v":[1,2]},{"id":3,"v":[1,2]},{"id":"x","v":[1,2]}]`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(t.Context(), dir, dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int64
	see := func(_ int, b *dataset.Batch) { seen.Add(b.NumRows()) }
	for name, test := range map[string]struct {
		units []dataset.Unit
		rows  int64
		ok    bool
	}{
		"all":        {nil, 5, false},
		"the first":  {set.Units()[:1], 2, true},
		"the second": {set.Units()[1:], 3, false},
	} {
		seen.Store(0)
		r, err := check.Run(t.Context(), set, check.Options{Units: test.units, See: see})
		if err != nil {
			t.Fatal(err)
		}
		if r.Rows != test.rows || seen.Load() != test.rows || r.OK != test.ok {
			t.Errorf("%s: %d rows, %d seen, OK %v, not %d and %v: %v", name, r.Rows, seen.Load(), r.OK, test.rows, test.ok, r.Problems)
		}
	}
}
