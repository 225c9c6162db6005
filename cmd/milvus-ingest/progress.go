package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/pipeline"
)

// watch shows the progress of a run until stop is called; stop returns once
// nothing more is printed.
func (a *app) watch(progress *pipeline.Progress, total int64, quiet bool) (stop func()) {
	return a.follow(quiet, func(elapsed time.Duration) string { return progressLine(progress, total, elapsed) })
}

// follow shows what line gives until stop is called; stop returns once nothing
// more is printed. On a terminal it is a bar, elsewhere a line now and then.
func (a *app) follow(quiet bool, line func(elapsed time.Duration) string) (stop func()) {
	if quiet {
		return func() {}
	}
	every := 5 * time.Second
	if a.isTerminal {
		every = 200 * time.Millisecond
	}
	start := time.Now()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				if a.isTerminal {
					a.showProgress("")
				}
				return
			case <-ticker.C:
				if text := line(time.Since(start)); text != "" {
					a.showProgress(text)
				}
			}
		}
	}()
	return func() { close(end); <-ended }
}

func (a *app) showProgress(line string) {
	if a.isTerminal {
		fmt.Fprint(a.stderr, "\r\x1b[K"+line)
		return
	}
	a.say("%s", line)
}

func progressLine(progress *pipeline.Progress, total int64, elapsed time.Duration) string {
	const width = 24
	rows, seconds := progress.Rows(), elapsed.Seconds()
	share := float64(rows) / float64(max(total, 1))
	done := int(share * width)
	left := "-:--"
	if rows > 0 {
		left = inClock(time.Duration(seconds * (1/share - 1) * float64(time.Second)))
	}
	return fmt.Sprintf("[%s%s] %3.0f %%  %s of %s rows  %s rows/s  %s/s  %s left",
		strings.Repeat("#", done), strings.Repeat("-", width-done), 100*share, inThousands(rows), inThousands(total),
		inThousands(int64(float64(rows)/seconds)), inBytes(int64(float64(progress.Bytes())/seconds)), left)
}

// inClock writes a time as 1:02:03 or 2:03.
func inClock(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
