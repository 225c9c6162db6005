package column

import (
	"context"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// Ints is a column of whole numbers; the values must fit the field's type.
func Ints(spec core.ColumnSpec, value func(row int64) int64) (Maker, error) {
	switch spec.Field.Type.ID() {
	case arrow.INT8:
		return New(numbers[int8](spec, value)), nil
	case arrow.INT16:
		return New(numbers[int16](spec, value)), nil
	case arrow.INT32:
		return New(numbers[int32](spec, value)), nil
	case arrow.INT64:
		return New(numbers[int64](spec, value)), nil
	default:
		return nil, Unfit(spec, "whole numbers")
	}
}

// Floats is a column of Float or Double values.
func Floats(spec core.ColumnSpec, value func(row int64) float64) (Maker, error) {
	switch spec.Field.Type.ID() {
	case arrow.FLOAT32:
		return New(numbers[float32](spec, value)), nil
	case arrow.FLOAT64:
		return New(numbers[float64](spec, value)), nil
	default:
		return nil, Unfit(spec, "numbers")
	}
}

// Unfit is the error of a generator that cannot make values of a field.
func Unfit(spec core.ColumnSpec, makes string) error {
	text, _ := spec.Field.Metadata.GetValue(core.MetaType)
	if text == "" {
		text = spec.Field.Type.String()
	}
	return core.Errorf(core.InvalidConfig, "%s makes %s, not %s", spec.Generator, makes, text).
		WithHint("choose another generator, or leave it out to have one chosen")
}

type number interface {
	int8 | int16 | int32 | int64 | float32 | float64
}

func numbers[T number, V int64 | float64](spec core.ColumnSpec, value func(row int64) V) Make {
	width := spec.Field.Type.(arrow.FixedWidthDataType).Bytes()
	return func(ctx context.Context, rows []int64) (arrow.Array, error) {
		buffer := allocate(spec.Mem, len(rows)*width)
		defer buffer.Release()
		values := arrow.GetData[T](buffer.Bytes())
		if err := each(ctx, len(rows), func(from, to int) {
			for i, row := range rows[from:to] {
				values[from+i] = T(value(row))
			}
		}); err != nil {
			return nil, err
		}
		return wrap(spec.Field.Type, len(rows), nil, buffer), nil
	}
}

// Bools is a column of flags.
func Bools(spec core.ColumnSpec, value func(row int64) bool) (Maker, error) {
	if spec.Field.Type.ID() != arrow.BOOL {
		return nil, Unfit(spec, "true and false")
	}
	return New(func(ctx context.Context, rows []int64) (arrow.Array, error) {
		buffer := allocate(spec.Mem, int(bitutil.BytesForBits(int64(len(rows)))))
		defer buffer.Release()
		if err := each(ctx, len(rows), func(from, to int) {
			setBits(buffer.Bytes()[from/8:], rows[from:to], value)
		}); err != nil {
			return nil, err
		}
		return wrap(spec.Field.Type, len(rows), nil, buffer), nil
	}), nil
}

// setBits sets the bits of dst, from its first on, to the values of rows.
func setBits(dst []byte, rows []int64, value func(row int64) bool) {
	var bits byte
	for i, row := range rows {
		if value(row) {
			bits |= 1 << (i % 8)
		}
		if i%8 == 7 || i == len(rows)-1 {
			dst[i/8], bits = bits, 0
		}
	}
}

// Texts is a column of texts: add appends the text of a row to dst.
func Texts(spec core.ColumnSpec, add func(dst []byte, row int64) []byte) (Maker, error) {
	if spec.Field.Type.ID() != arrow.STRING {
		return nil, Unfit(spec, "texts")
	}
	var text []byte // of the last span, kept for its memory
	return New(func(ctx context.Context, rows []int64) (arrow.Array, error) {
		ends := allocate(spec.Mem, (len(rows)+1)*arrow.Int32SizeBytes)
		defer ends.Release()
		offsets := arrow.GetData[int32](ends.Bytes())
		text, offsets[0] = text[:0], 0
		if err := each(ctx, len(rows), func(from, to int) {
			for i, row := range rows[from:to] {
				text = add(text, row)
				offsets[from+i+1] = int32(len(text))
			}
		}); err != nil {
			return nil, err
		}
		if err := tooLong(len(text), len(rows)); err != nil {
			return nil, err
		}
		values := allocate(spec.Mem, len(text))
		defer values.Release()
		copy(values.Bytes(), text)
		return wrap(spec.Field.Type, len(rows), nil, ends, values), nil
	}), nil
}

// tooLong refuses texts that an Arrow array cannot hold.
func tooLong(size, rows int) error {
	if size <= math.MaxInt32 {
		return nil
	}
	return core.Errorf(core.Exhausted, "%d rows have %d bytes of text, more than a batch can hold", rows, size).
		WithHint("use a smaller --batch-size")
}

// allocate takes exactly n bytes.
func allocate(mem memory.Allocator, n int) *memory.Buffer {
	return memory.NewBufferWithAllocator(mem.Allocate(n), mem)
}

// wrap makes an array of values; valid is the bitmap of those that are not
// null, or nil where none is.
func wrap(typ arrow.DataType, n int, valid *memory.Buffer, values ...*memory.Buffer) arrow.Array {
	data := array.NewData(typ, n, append([]*memory.Buffer{valid}, values...), nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
