package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	pq "github.com/apache/arrow/go/v17/parquet/schema"
)

// leaf reads a column chunk of numbers page by page, without the library's
// machinery of one value at a time: levels come as runs, values as bytes.
type leaf struct {
	pages          file.PageReader
	maxDef, maxRep int
	// width is the size of a value in the file.
	width int
	// left is how many entries (values, nulls, empty lists) of the page are
	// left.
	left     int
	rep, def runs
	// values are the page's values, or where dict is used their places in
	// it.
	values  []byte
	places  runs
	useDict bool
	dict    []byte
	scratch []byte
}

// canLeaf tells whether every page of the chunk can be read by a leaf.
func canLeaf(group *file.RowGroupReader, column int) bool {
	chunk, err := group.MetaData().ColumnChunk(column)
	if err != nil || chunk.CryptoMetadata() != nil || !readable(chunk.Compression()) {
		return false
	}
	for _, e := range chunk.Encodings() {
		switch e {
		case parquet.Encodings.Plain, parquet.Encodings.RLE, parquet.Encodings.PlainDict, parquet.Encodings.RLEDict, parquet.Encodings.BitPacked:
		default:
			return false
		}
	}
	return true
}

func openLeaf(group *file.RowGroupReader, column int, descr *pq.Column) (*leaf, error) {
	width, ok := map[parquet.Type]int{
		parquet.Types.Int32: 4, parquet.Types.Int64: 8, parquet.Types.Float: 4, parquet.Types.Double: 8,
		parquet.Types.FixedLenByteArray: descr.TypeLength(),
	}[descr.PhysicalType()]
	if !ok || width <= 0 {
		return nil, fmt.Errorf("values of type %s", descr.PhysicalType())
	}
	pages, err := group.GetColumnPageReader(column)
	if err != nil {
		return nil, err
	}
	return &leaf{pages: pages, maxDef: int(descr.MaxDefinitionLevel()), maxRep: int(descr.MaxRepetitionLevel()), width: width}, nil
}

// peek gives the levels of the next entries, and how many have the same; io.EOF
// is the end of the chunk.
func (l *leaf) peek() (rep, def, n int, err error) {
	for l.left == 0 {
		if err := l.page(); err != nil {
			return 0, 0, 0, err
		}
	}
	n = l.left
	if l.maxRep > 0 {
		value, count, err := l.rep.peek()
		if err != nil || count == 0 {
			return 0, 0, 0, errors.Join(err, errLevels)
		}
		rep, n = int(value), min(n, count)
	}
	def = l.maxDef
	if l.maxDef > 0 {
		value, count, err := l.def.peek()
		if err != nil || count == 0 {
			return 0, 0, 0, errors.Join(err, errLevels)
		}
		def, n = int(value), min(n, count)
	}
	if rep > l.maxRep || def > l.maxDef {
		return 0, 0, 0, errLevels
	}
	return rep, def, n, nil
}

// skip takes n entries that peek gave.
func (l *leaf) skip(n int) {
	l.left -= n
	if l.maxRep > 0 {
		l.rep.skip(n)
	}
	if l.maxDef > 0 {
		l.def.skip(n)
	}
}

// take gives the next n values; the bytes are valid until the next call.
func (l *leaf) take(n int) ([]byte, error) {
	size := n * l.width
	if !l.useDict {
		if size > len(l.values) {
			return nil, errors.New("a page holds fewer values than it says")
		}
		values := l.values[:size]
		l.values = l.values[size:]
		return values, nil
	}
	if cap(l.scratch) < size {
		l.scratch = make([]byte, size)
	}
	out := l.scratch[:0]
	for len(out) < size {
		place, count, err := l.places.peek()
		if err != nil || count == 0 {
			return nil, errors.Join(err, errors.New("a page holds fewer values than it says"))
		}
		at := int(place) * l.width
		if at+l.width > len(l.dict) {
			return nil, errors.New("a value lies outside of the dictionary")
		}
		count = min(count, (size-len(out))/l.width)
		for range count {
			out = append(out, l.dict[at:at+l.width]...)
		}
		l.places.skip(count)
	}
	return out, nil
}

// page goes to the next data page.
func (l *leaf) page() error {
	for l.pages.Next() {
		switch page := l.pages.Page().(type) {
		case *file.DictionaryPage:
			l.dict = append([]byte(nil), page.Data()...)
		case *file.DataPageV1:
			return l.pageV1(page)
		case *file.DataPageV2:
			return l.pageV2(page)
		}
	}
	if err := l.pages.Err(); err != nil {
		return err
	}
	return io.EOF
}

func (l *leaf) pageV1(page *file.DataPageV1) error {
	data := page.Data()
	levels := func(most int, encoding parquet.Encoding) (runs, error) {
		if most == 0 {
			return runs{}, nil
		}
		if encoding != parquet.Encodings.RLE {
			return runs{}, fmt.Errorf("levels with the encoding %s", encoding)
		}
		if len(data) < 4 {
			return runs{}, errLevels
		}
		size := int(binary.LittleEndian.Uint32(data))
		if size < 0 || size > len(data)-4 {
			return runs{}, errLevels
		}
		r := newRuns(data[4:4+size], bitWidth(most))
		data = data[4+size:]
		return r, nil
	}
	var err error
	if l.rep, err = levels(l.maxRep, page.RepetitionLevelEncoding()); err != nil {
		return err
	}
	if l.def, err = levels(l.maxDef, page.DefinitionLevelEncoding()); err != nil {
		return err
	}
	return l.begin(int(page.NumValues()), parquet.Encoding(page.Encoding()), data)
}

func (l *leaf) pageV2(page *file.DataPageV2) error {
	data := page.Data()
	rep, def := int(page.RepetitionLevelByteLen()), int(page.DefinitionLevelByteLen())
	if rep < 0 || def < 0 || rep+def > len(data) {
		return errLevels
	}
	l.rep = newRuns(data[:rep], bitWidth(l.maxRep))
	l.def = newRuns(data[rep:rep+def], bitWidth(l.maxDef))
	return l.begin(int(page.NumValues()), parquet.Encoding(page.Encoding()), data[rep+def:])
}

func (l *leaf) begin(n int, encoding parquet.Encoding, values []byte) error {
	l.left, l.values, l.useDict = n, values, false
	switch encoding {
	case parquet.Encodings.Plain:
	case parquet.Encodings.PlainDict, parquet.Encodings.RLEDict:
		l.useDict = true
		if len(values) == 0 { // a page of nulls alone
			l.places = runs{}
			break
		}
		if values[0] > 32 {
			return errors.New("a page's dictionary is damaged")
		}
		l.places = newRuns(values[1:], int(values[0]))
	default:
		return fmt.Errorf("values with the encoding %s", encoding)
	}
	return nil
}

func bitWidth(most int) int {
	width := 0
	for most > 0 {
		most >>= 1
		width++
	}
	return width
}
