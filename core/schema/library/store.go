package library

import (
	"bytes"
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
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// Addition is what is told of a schema when it is added.
type Addition struct {
	Description string
	Tags        []string
	// Overwrite allows to replace a user's schema of the same name.
	Overwrite bool
	// At is the time that is noted.
	At time.Time
}

// Add stores a schema file under a name. The file is parsed and checked first,
// and refused with all its problems; it is kept as it was written. The
// warnings of the check are returned.
func (l *Library) Add(id, file string, a Addition) (Entry, schema.Problems, error) {
	if err := checkID(id); err != nil {
		return Entry{}, nil, err
	}
	if l.dir == "" {
		return Entry{}, nil, core.Errorf(core.InvalidConfig, "there is no folder to keep schemas in").
			WithHint("name one in the environment: export MILVUS_INGEST_DATA_DIR=DIR")
	}
	old, exists, err := l.entry(id)
	if err != nil {
		return Entry{}, nil, err
	}
	if exists && !a.Overwrite {
		return Entry{}, nil, core.Errorf(core.Conflict, "there is already a schema %s of yours", id).
			WithHint("add --overwrite to replace it, or take another name")
	}
	text, warnings, err := checked(file)
	if err != nil {
		return Entry{}, nil, err
	}
	n := note{
		Description: a.Description, Tags: a.Tags, Extension: extensionOf(file, text),
		AddedAt: a.At.UTC().Format(time.RFC3339),
	}
	if n.Origin, err = filepath.Abs(file); err != nil {
		return Entry{}, nil, fmt.Errorf("find %s: %w", file, err)
	}
	if err := l.store(id, text, n); err != nil {
		return Entry{}, nil, err
	}
	e, _, err := l.entry(id)
	if err == nil && exists && old.Path != e.Path {
		err = os.Remove(old.Path)
	}
	return e, warnings, err
}

// checked reads a schema file and refuses it when anything is wrong with it.
func checked(file string) ([]byte, schema.Problems, error) {
	// ParseFile refuses folders and files too large for a schema before it
	// reads them.
	if _, err := schema.ParseFile(file); err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read schema: %w", err)
	}
	c, err := schema.Parse(file, text) // what is kept is what was checked
	if err != nil {
		return nil, nil, err
	}
	problems := schema.Check(c, schema.Version{})
	return text, problems, problems.Err()
}

// extensionOf is the ending that tells how the text is written.
func extensionOf(file string, text []byte) string {
	if extension := strings.ToLower(filepath.Ext(file)); slices.Contains(extensions(), extension) {
		return extension
	}
	if first := bytes.TrimSpace(text); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return ".json"
	}
	return ".yaml"
}

// store writes the schema, then its note, each whole or not at all.
func (l *Library) store(id string, text []byte, n note) error {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of schemas: %w", err)
	}
	raw, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	if err := whole.Write(filepath.Join(l.dir, id+n.Extension), text); err != nil {
		return fmt.Errorf("store schema %s: %w", id, err)
	}
	if err := whole.Write(l.notePath(id), append(raw, '\n')); err != nil {
		return fmt.Errorf("store the note of schema %s: %w", id, err)
	}
	return nil
}

// Remove removes a user's schema and returns what it was.
func (l *Library) Remove(id string) (Entry, error) {
	e, err := l.Removable(id)
	if err != nil {
		return Entry{}, err
	}
	// All endings: an Add that was killed may have left a second file.
	for _, extension := range extensions() {
		if err := os.Remove(filepath.Join(l.dir, id+extension)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return e, fmt.Errorf("remove schema %s: %w", id, err)
		}
	}
	if err := os.Remove(l.notePath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return e, fmt.Errorf("remove the note of schema %s: %w", id, err)
	}
	return e, nil
}

// Removable finds the user's schema that Remove would remove.
func (l *Library) Removable(id string) (Entry, error) {
	e, found, err := l.entry(id)
	if err != nil {
		return Entry{}, err
	}
	if found {
		return e, nil
	}
	if b, _, ok := builtin(id); ok {
		return Entry{}, core.Errorf(core.InvalidConfig, "the schema %s is built in and cannot be removed", b.ID).
			WithHint("a schema of yours of that name comes before it: milvus-ingest schema add %s FILE", id)
	}
	return Entry{}, l.unknown(id)
}
