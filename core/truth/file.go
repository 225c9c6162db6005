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

// About says what an answer is of. An answer serves another search only where
// both say the same.
type About struct {
	// Rows is the number of rows of the data, -1 where nobody has counted those
	// that are wanted; SHA256 is that of its files, or
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

// Truth is an answer, and what it is of.
type Truth struct {
	About  About  `json:"about"`
	Answer Answer `json:"answer"`
}

// File are truths that are kept for later: one for each filter.
type File struct {
	Format int     `json:"format"`
	Truths []Truth `json:"truths"`
}

// Write stores truths, whole or not at all.
func Write(path string, truths []Truth) error {
	data, err := json.Marshal(File{format, truths})
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return whole.Write(path, append(data, '\n'))
}

// ReadFile reads stored truths. Where there is none the error is
// fs.ErrNotExist.
func ReadFile(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(data)
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%s is no ground truth: %w", path, err).WithHint(removeIt)
	}
	return f, nil
}

const removeIt = "remove the file; the truth is then computed anew"

func parse(data []byte) (*File, error) {
	var f File
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if f.Format != format {
		return nil, fmt.Errorf("its format is %d, this program reads %d", f.Format, format)
	}
	for _, t := range f.Truths {
		if t.Answer.K < 1 {
			return nil, errors.New("a truth has no rows")
		}
		for i, n := range t.Answer.Neighbors {
			if len(n.Keys) != len(n.Scores) {
				return nil, fmt.Errorf("query %d has %d keys and %d scores", i, len(n.Keys), len(n.Scores))
			}
		}
	}
	return &f, nil
}

// Find gives the truth of a search that needs k rows for each query; nil where
// there is none for its filter. One that is of other rows, queries or
// distances is an error that tells all that differs.
func (f *File) Find(want About, k int) (*Answer, error) {
	for i := range f.Truths {
		if t := &f.Truths[i]; t.About.Filter == want.Filter {
			return &t.Answer, t.fits(want, k)
		}
	}
	return nil, nil
}

func (t *Truth) fits(want About, k int) error {
	var all []error
	wrong := func(format string, args ...any) { all = append(all, core.Errorf(core.InvalidData, format, args...)) }
	has := t.About
	switch {
	case want.Rows >= 0 && has.Rows != want.Rows:
		wrong("the ground truth is of %d rows, there are %d", has.Rows, want.Rows)
	case has.SHA256 != want.SHA256:
		wrong("the rows changed since the ground truth was computed")
	}
	for _, c := range []struct{ what, has, want string }{
		{"collection", has.Collection, want.Collection}, {"field", has.Field, want.Field}, {"metric", has.Metric, want.Metric},
	} {
		if c.has != c.want {
			wrong("the ground truth is of %s %q, not %q", c.what, c.has, c.want)
		}
	}
	if has.Queries != want.Queries {
		wrong("the ground truth is of other queries")
	}
	if t.Answer.K < k {
		wrong("the ground truth holds %d rows a query, %d are needed", t.Answer.K, k)
	}
	if len(all) == 0 {
		return nil
	}
	return core.Errorf(core.InvalidData, "%w", errors.Join(all...)).WithHint(removeIt)
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
