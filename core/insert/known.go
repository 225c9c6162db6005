package insert

import "slices"

// Done tells whether the run was finished.
func (j *Journal) Done() bool { j.mu.Lock(); defer j.mu.Unlock(); return j.done }

// Rows is the number of rows that the server has acknowledged.
func (j *Journal) Rows() int64 { j.mu.Lock(); defer j.mu.Unlock(); return total(j.acked) }

// Skipped is the number of rows that the server refused.
func (j *Journal) Skipped() int64 { j.mu.Lock(); defer j.mu.Unlock(); return total(j.skipped) }

// Doubtful is the number of rows that were sent and neither acknowledged nor
// refused.
func (j *Journal) Doubtful() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	var n int64
	for file, sent := range j.sent {
		for _, i := range *sent {
			for _, open := range of(j.acked, file).missing(i.lo, i.hi) {
				n += open.hi - open.lo
			}
		}
	}
	return n
}

func total(files map[int]*ranges) int64 {
	var n int64
	for _, rows := range files {
		n += rows.total()
	}
	return n
}

func of(files map[int]*ranges, file int) ranges {
	if files[file] == nil {
		return nil
	}
	return *files[file]
}

// open are the rows of a span that are neither acknowledged nor refused, each
// run of them with whether it was sent before.
func (j *Journal) open(s span) (spans []span, doubtful []bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, i := range of(j.acked, s.file).missing(s.row, s.row+s.n) {
		for _, k := range of(j.skipped, s.file).missing(i.lo, i.hi) {
			spans = append(spans, span{s.file, k.lo, k.hi - k.lo})
			doubtful = append(doubtful, of(j.sent, s.file).overlaps(k.lo, k.hi))
		}
	}
	return spans, doubtful
}

// keys are the ids that the server made, and whether all of them are known.
func (j *Journal) keys() (ids ranges, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append(ranges(nil), j.ids...), !j.nameless
}

// forget takes all back that is in doubt: the server has surely none of it.
func (j *Journal) forget() error {
	j.mu.Lock()
	var lines []line
	for file, sent := range j.sent {
		for _, i := range *sent {
			for _, open := range of(j.acked, file).missing(i.lo, i.hi) {
				lines = append(lines, line{Back: &span{file, open.lo, open.hi - open.lo}})
			}
		}
	}
	j.mu.Unlock()
	for _, l := range lines {
		if err := j.note(l, false); err != nil {
			return err
		}
	}
	return nil
}

// now is a copy of what is acknowledged.
func (j *Journal) now() state {
	s := state{acked: map[int]*ranges{}, ids: slices.Clone(j.ids)}
	for file, rows := range j.acked {
		copied := slices.Clone(*rows)
		s.acked[file] = &copied
	}
	return s
}

// mark notes that a flush begins, keep that it has ended: what was
// acknowledged before it is there for good.
func (j *Journal) mark() error { return j.note(line{Mark: true}, false) }
func (j *Journal) keep() error { return j.note(line{Kept: true}, true) }

// lose puts all in doubt that was acknowledged and not kept: the server may
// have ended meanwhile, and Milvus Lite forgets then what was not flushed.
func (j *Journal) lose() error { return j.note(line{Lost: true}, true) }
