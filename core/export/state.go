package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// state is what a resumed export needs. It is replaced whole after each file.
type state struct {
	dataset.Source
	Schema *schema.Collection `json:"schema"`
	Format string             `json:"format"`
	// Before is the number of rows when the export began.
	Before int64  `json:"rows_before"`
	Parts  []part `json:"parts"`
	// Complete tells that all rows are in the files.
	Complete bool `json:"complete"`
}

// part is a file that is done.
type part struct {
	Path     string        `json:"path"`
	Rows     int64         `json:"rows"`
	Last     string        `json:"last_key"`
	Artifact core.Artifact `json:"artifact"`
}

// after is the key behind which the next file begins.
func (p *part) after(key *schema.Field) any {
	if !key.Type.IsInteger() {
		return p.Last
	}
	n, err := strconv.ParseInt(p.Last, 10, 64)
	if err != nil {
		panic(err) // load has looked at it
	}
	return n
}

func source(c *collection.Collection, timestamp uint64) dataset.Source {
	return dataset.Source{
		Server: c.Server.Address, Database: c.Server.Database(), Collection: c.Name, Timestamp: timestamp, Consistency: c.Consistency(),
	}
}

func (s *state) rows() int64 {
	var n int64
	for _, p := range s.Parts {
		n += p.Rows
	}
	return n
}

func (s *state) save(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state of the export: %w", err)
	}
	file := dataset.StateFile(dir, dataset.ExportState)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := whole.Write(file, data); err != nil {
		return fmt.Errorf("keep the state of the export: %w", err)
	}
	return nil
}

// takeUp reads the state of an export of the same collection, and keeps the
// files that are as they were noted.
func (e *export) takeUp(ctx context.Context) error {
	file := dataset.StateFile(e.Dir, dataset.ExportState)
	data, err := os.ReadFile(file)
	if err != nil {
		return core.Errorf(core.Conflict, "%s: what is unfinished there is no export", e.Dir).WithHint("name another folder, or replace it with --force")
	}
	if err = json.Unmarshal(data, &e.state); err == nil {
		err = e.state.sane()
	}
	if err != nil {
		return core.Errorf(core.InvalidData, "%s: %w", file, err).WithHint("start anew with --force")
	}
	now := source(e.collection, e.state.Timestamp)
	if now != e.state.Source || e.Format != e.state.Format || !e.state.Schema.Equal(e.schema) {
		return core.Errorf(core.Conflict, "%s: the unfinished export is of %s at %s as %s, or the collection has another schema now",
			e.Dir, e.state.Collection, e.state.Server, e.state.Format).WithHint("start anew with --force")
	}
	if err := e.unflatten(); err != nil {
		return err
	}
	for i, p := range e.state.Parts {
		sum, err := dataset.SHA256(ctx, filepath.Join(e.Dir, filepath.FromSlash(p.Path)))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || p.Artifact.SHA256 != "" && sum != p.Artifact.SHA256 {
			// Files behind one that is missing are made again, too.
			e.state.Parts, e.state.Complete = e.state.Parts[:i], false
			break
		}
	}
	return e.sweep()
}

// sane says what a state that was read from a file must not tell.
func (s *state) sane() error {
	if s.Schema == nil || s.Schema.Primary() == nil {
		return errors.New("no schema with a key in it")
	}
	for _, p := range s.Parts {
		if !filepath.IsLocal(filepath.FromSlash(p.Path)) {
			return fmt.Errorf("the file %q lies elsewhere", p.Path)
		}
		if _, err := strconv.ParseInt(p.Last, 10, 64); err != nil && s.Schema.Primary().Type.IsInteger() {
			return fmt.Errorf("the key %q is no number", p.Last)
		}
	}
	return nil
}

// sweep removes what a killed run was writing, and files that do not count.
func (e *export) sweep() error {
	folder := filepath.Join(e.Dir, "data."+e.Format)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	for _, entry := range entries {
		known := slices.ContainsFunc(e.state.Parts, func(p part) bool { return filepath.Base(p.Path) == entry.Name() })
		if known || entry.IsDir() {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// finish writes meta.json. One file alone lies as data.FORMAT, as that of
// other data sets.
func (e *export) finish() (*dataset.Meta, error) {
	if err := e.flatten(); err != nil {
		return nil, err
	}
	s := &e.state
	meta := &dataset.Meta{Schema: s.Schema, Version: e.Version, Source: &s.Source}
	meta.Generation = dataset.Generation{TotalRows: s.rows(), Format: s.Format, FileCount: len(s.Parts)}
	at := map[string]int{}
	for _, f := range s.Schema.Arrow().Fields() {
		at[f.Name] = len(meta.Columns)
		meta.Columns = append(meta.Columns, dataset.Column{Name: f.Name, Generator: "export"})
	}
	var first int64
	for _, p := range s.Parts {
		meta.Files = append(meta.Files, dataset.File{Path: p.Path, Rows: p.Rows, Bytes: p.Artifact.Bytes, SHA256: p.Artifact.SHA256, FirstRow: first})
		meta.Generation.DataFiles = append(meta.Generation.DataFiles, p.Path)
		first += p.Rows
		for _, c := range p.Artifact.Columns {
			if i, ok := at[c.Name]; ok {
				meta.Columns[i].Nulls += c.Nulls
				meta.Columns[i].Bytes += c.Bytes
			}
		}
	}
	if err := dataset.WriteMeta(e.Dir, meta); err != nil {
		return nil, err
	}
	return meta, os.RemoveAll(filepath.Dir(dataset.StateFile(e.Dir, dataset.ExportState)))
}

// flatten moves the only file up. What a kill between its steps leaves is for
// unflatten.
func (e *export) flatten() error {
	if len(e.state.Parts) != 1 || filepath.Dir(e.state.Parts[0].Path) == "." {
		return nil
	}
	p := &e.state.Parts[0]
	folder := filepath.Join(e.Dir, "data."+e.Format)
	aside := filepath.Join(filepath.Dir(dataset.StateFile(e.Dir, dataset.ExportState)), "only."+e.Format)
	if err := os.Rename(filepath.Join(e.Dir, filepath.FromSlash(p.Path)), aside); err != nil {
		return err
	}
	if err := os.Remove(folder); err != nil {
		return err
	}
	p.Path = "data." + e.Format
	return os.Rename(aside, folder)
}

// unflatten makes the folder of the files anew where flatten had removed it.
// The file that was in it is made again.
func (e *export) unflatten() error {
	folder := filepath.Join(e.Dir, "data."+e.Format)
	if info, err := os.Lstat(folder); err == nil && info.Mode().IsRegular() {
		if err := os.Remove(folder); err != nil {
			return err
		}
	}
	return os.MkdirAll(folder, 0o755)
}
