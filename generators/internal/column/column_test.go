package column

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// spans is a column that fills spans alone.
type spans struct{ inner Maker }

func (s spans) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	return s.inner.Fill(ctx, rows, inputs)
}

func (s spans) Close() error { return nil }

func specOf(typ arrow.DataType, mem memory.Allocator) core.ColumnSpec {
	return core.ColumnSpec{Field: arrow.Field{Name: "f", Type: typ}, Mem: mem}
}

func TestScatteredRowsAreThoseOfSpans(t *testing.T) {
	tests := [][]int64{
		{}, {5}, {5, 6, 7}, {7, 6, 5}, {5, 5, 5}, {9, 1, 2, 3, 1, 2, 3, 9}, {1 << 40, 3, 1<<40 + 1, 2}, {0, 2, 4, 6, 8, 1, 3},
	}
	for _, rows := range tests {
		t.Run(fmt.Sprint(rows), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			maker, err := Texts(specOf(arrow.BinaryTypes.String, mem), func(dst []byte, row int64) []byte { return fmt.Append(dst, "row ", row) })
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []core.Column{maker, spans{maker}} {
				values, err := Scattered(context.Background(), c, rows, mem)
				if err != nil {
					t.Fatal(err)
				}
				if values.Len() != len(rows) {
					t.Fatalf("%d values for %d rows", values.Len(), len(rows))
				}
				for i, row := range rows {
					if got := values.ValueStr(i); got != fmt.Sprint("row ", row) {
						t.Errorf("row %d is %s", row, got)
					}
				}
				values.Release()
			}
		})
	}
}

func TestACancelledContextEndsAColumn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	ints, _ := Ints(specOf(arrow.PrimitiveTypes.Int8, mem), func(int64) int64 { return 1 })
	floats, _ := Floats(specOf(arrow.PrimitiveTypes.Float64, mem), func(int64) float64 { return 1 })
	bools, _ := Bools(specOf(arrow.FixedWidthTypes.Boolean, mem), func(int64) bool { return true })
	texts, _ := Texts(specOf(arrow.BinaryTypes.String, mem), func(dst []byte, _ int64) []byte { return dst })
	for _, c := range []core.Column{ints, floats, bools, texts} {
		if _, err := c.Fill(ctx, core.Rows{N: 10}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestNullsAndConstantsOfSlices(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	bools, err := Bools(specOf(arrow.FixedWidthTypes.Boolean, mem), func(row int64) bool { return row%3 == 0 })
	if err != nil {
		t.Fatal(err)
	}
	whole, err := bools.Fill(context.Background(), core.Rows{N: 30}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Release()
	slice := array.NewSlice(whole, 5, 25)
	defer slice.Release()
	with := WithNulls(slice, func(i int) bool { return i%2 == 0 }, mem)
	defer with.Release()
	constant, err := NewConstant(arrow.Field{Type: whole.DataType()}, []byte("true"))
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := constant.Replace(slice, func(i int) bool { return i == 2 }, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer replaced.Release()
	for i := range slice.Len() {
		if with.IsNull(i) != (i%2 == 0) || with.IsValid(i) && with.(*array.Boolean).Value(i) != ((i+5)%3 == 0) {
			t.Errorf("with nulls, value %d is %s", i, with.ValueStr(i))
		}
		if want := (i+5)%3 == 0 || i == 2; replaced.(*array.Boolean).Value(i) != want {
			t.Errorf("with the constant, value %d is not %v", i, want)
		}
	}
}

func TestSame(t *testing.T) {
	mem := memory.DefaultAllocator
	numbers, err := Ints(specOf(arrow.PrimitiveTypes.Int16, mem), func(row int64) int64 { return row % 3 })
	if err != nil {
		t.Fatal(err)
	}
	values, err := numbers.Make(context.Background(), []int64{0, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	same := Same(values)
	if got := []bool{same(0, 3), same(0, 1), same(2, 2)}; !slices.Equal(got, []bool{true, false, true}) {
		t.Errorf("same is %v", got)
	}
}
