package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/internal/arena"
	"github.com/zilliz/milvus-ingest/plugins/internal/plugintypes"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

func record(fields []arrow.Field, rows int, mem memory.Allocator) arrow.Record {
	columns := make([]arrow.Array, len(fields))
	for i, f := range fields {
		columns[i] = plugintypes.Random(f.Type, f.Nullable, 7, core.Rows{N: rows}, mem)
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, int64(rows))
}

func TestSlicesAndAllTypesSurvive(t *testing.T) {
	whole := record(plugintypes.Fields(), 100, nil)
	for _, cut := range [][2]int64{{0, 100}, {0, 0}, {8, 16}, {3, 98}, {99, 100}, {50, 50}} {
		part := whole.NewSlice(cut[0], cut[1])
		want := plugintypes.Print(part)
		slab := &arena.Slab{}
		region := Region{Bytes: make([]byte, 1<<20), Offset: 4096}
		slab.Reset(region.Bytes)
		batch, ok := Place(part, region, slab.Take)
		if !ok {
			t.Fatal("no room")
		}
		got, err := Read(batch, part.Schema(), region, memory.NewBufferBytes)
		if err != nil {
			t.Fatal(err)
		}
		if plugintypes.Print(got) != want {
			t.Errorf("rows %v are others after shared memory", cut)
		}
		raw, err := EncodeIPC(part)
		if err != nil {
			t.Fatal(err)
		}
		if got, err = DecodeIPC(raw, part.Schema()); err != nil {
			t.Fatal(err)
		}
		if plugintypes.Print(got) != want {
			t.Errorf("rows %v are others after IPC", cut)
		}
	}
}

func TestWhatIsInTheSlabIsNotCopied(t *testing.T) {
	slab := &arena.Slab{}
	region := Region{Bytes: make([]byte, 1<<20)}
	slab.Reset(region.Bytes)
	fields := []arrow.Field{{Name: "v", Type: arrow.FixedSizeListOf(8, arrow.PrimitiveTypes.Float32)}}
	here := record(fields, 100, slab)
	if _, ok := Describe(here, region); !ok {
		t.Error("a record in the slab could not be described")
	}
	if _, ok := Describe(record(fields, 100, nil), region); ok {
		t.Error("a record elsewhere was described")
	}
	if _, ok := Place(record(fields, 100000, nil), region, slab.Take); ok {
		t.Error("a record larger than the slab was placed")
	}
}

func TestErrorsKeepTheirMeaning(t *testing.T) {
	one := core.Errorf(core.InvalidData, "too long").WithField("title").WithRow(9).WithHint("cut it")
	two := &core.Error{Code: core.Unavailable, Row: core.NoRow, Retry: true, Err: errors.New("no answer")}
	tests := []struct {
		name string
		err  error
		want []core.Error
	}{
		{"one", one, []core.Error{{Code: core.InvalidData, Field: "title", Row: 9, Hint: "cut it", Err: errors.New("too long")}}},
		{"wrapped", fmt.Errorf("open: %w", one), []core.Error{{Code: core.InvalidData, Field: "title", Row: 9, Hint: "cut it", Err: errors.New("open: too long")}}},
		{"joined", errors.Join(one, errors.Join(two)), []core.Error{
			{Code: core.InvalidData, Field: "title", Row: 9, Hint: "cut it", Err: errors.New("too long")},
			{Code: core.Unavailable, Row: core.NoRow, Retry: true, Err: errors.New("no answer")},
		}},
		{"plain", errors.New("oops"), []core.Error{{Code: core.Internal, Row: core.NoRow, Err: errors.New("oops")}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []error
			err := Error(Status(test.err))
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				got = joined.Unwrap()
			} else {
				got = []error{err}
			}
			if len(got) != len(test.want) {
				t.Fatalf("%d errors: %v", len(got), err)
			}
			for i, want := range test.want {
				have := got[i].(*core.Error)
				if have.Err.Error() != want.Err.Error() {
					t.Errorf("message %q, want %q", have.Err, want.Err)
				}
				have.Err, want.Err = nil, nil
				if *have != want {
					t.Errorf("got %+v, want %+v", have, want)
				}
			}
		})
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if err := Error(Status(fmt.Errorf("fill: %w", end))); !errors.Is(err, end) {
			t.Errorf("%v became %v", end, err)
		}
	}
}

