package dataset

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/zilliz/milvus-ingest/core"
)

// State is what a folder holds.
type State int

// The states of a folder.
const (
	Empty      State = iota // no data set of ours
	Unfinished              // a run that was begun and not finished
	Whole                   // a data set with its meta.json
	Foreign                 // data files without a meta.json of ours
)

// ExportState is the file of an unfinished export (see StateFile).
const ExportState = "export.json"

// StateFile is where an unfinished run keeps a file of its own. The folder
// goes with Remove, and with the end of the run.
func StateFile(dir, name string) string { return filepath.Join(dir, stateName, name) }

// Look says what dir holds; a folder that does not exist is Empty.
func Look(dir string) (State, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Empty, nil
	case errors.Is(err, syscall.ENOTDIR):
		return Empty, core.Errorf(core.Conflict, "%s cannot be made: a folder above it is a file", dir).WithHint("choose another --out")
	case err != nil:
		return Empty, err
	case !info.IsDir():
		return Empty, core.Errorf(core.Conflict, "%s is a file, not a folder", dir).WithHint("choose another --out")
	}
	for _, look := range []struct {
		name  string
		state State
	}{
		{filepath.Join(stateName, "plan.json"), Unfinished},
		{filepath.Join(stateName, ExportState), Unfinished},
		{MetaName, Whole},
		{"data.parquet", Foreign},
		{"data.json", Foreign},
	} {
		if _, err := os.Lstat(filepath.Join(dir, look.name)); err == nil {
			return look.state, nil
		}
	}
	return Empty, nil
}

// Remove takes a data set or an unfinished run out of dir and leaves all other
// files alone. meta.json goes first: what is left of a broken Remove is no
// data set.
func Remove(dir string) error {
	formats := append([]string{"parquet", "json"}, formatsIn(dir)...)
	if err := ignoreMissing(os.Remove(filepath.Join(dir, MetaName))); err != nil {
		return err
	}
	for _, format := range formats {
		if err := removeData(dir, format); err != nil {
			return err
		}
	}
	return os.RemoveAll(filepath.Join(dir, stateName))
}

// removeData removes data.FORMAT, or the parts in the folder of that name.
func removeData(dir, format string) error {
	data := filepath.Join(dir, "data."+format)
	leftovers, err := filepath.Glob(filepath.Join(escape(dir), ".data."+format+".tmp-*"))
	if err != nil {
		return err
	}
	info, err := os.Lstat(data)
	if err == nil && info.IsDir() {
		names, err := os.ReadDir(data)
		if err != nil {
			return err
		}
		for _, name := range names {
			if strings.HasPrefix(strings.TrimPrefix(name.Name(), "."), "part-") && strings.Contains(name.Name(), "."+format) {
				leftovers = append(leftovers, filepath.Join(data, name.Name()))
			}
		}
	}
	for _, path := range append(leftovers, data) {
		if err := ignoreMissing(os.Remove(path)); err != nil {
			return err
		}
	}
	return nil
}

// formatsIn are the formats that what is in dir tells of: files of a sink that
// is not built in are data.SINK.
func formatsIn(dir string) []string {
	var formats []string
	if meta, err := ReadMeta(dir); err == nil {
		formats = append(formats, meta.Generation.Format)
	}
	var plan Plan
	if data, err := os.ReadFile(filepath.Join(dir, stateName, "plan.json")); err == nil && json.Unmarshal(data, &plan) == nil {
		formats = append(formats, plan.Format)
	}
	// What a file says must not lead out of the folder.
	return slices.DeleteFunc(formats, func(format string) bool { return !isFormat(format) })
}

// isFormat tells whether a format is one that names files in the folder.
func isFormat(format string) bool {
	return format != "" && !strings.ContainsAny(format, `/\`) && filepath.IsLocal("data."+format)
}
