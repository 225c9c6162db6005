package wire

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Read builds the record that a batch describes over the memory it lies in,
// without a copy. wrap makes an Arrow buffer of a piece of that memory and so
// decides what becomes of it at its last release. The batch may come from a
// hostile or broken peer: whatever it says, Read gives a record that can be
// used safely, or an error.
func Read(batch *pluginpb.Batch, schema *arrow.Schema, region Region, wrap func([]byte) *memory.Buffer) (record arrow.Record, err error) {
	r := reader{nodes: batch.GetNodes(), region: region, wrap: wrap}
	columns := make([]arrow.Array, 0, schema.NumFields())
	defer func() {
		for _, column := range columns {
			column.Release()
		}
	}()
	defer refuse(&err, "read batch")
	for _, field := range schema.Fields() {
		data, err := r.read(field.Type, batch.GetRows())
		if err == nil {
			err = validate(data)
		}
		if err != nil {
			if data != nil {
				data.Release()
			}
			return nil, core.Errorf(core.PluginFailed, "malformed batch: %w", err).WithField(field.Name)
		}
		columns = append(columns, array.MakeFromData(data))
		data.Release()
	}
	if len(r.nodes) > 0 {
		return nil, core.Errorf(core.PluginFailed, "malformed batch: %d nodes too many", len(r.nodes))
	}
	return array.NewRecord(schema, columns, batch.GetRows()), nil
}

type reader struct {
	nodes  []*pluginpb.Node
	region Region
	wrap   func([]byte) *memory.Buffer
}

// anyLength is the wanted length of a list's child: what its node says.
const anyLength = -1

func (r *reader) read(t arrow.DataType, want int64) (arrow.ArrayData, error) {
	l, err := layoutOf(t)
	if err != nil {
		return nil, err
	}
	if len(r.nodes) == 0 || r.nodes[0] == nil {
		return nil, fmt.Errorf("no node for %s", t)
	}
	node := r.nodes[0]
	r.nodes = r.nodes[1:]
	n := node.GetLength()
	switch {
	case want != anyLength && n != want:
		return nil, fmt.Errorf("%s array of %d values, not %d", t, n, want)
	case n < 0 || n > math.MaxInt32:
		return nil, fmt.Errorf("%s array of %d values", t, n)
	case len(node.GetBuffers()) != l.buffers():
		return nil, fmt.Errorf("%s array of %d buffers, not %d", t, len(node.GetBuffers()), l.buffers())
	}
	buffers, nulls, err := r.buffers(node, l)
	if err != nil {
		return nil, fmt.Errorf("%s array: %w", t, err)
	}
	defer releaseAll(buffers)
	children := make([]arrow.ArrayData, 0, len(l.children))
	defer func() {
		for _, child := range children {
			child.Release()
		}
	}()
	for _, child := range l.children {
		data, err := r.read(child, childLength(l, n))
		if err != nil {
			return nil, err
		}
		children = append(children, data)
	}
	return array.NewData(t, int(n), buffers, append([]arrow.ArrayData(nil), children...), nulls, 0), nil
}

func childLength(l layout, n int64) int64 {
	switch l.kind {
	case fixedLists:
		return n * int64(l.width)
	case structs:
		return n
	default:
		return anyLength
	}
}

// buffers cuts an array's buffers out of the region; their number is right.
func (r *reader) buffers(node *pluginpb.Node, l layout) (out []*memory.Buffer, nulls int, err error) {
	n := node.GetLength()
	cut := make([][]byte, l.buffers())
	for i, extent := range node.GetBuffers() {
		if cut[i], err = r.cut(extent, l.align(i)); err != nil {
			return nil, 0, err
		}
		if want := l.size(i, n); want >= 0 && int64(len(cut[i])) != want && (i > 0 || len(cut[i]) > 0) {
			return nil, 0, fmt.Errorf("buffer %d has %d bytes, not %d", i, len(cut[i]), want)
		}
	}
	if len(cut[0]) > 0 {
		nulls = int(n) - bitutil.CountSetBits(cut[0], 0, int(n))
	}
	if int64(nulls) != node.GetNulls() {
		return nil, 0, fmt.Errorf("%d nulls, but %d told", nulls, node.GetNulls())
	}
	out = make([]*memory.Buffer, len(cut))
	for i, piece := range cut {
		switch {
		case len(piece) > 0:
			out[i] = r.wrap(piece)
		case i > 0:
			out[i] = memory.NewBufferBytes(nil)
		}
	}
	return out, nulls, nil
}

// size is the number of bytes of the i-th buffer of n values; -1 where only
// the values tell.
func (l layout) size(i int, n int64) int64 {
	switch {
	case i == 0 || l.kind == bitwise:
		return (n + 7) / 8
	case i == 2:
		return -1
	case l.kind == fixedWidth:
		return n * int64(l.width)
	case n == 0:
		return 0
	default:
		return (n + 1) * 4
	}
}

func (r *reader) cut(extent *pluginpb.Extent, align int64) ([]byte, error) {
	length := extent.GetLength()
	if length == 0 {
		return nil, nil
	}
	at := extent.GetOffset() - r.region.Offset
	size := int64(len(r.region.Bytes))
	if extent.GetOffset() < r.region.Offset || length < 0 || at > size || length > size-at {
		return nil, fmt.Errorf("buffer of %d bytes at %d is outside the memory", length, extent.GetOffset())
	}
	if extent.GetOffset()%align != 0 {
		return nil, fmt.Errorf("buffer at %d is not aligned to %d bytes", extent.GetOffset(), align)
	}
	return r.region.Bytes[at : at+length : at+length], nil
}

func releaseAll(buffers []*memory.Buffer) {
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
}

// validate checks what lengths alone do not tell: that offsets rise and stay
// within what they point into, in the array and all its children.
func validate(data arrow.ArrayData) error {
	l, err := layoutOf(data.DataType())
	if err != nil {
		return nil //nolint:nilerr // only IPC brings such types, and no field has one
	}
	if (l.kind == variable || l.kind == lists) && data.Len() > 0 {
		buffers := data.Buffers()
		if len(buffers) < 2 || buffers[1] == nil || buffers[1].Len() < (data.Offset()+data.Len()+1)*4 {
			return fmt.Errorf("%s array without all its offsets", data.DataType())
		}
		limit := 0
		if l.kind == lists {
			limit = data.Children()[0].Len()
		} else if buffers[2] != nil {
			limit = buffers[2].Len()
		}
		offsets := arrow.Int32Traits.CastFromBytes(buffers[1].Bytes())[data.Offset():][:data.Len()+1]
		if err := rising(offsets, limit); err != nil {
			return fmt.Errorf("%s array: %w", data.DataType(), err)
		}
	}
	for _, child := range data.Children() {
		if err := validate(child); err != nil {
			return err
		}
	}
	return nil
}

func rising(offsets []int32, limit int) error {
	last := int32(0)
	for i, offset := range offsets {
		if offset < last {
			return fmt.Errorf("offset %d falls from %d to %d", i, last, offset)
		}
		last = offset
	}
	if int(last) > limit {
		return fmt.Errorf("offset %d is beyond the %d that there are", last, limit)
	}
	return nil
}