func TestLogLinesKeepLevelAndKeys(t *testing.T) {
	var line, out bytes.Buffer
	slog.New(LogHandler(&line, slog.LevelDebug)).Warn("slow", "rows", 3)
	host := slog.New(slog.NewTextHandler(&out, nil)).With("plugin", "p")
	Relog(t.Context(), host, strings.TrimSpace(line.String()))
	Relog(t.Context(), host, "plain text")
	for _, want := range []string{`level=WARN msg=slow plugin=p rows=3`, `level=WARN msg="plain text" plugin=p`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
}

func TestMalformedBatchesAreRefused(t *testing.T) {
	fields := []arrow.Field{{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}
	region := Region{Bytes: make([]byte, 1<<16)}
	slab := &arena.Slab{}
	slab.Reset(region.Bytes)
	good, _ := Place(record(fields, 10, nil), region, slab.Take)
	tests := []struct {
		want   string
		change func(b *pluginpb.Batch)
	}{
		{"outside the memory", func(b *pluginpb.Batch) { b.Nodes[0].Buffers[2].Offset = 1 << 62 }},
		{"outside the memory", func(b *pluginpb.Batch) { b.Nodes[0].Buffers[2].Length = -1 }},
		{"bytes, not 44", func(b *pluginpb.Batch) { b.Nodes[0].Buffers[1].Length = 40 }},
		{"not aligned", func(b *pluginpb.Batch) { b.Nodes[0].Buffers[1].Offset++ }},
		{"beyond the", func(b *pluginpb.Batch) { b.Nodes[0].Buffers[2].Length-- }},
		{"falls", func(b *pluginpb.Batch) {
			b.Nodes[0].Buffers[1].Offset = 60000
			copy(region.Bytes[b.Nodes[0].Buffers[1].Offset:], "\x09\x00\x00\x00\x08\x00\x00\x00")
		}},
		{"buffers, not 3", func(b *pluginpb.Batch) { b.Nodes[0].Buffers = b.Nodes[0].Buffers[:2] }},
		{"nulls, but", func(b *pluginpb.Batch) { b.Nodes[0].Nulls++ }},
		{"values, not 11", func(b *pluginpb.Batch) { b.Rows = 11 }},
		{"no node", func(b *pluginpb.Batch) { b.Nodes = nil }},
		{"too many", func(b *pluginpb.Batch) { b.Nodes = append(b.Nodes, b.Nodes[0]) }},
		{"-1 values", func(b *pluginpb.Batch) { b.Rows, b.Nodes[0].Length = -1, -1 }},
	}
	for _, test := range tests {
		batch := proto.CloneOf(good)
		test.change(batch)
		_, err := Read(batch, arrow.NewSchema(fields, nil), region, memory.NewBufferBytes)
		if err == nil || !strings.Contains(err.Error(), test.want) || core.CodeOf(err) != core.PluginFailed {
			t.Errorf("error is %v, want %q", err, test.want)
		}
	}
}

func FuzzReadRefusesOrGivesWhatCanBeRead(f *testing.F) {
	fields := plugintypes.Fields()
	schema := arrow.NewSchema(fields, nil)
	region := Region{Bytes: make([]byte, 1<<16)}
	slab := &arena.Slab{}
	slab.Reset(region.Bytes)
	good, ok := Place(record(fields, 20, nil), region, slab.Take)
	if !ok {
		f.Fatal("no room")
	}
	raw, err := proto.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, uint16(0), byte(0))
	f.Add(raw, uint16(200), byte(255))
	f.Fuzz(func(t *testing.T, raw []byte, at uint16, value byte) {
		batch := &pluginpb.Batch{}
		if proto.Unmarshal(raw, batch) != nil {
			return
		}
		memoryOfPeer := bytes.Clone(region.Bytes)
		memoryOfPeer[at] ^= value
		got, err := Read(batch, schema, Region{Bytes: memoryOfPeer}, memory.NewBufferBytes)
		if err == nil && got.NumRows() < 1000 {
			plugintypes.Print(got)
		}
	})
}
