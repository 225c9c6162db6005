package insert

import (
	"sync"
	"time"
)

// stats counts what was done.
type stats struct {
	mu      sync.Mutex
	bytes   int64
	resumed int64
	calls   int64
	// flying is how many calls are on their way, since when there is one, and
	// how long there was.
	flying int
	since  time.Time
	busy   time.Duration
}

// calling notes the beginning of a call; done is called at its end.
func (s *stats) calling() (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.flying++; s.flying == 1 {
		s.since = time.Now()
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flying--; s.flying == 0 {
			s.busy += time.Since(s.since)
		}
	}
}

func (s *stats) took(p piece) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += p.size
}

// Progress is how far an inserter is.
type Progress struct {
	// Rows and Bytes were acknowledged; Resumed are rows of earlier runs.
	Rows, Bytes, Resumed int64
	// Rejected is the number of rows that the server refused.
	Rejected int64
	Calls    int64
	// Throttled is why the server holds us back; "" where it does not.
	Throttled string
	// Server is the time in which a call was on its way, Held the time that
	// calls were held back to spare the server.
	Server, Held time.Duration
}

// Progress may be asked at any time.
func (in *Inserter) Progress() Progress {
	in.stats.mu.Lock()
	p := Progress{Bytes: in.stats.bytes, Resumed: in.stats.resumed, Calls: in.stats.calls, Server: in.stats.busy}
	if in.stats.flying > 0 {
		p.Server += time.Since(in.stats.since)
	}
	in.stats.mu.Unlock()
	p.Rows = max(in.journal.Rows()-p.Resumed, 0)
	p.Rejected, p.Throttled, p.Held = in.journal.Skipped(), in.pace.throttled(), in.pace.held()
	return p
}
