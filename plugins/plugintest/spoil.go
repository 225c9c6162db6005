package plugintest

import (
	"errors"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// spoiled is rows of one field, of which row bad is not to be stored: text
// that is not UTF-8, NaN, or broken JSON.
func spoiled(kind schema.Type, bad int) arrow.Record {
	f := FieldOf(kind, "")
	s := arrow.NewSchema([]arrow.Field{f.Arrow()}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for row := range sampleRows {
		if row != bad {
			appendSample(b.Field(0), s.Field(0), 0)
			continue
		}
		switch b := b.Field(0).(type) {
		case *array.StringBuilder:
			b.Append(`{"a": ` + "\xff")
		case *array.Float64Builder:
			b.Append(math.NaN())
		case *array.FixedSizeListBuilder:
			b.Append(true)
			for range f.Dim {
				b.ValueBuilder().(*array.Float32Builder).Append(float32(math.NaN()))
			}
		}
	}
	return b.NewRecord()
}

// rowOf holds an error to the row that it speaks of.
func rowOf(err error, kind schema.Type, row int64) error {
	var e *core.Error
	if !errors.As(err, &e) || e.Row != row {
		told := core.NoRow
		if e != nil {
			told = e.Row
		}
		return wrong("row %d has a %s that cannot be stored, and the error tells of row %d (-1: none): %w", row, kind, told, err)
	}
	return nil
}
