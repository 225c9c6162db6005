package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

func TestManySmallFilesBecomeAsFewJobsAsTheServerTakes(t *testing.T) {
	s := newScript(t)
	i := s.importer(t, t.TempDir(), Options{})
	files := someFiles(1300)
	result, err := i.Run(t.Context(), someCollection(), files, RunOptions{})
	if err != nil || result.Files != 1300 || result.Rows != 13000 || len(result.Jobs) != 2 {
		t.Fatalf("result %+v, %v", result, err)
	}
	if s.creates() != 2 || len(s.calls[0].Files) != 1024 || !slices.Equal(s.sentFiles(), keysOf(files)) {
		t.Errorf("%d jobs with %d files were sent, want each of 1,300 once in 2", s.creates(), len(s.sentFiles()))
	}
	if c := s.calls[0]; c.Database != "db" || c.Collection != "c" || c.Partition != "" || len(c.Files[0]) != 1 {
		t.Errorf("the request is %+v", c)
	}
}

func TestAFullQueueIsWaitedFor(t *testing.T) {
	s := newScript(t)
	refusals := 0
	s.on = func(action string, _ jobRequest, w http.ResponseWriter) bool {
		if action != "create" || refusals == 2 {
			return false
		}
		refusals++
		say(w, 2100, "importing data failed: The number of jobs has reached the limit, please try again later.", nil)
		return true
	}
	waits := 0
	i := s.importer(t, t.TempDir(), Options{Wait: func(string) { waits++ }})
	result, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{})
	if err != nil || result.Files != 1 || s.creates() != 3 || waits != 2 {
		t.Errorf("%+v, %v after %d requests and %d waits", result, err, s.creates(), waits)
	}
}

func TestAJobWhoseAnswerIsLostIsFoundAndNeverSentTwice(t *testing.T) {
	for name, lose := range map[string]func(w http.ResponseWriter){
		"the connection is cut": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"a proxy answers HTML":  func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>busy</html>")) },
		"a gateway answers 504": func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
		"the answer has no id":  func(w http.ResponseWriter) { say(w, 0, "", map[string]any{}) },
		"the answer is cut off": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"code":0,"data":{"jo`)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t)
			s.take(jobRequest{Collection: "c", Files: [][]string{{"p/part-00000.parquet"}}}) // was there before, and is another
			s.on = func(action string, body jobRequest, w http.ResponseWriter) bool {
				if action == "create" {
					s.take(body)
					lose(w)
				}
				return action == "create"
			}
			i := s.importer(t, t.TempDir(), Options{})
			result, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{})
			if err != nil || s.creates() != 1 || len(result.Jobs) != 1 || result.Jobs[0].ID != "1001" || result.Rows != 10 {
				t.Errorf("%+v, %v after %d requests; want the second job of the server, asked for once", result, err, s.creates())
			}
		})
	}
}

func TestAJobThatMayOrMayNotBeThereIsNotSentAgainUntilThatIsCertain(t *testing.T) {
	s := newScript(t)
	lost := true
	s.on = func(action string, _ jobRequest, _ http.ResponseWriter) bool {
		if action == "create" && lost {
			panic(http.ErrAbortHandler) // and it does not store it
		}
		return false
	}
	dir := t.TempDir()
	i := s.importer(t, dir, Options{})
	result, err := i.Run(t.Context(), someCollection(), someFiles(2), RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "outcome unknown") || !strings.Contains(hintsOf(err), "--resume") || s.creates() != 1 || len(result.Left) != 2 {
		t.Fatalf("%+v, %v (hints %s) after %d requests", result, err, hintsOf(err), s.creates())
	}
	if _, err = i.Run(t.Context(), someCollection(), someFiles(2), RunOptions{}); core.CodeOf(err) != core.Conflict {
		t.Fatalf("without --resume the files were taken: %v", err)
	}
	_, err = i.Run(t.Context(), someCollection(), someFiles(2), RunOptions{Mode: Resume})
	if err == nil || !strings.Contains(err.Error(), "still unknown") || s.creates() != 1 {
		t.Fatalf("so soon it cannot be certain: %v after %d requests", err, s.creates())
	}
	lost = false
	age(t, i, 3*time.Hour)
	if _, err = i.Run(t.Context(), someCollection(), someFiles(2), RunOptions{Mode: Resume}); core.CodeOf(err) != core.Conflict || s.creates() != 1 {
		t.Fatalf("a server that may have forgotten the job was asked again: %v", err)
	}
	age(t, i, -3*time.Hour+3*time.Minute)
	result, err = i.Run(t.Context(), someCollection(), someFiles(2), RunOptions{Mode: Resume})
	if err != nil || s.creates() != 2 || result.Files != 2 || result.Rows != 20 {
		t.Fatalf("%+v, %v after %d requests", result, err, s.creates())
	}
}

