package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/insert"
)

// insertWatch shows how far an insert is: the rows, then what is waited for.
type insertWatch struct {
	app   *app
	quiet bool
	began time.Time

	mu          sync.Mutex
	in          *insert.Inserter
	rows        int64
	name        string
	done, total int64

	end, ended chan struct{}
}

func newInsertWatch(a *app, quiet bool) *insertWatch {
	return &insertWatch{app: a, quiet: quiet, began: time.Now(), end: make(chan struct{}), ended: make(chan struct{})}
}

func (w *insertWatch) sending(in *insert.Inserter, rows int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in, w.rows, w.began = in, rows, time.Now()
}

func (w *insertWatch) stage(name string, done, total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.name, w.done, w.total = name, done, total
}

// start shows the progress until stop is called.
func (w *insertWatch) start() {
	every := 5 * time.Second
	if w.app.isTerminal {
		every = 200 * time.Millisecond
	}
	go func() {
		defer close(w.ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-w.end:
				if w.app.isTerminal && !w.quiet {
					w.app.showProgress("")
				}
				return
			case <-ticker.C:
				if line := w.line(); line != "" && !w.quiet {
					w.app.showProgress(line)
				}
			}
		}
	}()
}

func (w *insertWatch) stop() { close(w.end); <-w.ended }

func (w *insertWatch) line() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.name != "" && w.total > 0:
		return fmt.Sprintf("%s: %s of %s", w.name, inThousands(w.done), inThousands(w.total))
	case w.name != "":
		return w.name
	case w.in == nil:
		return ""
	}
	p := w.in.Progress()
	seconds := max(time.Since(w.began).Seconds(), 1e-3)
	sent := p.Rows + p.Resumed + p.Rejected
	line := inThousands(sent) + " rows"
	if w.rows > 0 {
		const width = 24
		share := min(float64(sent)/float64(w.rows), 1)
		done := int(share * width)
		line = fmt.Sprintf("[%s%s] %3.0f %%  %s of %s rows", strings.Repeat("#", done), strings.Repeat("-", width-done), 100*share, inThousands(sent), inThousands(w.rows))
	}
	line += fmt.Sprintf("  %s rows/s  %s/s", inThousands(int64(float64(p.Rows)/seconds)), inBytes(int64(float64(p.Bytes)/seconds)))
	if p.Rejected > 0 {
		line += fmt.Sprintf("  %s refused", inThousands(p.Rejected))
	}
	if p.Throttled != "" {
		line += "  throttled: " + p.Throttled
	}
	return line
}

// rejectFile takes the rows that the server refused.
type rejectFile struct {
	path string
	run  *insert.Run
	file *os.File
}

func (r *rejectFile) add(row insert.Reject) error {
	if r.file == nil {
		if r.path == "" {
			r.path = filepath.Join(r.run.StateDir, r.run.Name+".rejects")
		}
		flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
		if r.run.Resume {
			flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND // behind those of the earlier run
		}
		var err error
		if r.file, err = os.OpenFile(r.path, flags, 0o600); err != nil {
			return core.Errorf(core.InvalidConfig, "file of refused rows: %w", err).WithHint("choose another with --rejects")
		}
	}
	text, err := json.Marshal(row)
	if err == nil {
		_, err = r.file.Write(append(text, '\n'))
	}
	return err
}

func (r *rejectFile) close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.file.Sync(), r.file.Close())
}
