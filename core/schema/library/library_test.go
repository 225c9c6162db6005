package library

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const mine = `{
  "collection_name": "mine",
  "fields": [
    {"name": "id", "type": "Int64", "is_primary": true},
    {"name": "v", "type": "FloatVector", "dim": 8}
  ]
}
`

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func add(t *testing.T, l *Library, id, file string, overwrite bool) Entry {
	t.Helper()
	e, _, err := l.Add(id, file, Addition{
		Description: "a schema of mine", Tags: []string{"客服", "FAQ"}, Overwrite: overwrite,
		At: time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func files(t *testing.T, l *Library) []string {
	t.Helper()
	entries, err := os.ReadDir(l.dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestEveryBuiltinIsWithoutProblems(t *testing.T) {
	listed, err := Open("").List()
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) < 9 {
		t.Fatalf("%d built-in schemas", len(listed))
	}
	names := map[string]bool{}
	for _, l := range listed {
		if l.Err != nil {
			t.Errorf("%s: %v", l.ID, l.Err)
			continue
		}
		if l.Collection.Name != l.ID || l.Title == "" || l.Description == "" || len(l.Tags) == 0 {
			t.Errorf("%s: its collection is %q, its title %q, its tags %v", l.ID, l.Collection.Name, l.Title, l.Tags)
		}
		for _, name := range append(l.Aliases, l.ID) {
			if names[name] {
				t.Errorf("two schemas are named %s", name)
			}
			names[name] = true
		}
		problems := schema.Check(l.Collection, schema.Version{})
		if l.ID == "all_types" {
			problems = problems.Errors()
		}
		for _, p := range problems {
			t.Errorf("%s: %s", l.ID, p)
		}
		for _, f := range l.Collection.Fields {
			if l.Collection.Description == "" || f.Description == "" {
				t.Errorf("%s: field %s has no description", l.ID, f.Name)
			}
		}
	}
	if embedded, err := builtinFiles.ReadDir("builtin"); err != nil || len(embedded) != len(listed) {
		t.Errorf("%d files for %d schemas (%v)", len(embedded), len(listed), err)
	}
}

func TestAllTypesHasEveryType(t *testing.T) {
	s, err := Open("").Get("all_types")
	if err != nil {
		t.Fatal(err)
	}
	var types, elements []schema.Type
	for _, f := range s.Collection.Fields {
		types, elements = append(types, f.Type), append(elements, f.ElementType)
	}
	for _, want := range schema.Types() {
		if want != schema.String && !slices.Contains(types, want) { // String is VarChar by another name
			t.Errorf("no field is %s", want)
		}
	}
	for _, want := range schema.ElementTypes() {
		if want != schema.String && !slices.Contains(elements, want) {
			t.Errorf("no array is of %s", want)
		}
	}
}

func TestNamesOfTheEarlierToolAreKnown(t *testing.T) {
	for _, id := range []string{
		"simple", "dynamic_example", "ecommerce", "documents", "images", "users", "videos", "news",
		"ecommerce_partitioned", "cardinality_demo", "audio_transcripts", "ai_conversations",
		"face_recognition", "default_values_demo", "full_text_search", "bm25_demo",
		"product_catalog", "ecommerce_search", "news_articles", "document_search", "multi_tenant_data", "multimedia_content",
	} {
		if _, err := Open("").Get(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestGetTakesTheUsersSchemaBeforeTheBuiltin(t *testing.T) {
	l := Open(t.TempDir())
	before, err := l.Get("knowledge_base")
	if err != nil || before.Source != Builtin {
		t.Fatalf("before: %v from %v", err, before.Source)
	}
	e := add(t, l, "knowledge_base", write(t, "kb.json", mine), false)
	if e.Shadows != "knowledge_base" {
		t.Errorf("it shadows %q", e.Shadows)
	}
	got, err := l.Get("knowledge_base")
	if err != nil || got.Source != User || got.Collection.Name != "mine" || string(got.Text) != mine {
		t.Errorf("got %v %q (%v), text %q", got.Source, got.Collection.Name, err, got.Text)
	}
	if got.AddedAt != "2026-11-25T09:30:00Z" || got.Description != "a schema of mine" || !slices.Equal(got.Tags, []string{"客服", "FAQ"}) {
		t.Errorf("noted %+v", got.Entry)
	}
	if _, err := l.Remove("knowledge_base"); err != nil {
		t.Fatal(err)
	}
	if after, err := l.Get("knowledge_base"); err != nil || after.Source != Builtin {
		t.Errorf("after its removal: %v from %v", err, after.Source)
	}
	if left := files(t, l); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestListSaysWhatIsHidden(t *testing.T) {
	l := Open(t.TempDir())
	add(t, l, "simple", write(t, "a.json", mine), false)
	add(t, l, "news", write(t, "b.json", mine), false) // another name of news_articles
	listed, err := l.List()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range listed {
		if e.Hidden || e.Source == User {
			got[e.ID+" "+string(e.Source)] = e.Shadows
		}
	}
	want := map[string]string{"simple built-in": "", "simple user": "simple", "news user": "news_articles"}
	if len(got) != len(want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			t.Errorf("%s shadows %q, want %q", k, g, v)
		}
	}
}

func TestAddReplacesOnlyWhenToldTo(t *testing.T) {
	l := Open(t.TempDir())
	add(t, l, "mine", write(t, "mine.json", mine), false)
	yaml := "collection_name: second\nfields:\n  - {name: id, type: Int64, is_primary: true}\n  - {name: v, type: FloatVector, dim: 4}\n"
	path := write(t, "mine.yaml", yaml)
	if _, _, err := l.Add("mine", path, Addition{}); core.CodeOf(err) != core.Conflict {
		t.Fatalf("without overwrite: %v", err)
	}
	if got, err := l.Get("mine"); err != nil || string(got.Text) != mine {
		t.Errorf("the first is gone: %v", err)
	}
	e := add(t, l, "mine", path, true)
	got, err := l.Get("mine")
	if err != nil || got.Collection.Name != "second" || string(got.Text) != yaml {
		t.Errorf("got %+v (%v)", got, err)
	}
	if want := []string{"mine.note", "mine.yaml"}; !slices.Equal(files(t, l), want) {
		t.Errorf("files %v, want %v", files(t, l), want)
	}
	if e.Origin != path {
		t.Errorf("its origin is %s", e.Origin)
	}
}

func TestAddRefusesABrokenFileWithAllItsProblems(t *testing.T) {
	l := Open(t.TempDir())
	broken := `{
  "collection_name": "bad-name",
  "fields": [
    {"name": "id", "type": "Int64", "is_primary": true, "nullable": true},
    {"name": "t", "type": "VarChar"},
    {"name": "v", "type": "FloatVector", "dim": 40000, "colour": 1}
  ]
}`
	_, _, err := l.Add("mine", write(t, "bad.json", broken), Addition{})
	if core.CodeOf(err) != core.InvalidConfig {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"bad-name", "null", "max_length", "40000", "colour"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %s: %v", want, err)
		}
	}
	if left := files(t, l); len(left) > 0 {
		t.Errorf("stored: %v", left)
	}
}

func TestNamesThatCannotBeStored(t *testing.T) {
	l := Open(t.TempDir())
	file := write(t, "mine.json", mine)
	for _, id := range []string{
		"", ".", "..", "../evil", "a/b", `a\b`, "-rf", "_x", "1st", "知识库", "a b", "a.json", "con", "COM1", "a\x00",
		strings.Repeat("a", 65),
	} {
		if _, _, err := l.Add(id, file, Addition{}); core.CodeOf(err) != core.InvalidConfig {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := l.Get(id); err == nil {
			t.Errorf("%q was found", id)
		}
		if _, err := l.Remove(id); err == nil {
			t.Errorf("%q was removed", id)
		}
	}
	if left := files(t, l); len(left) > 0 {
		t.Errorf("stored: %v", left)
	}
}

func TestUnknownNamesComeWithTheNearest(t *testing.T) {
	l := Open(t.TempDir())
	add(t, l, "invoices", write(t, "mine.json", mine), false)
	for id, near := range map[string]string{"knowledgebse": "knowledge_base", "invoice": "invoices", "full-text-search": "full_text_search"} {
		_, err := l.Get(id)
		var e *core.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", id, err)
		} else if !strings.Contains(e.Hint, near) || !strings.Contains(e.Hint, "schema list") {
			t.Errorf("%s: hint %q", id, e.Hint)
		}
	}
	if _, err := l.Remove("simple"); err == nil || !strings.Contains(err.Error(), "built in") {
		t.Errorf("removing a built-in: %v", err)
	}
}

func TestListShowsWhatCannotBeRead(t *testing.T) {
	l := Open(t.TempDir())
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"broken.json": "{", "byhand.yaml": mine, "notes.txt": "x", "not an id.json": mine} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := l.List()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, e := range listed {
		if e.Source == User {
			got[e.ID] = e.Err == nil
		}
	}
	if len(got) != 2 || got["broken"] || !got["byhand"] {
		t.Errorf("listed %v", got)
	}
}

func TestWithoutAFolderThereAreTheBuiltinsOnly(t *testing.T) {
	if _, _, err := Open("").Add("mine", write(t, "mine.json", mine), Addition{}); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("error %v", err)
	}
	if _, err := Open("").Get("simple"); err != nil {
		t.Error(err)
	}
}
