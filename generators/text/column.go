package text

import (
	"context"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// A writer makes the text of one row.
type writer interface {
	// append adds the text of a row to dst. inputs holds the columns that it
	// reads, in which the row is the one at index.
	append(dst []byte, row int64, inputs arrow.Record, index int) []byte
}

// column is a column of text: it gives the texts of a writer the length that
// fits.
type column struct {
	writer
	limit int // bytes of a text
	size  int // bytes of the last span, to begin the next one with
}

// openColumn prepares a column of text for VarChar, String and JSON-free types.
func openColumn(spec core.ColumnSpec, w writer) (core.Column, error) {
	if spec.Field.Type.ID() != arrow.STRING {
		return nil, core.Errorf(core.InvalidConfig, "it makes text, not %s", spec.Field.Type).
			WithHint("use it for a VarChar field")
	}
	limit, err := maxLength(spec.Field)
	return &column{writer: w, limit: limit}, err
}

// maxLength is the most bytes that a text of the field may have.
func maxLength(field arrow.Field) (int, error) {
	text, ok := field.Metadata.GetValue(core.MetaMaxLength)
	if !ok {
		return math.MaxInt32, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, core.Errorf(core.InvalidConfig, "max_length is %q", text).WithHint("let it be a positive number of bytes")
	}
	return limit, nil
}

// Fill implements core.Column.
func (c *column) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	data := make([]byte, 0, c.size+c.size/16+64)
	offsets := make([]int32, rows.N+1)
	const oftenEnough = 1024 // rows between two looks at ctx
	for i := range rows.N {
		if i%oftenEnough == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		from := len(data)
		data = c.append(data, rows.Start+int64(i), inputs, i)
		if len(data)-from > c.limit {
			data = data[:from+len(cut(data[from:], c.limit))]
		}
		if len(data) > math.MaxInt32 {
			return nil, core.Errorf(core.Exhausted, "the texts of %d rows have more than 2 GiB", rows.N).WithRow(rows.Start)
		}
		offsets[i+1] = int32(len(data))
	}
	c.size = len(data)
	return stringArray(offsets, data), nil
}

// Close implements core.Column.
func (c *column) Close() error { return nil }

// stringArray wraps offsets and bytes without a copy.
func stringArray(offsets []int32, data []byte) arrow.Array {
	parts := array.NewData(arrow.BinaryTypes.String, len(offsets)-1, []*memory.Buffer{
		nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(data),
	}, nil, 0, 0)
	defer parts.Release()
	return array.NewStringData(parts)
}
