package insert

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Keys sweeps a collection whose keys the server makes.
type Keys struct{ *collection.Collection }

// gapsAtOnce is how many gaps between known keys one query asks for.
const gapsAtOnce = 100

// Sweep implements Sweeper.
func (k Keys) Sweep(ctx context.Context, known Known, most int64) error {
	if err := loaded(ctx, k.Collection, nil); err != nil {
		return err
	}
	if len(known.ids) == 0 && known.Before != 0 {
		return k.nothingNew(ctx, known.Before)
	}
	var strays []string
	var err error
	if k.Schema.Primary().Type == schema.Int64 {
		strays, err = k.numbers(ctx, known, most)
	} else {
		strays, err = k.texts(ctx, known, most)
	}
	if err != nil {
		return err
	}
	if int64(len(strays)) > most {
		return core.Errorf(core.Conflict, "the collection %s has rows that this run did not send: at most %d of its own are in doubt, and more are there. Somebody else writes into it", k.Name, most).
			WithHint("let nobody else write while rows are inserted; begin again with --drop-if-exists, or into another collection")
	}
	return k.remove(ctx, strays)
}

// nothingNew serves the case that no key is known yet: only the count can tell
// whether rows arrived.
func (k Keys) nothingNew(ctx context.Context, before int64) error {
	now, err := k.Count(ctx, "")
	if err != nil || now == before {
		return err
	}
	return core.Errorf(core.Conflict, "the collection %s had %d rows and has %d now: some were sent of which no key is known", k.Name, before, now).
		WithHint("see which they are with milvus-ingest to-milvus verify, or begin again with --drop-if-exists")
}

// numbers finds the keys in the gaps between those that are known, up to one
// more than most.
func (k Keys) numbers(ctx context.Context, known Known, most int64) ([]string, error) {
	gaps := known.ids.missing(math.MinInt64, math.MaxInt64)
	if known.Before != 0 {
		gaps = gaps[1:] // rows that were there before
	}
	var strays []string
	for len(gaps) > 0 && int64(len(strays)) <= most {
		some := gaps[:min(len(gaps), gapsAtOnce)]
		gaps = gaps[len(some):]
		terms := make([]string, len(some))
		for i, gap := range some {
			terms[i] = between(k.Schema.Primary().Name, gap)
		}
		err := k.each(ctx, strings.Join(terms, " || "), func(key string) bool {
			strays = append(strays, key)
			return int64(len(strays)) <= most
		})
		if err != nil {
			return nil, err
		}
	}
	return strays, nil
}

func between(field string, gap interval) string {
	switch {
	case gap.lo == math.MinInt64 && gap.hi == math.MaxInt64:
		return fmt.Sprintf("%s >= 0 || %s < 0", field, field)
	case gap.lo == math.MinInt64:
		return fmt.Sprintf("%s < %d", field, gap.hi)
	case gap.hi == math.MaxInt64:
		return fmt.Sprintf("%s >= %d", field, gap.lo)
	default:
		return fmt.Sprintf("(%s >= %d && %s < %d)", field, gap.lo, field, gap.hi)
	}
}

// texts finds the same among keys that are text: all are read, for text is
// not in the order of numbers.
func (k Keys) texts(ctx context.Context, known Known, most int64) ([]string, error) {
	least := int64(math.MinInt64)
	if known.Before != 0 {
		least = known.ids[0].lo
	}
	var strays []string
	err := k.each(ctx, "", func(key string) bool {
		id, err := strconv.ParseInt(key, 10, 64)
		if err == nil && id >= least && !known.ids.has(id) {
			strays = append(strays, key)
		}
		return int64(len(strays)) <= most
	})
	return strays, err
}

// each reads the keys that a filter finds until use has enough.
func (k Keys) each(ctx context.Context, filter string, use func(key string) bool) error {
	name := k.Schema.Primary().Name
	for batch, err := range k.Rows(ctx, collection.Read{Fields: []string{name}, Filter: filter}) {
		if err != nil {
			return err
		}
		column := batch.Column(0)
		for i := range column.Len() {
			if !use(text(column, i)) {
				return nil
			}
		}
	}
	return nil
}

func text(column arrow.Array, i int) string {
	if numbers, ok := column.(*array.Int64); ok {
		return strconv.FormatInt(numbers.Value(i), 10)
	}
	return column.(*array.String).Value(i)
}

// removeAtOnce is how many rows one call removes.
const removeAtOnce = 1000

// remove deletes rows by their keys.
func (k Keys) remove(ctx context.Context, keys []string) error {
	primary := k.Schema.Primary()
	for len(keys) > 0 {
		some := keys[:min(len(keys), removeAtOnce)]
		keys = keys[len(some):]
		list := strings.Join(some, ", ")
		if primary.Type != schema.Int64 {
			list = `"` + strings.Join(some, `", "`) + `"`
		}
		answer, err := k.Server.Service().Delete(ctx, &milvuspb.DeleteRequest{
			CollectionName: k.Name, Expr: fmt.Sprintf("%s in [%s]", primary.Name, list),
		})
		if err := collection.Explain(err, answer.GetStatus()); err != nil {
			return fmt.Errorf("remove rows that arrived without our knowing: %w", err)
		}
	}
	return nil
}

// Discard removes the rows of a run that is given up.
func (k Keys) Discard(ctx context.Context, j *Journal) error {
	ids, _ := j.keys()
	var some []string
	for _, run := range ids {
		for id := run.lo; id < run.hi; id++ {
			if some = append(some, strconv.FormatInt(id, 10)); len(some) == removeAtOnce {
				if err := k.remove(ctx, some); err != nil {
					return err
				}
				some = some[:0]
			}
		}
	}
	return k.remove(ctx, some)
}
