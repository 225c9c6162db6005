package insert

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
)

// Header says what a journal is of. None of it is secret.
type Header struct {
	Address    string `json:"address"`
	Database   string `json:"database,omitempty"`
	Collection string `json:"collection"`
	// ID is that of the collection: one of the same name that was made anew
	// is another.
	ID int64 `json:"id"`
	// Data is a hash of the data set and of the fields that are sent.
	Data string `json:"data"`
	// Before is the number of rows that the collection had, -1 where it is not
	// known.
	Before int64 `json:"before"`
	// Upsert tells that rows replace those with the same keys.
	Upsert bool `json:"upsert,omitempty"`
	// AutoID tells that the server makes the keys, which are noted then.
	AutoID bool `json:"auto_id,omitempty"`
}

// Journal notes which rows are about to be sent, and which the server has
// acknowledged. Lines are only ever added, so that whatever ends the process,
// what is in doubt afterwards are the rows that were on their way. It is safe
// for concurrent use.
type Journal struct {
	Header Header

	mu   sync.Mutex
	path string
	file *os.File // nil: kept in memory alone
	done bool
	// By file of the data set: rows that were sent, those acknowledged, and
	// those that the server refused for good.
	sent, acked, skipped map[int]*ranges
	// ids are the keys that the server made.
	ids ranges
	// nameless tells that the server acknowledged rows without numeric keys.
	nameless bool
	// marked is what was acknowledged when a flush began, kept what the server
	// has kept for good (see lose).
	marked, kept state
}

// state is what was acknowledged at some time.
type state struct {
	acked map[int]*ranges
	ids   ranges
}

// span are rows of a file of the data set.
type span struct {
	file   int
	row, n int64
}

func (s span) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%d]", s.file, s.row, s.n), nil
}

func (s *span) UnmarshalJSON(data []byte) error {
	var numbers [3]int64
	if err := json.Unmarshal(data, &numbers); err != nil {
		return err
	}
	s.file, s.row, s.n = int(numbers[0]), numbers[1], numbers[2]
	return nil
}

// line is one line of a journal; one of its members is set.
type line struct {
	Begin *Header `json:"begin,omitempty"`
	Send  *span   `json:"send,omitempty"`
	// Back takes a send back: the server has surely not stored the rows.
	Back *span      `json:"back,omitempty"`
	Ack  *span      `json:"ack,omitempty"`
	IDs  [][2]int64 `json:"ids,omitempty"` // of Ack: the first, and the one behind the last
	Skip *span      `json:"skip,omitempty"`
	// Mark is the beginning of a flush, Kept its end.
	Mark bool `json:"mark,omitempty"`
	Kept bool `json:"kept,omitempty"`
	Done bool `json:"done,omitempty"`
	// Lost takes back what was acknowledged and not kept.
	Lost bool `json:"lost,omitempty"`
}

// Memory is a journal that is kept in memory alone.
func Memory(h Header) *Journal {
	return &Journal{Header: h, sent: map[int]*ranges{}, acked: map[int]*ranges{}, skipped: map[int]*ranges{}}
}

// Begin makes a journal file, in place of one that is there.
func Begin(path string, h Header) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, journalError(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, journalError(err)
	}
	j := Memory(h)
	j.path, j.file = path, file
	if err := errors.Join(j.write(line{Begin: &h}), file.Sync()); err != nil {
		return nil, errors.Join(journalError(err), file.Close())
	}
	return j, nil
}

// Resume opens the journal of an earlier run; nil where there is none.
func Resume(path string) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // that there is none is no error
	}
	if err != nil {
		return nil, journalError(err)
	}
	j := Memory(Header{})
	j.path, j.file = path, file
	whole, err := j.read(file)
	if err == nil {
		// What was being written when the process ended is half a line.
		err = file.Truncate(whole)
	}
	if err != nil {
		return nil, errors.Join(core.Errorf(core.InvalidData, "journal %s: %w", path, err).
			WithHint("remove the file; the collection may hold rows of the run that wrote it"), file.Close())
	}
	return j, nil
}