// age makes entries of the journal older.
func age(t *testing.T, i *Importer, by time.Duration) {
	t.Helper()
	for _, e := range entries(t, i) {
		e.Sent = e.Sent.Add(-by)
		if err := e.write(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALostJobThatTurnsUpLaterIsTakenUp(t *testing.T) {
	s := newScript(t)
	s.on = func(action string, _ jobRequest, _ http.ResponseWriter) bool {
		if action == "create" {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	i := s.importer(t, t.TempDir(), Options{Patience: 20 * time.Millisecond})
	if _, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{}); err == nil {
		t.Fatal("the job is not lost")
	}
	s.take(s.calls[0]) // it was under way
	s.on = nil
	result, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{Mode: Resume})
	if err != nil || s.creates() != 1 || result.Files != 1 || result.Jobs[0].ID != "1000" {
		t.Errorf("%+v, %v after %d requests", result, err, s.creates())
	}
}

// refuse makes the first connections fail before anything is sent.
type refuse struct {
	http.RoundTripper
	times int
}

func (r *refuse) RoundTrip(q *http.Request) (*http.Response, error) {
	if strings.HasSuffix(q.URL.Path, "create") && r.times > 0 {
		r.times--
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return r.RoundTripper.RoundTrip(q)
}

func TestARefusedConnectionIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		refused int
		fine    bool
	}{{2, true}, {100, false}} {
		s := newScript(t)
		i := s.importer(t, t.TempDir(), Options{})
		i.wire.(*rest).client.Transport = &refuse{http.DefaultTransport, c.refused}
		_, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{})
		if c.fine != (err == nil) {
			t.Errorf("refused %d times: %v", c.refused, err)
		}
		if !c.fine && (core.CodeOf(err) != core.Unavailable || len(entries(t, i)) != 0) {
			t.Errorf("nothing was sent, and it is %v with %d notes in the journal", err, len(entries(t, i)))
		}
	}
}

func TestAMissingKeySaysWhichBucketAndSparesTheOtherJobs(t *testing.T) {
	s := newScript(t)
	s.on = func(action string, body jobRequest, w http.ResponseWriter) bool {
		if action == "create" {
			j := s.take(body)
			j.says, j.Reason = []string{"Failed"}, "failed to get file size of 'p/part-00000.parquet', error:The specified key does not exist."
			say(w, 0, "", map[string]any{"jobId": j.ID})
		}
		return action == "create"
	}
	i := s.importer(t, t.TempDir(), Options{FilesPerJob: 1, Bucket: "mine"})
	result, err := i.Run(t.Context(), someCollection(), someFiles(20), RunOptions{})
	if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(hintsOf(err), "are in the bucket mine") || !strings.Contains(hintsOf(err), "its own configuration") {
		t.Errorf("%v (hints %s)", err, hintsOf(err))
	}
	if s.creates() > 3 || !strings.Contains(err.Error(), "more jobs were not handed over") || len(result.Left) != 20 {
		t.Errorf("%d jobs were sent that had to fail: %v", s.creates(), err)
	}
}

func TestStatesThatAreNotKnownAreWaitedOut(t *testing.T) {
	s := newScript(t)
	s.on = func(action string, body jobRequest, w http.ResponseWriter) bool {
		if action == "create" {
			j := s.take(body)
			j.says = []string{"Sorting", "IndexBuilding", "Uncommitted", "Committing", "Levitating", "Completed"}
			say(w, 0, "", map[string]any{"jobId": j.ID})
		}
		return action == "create"
	}
	var says []string
	i := s.importer(t, t.TempDir(), Options{Tell: func(s Status) { says = append(says, string(s.State)+" "+s.Says) }})
	if _, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(says, "Importing Levitating") || says[len(says)-1] != "Completed Completed" {
		t.Errorf("told %v", says)
	}
}

func TestAServerThatIsAwayIsWaitedForWithinReason(t *testing.T) {
	for _, c := range []struct {
		away int
		fine bool
	}{{3, true}, {1000, false}} {
		s := newScript(t)
		away := c.away
		s.on = func(action string, _ jobRequest, w http.ResponseWriter) bool {
			if action == "describe" && away > 0 {
				away--
				http.Error(w, "no upstream", http.StatusBadGateway)
				return true
			}
			return false
		}
		i := s.importer(t, t.TempDir(), Options{})
		_, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{})
		if c.fine != (err == nil) {
			t.Errorf("away for %d questions: %v", c.away, err)
		}
		if !c.fine && (core.CodeOf(err) != core.Unavailable || !strings.Contains(hintsOf(err), "import wait 1000")) {
			t.Errorf("%v (hints %s)", err, hintsOf(err))
		}
	}
}

