package dataset

import (
	"fmt"
	"path"

	"github.com/zilliz/milvus-ingest/core"
)

// Part is one data file of a run: which rows it holds and where it lies.
type Part struct {
	Index int
	Rows  core.Rows
	// Path is relative to the data set's folder, with slashes.
	Path string
}

// Parts cuts rows into files of at most perFile rows; 0 means one file. One
// file is data.FORMAT; several lie in a folder of that name, as Spark and Dask
// lay out a data set, so that readers take one or many by the same name.
func Parts(format string, rows core.Rows, perFile int) []Part {
	name := "data." + format
	if perFile <= 0 || perFile >= rows.N {
		return []Part{{Rows: rows, Path: name}}
	}
	count := (rows.N + perFile - 1) / perFile
	parts := make([]Part, count)
	for i := range parts {
		start := i * perFile
		parts[i] = Part{
			Index: i,
			Rows:  core.Rows{Start: rows.Start + int64(start), N: min(perFile, rows.N-start)},
			Path:  path.Join(name, fmt.Sprintf("part-%05d.%s", i, format)),
		}
	}
	return parts
}
