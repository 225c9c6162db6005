package collection

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Rows reads all rows in the order of their keys, however many there are. A
// batch is valid until the next one is asked for.
func (c *Collection) Rows(ctx context.Context, r Read) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		key := c.Schema.Primary()
		if key == nil {
			yield(nil, core.Errorf(core.Internal, "the collection %s has no key", c.Name))
			return
		}
		p := &pager{c: c, key: key, r: r, last: r.After}
		var err error
		if p.fields, err = c.readable(r.Fields); err != nil {
			yield(nil, err)
			return
		}
		if r.Fresh == 0 && r.Timestamp == 0 {
			if p.r.Fresh, err = c.Server.Fresh(ctx); err != nil {
				yield(nil, err)
				return
			}
		}
		p.asked = p.withKey()
		p.pace = newPace(p.asked, r.BatchRows)
		for {
			batch, err := p.next(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			if batch == nil {
				return
			}
			goOn := yield(batch, nil)
			batch.Release()
			if !goOn {
				return
			}
		}
	}
}

// pager reads page after page: the rows behind the last key, smallest first.
type pager struct {
	c      *Collection
	key    *schema.Field
	r      Read
	fields []*schema.Field // what the reader wants
	asked  []*schema.Field // and the key
	pace   *pace
	last   any
}

// withKey adds the key to the fields where it is not among them.
func (p *pager) withKey() []*schema.Field {
	for _, f := range p.fields {
		if f.Name == p.key.Name {
			return p.fields
		}
	}
	return append(p.fields[:len(p.fields):len(p.fields)], p.key)
}

// next is the next page, nil at the end. Only an empty page is the end: a
// server may send less than was asked for.
func (p *pager) next(ctx context.Context) (arrow.Record, error) {
	if p.last == any(int64(math.MaxInt64)) {
		return nil, nil
	}
	r := p.r
	r.Filter = p.filter()
	for {
		batch, err := p.c.page(ctx, p.asked, r, map[string]string{
			"limit": strconv.Itoa(p.pace.rows), "iterator": "True", "reduce_stop_for_best": "True",
		})
		if IsTooLarge(err) && p.pace.smaller() {
			continue
		}
		if err != nil {
			return nil, err
		}
		if batch.NumRows() == 0 {
			batch.Release()
			return nil, p.largest(ctx)
		}
		p.pace.saw(batch)
		if p.last, err = lastKey(batch.Column(p.keyAt()), p.last); err != nil {
			batch.Release()
			return nil, err
		}
		return p.wanted(batch), nil
	}
}

// largest makes sure that no row was passed over: queries of Milvus never
// return the row with the largest key there is, though count(*) finds it.
func (p *pager) largest(ctx context.Context) error {
	if p.key.Type != schema.Int64 || p.c.Server.Kind == Lite {
		return nil
	}
	filter := fmt.Sprintf("%s == %d", p.key.Name, math.MaxInt64)
	if p.r.Filter != "" {
		filter = "(" + p.r.Filter + ") and " + filter
	}
	found, err := p.c.Count(ctx, filter)
	if err == nil && found > 0 {
		return core.Errorf(core.InvalidData, "key %d is in the collection %s, but queries of this server do not return it", math.MaxInt64, p.c.Name).
			WithField(p.key.Name).WithHint("give that row another key: delete it, and insert it with a smaller one")
	}
	return err
}

func (p *pager) keyAt() int {
	for i, f := range p.asked {
		if f.Name == p.key.Name {
			return i
		}
	}
	return -1
}

// wanted leaves out the key that nobody asked for.
func (p *pager) wanted(batch arrow.Record) arrow.Record {
	if len(p.asked) == len(p.fields) {
		return batch
	}
	defer batch.Release()
	n := len(p.fields)
	return array.NewRecord(arrow.NewSchema(batch.Schema().Fields()[:n], nil), batch.Columns()[:n], batch.NumRows())
}

// filter finds the rows behind the last key.
func (p *pager) filter() string {
	behind := ""
	switch last := p.last.(type) {
	case int64:
		behind = fmt.Sprintf("%s >= %d", p.key.Name, last+1) // Milvus cannot read the smallest number
	case string:
		behind = p.key.Name + " > " + Quote(last)
	default:
		return p.r.Filter
	}
	if p.r.Filter == "" {
		return behind
	}
	return "(" + p.r.Filter + ") and " + behind
}

// lastKey is the largest key of a page, whose keys must rise from the last one
// on: else rows would be lost in silence.
func lastKey(keys arrow.Array, last any) (any, error) {
	outOfOrder := func(before, after any) error {
		return core.Errorf(core.Internal, "the server sent key %v after %v: its pages are not in the order of keys", after, before)
	}
	switch keys := keys.(type) {
	case *array.Int64:
		for _, key := range keys.Int64Values() {
			if before, ok := last.(int64); ok && key <= before {
				return nil, outOfOrder(before, key)
			}
			last = key
		}
	case *array.String:
		for i := range keys.Len() {
			if before, ok := last.(string); ok && keys.Value(i) <= before {
				return nil, outOfOrder(before, keys.Value(i))
			}
			last = keys.Value(i)
		}
		if key, ok := last.(string); ok {
			last = string([]byte(key)) // the page's memory goes
		}
	}
	return last, nil
}
