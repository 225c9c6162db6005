package wire

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// kind is the form of an array's memory.
type kind int

const (
	fixedWidth kind = iota // validity, values
	bitwise                // validity, bits
	variable               // validity, offsets, bytes
	lists                  // validity, offsets; one child
	fixedLists             // validity; one child
	structs                // validity; children
)

// layout is what Arrow's specification says of the memory of a type.
type layout struct {
	kind     kind
	width    int // bytes a value, or values a fixed-size list
	children []arrow.DataType
}

func layoutOf(t arrow.DataType) (layout, error) {
	switch t := t.(type) {
	case *arrow.BooleanType:
		return layout{kind: bitwise}, nil
	case *arrow.StringType, *arrow.BinaryType:
		return layout{kind: variable}, nil
	case *arrow.ListType:
		return layout{kind: lists, children: []arrow.DataType{t.Elem()}}, nil
	case *arrow.FixedSizeListType:
		return layout{kind: fixedLists, width: int(t.Len()), children: []arrow.DataType{t.Elem()}}, nil
	case *arrow.StructType:
		l := layout{kind: structs}
		for _, f := range t.Fields() {
			l.children = append(l.children, f.Type)
		}
		return l, nil
	case arrow.ExtensionType, *arrow.DictionaryType:
		return layout{}, fmt.Errorf("type %s is not for shared memory", t)
	case arrow.FixedWidthDataType:
		return layout{kind: fixedWidth, width: t.Bytes()}, nil
	default:
		return layout{}, fmt.Errorf("type %s is not for shared memory", t)
	}
}

// buffers is the number of buffers of an array of this layout.
func (l layout) buffers() int {
	switch l.kind {
	case variable:
		return 3
	case fixedLists, structs:
		return 1
	default:
		return 2
	}
}

// straight is an array without an offset: its memory begins with its first
// value. A nil buffer is absent.
type straight struct {
	layout
	length, nulls int
	buffers       [][]byte
	children      []arrow.ArrayData // not straight; to be released
}

func (s straight) release() {
	for _, child := range s.children {
		child.Release()
	}
}

// straightenOne takes the offset out of an array, by slicing where it can and
// by copying bits where it must.
func straightenOne(data arrow.ArrayData) (s straight, err error) {
	if s.layout, err = layoutOf(data.DataType()); err != nil {
		return s, err
	}
	have := data.Buffers()
	if len(have) < s.layout.buffers() && s.kind != fixedLists && s.kind != structs {
		return s, fmt.Errorf("%s array with %d buffers", data.DataType(), len(have))
	}
	s.length = data.Len()
	s.buffers = make([][]byte, s.layout.buffers())
	off, n := data.Offset(), data.Len()
	if len(have) > 0 && data.NullN() != 0 && present(have[0]) {
		valid := have[0].Bytes()
		if s.nulls = n - bitutil.CountSetBits(valid, off, n); s.nulls > 0 {
			s.buffers[0] = bitsOf(valid, off, n)
		}
	}
	switch s.kind {
	case fixedWidth:
		s.buffers[1] = sliceOf(have[1], off*s.width, n*s.width)
	case bitwise:
		if n > 0 {
			s.buffers[1] = bitsOf(have[1].Bytes(), off, n)
		}
	case variable, lists:
		if n > 0 {
			s.buffers[1] = sliceOf(have[1], off*4, (n+1)*4)
		}
		if s.kind == variable && n > 0 && present(have[2]) {
			end := arrow.Int32Traits.CastFromBytes(s.buffers[1])[n]
			s.buffers[2] = sliceOf(have[2], 0, int(end))
		}
	}
	for _, child := range data.Children() {
		from, to := 0, child.Len()
		switch s.kind {
		case structs:
			from, to = off, off+n
		case fixedLists:
			from, to = off*s.width, (off+n)*s.width
		case lists:
			to = 0
			if n > 0 {
				to = int(arrow.Int32Traits.CastFromBytes(s.buffers[1])[n])
			}
		}
		s.children = append(s.children, array.NewSliceData(child, int64(from), int64(to)))
	}
	return s, nil
}

func present(b *memory.Buffer) bool { return b != nil && b.Len() > 0 }

func sliceOf(b *memory.Buffer, from, length int) []byte {
	if length == 0 {
		return nil
	}
	return b.Bytes()[from : from+length]
}

func bitsOf(b []byte, off, n int) []byte {
	if off%8 == 0 {
		return b[off/8 : off/8+bytesFor(n)]
	}
	out := make([]byte, bytesFor(n))
	bitutil.CopyBitmap(b, off, n, out, 0)
	return out
}

func bytesFor(n int) int { return int(bitutil.BytesForBits(int64(n))) }

// straighten gives a record whose arrays have no offsets, sharing all memory
// that it can: the Arrow library's IPC writer keeps offsets of some nested
// types wrongly. Types without a layout here stay as they are.
func straighten(record arrow.Record) arrow.Record {
	columns := make([]arrow.Array, record.NumCols())
	for i, column := range record.Columns() {
		data, err := rebuild(column.Data())
		if err != nil {
			column.Retain()
			columns[i] = column
			continue
		}
		columns[i] = array.MakeFromData(data)
		data.Release()
	}
	out := array.NewRecord(record.Schema(), columns, record.NumRows())
	for _, column := range columns {
		column.Release()
	}
	return out
}

// rebase makes offsets begin at zero, which the IPC writer takes for granted.
func (s straight) rebase() {
	if s.kind != variable && s.kind != lists || s.length == 0 {
		return
	}
	offsets := arrow.Int32Traits.CastFromBytes(s.buffers[1])
	first, last := offsets[0], offsets[s.length]
	if first == 0 {
		return
	}
	shifted := make([]int32, len(offsets))
	for i, offset := range offsets {
		shifted[i] = offset - first
	}
	s.buffers[1] = arrow.Int32Traits.CastToBytes(shifted)
	if s.kind == variable {
		s.buffers[2] = s.buffers[2][min(int(first), len(s.buffers[2])):]
		return
	}
	whole := s.children[0]
	s.children[0] = array.NewSliceData(whole, int64(first), int64(last))
	whole.Release()
}

func rebuild(data arrow.ArrayData) (arrow.ArrayData, error) {
	s, err := straightenOne(data)
	if err != nil {
		return nil, err
	}
	defer s.release()
	s.rebase()
	buffers := make([]*memory.Buffer, len(s.buffers))
	for i, b := range s.buffers {
		if b != nil {
			buffers[i] = memory.NewBufferBytes(b)
		}
	}
	children := make([]arrow.ArrayData, len(s.children))
	defer func() {
		for _, child := range children {
			if child != nil {
				child.Release()
			}
		}
	}()
	for i, child := range s.children {
		if children[i], err = rebuild(child); err != nil {
			return nil, err
		}
	}
	return array.NewData(data.DataType(), s.length, buffers, children, s.nulls, 0), nil
}