func TestAnInterruptedImportGoesOnWithoutSendingAgain(t *testing.T) {
	s := newScript(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.on = func(action string, body jobRequest, w http.ResponseWriter) bool {
		if action == "create" {
			j := s.take(body)
			j.says = []string{"Importing"}
			say(w, 0, "", map[string]any{"jobId": j.ID})
		}
		return action == "create"
	}
	i := s.importer(t, t.TempDir(), Options{FilesPerJob: 1, Tell: func(Status) { cancel() }})
	_, err := i.Run(ctx, someCollection(), someFiles(3), RunOptions{})
	if !errors.Is(err, context.Canceled) || !strings.Contains(hintsOf(err), "--resume") {
		t.Fatalf("%v (hints %s)", err, hintsOf(err))
	}
	s.on = nil
	for _, j := range s.jobs {
		j.says = nil
	}
	before := s.creates()
	result, err := i.Run(t.Context(), someCollection(), someFiles(3), RunOptions{Mode: Resume})
	if err != nil || result.Files != 3 || s.creates() != 3 || before == 3 {
		t.Errorf("%+v, %v; %d jobs were sent, %d of them before", result, err, s.creates(), before)
	}
	if !slices.Equal(s.sentFiles(), keysOf(someFiles(3))) {
		t.Errorf("sent %v", s.sentFiles())
	}
}

func TestAWrongTokenIsSaidAndNeverShown(t *testing.T) {
	s := newScript(t)
	s.on = func(_ string, _ jobRequest, w http.ResponseWriter) bool {
		w.WriteHeader(http.StatusUnauthorized)
		say(w, 1800, "user hasn't authenticated", nil)
		return true
	}
	i := s.importer(t, t.TempDir(), Options{})
	_, err := i.wire.(*rest).probe(t.Context())
	if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(hintsOf(err), "MILVUS_TOKEN") || strings.Contains(err.Error(), "do-not-tell") {
		t.Errorf("%v (hints %s)", err, hintsOf(err))
	}
}

func TestProbeTellsWhatSpeaksREST(t *testing.T) {
	for _, c := range []struct {
		says   string
		answer func(w http.ResponseWriter)
		want   bool
	}{
		{"a list", func(w http.ResponseWriter) { say(w, 0, "", map[string]any{"records": []any{}}) }, true},
		{"that it wants a collection", func(w http.ResponseWriter) { say(w, 1802, "missing required parameters", nil) }, true},
		{"404 as 2.3 does", func(w http.ResponseWriter) { http.Error(w, "404 page not found", http.StatusNotFound) }, false},
		{"a page", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>welcome</html>")) }, false},
		{"nothing", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, false},
	} {
		s := newScript(t)
		s.on = func(_ string, _ jobRequest, w http.ResponseWriter) bool { c.answer(w); return true }
		got, err := s.importer(t, t.TempDir(), Options{}).wire.(*rest).probe(t.Context())
		if err != nil || got != c.want {
			t.Errorf("a server that says %s: %v, %v", c.says, got, err)
		}
	}
}

// TestNoSecretIsWrittenDown looks through the journal of an import that had
// all kinds of them.
func TestNoSecretIsWrittenDown(t *testing.T) {
	s := newScript(t)
	dir := t.TempDir()
	i := s.importer(t, dir, Options{})
	i.wire.(*rest).cloud = &cloud{cluster: "in05-x", source: Source{Bucket: "b", AccessKey: "an-access-key", SecretKey: "a-secret-key", SessionToken: "a-session"}}
	if _, err := i.Run(t.Context(), someCollection(), someFiles(1), RunOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(s.calls[0])
	if err != nil || !strings.Contains(string(got), `"objectUrls":[["s3://b/p/part-00000.parquet"]],"accessKey":"an-access-key","secretKey":"a-secret-key","token":"a-session"`) || s.calls[0].Cluster != "in05-x" || s.calls[0].Files != nil {
		t.Errorf("the request is %s (%v)", got, err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{"do-not-tell", "an-access-key", "a-secret-key", "a-session"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s tells %s", path, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
