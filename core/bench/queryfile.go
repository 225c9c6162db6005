package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// fileQueries reads vectors from a file: NPY, a JSON array of arrays, or a
// data set that has the field.
func fileQueries(ctx context.Context, path string, f *schema.Field, n int) (arrow.Array, error) {
	var vectors [][]float32
	var err error
	switch head := headOf(path); {
	case strings.EqualFold(filepath.Ext(path), ".npy"):
		vectors, err = readNPY(path)
	case bytes.HasPrefix(head, []byte("[[")):
		err = readJSON(path, &vectors)
	default:
		return setQueries(ctx, path, f, n)
	}
	switch {
	case err != nil:
		return nil, err
	case len(vectors) == 0:
		return nil, core.Errorf(core.InvalidData, "%s holds no queries", path)
	}
	a, err := build(f, vectors[:min(n, len(vectors))])
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%s: %w", path, err)
	}
	return a, nil
}

// fileTexts reads texts: a JSON array of texts, lines of a .txt file, or a
// data set that has the field.
func fileTexts(ctx context.Context, path, field string, n int) (arrow.Array, error) {
	var texts []string
	switch {
	case strings.EqualFold(filepath.Ext(path), ".txt"):
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, badFile(path, err)
		}
		texts = strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' || r == '\r' })
	case bytes.HasPrefix(headOf(path), []byte(`["`)):
		if err := readJSON(path, &texts); err != nil {
			return nil, err
		}
	default:
		return setQueries(ctx, path, &schema.Field{Name: field, Type: schema.VarChar}, n)
	}
	if len(texts) == 0 {
		return nil, core.Errorf(core.InvalidData, "%s holds no queries", path)
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(texts[:min(n, len(texts))], nil)
	return b.NewArray(), nil
}

// headOf is how a file begins, without space between; nil where it cannot be
// read, which whoever reads it in whole will tell.
func headOf(path string) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	head := make([]byte, 256)
	n, _ := file.Read(head)
	_ = file.Close()
	return bytes.Join(bytes.Fields(head[:n]), nil)
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return badFile(path, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return core.Errorf(core.InvalidData, "%s: %w", path, err)
	}
	return nil
}

func badFile(path string, err error) error {
	return core.Errorf(core.InvalidConfig, "queries: %w", err).
		WithHint("give rows, planted, random, or a file: %s is none that can be read", path)
}

// setQueries reads the field from a data set, from its beginning.
func setQueries(ctx context.Context, path string, f *schema.Field, n int) (arrow.Array, error) {
	set, err := dataset.Open(ctx, path, dataset.OpenOptions{})
	if err != nil {
		return nil, badFile(path, err)
	}
	has := set.Schema.Field(f.Name)
	if has == nil {
		return nil, core.Errorf(core.InvalidData, "%s has no such field", path).WithField(f.Name)
	}
	// What a guess from the values cannot tell, the collection knows.
	has.Type, has.Dim = f.Type, f.Dim
	q := &querier{set: set, spec: Queries{Count: n}}
	return q.first(ctx, f.Name)
}

// first takes the first values of a field that are not null.
func (q *querier) first(ctx context.Context, field string) (arrow.Array, error) {
	var all []arrow.Array
	left := &picker{first: q.spec.Count}
	for b, err := range q.set.Rows(ctx, dataset.ReadOptions{Fields: []string{field}}) {
		if err != nil {
			return nil, err
		}
		picked, err := left.from(b.Column(0), 0)
		all = append(all, picked...)
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, core.Errorf(core.InvalidData, "%s holds no queries", q.set.Path).WithField(field)
	}
	return array.Concatenate(all, memory.DefaultAllocator)
}

func readNPY(path string) ([][]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, badFile(path, err)
	}
	vectors, err := parseNPY(data)
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%s: %w", path, err).
			WithHint("save it as numpy.save(path, a.astype('float32')), one row a query")
	}
	return vectors, nil
}

// parseNPY reads an array of two dimensions of numpy's own format.
func parseNPY(data []byte) ([][]float32, error) {
	const magic, most = "\x93NUMPY", 1 << 40
	if len(data) < 12 || string(data[:6]) != magic {
		return nil, errors.New("it is no NPY file")
	}
	begin, n := 10, int(binary.LittleEndian.Uint16(data[8:]))
	if data[6] > 1 {
		begin, n = 12, int(binary.LittleEndian.Uint32(data[8:]))
	}
	if n > len(data)-begin {
		return nil, errors.New("it is cut short")
	}
	header := string(data[begin : begin+n])
	data = data[begin+n:]
	facts := regexp.MustCompile(`'descr': *'<f([48])'.*'fortran_order': *False.*'shape': *\((\d+), *(\d+)\)`).FindStringSubmatch(header)
	if facts == nil {
		return nil, errors.New("it holds no rows of float32 or float64 values")
	}
	size := int(facts[1][0] - '0')
	rows, err := strconv.ParseInt(facts[2], 10, 64)
	dim, err2 := strconv.ParseInt(facts[3], 10, 64)
	if err != nil || err2 != nil || rows > most || dim > 1<<20 || dim == 0 || rows*dim*int64(size) > int64(len(data)) {
		return nil, errors.New("it is cut short")
	}
	vectors := make([][]float32, rows)
	for i := range vectors {
		vectors[i] = make([]float32, dim)
		for at := range vectors[i] {
			if size == 4 {
				vectors[i][at] = math.Float32frombits(binary.LittleEndian.Uint32(data))
			} else {
				vectors[i][at] = float32(math.Float64frombits(binary.LittleEndian.Uint64(data)))
			}
			data = data[size:]
		}
	}
	return vectors, nil
}
