package bulk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const secretToken = "root:do-not-tell"

// script is a Milvus that speaks REST v2 imports as a test wants it: each job
// it takes is done when it has been looked at twice.
type script struct {
	*httptest.Server
	// on sees each call first; true means that it has answered.
	on func(action string, body jobRequest, w http.ResponseWriter) bool

	mu    sync.Mutex
	calls []jobRequest // of create
	jobs  []*scripted
}

type scripted struct {
	progress
	files [][]string
	looks int
	// says replaces the states that are told.
	says []string
}

func newScript(t *testing.T) *script {
	t.Helper()
	s := &script{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body jobRequest
	body.cloudRequest = &cloudRequest{}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	action := filepath.Base(r.URL.Path)
	if action == "create" {
		s.mu.Lock()
		s.calls = append(s.calls, body)
		s.mu.Unlock()
	}
	if s.on != nil && s.on(action, body, w) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+secretToken {
		say(w, 1800, "user hasn't authenticated", nil)
		return
	}
	switch action {
	case "create":
		say(w, 0, "", map[string]any{"jobId": s.take(body).ID})
	case "list":
		records := []any{}
		for _, j := range s.jobs {
			records = append(records, map[string]any{"jobId": j.ID, "collectionName": j.Collection, "state": "Importing"})
		}
		say(w, 0, "", map[string]any{"records": records})
	default:
		s.describe(body, w)
	}
}

// take stores a job.
func (s *script) take(body jobRequest) *scripted {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &scripted{files: body.Files}
	j.ID, j.Collection = identifier(strconv.Itoa(1000+len(s.jobs))), body.Collection
	s.jobs = append(s.jobs, j)
	return j
}

func (s *script) describe(body jobRequest, w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if string(j.ID) != body.ID {
			continue
		}
		states := j.says
		if states == nil {
			states = []string{"Pending", "Completed"}
		}
		state := states[min(j.looks, len(states)-1)]
		j.looks++
		details := []any{}
		for n, group := range j.files {
			details = append(details, map[string]any{"fileName": fmt.Sprintf("id:%d paths:%q ", n, group[0])})
		}
		told := map[string]any{"jobId": body.ID, "collectionName": j.Collection, "state": state, "details": details, "reason": j.Reason}
		if state == "Completed" {
			told["progress"], told["importedRows"], told["totalRows"] = 100, 10*len(j.files), 10*len(j.files)
		}
		say(w, 0, "", told)
		return
	}
	say(w, 2100, "importing data failed: import job does not exist", nil)
}

func say(w http.ResponseWriter, code int, message string, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message, "data": data})
}

// creates is how many jobs were asked for.
func (s *script) creates() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// importer is one on the scripted server, with a journal of the test's own.
func (s *script) importer(t *testing.T, dir string, o Options) *Importer {
	t.Helper()
	journal, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Journal = journal
	if o.Concurrent == 0 {
		o.Concurrent = 1
	}
	if o.Patience == 0 {
		o.Patience = 300 * time.Millisecond
	}
	o.Pause = 5 * time.Millisecond
	return &Importer{
		Over: REST, server: &collection.Server{Address: "http://milvus:19530"}, o: o, close: func() {},
		wire: &rest{client: s.Client(), base: s.URL, token: secretToken, database: "db"},
	}
}

func someCollection() *collection.Collection {
	return &collection.Collection{Name: "c", Schema: &schema.Collection{}}
}

func someFiles(n int) []File {
	files := make([]File, n)
	for i := range files {
		files[i] = File{Key: fmt.Sprintf("p/part-%05d.parquet", i), Bytes: 100, Rows: 10}
	}
	return files
}

// entries are what the journal of an importer tells.
func entries(t *testing.T, i *Importer) []*Entry {
	t.Helper()
	target, err := i.target(someCollection(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := i.o.Journal.Entries(target)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sentFiles are the files of all jobs that were asked for, sorted.
func (s *script) sentFiles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, c := range s.calls {
		for _, group := range c.Files {
			all = append(all, group...)
		}
	}
	slices.Sort(all)
	return all
}

// hintsOf are all hints of an error.
func hintsOf(err error) string {
	var e *core.Error
	switch joined := err.(type) { //nolint:errorlint // the chain is walked link by link
	case nil:
		return ""
	case interface{ Unwrap() []error }:
		all := ""
		for _, one := range joined.Unwrap() {
			all += hintsOf(one) + "\n"
		}
		return all
	}
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
