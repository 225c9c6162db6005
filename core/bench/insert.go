package bench

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// Stream inserts the rows of a data set while searches run, at a steady rate,
// each row once. Remove takes them out again.
type Stream struct {
	c         *collection.Collection
	set       *dataset.Set
	perSecond float64
	// next gives the batches that are left; a batch is valid until then.
	next func() (*dataset.Batch, error, bool) //nolint:revive // as iter.Pull2 has it
	stop func()
	// batch holds rows from at on that were not inserted yet.
	batch *dataset.Batch
	at    int64
	keys  []*schemapb.IDs
}

// messagesPerSecond is into how many messages the rows of a second are parted.
const messagesPerSecond = 10

// NewStream prepares to insert the rows of a data set, whose keys must not be
// in the collection yet. Close ends it.
func NewStream(ctx context.Context, c *collection.Collection, set *dataset.Set, perSecond float64) (*Stream, error) {
	s := &Stream{c: c, set: set, perSecond: perSecond}
	if err := s.absent(ctx); err != nil {
		return nil, err
	}
	s.next, s.stop = iter.Pull2(set.Rows(ctx, dataset.ReadOptions{}))
	return s, nil
}

// absent makes sure that no row of a sample is there: it would be replaced, or
// doubled, and then deleted.
func (s *Stream) absent(ctx context.Context) error {
	key := s.c.Schema.Primary()
	if key == nil || key.AutoID {
		return nil
	}
	q := &querier{set: s.set, spec: Queries{Count: 100}}
	keys, err := q.rows(ctx, key.Name)
	if err != nil {
		return err
	}
	n, err := s.c.Count(ctx, collection.KeyFilter(key.Name, keys))
	if err != nil || n == 0 {
		return err
	}
	return core.Errorf(core.InvalidConfig, "%d of %d rows of %s that were looked for are in the collection already", n, keys.Len(), s.set.Path).
		WithHint("make rows with other keys: generate --first-row N, with the same schema and seed")
}

// Rate implements Inserter.
func (s *Stream) Rate() float64 { return s.perSecond }

// Insert implements Inserter.
func (s *Stream) Insert(ctx context.Context) (int64, error) {
	each := max(1, int64(s.perSecond/messagesPerSecond))
	begin, sent := time.Now(), int64(0)
	for {
		due := begin.Add(time.Duration(float64(sent) / s.perSecond * float64(time.Second)))
		if !sleepUntil(ctx, due) {
			return sent, nil
		}
		rows, err := s.rows(each)
		if err != nil || rows == nil {
			return sent, err
		}
		err = s.send(ctx, rows)
		n := rows.NumRows()
		rows.Release()
		if err != nil {
			return sent, err
		}
		sent += n
	}
}

func sleepUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// rows are the next few rows; nil where none are left.
func (s *Stream) rows(n int64) (arrow.Record, error) {
	for s.batch == nil || s.at >= s.batch.NumRows() {
		batch, err, more := s.next()
		if err != nil || !more {
			s.batch = nil
			return nil, err
		}
		s.batch, s.at = batch, 0
	}
	end := min(s.at+n, s.batch.NumRows())
	rows := s.batch.NewSlice(s.at, end)
	s.at = end
	return rows, nil
}

// send inserts rows, and keeps their keys. A message on its way is waited for
// when the run ends, so that its keys are known.
func (s *Stream) send(ctx context.Context, rows arrow.Record) error {
	columns, err := s.c.Encode(s.sent(rows))
	if err != nil {
		return err
	}
	keys, err := s.c.Insert(context.WithoutCancel(ctx), columns, int(rows.NumRows()))
	if keys != nil {
		s.keys = append(s.keys, keys)
	}
	return err
}

// sent are the columns that the collection has.
func (s *Stream) sent(rows arrow.Record) arrow.Record {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range rows.Schema().Fields() {
		if f.Name == core.DynamicField || s.c.Schema.Field(f.Name) != nil {
			fields, columns = append(fields, f), append(columns, rows.Column(i))
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, rows.NumRows())
}

// Remove deletes the rows that were inserted.
func (s *Stream) Remove(ctx context.Context) error {
	key := s.c.Schema.Primary()
	var errs []error
	for _, ids := range s.keys {
		answer, err := s.c.Server.Service().Delete(ctx, &milvuspb.DeleteRequest{
			DbName: s.c.Server.Database(), CollectionName: s.c.Name, Expr: collection.KeyFilter(key.Name, idArray(ids)),
		})
		errs = append(errs, collection.Explain(err, answer.GetStatus()))
	}
	if err := errors.Join(errs...); err != nil {
		return core.Errorf(core.CodeOf(err), "delete the rows that were inserted meanwhile: %w", err)
	}
	s.keys = nil
	return nil
}

func idArray(ids *schemapb.IDs) arrow.Array {
	if texts := ids.GetStrId().GetData(); len(texts) > 0 {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		b.AppendValues(texts, nil)
		return b.NewArray()
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(ids.GetIntId().GetData(), nil)
	return b.NewArray()
}

// Close ends the reading of the data set.
func (s *Stream) Close() { s.stop() }
