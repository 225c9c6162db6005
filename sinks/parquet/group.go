package parquet

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// group is a row group that is being written, column by column.
type group struct {
	*encoder
	meta    *metadata.RowGroupMetaDataBuilder
	ordinal int16
	fact    groupFact
}

// column writes all of a column's leaves. first is the number of the first row.
func (g *group) column(ctx context.Context, c *column, a arrow.Array, first int64) error {
	if a.NullN() > 0 && !c.Nullable {
		return core.Errorf(core.InvalidData, "it is null, and the field is not nullable").WithRow(first + firstNull(a))
	}
	start := g.file.Tell()
	var err error
	if c.isVector() {
		err = g.vectors(ctx, a)
	} else {
		err = g.values(ctx, c, a, first)
	}
	// The library loses some errors of writes.
	if err = errors.Join(g.file.Err(), err); err != nil {
		return err
	}
	c.stat.Nulls += int64(a.NullN())
	c.stat.Bytes += g.file.Tell() - start
	return nil
}

func firstNull(a arrow.Array) int64 {
	for i := range a.Len() {
		if a.IsNull(i) {
			return int64(i)
		}
	}
	return 0
}

func ofRow(err error, row int64) error {
	var e *core.Error
	if errors.As(err, &e) && e.Row == core.NoRow {
		e.Row = row
	}
	return err
}

// values writes a column that is no dense vector with the library.
func (g *group) values(ctx context.Context, c *column, a arrow.Array, first int64) error {
	if typeOf(c.Field) == schema.Sparse {
		sparse, err := sparseAsText(g.floats, a, first)
		if err != nil {
			return err
		}
		defer sparse.Release()
		a = sparse
	}
	for i := range c.leaves {
		levels, err := shred(&c.leaves[i], a)
		if err != nil {
			return err
		}
		err = g.leaf(ctx, levels, c.leaves[i].nullable())
		levels.values.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// leaf writes one column chunk.
func (g *group) leaf(ctx context.Context, l shredded, nullable bool) (err error) {
	defer func() {
		// The library panics where it finds no other way to fail.
		if p := recover(); p != nil {
			err = fmt.Errorf("write a column: %v", p)
		}
	}()
	meta := g.meta.NextColumnChunk()
	at := int16(g.meta.CurrentColumn())
	props := g.plain
	path := meta.Descr().Path()
	if isRepetitive(l.values) {
		props = g.indexed
	}
	pager, err := file.NewPageWriter(g.file, props.CompressionFor(path), props.CompressionLevelFor(path), meta, g.ordinal, at, memory.DefaultAllocator, false, nil, nil)
	if err != nil {
		return err
	}
	start := g.file.Tell()
	chunk := file.NewColumnChunkWriter(meta, pager, props)
	ctx = pqarrow.NewArrowWriteContext(ctx, &g.arrow)
	if err := pqarrow.WriteArrowToColumn(ctx, chunk, l.values, l.definition, l.repetition, nullable); err != nil {
		return err
	}
	if err := chunk.Close(); err != nil {
		return err
	}
	g.fact.chunks = append(g.fact.chunks, chunkFact{start, start + meta.TotalCompressedSize()})
	return nil
}

// A chunk of text has a dictionary if few of its first values differ.
const (
	looked   = 1024
	distinct = looked / 16
)

func isRepetitive(a arrow.Array) bool {
	values, ok := a.(*array.String)
	if !ok {
		return false
	}
	seen := map[string]struct{}{}
	n := min(values.Len(), looked)
	for i := range n {
		if values.IsValid(i) {
			seen[values.Value(i)] = struct{}{}
		}
		if len(seen) > distinct {
			return false
		}
	}
	return len(seen)*4 <= n && n > 0
}
