package parquet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet/file"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/internal/sample"
)

func TestColumnsAreWhatMilvusImports(t *testing.T) {
	maker := sample.New(sample.Collection(16).Arrow(), 1, 0.2)
	path := filepath.Join(t.TempDir(), "data")
	write(t, Config{Path: path, Compression: "snappy"}, maker.Batch(10))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := file.NewParquetReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i := range reader.MetaData().Schema.NumColumns() {
		c := reader.MetaData().Schema.Column(i)
		root := reader.MetaData().Schema.Root().Field(reader.MetaData().Schema.Root().FieldIndexByName(c.ColumnPath()[0]))
		got[c.Path()] = fmt.Sprintf("%s %s %s", root.RepetitionType(), c.PhysicalType(), c.LogicalType())
	}
	for path, want := range map[string]string{
		"id": "required INT64 Int(bitWidth=64, isSigned=true)", "f_Int8": "required INT32 Int(bitWidth=8, isSigned=true)",
		"f_Int64_or_null":           "optional INT64 Int(bitWidth=64, isSigned=true)",
		"f_Float":                   "required FLOAT None",
		"f_VarChar":                 "required BYTE_ARRAY String",
		"f_JSON_or_null":            "optional BYTE_ARRAY String",
		"array_Int8.list.element":   "required INT32 Int(bitWidth=8, isSigned=true)",
		"array_Int16.list.element":  "required INT32 Int(bitWidth=16, isSigned=true)",
		"array_Float.list.element":  "required FLOAT None",
		"array_Double.list.element": "required DOUBLE None", "array_Bool.list.element": "required BOOLEAN None",
		"array_VarChar_or_null.list.element":     "optional BYTE_ARRAY String",
		"v_FloatVector.list.element":             "required FLOAT None",
		"v_FloatVector_or_null.list.element":     "optional FLOAT None",
		"v_Int8Vector.list.element":              "required INT32 Int(bitWidth=8, isSigned=true)",
		"v_BinaryVector.list.element":            "required INT32 Int(bitWidth=8, isSigned=false)",
		"v_Float16Vector.list.element":           "required INT32 Int(bitWidth=8, isSigned=false)",
		"sparse":                                 "required BYTE_ARRAY String",
		"$meta":                                  "optional BYTE_ARRAY String",
		"parts.list.element.text":                "required BYTE_ARRAY String",
		"parts.list.element.vector.list.element": "required FLOAT None",
	} {
		if got[path] != want {
			t.Errorf("%s is %q, not %q", path, got[path], want)
		}
	}
	if n := len(reader.MetaData().KeyValueMetadata()); n != 0 {
		t.Errorf("the file has %d metadata of its own", n)
	}
}

func TestBytesDoNotDependOnBatches(t *testing.T) {
	batch := sample.New(sample.Collection(32).Arrow(), 3, 0.2).Batch(200)
	dir := t.TempDir()
	hashes := map[string][]int64{}
	for _, size := range []int64{200, 64, 7, 1, 199} {
		var pieces []arrow.Record
		for at := int64(0); at < 200; at += size {
			pieces = append(pieces, batch.NewSlice(at, min(at+size, 200)))
		}
		a := write(t, Config{Path: filepath.Join(dir, fmt.Sprint(size)), Compression: "snappy", RowGroupRows: 64}, pieces...)
		hashes[a.SHA256] = append(hashes[a.SHA256], size)
	}
	if len(hashes) != 1 {
		t.Errorf("batches of these sizes give different files: %v", hashes)
	}
}

func TestVectorsOfBytesTakeAByteEach(t *testing.T) {
	c := schema.Collection{Fields: []schema.Field{{Name: "v", Type: schema.BinaryVector, Dim: 8192}}}
	a := write(t, Config{Path: filepath.Join(t.TempDir(), "data"), Compression: "none"}, sample.New(c.Arrow(), 1, 0).Batch(1000))
	if per := float64(a.Bytes) / 1000 / 1024; per > 1.02 {
		t.Errorf("a byte of a vector takes %.2f bytes in the file", per)
	}
}

// TestAFullDiskNeverLooksWhole fills the disk at every place of a file.
func TestAFullDiskNeverLooksWhole(t *testing.T) {
	dir := t.TempDir()
	batch := sample.New(sample.Collection(16).Arrow(), 1, 0.2).Batch(20)
	whole := write(t, Config{Path: filepath.Join(dir, "whole"), Compression: "snappy"}, batch).Bytes
	for room := int64(0); room < whole; room += 97 {
		path := filepath.Join(dir, "data")
		w, err := open(core.WriteSpec{Schema: batch.Schema()}, Config{Path: path, Compression: "snappy"}, sample.Full{Room: int(room)}.Wrap)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(context.Background(), batch)
		if err == nil {
			_, err = w.Commit(context.Background())
		}
		if core.CodeOf(err) != core.Exhausted {
			t.Fatalf("%d bytes of %d fit: %v", room, whole, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	good := sample.New(sample.Collection(16).Arrow(), 1, 0).Batch(5)
	nulls := sample.New(sample.Collection(16).Arrow(), 1, 0.9).Batch(50)
	null := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String}}, nil)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		name   string
		ctx    context.Context
		spec   core.WriteSpec
		config Config
		batch  arrow.Record
		want   string
	}{
		{"an end that was asked for", cancelled, core.WriteSpec{Schema: good.Schema()}, Config{}, good, "canceled"},
		{"fewer rows than planned", context.Background(), core.WriteSpec{Schema: good.Schema(), Rows: core.Rows{N: 6}}, Config{}, good, "5 rows, not 6"},
		{"more row groups than there are numbers", context.Background(), core.WriteSpec{Schema: good.Schema(), Rows: core.Rows{N: 1 << 20}}, Config{RowGroupRows: 1}, good, "row groups of 1"},
		{"rows below none", context.Background(), core.WriteSpec{Schema: good.Schema()}, Config{RowGroupRows: -1}, good, "-1 rows"},
		{"other columns", context.Background(), core.WriteSpec{Schema: null}, Config{}, good, "a batch has the columns"},
		{"null where there is none", context.Background(), core.WriteSpec{Schema: null, Rows: core.Rows{Start: 100}}, Config{}, onlyNulls(t, nulls), "field t: row 100: it is null"},
		{"a type of no Milvus", context.Background(), core.WriteSpec{Schema: arrow.NewSchema([]arrow.Field{{Name: "d", Type: arrow.FixedWidthTypes.Date32}}, nil)}, Config{}, good, "field d: a Parquet file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Path = filepath.Join(t.TempDir(), "data")
			w, err := open(test.spec, test.config, nil)
			if err == nil {
				if err = w.Write(test.ctx, test.batch); err == nil {
					_, err = w.Commit(test.ctx)
				}
				err = errors.Join(err, w.Close())
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if entries, err := os.ReadDir(filepath.Dir(test.config.Path)); err != nil || len(entries) != 0 {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
		})
	}
}

// onlyNulls is a column of text in a batch, taken for one that is not nullable.
func onlyNulls(t *testing.T, from arrow.Record) arrow.Record {
	t.Helper()
	at := from.Schema().FieldIndices("f_VarChar_or_null")[0]
	for i := range from.NumRows() {
		if from.Column(at).IsNull(int(i)) {
			s := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String}}, nil)
			return array.NewRecord(s, []arrow.Array{array.NewSlice(from.Column(at), i, i+1)}, 1)
		}
	}
	t.Fatal("the sample has no nulls")
	return nil
}
