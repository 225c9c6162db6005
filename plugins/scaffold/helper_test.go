package scaffold_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/plugins/internal/wire"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

const slab = 1 << 20

// TestPythonHelperReadsAndLaysSharedMemory sends batches through the helper's
// code for shared memory and for protobuf, and reads them by the host's.
func TestPythonHelperReadsAndLaysSharedMemory(t *testing.T) {
	tests := []struct {
		name string
		rows int
		room int64
		ipc  bool // the answer is in the message
	}{
		{"in the slab", 1000, slab, false},
		{"one row", 2, slab, false},
		{"no row", 1, slab, false},
		{"not in a slab that is too small", 1000, 512, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			record := anyBatch(test.rows)
			response, file := echo(t, record, test.room)
			batch := response.GetBatch()
			if (batch.GetIpc() != nil) != test.ipc || batch.GetRows() != record.NumRows()-1 {
				t.Fatalf("the answer has %d rows, %d nodes, %d bytes of IPC", batch.GetRows(), len(batch.GetNodes()), len(batch.GetIpc()))
			}
			var got arrow.Record
			var err error
			if test.ipc {
				got, err = wire.DecodeIPC(batch.GetIpc(), record.Schema())
			} else {
				got, err = wire.Read(batch, record.Schema(), wire.Region{Bytes: file[slab:], Offset: slab}, memory.NewBufferBytes)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer got.Release()
			if want := record.NewSlice(1, record.NumRows()); !array.RecordEqual(want, got) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// echo has the helper read the record in the first slab and lay it in the second.
func echo(t *testing.T, record arrow.Record, room int64) (*pluginpb.GenerateResponse, []byte) {
	t.Helper()
	python := os.Getenv("MILVUS_INGEST_TEST_PYTHON")
	if python == "" || exec.Command(python, "-c", "import grpc, pyarrow").Run() != nil {
		t.Skip("MILVUS_INGEST_TEST_PYTHON names no Python with grpcio and pyarrow")
	}
	region := make([]byte, 2*slab)
	used := 0
	batch, ok := wire.Place(record, wire.Region{Bytes: region[:slab]}, func(n int) []byte {
		used += n + -n&63
		return region[used-(n+-n&63):][:n]
	})
	if !ok {
		t.Fatal("the batch does not fit")
	}
	path := filepath.Join(t.TempDir(), "memory")
	if err := os.WriteFile(path, region, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	schema, err := wire.EncodeSchema(record.Schema())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := proto.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(schema))) //nolint:gosec // small
	cmd := exec.Command(python, "testdata/echo.py", "python", strconv.Itoa(2*slab), strconv.Itoa(slab), fmt.Sprint(room))
	cmd.Stdin, cmd.Stderr, cmd.ExtraFiles = bytes.NewReader(bytes.Join([][]byte{size, schema, raw}, nil)), os.Stderr, []*os.File{file}
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	response := &pluginpb.GenerateResponse{}
	if err := proto.Unmarshal(out, response); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return response, after
}

// anyBatch has a column of each type of memory, with nulls and without.
func anyBatch(rows int) arrow.Record {
	types := []arrow.DataType{
		arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.BinaryTypes.String,
		arrow.FixedSizeListOfNonNullable(7, arrow.PrimitiveTypes.Float32), arrow.ListOf(arrow.BinaryTypes.String),
		arrow.ListOfNonNullable(arrow.StructOf(
			arrow.Field{Name: "index", Type: arrow.PrimitiveTypes.Uint32}, arrow.Field{Name: "value", Type: arrow.PrimitiveTypes.Float32})),
		&arrow.FixedSizeBinaryType{ByteWidth: 6},
	}
	var fields []arrow.Field
	for i, kind := range types {
		for _, nullable := range []bool{false, true} {
			fields = append(fields, arrow.Field{Name: fmt.Sprintf("f%d_%v", i, nullable), Type: kind, Nullable: nullable})
		}
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's data
	for range rows {
		for i, field := range fields {
			if field.Nullable && random.IntN(3) == 0 {
				b.Field(i).AppendNull()
			} else {
				appendAny(b.Field(i), random)
			}
		}
	}
	return b.NewRecord()
}

func appendAny(b array.Builder, random *rand.Rand) {
	n := random.IntN(100)
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(n%2 == 0)
	case *array.Int8Builder:
		b.Append(int8(n)) //nolint:gosec // below 100
	case *array.Int64Builder:
		b.Append(random.Int64())
	case *array.Uint32Builder:
		b.Append(random.Uint32())
	case *array.Float32Builder:
		b.Append(random.Float32())
	case *array.StringBuilder:
		b.Append("数据库"[:3*(n%4)])
	case *array.FixedSizeBinaryBuilder:
		b.Append([]byte(fmt.Sprintf("%06d", n)))
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range b.Type().(*arrow.FixedSizeListType).Len() {
			appendAny(b.ValueBuilder(), random)
		}
	case *array.ListBuilder:
		b.Append(true)
		for range n % 4 {
			appendAny(b.ValueBuilder(), random)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			appendAny(b.FieldBuilder(i), random)
		}
	}
}
