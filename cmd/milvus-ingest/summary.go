package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// summary is what generate tells at its end.
type summary struct {
	Out     string        `json:"out"`
	Meta    *dataset.Meta `json:"meta"`
	Seconds float64       `json:"seconds"`
	// Made is the number of rows of this run; a resumed one had others.
	Made int64 `json:"rows_made"`
}

func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func (a *app) summarize(s summary) error {
	if a.output == "json" {
		return a.printJSON(s)
	}
	var bytes int64
	for _, file := range s.Meta.Files {
		bytes += file.Bytes
	}
	rows := s.Meta.Generation.TotalRows
	files := fmt.Sprintf("%d files", len(s.Meta.Files))
	if len(s.Meta.Files) == 1 {
		files = s.Meta.Files[0].Path
	}
	fmt.Fprintf(a.stdout, "%s: %s rows of %s, seed %d, %s in %s\n",
		s.Out, inThousands(rows), s.Meta.Schema.Name, s.Meta.Seed, inBytes(bytes), files)
	share := float64(s.Made) / float64(max(rows, 1))
	fmt.Fprintf(a.stdout, "%.1f s, %s rows/s, %s/s\n",
		s.Seconds, inThousands(int64(float64(s.Made)/s.Seconds)), inBytes(int64(share*float64(bytes)/s.Seconds)))
	a.summarizeHooks(s.Meta.Hooks)
	if isFiles(s.Meta) {
		a.say("next: milvus-ingest check %s", shellWord(s.Out))
	} else if next := nextImport(s.Meta); next != "" {
		a.say("next: %s", next)
	}
	return nil
}

// isFiles tells whether the data set lies in files of its folder.
func isFiles(meta *dataset.Meta) bool {
	return slices.Contains([]string{"parquet", "json"}, meta.Generation.Format)
}

// summarizeHooks tells how many rows hooks did not accept, and why.
func (a *app) summarizeHooks(h *dataset.Hooks) {
	if h == nil || !h.Validate {
		return
	}
	if h.Invalid == 0 {
		fmt.Fprintf(a.stdout, "%s accepted all rows\n", h.File)
		return
	}
	done := "made again"
	if h.Dropped > 0 {
		done = "dropped"
	}
	fmt.Fprintf(a.stdout, "%s did not accept %s rows (%.3g %%), which were %s; the first:\n", h.File, inThousands(h.Invalid), 100*h.Share, done)
	for _, r := range h.Reasons {
		fmt.Fprintf(a.stdout, "  row %d: %s\n", r.Row, r.Reason)
	}
}
