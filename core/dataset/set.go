package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/schema/infer"
)

// Set is a data set that is there to be read: its files in order, and the
// schema of its rows. It is safe for concurrent use once opened.
type Set struct {
	// Path is what was opened: a folder or one file.
	Path   string
	Schema *schema.Collection
	// SchemaFrom says where the schema is from, for people.
	SchemaFrom string
	// Inferred tells that the schema was guessed from the files.
	Inferred bool
	// Meta is the content of meta.json; nil where there is none.
	Meta  *Meta
	Files []*DataFile
	// Findings are what was found while opening.
	Findings []Finding
}

// DataFile is one file of a set.
type DataFile struct {
	// Name is relative to the set, with slashes; Path is where it lies.
	Name, Path string
	Format     string // "parquet" or "json"
	Bytes      int64
	// Rows is the number of rows, -1 where only reading the file tells.
	Rows int64
	// Groups are the row groups of a Parquet file.
	Groups []Group
	// Columns are the file's own columns (Parquet), as its writer named
	// their types.
	Columns []arrow.Field
	// Codecs are the compressions of the file's column chunks, sorted.
	Codecs []string
	// Err says why the file cannot be read; nil where it can.
	Err error
}

// Group is a row group.
type Group struct{ Rows, Bytes int64 }

// OpenOptions say how to open a data set.
type OpenOptions struct {
	// Schema is used instead of that of meta.json.
	Schema *schema.Collection
}

// Ours tells whether milvus-ingest made the data set, so that the key of an
// auto_id collection is in it on purpose. What an upload left out is not.
func (s *Set) Ours() bool {
	if s.Meta == nil || s.Meta.Version == "" {
		return false
	}
	key, projection := s.Schema.Primary(), s.Meta.Projection
	return key == nil || projection == nil || !slices.Contains(projection.LeftOut, key.Name)
}

// Open opens a data set: a folder with or without meta.json, of this tool, of
// the Python tool or of pymilvus's BulkWriter, or a single file. Files that
// cannot be read are findings, so that all of them are told at once; Err makes
// one error of them.
func Open(ctx context.Context, path string, o OpenOptions) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, core.Errorf(core.InvalidConfig, "open %s: %w", path, err).
			WithHint("give the folder or the file of a data set")
	}
	s := &Set{Path: path}
	if info.IsDir() {
		err = s.openFolder(path)
	} else {
		err = s.openFile(path, info)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.look(f)
	}
	return s, s.chooseSchema(o)
}

// Err joins what makes the set unusable as a whole: files that cannot be read.
func (s *Set) Err() error {
	var all []error
	for _, f := range s.Findings {
		if f.Severity == Error {
			all = append(all, core.Errorf(core.InvalidData, "%s", f).WithHint("%s", f.Hint))
		}
	}
	return errors.Join(all...)
}

// Count is the number of rows, -1 where only reading the files tells.
func (s *Set) Count() int64 {
	var rows int64
	for _, f := range s.Files {
		if f.Rows < 0 {
			return -1
		}
		rows += f.Rows
	}
	return rows
}

// Bytes is the size of all files.
func (s *Set) Bytes() int64 {
	var n int64
	for _, f := range s.Files {
		n += f.Bytes
	}
	return n
}

func (s *Set) find(f Finding) { s.Findings = append(s.Findings, f) }

func (s *Set) openFile(path string, info fs.FileInfo) error {
	name := filepath.Base(path)
	format := FormatOf(name)
	if format == "" {
		return core.Errorf(core.InvalidConfig, "%s is no data file", path).
			WithHint("data files end in .parquet, .json, .jsonl or .ndjson")
	}
	s.Files = []*DataFile{{Name: name, Path: path, Format: format, Bytes: info.Size(), Rows: -1}}
	meta, err := ReadMeta(filepath.Dir(path))
	if err == nil && meta.lists(name) {
		s.Meta = meta
	}
	return nil
}

func (m *Meta) lists(name string) bool {
	for _, listed := range m.listed() {
		if listed == name {
			return true
		}
	}
	return false
}

// listed are the names of the data files that meta.json tells of.
func (m *Meta) listed() []string {
	if len(m.Files) == 0 {
		return m.Generation.DataFiles
	}
	names := make([]string, len(m.Files))
	for i, f := range m.Files {
		names[i] = f.Path
	}
	return names
}

// FormatOf tells the format by a file's name, as Milvus does; "" where it is
// no data file.
func FormatOf(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".parquet":
		return "parquet"
	case ".json", ".jsonl", ".ndjson":
		return "json"
	}
	return ""
}

// look opens the file once and notes what there is to know without reading
// its rows.
func (s *Set) look(f *DataFile) {
	var wrong *Finding
	switch {
	case f.Bytes == 0:
		wrong = broken(RuleEmptyFile, "remove the file or write it anew", "the file has zero bytes")
	case f.Format == "parquet":
		wrong = f.lookParquet()
	default:
		wrong = s.lookJSON(f)
	}
	if wrong != nil {
		wrong.File = f.Name
		f.Err = core.Errorf(core.InvalidData, "%s", wrong).WithHint("%s", wrong.Hint)
		s.find(*wrong)
	}
}

// broken is the finding that a file cannot be read.
func broken(rule, hint, format string, args ...any) *Finding {
	return &Finding{Rule: rule, Severity: Error, Row: core.NoRow, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (s *Set) chooseSchema(o OpenOptions) error {
	switch {
	case o.Schema != nil:
		s.Schema, s.SchemaFrom = o.Schema, "the schema that was given"
		return nil
	case s.Meta != nil:
		s.Schema, s.SchemaFrom = s.Meta.Schema, MetaName
		return schema.Check(s.Schema, schema.Version{}).Err()
	}
	for _, f := range s.Files {
		if f.Err != nil || f.Rows == 0 {
			continue
		}
		c, _, err := infer.File(f.Path)
		if err != nil {
			return fmt.Errorf("%s has no %s: %w", s.Path, MetaName, err)
		}
		s.Schema, s.SchemaFrom, s.Inferred = c, "a guess from "+f.Name, true
		return nil
	}
	return errors.Join(s.Err(), core.Errorf(core.InvalidData, "%s: no file from which the schema could be told", s.Path).
		WithHint("give the schema with --schema FILE"))
}

// IsFile tells whether a single file was opened, not a folder.
func (s *Set) IsFile() bool {
	return len(s.Files) == 1 && s.Files[0].Path == s.Path
}
