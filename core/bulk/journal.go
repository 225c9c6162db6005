package bulk

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/userdir"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// keep is how long the journal tells of a collection.
const keep = 90 * 24 * time.Hour

// Journal notes down which jobs were sent, in a folder of the user's, so that
// a run which ended half-way can go on and no file is imported twice. It holds
// no secrets. Each job is a file of its own: several runs can write at once.
type Journal struct{ dir string }

// OpenJournal opens the journal in a folder; "" is that of the user.
func OpenJournal(dir string) (*Journal, error) {
	if dir == "" {
		dir = filepath.Join(cmp.Or(userdir.Path(), filepath.Join(os.TempDir(), "milvus-ingest")), "imports")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, core.Errorf(core.InvalidConfig, "make the folder of the import journal: %w", err).
			WithHint("name a folder that can be written to in MILVUS_INGEST_DATA_DIR")
	}
	return &Journal{dir: dir}, tidy(dir)
}

// tidy removes what is told of collections that were not imported into for
// long: most are not there any more.
func tidy(dir string) error {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the import journal: %w", err)
	}
	var problems []error
	for _, folder := range folders {
		info, err := folder.Info()
		if err == nil && time.Since(info.ModTime()) > keep {
			problems = append(problems, os.RemoveAll(filepath.Join(dir, folder.Name())))
		}
	}
	return errors.Join(problems...)
}

// Entry is what the journal tells of a job.
type Entry struct {
	Target
	// State is Sent before there is an answer, then what the server said.
	State State     `json:"state"`
	ID    string    `json:"id,omitempty"`
	Sent  time.Time `json:"sent"`
	Files []File    `json:"files"`
	Rows  int64     `json:"rows,omitempty"`
	// Before is how many rows the collection had before the run.
	Before int64 `json:"rows_before"`
	// Known is the file that lists the jobs which the server had before.
	Known string `json:"known,omitempty"`

	path string
}

// Sent is the state of a job that was sent and not answered.
const Sent State = "Sent"

// Target is a collection as no other is: one of the same name that is made
// later is another.
type Target struct {
	Address      string `json:"address"`
	Database     string `json:"database,omitempty"`
	Collection   string `json:"collection"`
	CollectionID int64  `json:"collection_id"`
	Partition    string `json:"partition,omitempty"`
}

// folder is where the jobs of a target are noted.
func (j *Journal) folder(t Target) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s", t.Address, t.Database, t.CollectionID, t.Partition))
	return filepath.Join(j.dir, hex.EncodeToString(sum[:8]))
}

// Entries are the jobs that were sent to a collection, in the order in which
// they were sent.
func (j *Journal) Entries(t Target) ([]*Entry, error) {
	paths, err := filepath.Glob(filepath.Join(j.folder(t), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the import journal: %w", err)
	}
	var all []*Entry
	for _, path := range paths {
		e, err := readEntry(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // another run removed it meanwhile
		case err != nil:
			return nil, err
		default:
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *Entry) int { return a.Sent.Compare(b.Sent) })
	return all, nil
}

func readEntry(path string) (*Entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the import journal: %w", err)
	}
	e := &Entry{path: path}
	if len(data) == 0 {
		return nil, fs.ErrNotExist // a run that was killed before it sent anything
	}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, core.Errorf(core.Conflict, "%s: the import journal is damaged: %w", path, err).
			WithHint("see with import list what was loaded, and remove the file")
	}
	return e, nil
}

// begin notes a job down before it is sent; known is what noteKnown returned.
func (j *Journal) begin(t Target, files []File, known string, before int64) (*Entry, error) {
	e := &Entry{Target: t, State: Sent, Sent: time.Now().UTC(), Files: files, Known: known, Before: before}
	path, err := j.newFile(t, "*.json")
	e.path = path
	if err != nil {
		return nil, err
	}
	return e, e.write()
}

// noteKnown lists the jobs that a server has before any is sent: whichever
// has the files of a lost one is not it.
func (j *Journal) noteKnown(t Target, ids []string) (known string, err error) {
	if len(ids) == 0 {
		return "", nil
	}
	path, err := j.newFile(t, "*.known")
	if err == nil {
		err = whole.Write(path, []byte(strings.Join(ids, "\n")+"\n"))
	}
	return filepath.Base(path), err
}

// knownJobs are the jobs that noteKnown listed before the entry was made.
func (e *Entry) knownJobs() ([]string, error) {
	if e.Known == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(e.path), filepath.Base(e.Known)))
	if err != nil {
		return nil, fmt.Errorf("read the import journal: %w", err)
	}
	return strings.Fields(string(data)), nil
}

// newFile makes an empty file of the target with a name of its own.
func (j *Journal) newFile(t Target, pattern string) (string, error) {
	dir := j.folder(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("write the import journal: %w", err)
	}
	f, err := os.CreateTemp(dir, time.Now().UTC().Format("20060102-150405")+"-"+pattern)
	if err != nil {
		return "", fmt.Errorf("write the import journal: %w", err)
	}
	return f.Name(), f.Close()
}

func (e *Entry) write() error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		err = whole.Write(e.path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the import journal: %w", err)
	}
	return nil
}

// accepted notes which id the server gave the job.
func (e *Entry) accepted(id string) error {
	e.State, e.ID = Pending, id
	return e.write()
}

// finished notes what became of the job.
func (e *Entry) finished(s Status) error {
	e.State, e.Rows = s.State, s.Rows
	return e.write()
}

// forget removes the note: the job was refused, or failed.
func (e *Entry) forget() error {
	if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tidy the import journal: %w", err)
	}
	return nil
}
