package check

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// judge asks the user's own rules of the rows of a batch. Rows with a value
// that could not be read are told of already, and left out.
func (w *worker) judge(ctx context.Context, b *dataset.Batch) (err error) {
	if w.run.o.Judge == nil {
		return nil
	}
	if w.verdicts == nil {
		if w.verdicts, err = w.run.o.Judge(ctx, w.number, w.reader.Schema()); err != nil {
			return err
		}
	}
	start := 0
	for _, broken := range append(brokenRows(b), int(b.NumRows())) {
		if broken > start {
			if err := w.judgeRows(ctx, b, start, broken); err != nil {
				return err
			}
		}
		start = broken + 1
	}
	return nil
}

// brokenRows are the rows of a batch in which a value was reported, rising.
func brokenRows(b *dataset.Batch) []int {
	rows := slices.Concat(b.Broken...)
	slices.Sort(rows)
	return slices.Compact(rows)
}

func (w *worker) judgeRows(ctx context.Context, b *dataset.Batch, start, end int) error {
	inputs := b.NewSlice(int64(start), int64(end))
	defer inputs.Release()
	first := b.Row + int64(start)
	record, err := w.verdicts.Fill(ctx, core.Rows{Start: first, N: end - start}, inputs)
	if err != nil {
		return err
	}
	defer record.Release()
	verdicts, ok := record.Column(0).(*array.String)
	if !ok {
		return core.Errorf(core.Internal, "verdicts are %s", record.Column(0).DataType())
	}
	for i := range verdicts.Len() {
		if !verdicts.IsNull(i) {
			w.run.problems.add(dataset.Finding{
				Rule: ruleHook, Severity: dataset.Error, File: b.File.Name, Row: first + int64(i),
				Message: string([]byte(verdicts.Value(i))), // the record's memory is filled anew
			})
		}
	}
	return nil
}

// Judge opens columns whose first one is a verdict on each row that they get
// as inputs: null, or why it is not accepted. worker counts from 0.
type Judge func(ctx context.Context, worker int, rows *arrow.Schema) (core.Columns, error)
