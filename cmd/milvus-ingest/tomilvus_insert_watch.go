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
	mu          sync.Mutex
	began       time.Time
	in          *insert.Inserter
	rows        int64
	name        string
	done, total int64
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

// line is the progress in one line.
func (w *insertWatch) line(time.Duration) string {
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
