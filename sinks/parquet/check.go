package parquet

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/parquet/file"

	"github.com/zilliz/milvus-ingest/core"
)

// check reads the footer back from the disk and compares it with what was
// written.
func (e *encoder) check(disk io.ReaderAt, size int64) (err error) {
	reader, err := file.NewParquetReader(io.NewSectionReader(disk, 0, size))
	if err != nil {
		return core.Errorf(core.Unavailable, "the footer reads back broken: %w", err).WithHint("look after the disk")
	}
	defer func() { _ = reader.Close() }() // a SectionReader has nothing to close
	wrong := func(format string, args ...any) error {
		return core.Errorf(core.Internal, "the footer reads back wrong: "+format, args...)
	}
	if reader.NumRowGroups() != len(e.groups) {
		return wrong("%d row groups for %d", reader.NumRowGroups(), len(e.groups))
	}
	if !reader.MetaData().Schema.Equals(e.schema) {
		return wrong("the columns are %s", reader.MetaData().Schema)
	}
	at := int64(len(magic))
	for i, want := range e.groups {
		got := reader.MetaData().RowGroup(i)
		if got.NumRows() != want.rows || got.NumColumns() != len(want.chunks) {
			return wrong("row group %d has %d rows and %d columns for %d and %d", i, got.NumRows(), got.NumColumns(), want.rows, len(want.chunks))
		}
		for j, fact := range want.chunks {
			chunk, err := got.ColumnChunk(j)
			if err != nil {
				return fmt.Errorf("read back column %d of row group %d: %w", j, i, err)
			}
			start := chunk.DataPageOffset()
			if chunk.HasDictionaryPage() {
				start = chunk.DictionaryPageOffset()
			}
			if start != fact.offset || start+chunk.TotalCompressedSize() != fact.end || start < at || fact.end > size {
				return wrong("column %d of row group %d lies at %d, %d bytes, for %+v", j, i, start, chunk.TotalCompressedSize(), fact)
			}
			at = fact.end
		}
	}
	return nil
}
