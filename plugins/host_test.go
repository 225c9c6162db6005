package plugins_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/internal/plugintypes"
)

func TestEveryTypeCrossesTheBoundaryAndBack(t *testing.T) {
	planes(t, func(t *testing.T, newHost func(plugins.Options) *plugins.Host) {
		host := newHost(plugins.Options{})
		fields := plugintypes.Fields()
		columns, err := host.Columns(t.Context(), 0, specsOf("random", fields...), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer closeIt(t, columns)
		path := filepath.Join(t.TempDir(), "out")
		writer := openWriter(t, host, arrow.NewSchema(fields, nil), `{"path":"`+path+`"}`, 10)
		defer closeIt(t, writer)
		var want strings.Builder
		for _, rows := range []core.Rows{{Start: 10, N: 1000}, {Start: 1010, N: 0}, {Start: 1010, N: 1}, {Start: 1011, N: 333}} {
			record, err := columns.Fill(t.Context(), rows, nil)
			if err != nil {
				t.Fatal(err)
			}
			want.WriteString(expected(fields, rows))
			if got := plugintypes.Print(record); got != expected(fields, rows) {
				t.Fatalf("rows %v are not what was made", rows)
			}
			if err := writer.Write(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			if rows.N > 100 { // also a slice at an offset that no byte begins with
				slice := record.NewSlice(13, 77)
				want.WriteString(plugintypes.Print(slice))
				if err := writer.Write(t.Context(), slice); err != nil {
					t.Fatal(err)
				}
				slice.Release()
			}
			record.Release()
		}
		artifacts, err := writer.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if a := artifacts[0]; a.URI != path || a.Rows != 1334+128 || a.Columns[0].Bytes != 2 {
			t.Errorf("artifact is %+v", a)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want.String() {
			t.Errorf("the sink got other rows than were made (%v)", err)
		}
	})
}

func expected(fields []arrow.Field, rows core.Rows) string {
	columns := make([]arrow.Array, len(fields))
	for i, f := range fields {
		columns[i] = plugintypes.Random(f.Type, f.Nullable, 42, rows, nil)
	}
	return plugintypes.Print(array.NewRecord(arrow.NewSchema(fields, nil), columns, int64(rows.N)))
}

func openWriter(t testing.TB, host *plugins.Host, schema *arrow.Schema, config string, start int64) core.Writer {
	t.Helper()
	sink, err := host.Sink("file")
	if err != nil {
		t.Fatal(err)
	}
	writer, err := sink.Open(t.Context(), core.WriteSpec{Sink: "file", Schema: schema, Config: []byte(config), Rows: core.Rows{Start: start}})
	if err != nil {
		t.Fatal(err)
	}
	return writer
}

func closeIt(t testing.TB, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func int64Field(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64}
}

func TestColumnsReadInputs(t *testing.T) {
	planes(t, func(t *testing.T, newHost func(plugins.Options) *plugins.Host) {
		host := newHost(plugins.Options{})
		given, err := host.Columns(t.Context(), 0, specsOf("random", int64Field("a")), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer closeIt(t, given)
		specs := specsOf("double", int64Field("b"))
		specs[0].Uses = []string{"a"}
		doubled, err := host.Columns(t.Context(), 0, specs, arrow.NewSchema([]arrow.Field{int64Field("a")}, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer closeIt(t, doubled)
		a, err := given.Fill(t.Context(), core.Rows{Start: 5, N: 100}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Release()
		b, err := doubled.Fill(t.Context(), core.Rows{Start: 5, N: 100}, a)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		for i, v := range a.Column(0).(*array.Int64).Int64Values() {
			if got := b.Column(0).(*array.Int64).Value(i); got != 2*v {
				t.Fatalf("row %d: %d is not twice %d", i, got, v)
			}
		}
	})
}

func TestFillWaitsWhileAllSlabsAreHeld(t *testing.T) {
	host := newHost(t, plugins.Options{SlabsPerWorker: 2})
	columns, err := host.Columns(t.Context(), 0, specsOf("random", int64Field("a")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, columns)
	fill := func(ctx context.Context) (arrow.Record, error) { return columns.Fill(ctx, core.Rows{N: 10}, nil) }
	var held []arrow.Record
	for range 2 {
		record, err := fill(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, record)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := fill(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a third record: %v", err)
	}
	column := held[0].Column(0) // a part keeps the whole slab
	column.Retain()
	held[0].Release()
	again, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := fill(again); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a record over a slab that is held: %v", err)
	}
	column.Release()
	record, err := fill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	record.Release()
	held[1].Release()
}
