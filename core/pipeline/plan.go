package pipeline

import (
	"iter"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// SpanBytes is the size that a batch should have in memory: large enough that
// the cost of a message vanishes, small enough that a handful of them a worker
// is little memory.
const SpanBytes = 16 << 20

// maxGroupRows bounds the row groups of narrow rows.
const maxGroupRows = 1 << 17

// GroupRows is the number of rows of a row group when the user names none: the
// largest power of two that takes no more than SpanBytes.
func GroupRows(rowBytes int64) int {
	n := SpanBytes / max(rowBytes, 1)
	if n < 1 {
		return 1
	}
	return min(1<<(bits.Len64(uint64(n))-1), maxGroupRows)
}

// SpanRows is the number of rows of a batch: what fits SpanBytes, at most a
// group and at most what the user allows (0: no limit).
func SpanRows(rowBytes int64, groupRows, limit int) int {
	n := min(GroupRows(rowBytes), groupRows)
	if limit > 0 {
		n = min(n, limit)
	}
	return n
}

// spans cuts rows into batches that cross no group.
func (j *Job) spans(rows core.Rows) iter.Seq[core.Rows] {
	return func(yield func(core.Rows) bool) {
		group := j.GroupRows
		if group <= 0 {
			group = rows.N
		}
		for at := 0; at < rows.N; {
			n := min(j.SpanRows, group-at%group, rows.N-at)
			if !yield(core.Rows{Start: rows.Start + int64(at), N: n}) {
				return
			}
			at += n
		}
	}
}

// Size is the memory that a batch's values take. Slices of larger arrays count
// whole, so ask it of batches as workers make them.
func Size(batch arrow.Record) int64 {
	var size int64
	for _, column := range batch.Columns() {
		size += dataSize(column.Data())
	}
	return size
}

func dataSize(data arrow.ArrayData) int64 {
	var size int64
	for _, buffer := range data.Buffers() {
		if buffer != nil {
			size += int64(buffer.Len())
		}
	}
	for _, child := range data.Children() {
		size += dataSize(child)
	}
	return size
}