// read takes the lines in and returns the length of those that are whole.
func (j *Journal) read(file io.Reader) (whole int64, err error) {
	lines := bufio.NewReader(file)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if j.Header.Collection == "" {
				return 0, errors.New("it has no beginning")
			}
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		var l line
		if err := json.Unmarshal(bytes.TrimSpace(text), &l); err != nil {
			return 0, err
		}
		j.take(l)
		whole += int64(len(text))
	}
}

// take notes what a line says.
func (j *Journal) take(l line) {
	switch {
	case l.Begin != nil:
		j.Header = *l.Begin
	case l.Send != nil:
		in(j.sent, *l.Send)
	case l.Back != nil:
		out(j.sent, *l.Back)
	case l.Ack != nil:
		in(j.acked, *l.Ack)
		for _, ids := range l.IDs {
			j.ids.add(ids[0], ids[1])
		}
		j.nameless = j.nameless || j.Header.AutoID && len(l.IDs) == 0
	case l.Skip != nil:
		in(j.skipped, *l.Skip)
		out(j.sent, *l.Skip)
	case l.Mark:
		j.marked = j.now()
	case l.Kept:
		j.kept = j.marked
	case l.Done:
		j.done, j.kept = true, j.now()
	case l.Lost:
		j.acked, j.ids = j.kept.acked, j.kept.ids
		j.kept = j.now() // a copy of its own
		if j.acked == nil {
			j.acked = map[int]*ranges{}
		}
	}
}

func in(files map[int]*ranges, s span) {
	if files[s.file] == nil {
		files[s.file] = &ranges{}
	}
	files[s.file].add(s.row, s.row+s.n)
}

func out(files map[int]*ranges, s span) {
	if of := files[s.file]; of != nil {
		var left ranges
		for _, i := range *of {
			left.add(i.lo, min(i.hi, s.row))
			left.add(max(i.lo, s.row+s.n), i.hi)
		}
		*of = left
	}
}

// note adds a line; sync sees it onto the disk first.
func (j *Journal) note(l line, sync bool) error {
	j.mu.Lock()
	j.take(l)
	err := j.write(l)
	file := j.file
	j.mu.Unlock()
	if err == nil && sync && file != nil {
		err = file.Sync()
	}
	return journalError(err)
}

func (j *Journal) write(l line) error {
	if j.file == nil {
		return nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(text, '\n'))
	return err
}

// errJournal marks an error of the journal itself.
var errJournal = errors.New("the journal of what was inserted")

func journalError(err error) error {
	if err == nil {
		return nil
	}
	return core.Errorf(core.Exhausted, "%w: %w", errJournal, err).
		WithHint("choose another folder for it with MILVUS_INGEST_DATA_DIR")
}

// send notes that rows are about to be sent. It is on the disk before they are.
func (j *Journal) send(s span) error { return j.note(line{Send: &s}, true) }

// back notes that the rows are surely not stored.
func (j *Journal) back(s span) error { return j.note(line{Back: &s}, false) }

// ack notes that the server has the rows. Where the note is lost with the
// machine the rows are in doubt, no more.
func (j *Journal) ack(s span, keys *schemapb.IDs) error {
	l := line{Ack: &s}
	if j.Header.AutoID {
		l.IDs = numbers(keys)
	}
	return j.note(l, false)
}

// skip notes rows that the server refuses.
func (j *Journal) skip(s span) error { return j.note(line{Skip: &s}, false) }

// numbers are the keys as intervals; keys that the server makes are numbers,
// also where they are text.
func numbers(keys *schemapb.IDs) [][2]int64 {
	var set ranges
	for _, id := range keys.GetIntId().GetData() {
		set.add(id, id+1)
	}
	for _, text := range keys.GetStrId().GetData() {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil
		}
		set.add(id, id+1)
	}
	all := make([][2]int64, len(set))
	for i, ids := range set {
		all[i] = [2]int64{ids.lo, ids.hi}
	}
	return all
}

// Finish notes that the run is finished, and closes the journal.
func (j *Journal) Finish() error { return errors.Join(j.note(line{Done: true}, true), j.Close()) }

// Close closes the journal; the run can be resumed.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return journalError(err)
}
