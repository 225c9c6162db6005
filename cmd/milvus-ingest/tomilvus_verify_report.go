package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core/verify"
)

// showDifferences prints how many rows differ, in which fields, and the first
// of them.
func (a *app) showDifferences(r *verify.Report) {
	least := ""
	if r.AtLeast {
		least = "at least "
	}
	var counts []string
	for _, c := range []struct {
		n    int64
		what string
	}{
		{r.Missing, least + "%s missing in the collection"},
		{r.Extra, least + "%s that only the collection has"},
		{r.Different, "%s with other values"},
		{r.Doubled, "%s too many for keys that are there more than once"},
	} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf(c.what, countOf(int(c.n), "row")))
		}
	}
	if len(counts) > 0 {
		fmt.Fprintf(a.stdout, "\n%s\n", strings.Join(counts, "; "))
	}
	for _, f := range r.ByField {
		fmt.Fprintf(a.stdout, "%s differs in %s\n", f.Field, countOf(int(f.Rows), "row"))
	}
	if len(r.Differences) == 0 {
		return
	}
	rows := make([][]string, len(r.Differences))
	for i, d := range r.Differences {
		where := ""
		if d.File != "" {
			where = d.File + ", row " + inThousands(d.Row)
		}
		rows[i] = []string{d.Kind, d.Key, d.Field, d.Want, d.Got, where}
	}
	fmt.Fprintln(a.stdout)
	writeTable(a.stdout, a.width, []string{"", "KEY", "FIELD", "DATA SET", "COLLECTION", "WHERE"}, rows)
}

// verifyWatch shows how far a verification is.
type verifyWatch struct {
	mu    sync.Mutex
	stage string
	total int64
	done  int64
	began time.Time
}

// tell is told of the stages.
func (w *verifyWatch) tell(stage string, total, more int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if stage != w.stage {
		w.stage, w.done, w.began = stage, 0, time.Now()
	}
	w.total = total
	w.done += more
}

func (w *verifyWatch) line(time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.total <= 0 || w.done == 0 {
		return w.stage
	}
	seconds := time.Since(w.began).Seconds()
	rate := float64(w.done) / max(seconds, 0.001)
	line := fmt.Sprintf("%s: %s of %s rows, %s rows/s", w.stage, inThousands(w.done), inThousands(w.total), inThousands(int64(rate)))
	if left := float64(w.total-w.done) / max(rate, 1); left > 1 {
		line += ", " + strconv.Itoa(int(left)) + " s left"
	}
	return line
}
