package parquet

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// readers compares what pyarrow, pandas and DuckDB read with what was written.
const readers = `
import json, sys
import duckdb, pandas, pyarrow, pyarrow.parquet as pq
wrong = []
def plain(v):
    if v is None or isinstance(v, (bool, int, str)): return v
    if isinstance(v, float): return None if v != v else v
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    return [plain(x) for x in v]
def read(path, want):
    def compare(reader, name, got):
        got = plain(got)
        for i, (g, w) in enumerate(zip(got, want[name])):
            if g != w:
                wrong.append("%s: %s reads %s of row %d as %r, not %r" % (path, reader, name, i, g, w)); break
        if len(got) != len(want[name]): wrong.append("%s: %s reads %d rows of %s" % (path, reader, len(got), name))
    f = pq.ParquetFile(path)
    if f.schema_arrow.metadata: wrong.append("%s: schema metadata: %s" % (path, f.schema_arrow.metadata))
    table = f.read()
    table.validate(full=True)
    if table.column_names != list(want): wrong.append("%s: columns %s" % (path, table.column_names))
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    rows = duckdb.sql("select * from read_parquet('%s')" % path).fetchall()
    for i, name in enumerate(want):
        compare("pyarrow", name, table[name].to_pylist())
        compare("pandas", name, pyarrow.array(frame[name]).to_pylist())
        compare("duckdb", name, [r[i] for r in rows])
        statistics(path, f, i, name, want[name])
def statistics(path, f, i, name, want):
    at = 0
    for g in range(f.num_row_groups):
        group = f.metadata.row_group(g)
        values = [v for v in want[at:at + group.num_rows] if v is not None]
        nulls = group.num_rows - len(values)
        at += group.num_rows
        for c in range(group.num_columns):
            column = group.column(c)
            s = column.statistics
            if column.path_in_schema != name or s is None: continue
            if s.has_null_count and s.null_count != nulls: wrong.append("%s: %s has %d nulls, not %d" % (path, name, s.null_count, nulls))
            if s.has_min_max and not isinstance(values[0], str) and (s.min, s.max) != (min(values), max(values)):
                wrong.append("%s: %s lies between %r and %r, not %r and %r" % (path, name, s.min, s.max, min(values), max(values)))
for path in sys.argv[1:]:
    read(path, json.load(open(path + ".expected")))
print("\n".join(wrong[:20]))
`

// readBack reads files with the readers of Python and compares what they read
// with what stands beside each (see expect).
func readBack(t *testing.T, paths ...string) {
	t.Helper()
	python := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if python == "" {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with pandas, pyarrow and duckdb")
	}
	out, err := exec.Command(python, append([]string{"-c", readers}, paths...)...).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// expect notes beside a file what it should hold.
func expect(t *testing.T, path string, batches []arrow.Record) {
	t.Helper()
	var wanted bytes.Buffer
	wanted.WriteString("{")
	for i, f := range batches[0].Schema().Fields() {
		values := []any{}
		for _, batch := range batches {
			for row := range int(batch.NumRows()) {
				values = append(values, plain(f, batch.Column(i), row))
			}
		}
		raw, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			wanted.WriteString(",")
		}
		wanted.WriteString(strconv.Quote(f.Name) + ":")
		wanted.Write(raw)
	}
	wanted.WriteString("}")
	if err := os.WriteFile(path+".expected", wanted.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// plain is a value of a batch as the file should give it, in types of Go.
func plain(f arrow.Field, a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	if typeOf(f) == schema.Sparse {
		return plainSparse(a.(*array.List), i)
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int8:
		return a.Value(i)
	case *array.Int16:
		return a.Value(i)
	case *array.Int32:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Uint8:
		return a.Value(i)
	case *array.Float32:
		return float64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		return a.Value(i)
	case *array.FixedSizeBinary:
		values := []any{}
		for _, b := range a.Value(i) {
			values = append(values, b)
		}
		return values
	case *array.Struct:
		values := map[string]any{}
		for j, f := range a.DataType().(*arrow.StructType).Fields() {
			values[f.Name] = plain(f, a.Field(j), i)
		}
		return values
	case array.ListLike:
		values := []any{}
		from, to := a.ValueOffsets(i)
		for j := from; j < to; j++ {
			values = append(values, plain(arrow.Field{}, a.ListValues(), int(j)))
		}
		return values
	default:
		panic(a.DataType())
	}
}

func plainSparse(a *array.List, i int) string {
	pairs := a.ListValues().(*array.Struct)
	from, to := a.ValueOffsets(i)
	text := "{"
	for j := int(from); j < int(to); j++ {
		if j > int(from) {
			text += ","
		}
		value, _ := json.Marshal(pairs.Field(1).(*array.Float32).Value(j))
		if bytes.ContainsRune(value, 'e') {
			value = bytes.Replace(value, []byte("e+"), []byte("e"), 1)
		}
		text += strconv.Quote(strconv.Itoa(int(pairs.Field(0).(*array.Uint32).Value(j)))) + ":" + string(value)
	}
	return text + "}"
}
