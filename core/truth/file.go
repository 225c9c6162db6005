package truth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// format is that of the file; it rises when its content changes its meaning.
const format = 1

// About says what an answer is of. An answer may be used for another search
// only where both say the same.
type About struct {
	// Rows is the number of rows of the data; SHA256 is that of its files, or
	// "" for the rows of a live collection.
	Rows       int64  `json:"rows"`
	SHA256     string `json:"data_sha256,omitempty"`
	Collection string `json:"collection,omitempty"`
	Field      string `json:"field"`
	Metric     string `json:"metric"`
	Filter     string `json:"filter,omitempty"`
	// Queries is the SHA-256 of the queries.
	Queries string `json:"queries_sha256"`
}

// File is an answer that is kept for later.
type File struct {
	Format int    `json:"format"`
	About  About  `json:"about"`
	Answer Answer `json:"answer"`
}

// Write stores an answer, whole or not at all.
func Write(path string, about About, a *Answer) error {
	data, err := json.Marshal(File{format, about, *a})
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return whole.Write(path, append(data, '\n'))
}

// ReadFile reads a stored answer. Where there is none the error is
// fs.ErrNotExist.
func ReadFile(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(data)
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%s is no ground truth: %w", path, err).WithHint("remove it; it is then computed anew")
	}
	return f, nil
}

func parse(data []byte) (*File, error) {
	var f File
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if f.Format != format {
		return nil, fmt.Errorf("its format is %d, this program reads %d", f.Format, format)
	}
	if f.Answer.K < 1 {
		return nil, errors.New("it has no rows")
	}
	for i, n := range f.Answer.Neighbors {
		if len(n.Keys) != len(n.Scores) {
			return nil, fmt.Errorf("query %d has %d keys and %d scores", i, len(n.Keys), len(n.Scores))
		}
	}
	return &f, nil
}

// Fits tells all reasons for which the answer is not that of a search, which
// needs the given number of rows for each query.
func (f *File) Fits(want About, k int) error {
	var all []error
	differ := func(what string, has, want any) {
		if has != want {
			all = append(all, core.Errorf(core.InvalidData, "the ground truth is of other %s: %v, not %v", what, has, want))
		}
	}
	has := f.About
	if has.Rows != want.Rows {
		differ("rows", fmt.Sprint(has.Rows, " rows"), want.Rows)
	} else if has.SHA256 != want.SHA256 {
		all = append(all, core.Errorf(core.InvalidData, "the rows changed since the ground truth was computed"))
	}
	differ("rows: of collection", has.Collection, want.Collection)
	differ("vectors: of field", has.Field, want.Field)
	differ("distances: by metric", has.Metric, want.Metric)
	differ("rows: those of filter", has.Filter, want.Filter)
	if has.Queries != want.Queries {
		all = append(all, core.Errorf(core.InvalidData, "the ground truth is of other queries"))
	}
	if f.Answer.K < k {
		all = append(all, core.Errorf(core.InvalidData, "the ground truth holds %d rows a query, %d are needed", f.Answer.K, k))
	}
	if len(all) == 0 {
		return nil
	}
	return core.Errorf(core.InvalidData, "%w", errors.Join(all...)).WithHint("remove the file; the truth is then computed anew")
}

// OfFiles is the SHA-256 of the files of a data set, by content.
func OfFiles(ctx context.Context, set *dataset.Set) (string, error) {
	sum := sha256.New()
	for _, f := range set.Files {
		content, err := dataset.SHA256(ctx, f.Path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %q\n", content, f.Name)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// OfQueries is the SHA-256 of queries, by value.
func OfQueries(queries arrow.Array) (string, error) {
	sum := sha256.New()
	s := arrow.NewSchema([]arrow.Field{{Name: "queries", Type: queries.DataType()}}, nil)
	w := ipc.NewWriter(sum, ipc.WithSchema(s))
	r := array.NewRecord(s, []arrow.Array{queries}, int64(queries.Len()))
	defer r.Release()
	if err := errors.Join(w.Write(r), w.Close()); err != nil {
		return "", fmt.Errorf("hash the queries: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
