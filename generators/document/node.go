package document

import (
	"context"
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/jsontext"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// A node is a part of a document: it makes its values for many rows at once
// and writes them row by row.
type node interface {
	// fill makes the values of rows, in any order.
	fill(ctx context.Context, rows []int64) error
	// add appends the JSON of the row at place i of those.
	add(dst []byte, i int) []byte
	close() error
}

// literal is JSON that is the same in every row.
type literal []byte

func (l literal) fill(context.Context, []int64) error { return nil }
func (l literal) add(dst []byte, _ int) []byte        { return append(dst, l...) }
func (l literal) close() error                        { return nil }

// made is a value that a generator makes.
type made struct {
	core.Column
	values arrow.Array
}

func (m *made) fill(ctx context.Context, rows []int64) (err error) {
	m.release()
	m.values, err = column.Scattered(ctx, m.Column, rows, memory.DefaultAllocator)
	return err
}

func (m *made) release() {
	if m.values != nil {
		m.values.Release()
		m.values = nil
	}
}

func (m *made) add(dst []byte, i int) []byte {
	if m.values.IsNull(i) {
		return append(dst, "null"...)
	}
	if texts, ok := m.values.(*array.String); ok {
		return append(jsontext.AppendEscaped(append(dst, '"'), texts.Value(i)), '"')
	}
	return addScalar(dst, m.values, i)
}

// addScalar appends a number or a flag.
func addScalar(dst []byte, values arrow.Array, i int) []byte {
	switch v := values.(type) {
	case *array.Boolean:
		return strconv.AppendBool(dst, v.Value(i))
	case *array.Int64:
		return strconv.AppendInt(dst, v.Value(i), 10)
	case *array.Float64:
		return addFloat(dst, v.Value(i))
	default:
		return append(dst, "null"...) // openMade opens no other type
	}
}

func (m *made) close() error {
	m.release()
	return m.Close()
}

// phrase is a text with values inside it.
type phrase struct {
	parts []node // literals without quotes, and made
}

func (p phrase) fill(ctx context.Context, rows []int64) error { return fillAll(ctx, p.parts, rows) }

func (p phrase) add(dst []byte, i int) []byte {
	dst = append(dst, '"')
	for _, part := range p.parts {
		if value, ok := part.(*made); ok {
			if texts, ok := value.values.(*array.String); ok {
				dst = jsontext.AppendEscaped(dst, texts.Value(i))
				continue
			}
		}
		dst = part.add(dst, i)
	}
	return append(dst, '"')
}

func (p phrase) close() error { return closeAll(p.parts) }

func fillAll(ctx context.Context, nodes []node, rows []int64) error {
	for _, n := range nodes {
		if err := n.fill(ctx, rows); err != nil {
			return err
		}
	}
	return nil
}

func closeAll(nodes []node) error {
	var problems []error
	for _, n := range nodes {
		problems = append(problems, n.close())
	}
	return errors.Join(problems...)
}

// list is an array of a fixed number of elements.
type list []node

func (l list) fill(ctx context.Context, rows []int64) error { return fillAll(ctx, l, rows) }

func (l list) add(dst []byte, i int) []byte {
	dst = append(dst, '[')
	for at, n := range l {
		if at > 0 {
			dst = append(dst, ',')
		}
		dst = n.add(dst, i)
	}
	return append(dst, ']')
}

func (l list) close() error { return closeAll(l) }

// object is an object some of whose keys are in a share of the rows only.
type object struct {
	values []node
	keys   []key
	rows   []int64
}

type key struct {
	text  string // quoted, with its colon
	share float64
	draw  rng.Key
}

func (o *object) fill(ctx context.Context, rows []int64) error {
	o.rows = append(o.rows[:0], rows...)
	return fillAll(ctx, o.values, rows)
}

func (o *object) add(dst []byte, i int) []byte {
	dst = append(dst, '{')
	first := true
	for at, k := range o.keys {
		if k.share < 1 {
			if s := k.draw.At(o.rows[i]); !s.Bool(k.share) {
				continue
			}
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = o.values[at].add(append(dst, k.text...), i)
	}
	return append(dst, '}')
}

// put adds a key that a share of the rows has.
func (o *object) put(name string, share float64, draw rng.Key, value node) {
	quoted := append(jsontext.AppendEscaped([]byte{'"'}, name), '"', ':')
	o.keys = append(o.keys, key{string(quoted), share, draw})
	o.values = append(o.values, value)
}

func (o *object) close() error { return closeAll(o.values) }

// repeat is an array of elements of one kind. Each has a row number of its
// own.
type repeat struct {
	element     node
	least, most int
	draw        rng.Key
	ends        []int
	rows        []int64
}

func (r *repeat) fill(ctx context.Context, rows []int64) error {
	r.ends, r.rows = append(r.ends[:0], 0), r.rows[:0]
	for _, row := range rows {
		s := r.draw.At(row)
		for j := range s.Between(r.least, r.most) {
			r.rows = append(r.rows, row*int64(max(r.most, 1))+int64(j))
		}
		r.ends = append(r.ends, len(r.rows))
	}
	return r.element.fill(ctx, r.rows)
}

func (r *repeat) add(dst []byte, i int) []byte {
	dst = append(dst, '[')
	for at := r.ends[i]; at < r.ends[i+1]; at++ {
		if at > r.ends[i] {
			dst = append(dst, ',')
		}
		dst = r.element.add(dst, at)
	}
	return append(dst, ']')
}

func (r *repeat) close() error { return r.element.close() }

// oneOf is one of several JSON values, the first the commonest.
type oneOf struct {
	values []literal
	pick   *rng.Weighted
	draw   rng.Key
	rows   []int64
}

func (o *oneOf) fill(_ context.Context, rows []int64) error {
	o.rows = append(o.rows[:0], rows...)
	return nil
}

func (o *oneOf) add(dst []byte, i int) []byte {
	s := o.draw.At(o.rows[i])
	return append(dst, o.values[o.pick.Pick(&s)]...)
}

func (o *oneOf) close() error { return nil }
