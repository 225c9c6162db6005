package main

import (
	"path/filepath"
	"testing"
)

func TestRollbackGoesToWhatWasLive(t *testing.T) {
	there := []string{"kb_1", "kb_2_failed", "kb_3", "kb_4"}
	h := &aliasHistory{file: filepath.Join(t.TempDir(), "aliases", "kb.json")}
	steps := []struct{ before, now, back string }{
		{"", "kb_1", ""},
		{"kb_1", "kb_3", "kb_1"}, // not to the version that was never live
		{"kb_3", "kb_4", "kb_3"},
		{"kb_4", "kb_3", "kb_1"},    // a rollback: the next one goes further back
		{"kb_3", "kb_4", "kb_3"},    // and forward again
		{"kb_2_failed", "kb_1", ""}, // going back again
		{"elsewhere", "kb_4", ""},   // somebody else switched meanwhile, to what is gone
		{"kb_4", "kb_gone", "kb_4"}, //
		{"kb_gone", "kb_3", "kb_4"}, // what was dropped is passed over
	}
	for _, s := range steps {
		if err := h.switched(s.before, s.now); err != nil {
			t.Fatal(err)
		}
		if back := h.before(s.now, there); back != s.back {
			t.Errorf("from %s, live %v: goes back to %q, want %q", s.now, h.Live, back, s.back)
		}
	}
}
