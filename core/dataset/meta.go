// Package dataset is a data set on disk: where its files lie, what meta.json
// says of them, what an unfinished run left, and a streaming reader of the
// rows.
package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// MetaName is the file that describes a data set. It is written last: a
// folder without it is unfinished, or not ours.
const MetaName = "meta.json"

// Meta is the content of meta.json. It depends on the request alone, never on
// the clock or the machine, so that two runs of a seed can be compared whole.
type Meta struct {
	Schema     *schema.Collection `json:"schema"`
	Generation Generation         `json:"generation_info"`
	Seed       uint64             `json:"seed"`
	// Version is that of the program that made the data set.
	Version string `json:"version"`
	// Columns says how the values of each column were made.
	Columns []Column `json:"columns"`
	Files   []File   `json:"files"`
	// Hooks says which hooks of the user's took part, and what they accepted;
	// nil where there were none.
	Hooks *Hooks `json:"hooks,omitempty"`
	// Plugins are those that made columns, or stored them.
	Plugins []Plugin `json:"plugins,omitempty"`
	// Projection says what an upload left out; nil where all is there.
	Projection *Projected `json:"projection,omitempty"`
	// Source is the collection that the rows were read from; nil where they
	// were made.
	Source *Source `json:"source,omitempty"`
}

// Source is a live collection that was exported.
type Source struct {
	Server     string `json:"server"`
	Database   string `json:"database,omitempty"`
	Collection string `json:"collection"`
	// Timestamp is that of Milvus up to which rows were read; 0 where the
	// server has none.
	Timestamp uint64 `json:"timestamp,omitempty"`
	// Consistency is the collection's level by name, which no schema holds.
	Consistency string `json:"consistency_level,omitempty"`
}

// Plugin says which plugin took part, and which files it was made of.
type Plugin struct {
	Name    string       `json:"name"`
	Kind    string       `json:"kind"`
	Version string       `json:"version,omitempty"`
	SHA256  string       `json:"sha256"`
	Files   []PluginFile `json:"files,omitempty"`
}

// PluginFile is a further file of a plugin.
type PluginFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// HookFile says which hooks take part, and what happens to rows that they do
// not accept.
type HookFile struct {
	File string `json:"file"`
	// SHA256 is that of the hooks with all that they import.
	SHA256     string   `json:"sha256"`
	Fields     []string `json:"fields,omitempty"`
	Validate   bool     `json:"validate"`
	OnInvalid  string   `json:"on_invalid,omitempty"`
	MaxInvalid int64    `json:"max_invalid,omitempty"`
}

// Hooks is what hooks did to a data set.
type Hooks struct {
	HookFile
	core.Verdicts
	// Share is that of the rows which were not accepted.
	Share float64 `json:"invalid_share"`
}

// Generation says what was asked for, in the words of earlier tools.
type Generation struct {
	TotalRows int64    `json:"total_rows"` // that were written
	FirstRow  int64    `json:"first_row"`
	Format    string   `json:"format"`
	Seed      uint64   `json:"seed"`
	DataFiles []string `json:"data_files"`
	FileCount int      `json:"file_count"`
}

// Column says how a column was made and what it took.
type Column struct {
	Name      string          `json:"name"`
	Generator string          `json:"generator"`
	Params    json.RawMessage `json:"params,omitempty"`
	Uses      []string        `json:"uses,omitempty"`
	Nulls     int64           `json:"nulls"`
	Bytes     int64           `json:"bytes"`
}

// File is one data file.
type File struct {
	// Path is relative to the data set's folder, with slashes.
	Path     string `json:"path"`
	Rows     int64  `json:"rows"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	FirstRow int64  `json:"first_row"`
}

// ReadMeta reads the meta.json of a data set. Where there is none the error is
// fs.ErrNotExist.
func ReadMeta(dir string) (*Meta, error) {
	path := filepath.Join(dir, MetaName)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var meta Meta
	if err := json.Unmarshal(data, &meta); err != nil {
		return nil, core.Errorf(core.InvalidData, "%s: %w", path, err).
			WithHint("make the data set anew with generate --force, or check its files with --schema")
	}
	if meta.Schema == nil {
		return nil, core.Errorf(core.InvalidData, "%s: no schema in it", path).
			WithHint("give the schema with --schema FILE")
	}
	return &meta, nil
}

// WriteMeta writes meta.json, whole or not at all.
func WriteMeta(dir string, meta *Meta) error {
	return writeJSON(filepath.Join(dir, MetaName), meta)
}

// writeJSON replaces a file by a JSON document, whole or not at all.
func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	if err := whole.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
