package insert

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
)

func numbersOf(ids ...int64) *schemapb.IDs {
	return &schemapb.IDs{IdField: &schemapb.IDs_IntId{IntId: &schemapb.LongArray{Data: ids}}}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAJournalRemembersAcrossAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "x.jsonl")
	header := Header{Address: "http://h:1", Collection: "c", ID: 7, Data: "abc", Before: 5, AutoID: true}
	j, err := Begin(path, header)
	must(t, err)
	must(t, j.send(span{0, 0, 10}), j.ack(span{0, 0, 10}, numbersOf(100, 101, 102, 103, 104, 105, 106, 107, 108, 109)))
	must(t, j.send(span{0, 10, 10}), j.ack(span{0, 10, 5}, numbersOf(200, 201, 202, 203, 204)), j.skip(span{0, 15, 1}))
	must(t, j.send(span{1, 0, 8}), j.send(span{1, 8, 8}), j.back(span{1, 8, 8}))
	// No Close: the process was killed while it wrote a line.
	raw, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(raw, `{"ack":[1,0,`...), 0o600))
	again, err := Resume(path)
	must(t, err)
	if again.Header != header || again.Rows() != 15 || again.Skipped() != 1 || again.Doubtful() != 4+8 {
		t.Fatalf("%+v: %d rows, %d skipped, %d in doubt", again.Header, again.Rows(), again.Skipped(), again.Doubtful())
	}
	ids, known := again.keys()
	if want := (ranges{{100, 110}, {200, 205}}); !known || !reflect.DeepEqual(ids, want) {
		t.Errorf("keys %v (all known: %t), expected %v", ids, known, want)
	}
	spans, doubtful := again.open(span{0, 0, 30})
	if want := []span{{0, 16, 14}}; !reflect.DeepEqual(spans, want) || !doubtful[0] {
		t.Errorf("open: %v, in doubt: %v", spans, doubtful)
	}
	if spans, doubtful := again.open(span{1, 8, 8}); len(spans) != 1 || doubtful[0] {
		t.Errorf("what was taken back is in doubt: %v %v", spans, doubtful)
	}
	must(t, again.forget())
	if again.Doubtful() != 0 {
		t.Errorf("%d rows are in doubt still", again.Doubtful())
	}
	must(t, again.Finish())
	last, err := Resume(path)
	must(t, err)
	if !last.Done() || last.Rows() != 15 || last.Doubtful() != 0 {
		t.Errorf("done %t, %d rows, %d in doubt", last.Done(), last.Rows(), last.Doubtful())
	}
	must(t, last.Close())
	if raw, err = os.ReadFile(path); err != nil || bytes.Count(raw, []byte("\n")) != strings.Count(string(raw), "{\"")-1 {
		t.Errorf("the half line stays: %s", raw)
	}
}

func TestAJournalThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	if j, err := Resume(filepath.Join(dir, "none")); j != nil || err != nil {
		t.Errorf("%v, %v", j, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no beginning": `{"send":[0,0,1]}` + "\n", "no JSON": "{\"begin\":{\"collection\":\"c\"}}\nhello\n",
		"half a beginning": `{"begin":{"coll`, "a span of two": "{\"begin\":{\"collection\":\"c\"}}\n{\"send\":\"x\"}\n",
	} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := Resume(path); core.CodeOf(err) != core.InvalidData {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysThatAreTextAreKeptAsNumbers(t *testing.T) {
	text := func(ids ...string) *schemapb.IDs {
		return &schemapb.IDs{IdField: &schemapb.IDs_StrId{StrId: &schemapb.StringArray{Data: ids}}}
	}
	if got := numbers(text("12", "10", "11", "20")); !reflect.DeepEqual(got, [][2]int64{{10, 13}, {20, 21}}) {
		t.Errorf("%v", got)
	}
	j := Memory(Header{AutoID: true})
	must(t, j.ack(span{0, 0, 1}, text("a")))
	if _, known := j.keys(); known {
		t.Error("a key that is no number counts as known")
	}
}
