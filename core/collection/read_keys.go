package collection

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Quote writes a text as Milvus reads it in a filter.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}

// KeyFilter is the filter that finds these keys (an int64 or utf8 array).
func KeyFilter(field string, keys arrow.Array) string {
	b := make([]byte, 0, 16*keys.Len())
	b = append(append(b, field...), " in ["...)
	begin := len(b)
	smallest := false
	for i := range keys.Len() {
		if keys, ok := keys.(*array.Int64); ok && keys.Value(i) == math.MinInt64 {
			smallest = true
			continue
		}
		if len(b) > begin {
			b = append(b, ',')
		}
		switch keys := keys.(type) {
		case *array.Int64:
			b = strconv.AppendInt(b, keys.Value(i), 10)
		case *array.String:
			b = append(b, Quote(keys.Value(i))...)
		}
	}
	b = append(b, ']')
	if smallest { // which Milvus cannot read
		b = fmt.Appendf(b, " or %s < %d", field, math.MinInt64+1)
	}
	return string(b)
}

// Get reads the rows with these keys (an int64 or utf8 array), in any order;
// it splits requests that are too large.
func (c *Collection) Get(ctx context.Context, keys arrow.Array, r Read) (arrow.Record, error) {
	fields, err := c.readable(r.Fields)
	if err != nil {
		return nil, err
	}
	key := c.Schema.Primary()
	if key == nil || !arrow.TypeEqual(keys.DataType(), key.Arrow().Type) {
		return nil, core.Errorf(core.Internal, "keys are %s, not those of %s", keys.DataType(), c.Name)
	}
	pace := newPace(fields, r.BatchRows)
	var parts []arrow.Record
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	for at := 0; at < keys.Len(); {
		n := min(pace.rows, keys.Len()-at)
		some := array.NewSlice(keys, int64(at), int64(at+n))
		one := r
		one.Filter = KeyFilter(key.Name, some)
		some.Release()
		part, err := c.page(ctx, fields, one, map[string]string{"limit": strconv.Itoa(Window)})
		if IsTooLarge(err) && pace.smaller() {
			continue
		}
		if err != nil {
			return nil, err
		}
		at += n
		pace.saw(part)
		parts = append(parts, part)
	}
	return joinRecords(fields, parts)
}

// joinRecords makes one batch of several.
func joinRecords(fields []*schema.Field, parts []arrow.Record) (arrow.Record, error) {
	if len(parts) == 1 {
		parts[0].Retain()
		return parts[0], nil
	}
	described := make([]arrow.Field, len(fields))
	columns := make([]arrow.Array, len(fields))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	rows := int64(0)
	for _, p := range parts {
		rows += p.NumRows()
	}
	for i, f := range fields {
		described[i] = arrowField(f)
		pieces := make([]arrow.Array, len(parts))
		for j, p := range parts {
			pieces[j] = p.Column(i)
		}
		var err error
		if len(pieces) == 0 {
			columns[i] = array.MakeArrayOfNull(memory.DefaultAllocator, described[i].Type, 0)
		} else if columns[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			return nil, core.OfField(err, f.Name)
		}
	}
	return array.NewRecord(arrow.NewSchema(described, nil), columns, rows), nil
}
