// Package library keeps schemas by name: the built-in ones, and the user's own
// in a folder. A user's schema comes before a built-in one of the same name.
//
//	lib := library.Open("/home/me/.local/share/milvus-ingest")
//	found, err := lib.Get("knowledge_base")
package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Source says where a schema comes from.
type Source string

// The sources of schemas.
const (
	Builtin Source = "built-in"
	User    Source = "user"
)

// Entry is what the library knows of a schema besides the schema itself.
type Entry struct {
	ID          string   `json:"id"`
	Source      Source   `json:"source"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Aliases are other names of a built-in schema.
	Aliases []string `json:"aliases,omitempty"`
	// Shadows names the built-in schema that is hidden by this one of the
	// user's; empty where there is none.
	Shadows string `json:"shadows,omitempty"`
	// Hidden tells that a schema of the user's has the name of this built-in.
	Hidden bool `json:"hidden,omitempty"`
	// Path is the stored file of a user's schema.
	Path string `json:"path,omitempty"`
	// Origin is the file that a user's schema was added from: files that the
	// schema names lie beside it.
	Origin string `json:"origin,omitempty"`
	// AddedAt is the RFC 3339 time when the user added it.
	AddedAt string `json:"added_at,omitempty"`
}

// Schema is one schema of the library.
type Schema struct {
	Entry
	Collection *schema.Collection
	// Text is the file as it was written, JSON or YAML.
	Text []byte
}

// Listed is a line of the library's list: a schema, or why it cannot be read.
type Listed struct {
	Schema
	Err error
}

// Library is the built-in schemas together with those of one folder.
type Library struct{ dir string }

// Open uses the user's data folder dir; it need not exist. With dir empty the
// library has the built-in schemas only.
func Open(dir string) *Library {
	if dir == "" {
		return &Library{}
	}
	return &Library{dir: filepath.Join(dir, "schemas")}
}

// List gives all schemas, the built-in ones first, the user's in the order of
// their names. A user's schema that cannot be read is listed with its error.
func (l *Library) List() ([]Listed, error) {
	entries, err := l.user()
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, e := range builtins() {
		b := l.builtin(e.ID)
		b.Hidden = slices.ContainsFunc(entries, func(mine Entry) bool { return mine.ID == e.ID })
		all = append(all, b)
	}
	for _, e := range entries {
		found, err := read(e)
		all = append(all, Listed{Schema: found, Err: err})
	}
	return all, nil
}

func (l *Library) builtin(id string) Listed {
	e, text, _ := builtin(id)
	c, err := schema.Parse(id+".json", text)
	return Listed{Schema: Schema{Entry: e, Collection: c, Text: text}, Err: err}
}

// Get finds a schema: the user's first, then a built-in one by its name, then
// by an alias.
func (l *Library) Get(id string) (Schema, error) {
	e, found, err := l.entry(id)
	if err != nil {
		return Schema{}, err
	}
	if found {
		return read(e)
	}
	if e, _, ok := builtin(id); ok {
		b := l.builtin(e.ID)
		return b.Schema, b.Err
	}
	return Schema{}, l.unknown(id)
}

func (l *Library) unknown(id string) error {
	err := core.Errorf(core.InvalidConfig, "there is no schema %q", id)
	var names []string
	for _, e := range builtins() {
		names = append(append(names, e.ID), e.Aliases...)
	}
	if entries, readErr := l.user(); readErr == nil {
		for _, e := range entries {
			names = append(names, e.ID)
		}
	}
	const all = "milvus-ingest schema list shows all"
	if near, ok := spell.Nearest(id, names); ok {
		return err.WithHint("did you mean %s? %s", near, all)
	}
	return err.WithHint(all)
}

// read reads the stored file of a user's schema.
func read(e Entry) (Schema, error) {
	text, err := os.ReadFile(e.Path)
	if err != nil {
		return Schema{Entry: e}, fmt.Errorf("read schema %s: %w", e.ID, err)
	}
	c, err := schema.Parse(e.Path, text)
	return Schema{Entry: e, Collection: c, Text: text}, err
}

// user lists the user's schemas in the order of their names.
func (l *Library) user() ([]Entry, error) {
	if l.dir == "" {
		return nil, nil
	}
	files, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	var ids []string
	for _, f := range files {
		id := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))
		if slices.Contains(extensions(), filepath.Ext(f.Name())) && isID(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var entries []Entry
	for _, id := range slices.Compact(ids) {
		e, found, err := l.entry(id)
		if err != nil {
			return nil, err
		}
		if found {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// entry finds a user's schema: the file that its note names or, where somebody
// put a file there by hand, the one of that name.
func (l *Library) entry(id string) (Entry, bool, error) {
	if l.dir == "" || !isID(id) {
		return Entry{}, false, nil
	}
	e := Entry{ID: id, Source: User}
	if b, _, ok := builtin(id); ok {
		e.Shadows = b.ID
	}
	n, err := l.note(id)
	if err != nil {
		return e, false, err
	}
	e.Description, e.Tags, e.Origin, e.AddedAt = n.Description, n.Tags, n.Origin, n.AddedAt
	candidates := []string{id + n.Extension}
	for _, extension := range extensions() {
		candidates = append(candidates, id+extension)
	}
	for _, name := range candidates {
		path := filepath.Join(l.dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			e.Path = path
			return e, true, nil
		}
	}
	return e, false, nil
}

// note is what is kept beside a user's schema. Each schema has its own, so
// that two commands at the same time do not lose each other's.
type note struct {
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Extension   string   `json:"extension"`
	Origin      string   `json:"origin,omitempty"`
	AddedAt     string   `json:"added_at,omitempty"`
}

func (l *Library) notePath(id string) string { return filepath.Join(l.dir, id+".note") }

func (l *Library) note(id string) (note, error) {
	var n note
	raw, err := os.ReadFile(l.notePath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err != nil {
		return n, fmt.Errorf("read what is known of schema %s: %w", id, err)
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return n, core.Errorf(core.InvalidConfig, "read %s: %w", l.notePath(id), err).
			WithHint("remove that file; only the description and the tags are lost")
	}
	if n.Extension != "" && !slices.Contains(extensions(), n.Extension) {
		n.Extension = ""
	}
	return n, nil
}

// extensions lists the file names' endings of schemas.
func extensions() []string { return []string{".json", ".yaml", ".yml"} }

// checkID refuses names that are no safe file names everywhere, or that the
// command line could take for a flag or a path.
func checkID(id string) error {
	bad := func(why string) error {
		return core.Errorf(core.InvalidConfig, "schema name %q %s", id, why).
			WithHint("use letters, digits, _ and -, beginning with a letter, at most 64")
	}
	switch {
	case id == "":
		return bad("is empty")
	case len(id) > 64:
		return bad("is too long")
	case !isLetter(id[0]):
		return bad("does not begin with a letter")
	}
	for _, r := range id {
		if r > 0x7f || !isLetter(byte(r)) && (r < '0' || r > '9') && r != '_' && r != '-' {
			return bad(fmt.Sprintf("contains %q", r))
		}
	}
	if reserved(id) {
		return bad("is a device on Windows")
	}
	return nil
}

func isID(id string) bool { return checkID(id) == nil }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func reserved(id string) bool {
	low := strings.ToLower(id)
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, low) {
		return true
	}
	return len(low) == 4 && (strings.HasPrefix(low, "com") || strings.HasPrefix(low, "lpt")) && low[3] >= '0' && low[3] <= '9'
}
