// Package infer guesses the schema of a data file that exists: Parquet, JSON,
// CSV or NPY. It reads a sample from the beginning of the file, never the whole
// of it, and says what it is unsure of.
package infer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const (
	// sampleRows is how many rows are looked at.
	sampleRows = 1000
	// sampleBytes bounds how much of a text file is read for them.
	sampleBytes = 32 << 20
	// maxColumns is more than any collection has.
	maxColumns = 1000
)

// File guesses the schema of a file. The notes say what was guessed from what,
// and what the user should look at. The schema passes schema.Check.
func File(path string) (_ *schema.Collection, _ []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, nil, core.Errorf(core.InvalidConfig, "open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s, err := sampleOf(f, path)
	if err != nil {
		return nil, nil, fmt.Errorf("infer a schema from %s: %w", path, err)
	}
	c, err := s.collection(path)
	if err != nil {
		return nil, nil, fmt.Errorf("infer a schema from %s: %w", path, err)
	}
	return c, s.notes, nil
}

// sample is what was seen of a file.
type sample struct {
	columns []*column
	rows    int
	// whole tells whether the rows are all of the file.
	whole bool
	notes []string
	// once lists the formats of noteOnce that were used.
	once []string
}

// column is one column of a file.
type column struct {
	name string
	stats
	// fixed is the type that the file itself names, or "".
	fixed schema.Type
	// dim is the dim that the file itself names, or 0.
	dim int
	// element is the type of an array's elements that the file names, or "".
	element schema.Type
	// bytes tells that the file holds bytes: whatever they mean, they are no
	// numbers.
	bytes bool
	// cells tells that the values were text whose kind was guessed.
	cells bool
	// skip says why the column cannot be a field, or is "".
	skip string
}

func (s *sample) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// noteOnce notes what may be the case a thousand times.
func (s *sample) noteOnce(format string, args ...any) {
	if !slices.Contains(s.once, format) {
		s.once = append(s.once, format)
		s.note(format, args...)
	}
}

// column finds a column; nil where there is none of that name.
func (s *sample) column(name string) *column {
	for _, c := range s.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

// add adds a column.
func (s *sample) add(name string) (*column, error) {
	if len(s.columns) == maxColumns {
		return nil, core.Errorf(core.InvalidData, "it has more than %d columns", maxColumns)
	}
	c := &column{name: name, stats: stats{distinct: map[string]int{}}}
	s.columns = append(s.columns, c)
	return c, nil
}

func sampleOf(f *os.File, path string) (*sample, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, core.Errorf(core.InvalidConfig, "it is a folder").WithHint("give one data file of the folder")
	}
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch formatOf(path, head[:n]) {
	case "parquet":
		return fromParquet(path)
	case "npy":
		return fromNPY(f, fieldName(stem(path)))
	case "json":
		return fromJSON(f)
	case "csv":
		return fromCSV(f)
	default:
		return nil, core.Errorf(core.InvalidConfig, "it is no Parquet, JSON, CSV or NPY file").
			WithHint("archives such as .npz, .zip and .gz must be unpacked first")
	}
}

// formatOf tells the format by the file's first bytes and, for text, by the
// name's ending.
func formatOf(path string, head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "parquet"
	case bytes.HasPrefix(head, []byte(npyMagic)):
		return "npy"
	case bytes.IndexByte(head, 0) >= 0 || bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return ""
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".jsonl", ".ndjson":
		return "json"
	case ".csv", ".tsv":
		return "csv"
	case ".parquet", ".npy", ".yaml", ".yml":
		return "" // the name says so, the content does not; or it is no data at all
	}
	if text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte(bom))); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return "json"
	}
	return "csv"
}

// bom is the byte order mark that some programs put before UTF-8 text.
const bom = "\xef\xbb\xbf"

func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
