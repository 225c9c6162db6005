package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// countEvery is the time between two counts while rows are awaited.
const countEvery = 500 * time.Millisecond

// count compares the numbers of rows. Rows that were loaded a moment ago may
// not be seen yet: it asks again for a while.
func (r *run) count(ctx context.Context) error {
	rows := &r.report.Rows
	var err error
	if rows.DataSet, err = r.setRows(ctx); err != nil {
		return err
	}
	r.tell("counting", -1, 0)
	begin := time.Now()
	for {
		if rows.Collection, err = r.c.Count(ctx, ""); err != nil {
			return err
		}
		waited := time.Since(begin)
		if rows.Collection >= rows.DataSet || waited >= r.o.Wait {
			break
		}
		rows.Waited = waited.Seconds()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(countEvery):
		}
	}
	if r.fresh, err = r.c.Server.Fresh(ctx); err != nil {
		return err
	}
	if rows.Estimate, err = r.c.Estimate(ctx); err != nil {
		return err
	}
	if rows.Estimate != rows.Collection {
		r.report.note(fmt.Sprintf("the statistics of the collection say %d rows: they are an estimate, the count is exact", rows.Estimate))
	}
	return nil
}

// setRows is the number of rows of the data set; JSON files are read for it.
func (r *run) setRows(ctx context.Context) (int64, error) {
	if n := r.set.Count(); n >= 0 {
		return n, nil
	}
	r.tell("counting the data set", -1, 0)
	var total int64
	read := dataset.ReadOptions{Fields: r.cheapest(), Report: func(dataset.Finding) {}}
	for batch, err := range r.set.Rows(ctx, read) {
		if err != nil {
			return 0, err
		}
		total += batch.NumRows()
	}
	return total, nil
}

// cheapest is one column, to count rows by.
func (r *run) cheapest() []string {
	if key := r.wanted.Primary(); key != nil {
		return []string{key.Name}
	}
	return []string{r.wanted.Stored()[0].Name}
}
