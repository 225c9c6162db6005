package dataset

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// hasStruct tells whether a type has a struct anywhere in it.
func hasStruct(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.StructType, *arrow.MapType:
		return true
	case arrow.ListLikeType:
		return hasStruct(t.Elem())
	}
	return false
}

// rehearse reads leaf columns once and throws their values away: what panics
// does so here, where it is caught.
func (p *parquetFile) rehearse(group int, leaves []int) error {
	for _, i := range leaves {
		chunk, err := p.reader.RowGroup(group).Column(i)
		if err != nil {
			return err
		}
		if err := drain(chunk); err != nil {
			return err
		}
	}
	return nil
}

const drainStep = 4096

// typedChunk is what the library's readers of column chunks have in common.
type typedChunk[T any] interface {
	HasNext() bool
	Err() error
	ReadBatch(n int64, values []T, def, rep []int16) (int64, int, error)
}

func drainTyped[T any](chunk typedChunk[T]) error {
	values, def, rep := make([]T, drainStep), make([]int16, drainStep), make([]int16, drainStep)
	for chunk.HasNext() {
		n, _, err := chunk.ReadBatch(drainStep, values, def, rep)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("a page holds fewer values than it says")
		}
	}
	return chunk.Err()
}

func drain(chunk file.ColumnChunkReader) error {
	switch c := chunk.(type) {
	case *file.BooleanColumnChunkReader:
		return drainTyped[bool](c)
	case *file.Int32ColumnChunkReader:
		return drainTyped[int32](c)
	case *file.Int64ColumnChunkReader:
		return drainTyped[int64](c)
	case *file.Int96ColumnChunkReader:
		return drainTyped[parquet.Int96](c)
	case *file.Float32ColumnChunkReader:
		return drainTyped[float32](c)
	case *file.Float64ColumnChunkReader:
		return drainTyped[float64](c)
	case *file.ByteArrayColumnChunkReader:
		return drainTyped[parquet.ByteArray](c)
	case *file.FixedLenByteArrayColumnChunkReader:
		return drainTyped[parquet.FixedLenByteArray](c)
	default:
		return fmt.Errorf("a column of unknown type %T", chunk)
	}
}
