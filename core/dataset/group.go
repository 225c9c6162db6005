package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// mostRows bounds a batch of narrow rows.
const mostRows = 64 << 10

// readParquet reads one row group in pieces.
func (r *Reader) readParquet(ctx context.Context, u Unit, yield func(*Batch) error) error {
	sources, err := r.openGroup(ctx, u)
	if err != nil {
		return err
	}
	defer closeSources(sources)
	step, err := r.step(u)
	if err != nil {
		return err
	}
	for done := int64(0); done < u.Rows; {
		n := int(min(step, u.Rows-done))
		batch, err := r.batch(sources, u, done, n)
		if err != nil {
			return err
		}
		if err := yield(batch); err != nil {
			return err
		}
		done += int64(n)
	}
	return nil
}

// openGroup opens the columns of a row group.
func (r *Reader) openGroup(ctx context.Context, u Unit) (_ []source, err error) {
	defer rescue(&err)
	if r.of != u.File {
		if err := r.Close(); err != nil {
			return nil, err
		}
		if r.open, err = openParquet(u.File.Path); err != nil {
			return nil, err
		}
		r.of = u.File
	}
	if u.Group >= r.open.reader.NumRowGroups() || r.open.reader.MetaData().RowGroup(u.Group).NumRows() != u.Rows {
		return nil, errors.New("the file was changed while it was read")
	}
	sources := make([]source, len(r.fields))
	for i, f := range r.fields {
		if sources[i], err = r.open.source(ctx, u.Group, f, r.schema.Field(i).Type); err != nil {
			closeSources(sources)
			return nil, fmt.Errorf("row group %d, column %s: %w", u.Group, f.Name, err)
		}
	}
	return sources, nil
}

// step is how many rows of the unit make a batch.
func (r *Reader) step(u Unit) (_ int64, err error) {
	defer rescue(&err)
	width, unpacked := int64(1), int64(1)
	for i, f := range r.fields {
		if fixed := fixedWidth(r.schema.Field(i).Type); fixed > 0 {
			width += fixed
		} else {
			width += int64(8 + min(f.MaxLength, 64))
			unpacked += r.open.unpacked(u.Group, f)
		}
	}
	if group := u.File.Groups[u.Group]; group.Rows > 0 && len(r.o.Fields) == 0 {
		width = max(width, group.Bytes/group.Rows)
	}
	return max(min(r.o.BatchBytes/width, mostUnpacked/unpacked, mostRows), 1), nil
}

// fixedWidth is what a vector takes in memory even if it is null; 0 for values
// of any other type.
func fixedWidth(t arrow.DataType) int64 {
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		return int64(t.Len()) * int64(t.Elem().(arrow.FixedWidthDataType).BitWidth()/8)
	case *arrow.FixedSizeBinaryType:
		return int64(t.ByteWidth)
	default:
		return 0
	}
}

// A text that repeats takes an index in the file and its whole length in
// memory. mostUnpacked bounds such texts of a batch, each taken for as long as
// its column chunk allows, and for no longer than longText, or some times its
// field's max_length: what is longer Milvus refuses.
const (
	mostUnpacked = 128 << 20
	longText     = 64 << 10
	shortText    = 1 << 10
)

// unpacked is how many bytes of text with a dictionary a row of the field's
// column may have.
func (p *parquetFile) unpacked(group int, f *schema.Field) int64 {
	i := p.reader.MetaData().Schema.Root().FieldIndexByName(f.Name)
	if i < 0 {
		return 0
	}
	var bytes int64
	longest := int64(longText)
	if f.MaxLength > 0 {
		longest = min(longest, max(4*int64(f.MaxLength), shortText))
	}
	meta := p.reader.MetaData().RowGroup(group)
	for _, leaf := range p.leaves(i) {
		chunk, err := meta.ColumnChunk(leaf)
		if err != nil || chunk.Type() != parquet.Types.ByteArray || !chunk.HasDictionaryPage() {
			continue // that it cannot be read is told when it is
		}
		values := chunk.NumValues() / max(meta.NumRows(), 1)
		bytes += max(values, 1) * min(max(chunk.TotalUncompressedSize(), 0), longest)
	}
	return bytes
}

// batch reads n rows of every column.
func (r *Reader) batch(sources []source, u Unit, done int64, n int) (_ *Batch, err error) {
	defer rescue(&err)
	b := &Batch{File: u.File, Row: u.Row + done, Broken: make([][]int, len(sources))}
	columns := make([]arrow.Array, 0, len(sources))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, s := range sources {
		c := &cells{file: u.File, field: r.fields[i], first: b.Row, mem: r.mem, report: r.report, strict: r.o.Report == nil}
		column, err := s.next(n, c)
		if err != nil {
			return nil, fmt.Errorf("row group %d, column %s: %w", u.Group, r.fields[i].Name, err)
		}
		columns = append(columns, column)
		if column.Len() != n {
			return nil, fmt.Errorf("row group %d, column %s: fewer values than rows", u.Group, r.fields[i].Name)
		}
		b.Broken[i] = sortedRows(c.broken)
	}
	b.Record = array.NewRecord(r.schema, columns, int64(n))
	return b, nil
}

// source opens the column of a field in a row group.
func (p *parquetFile) source(ctx context.Context, group int, f *schema.Field, t arrow.DataType) (source, error) {
	i := p.reader.MetaData().Schema.Root().FieldIndexByName(f.Name)
	if i < 0 {
		return missing{t}, nil
	}
	plain := *p.arrow.Manifest.Fields[i].Field
	leaves := p.leaves(i)
	if err := p.canRead(group, leaves); err != nil {
		return nil, err
	}
	if f.Type.IsDense() && len(leaves) == 1 {
		if v, err := p.vector(group, leaves[0], f, t, plain.Type); v != nil || err != nil {
			return v, err
		}
	}
	convert, ok := conversion(f, t, plain.Type)
	if !ok {
		return unreadable{t}, nil
	}
	wanted := map[int]bool{}
	for _, leaf := range leaves {
		wanted[leaf] = true
	}
	if hasStruct(plain.Type) {
		// The library reads structs in goroutines of its own, where nobody
		// can catch that it panics at a damaged file.
		if err := p.rehearse(group, leaves); err != nil {
			return nil, err
		}
	}
	reader, err := p.arrow.GetFieldReader(ctx, i, wanted, []int{group})
	if err != nil {
		return nil, err
	}
	c := &column{reader: reader, convert: convert}
	if p.hasDeltas(group, leaves) {
		c.whole = p.reader.MetaData().RowGroup(group).NumRows()
	}
	return c, nil
}

// hasDeltas tells whether values are encoded as differences, which the library
// loses the thread of when they are read in pieces.
func (p *parquetFile) hasDeltas(group int, leaves []int) bool {
	for _, leaf := range leaves {
		chunk, err := p.reader.MetaData().RowGroup(group).ColumnChunk(leaf)
		if err != nil {
			return false
		}
		for _, e := range chunk.Encodings() {
			switch e {
			case parquet.Encodings.DeltaBinaryPacked, parquet.Encodings.DeltaByteArray, parquet.Encodings.DeltaLengthByteArray:
				return true
			}
		}
	}
	return false
}

// canRead says why the library cannot read column chunks; it would go on
// without their values.
func (p *parquetFile) canRead(group int, leaves []int) error {
	for _, leaf := range leaves {
		chunk, err := p.reader.MetaData().RowGroup(group).ColumnChunk(leaf)
		if err != nil {
			return err
		}
		if !readable(chunk.Compression()) {
			return fmt.Errorf("it is compressed with %s, which neither this program nor Milvus reads", chunk.Compression())
		}
		for _, e := range chunk.Encodings() {
			if e > parquet.Encodings.RLEDict { // BYTE_STREAM_SPLIT and what came later
				return fmt.Errorf("it is encoded as %s, which neither this program nor Milvus reads", e)
			}
		}
	}
	return nil
}

// vector opens a column as vectors; nil where its pages need the library.
func (p *parquetFile) vector(group, leafColumn int, f *schema.Field, t, plain arrow.DataType) (source, error) {
	list, ok := plain.(*arrow.ListType)
	rows := p.reader.RowGroup(group)
	descr := p.reader.MetaData().Schema.Column(leafColumn)
	if !ok || descr.MaxRepetitionLevel() != 1 || !canLeaf(rows, leafColumn) {
		return nil, nil
	}
	e, ok := elementsFor(f, list.Elem().ID())
	if !ok || e.per <= 0 {
		return nil, nil
	}
	l, err := openLeaf(rows, leafColumn, descr)
	if err != nil {
		return nil, err
	}
	if l.width != sizeOf(list.Elem().ID()) {
		return nil, nil
	}
	listDef := l.maxDef - 1
	if list.ElemField().Nullable {
		listDef--
	}
	if listDef < 0 {
		return nil, nil
	}
	return &vectorSource{leaf: l, field: f, typ: t, elements: e, listDef: listDef}, nil
}

// missing is a column that the file does not have.
type missing struct{ typ arrow.DataType }

func (m missing) next(n int, c *cells) (arrow.Array, error) {
	return array.MakeArrayOfNull(memory.DefaultAllocator, m.typ, n), nil
}

// unreadable is a column that cannot be converted at all: it is reported once a
// file, and its values are null.
type unreadable struct{ typ arrow.DataType }

func (u unreadable) next(n int, c *cells) (arrow.Array, error) {
	for i := range n {
		c.broken = append(c.broken, i)
	}
	if c.first == 0 || c.strict {
		c.report(Finding{
			Rule: RuleType, Severity: Error, File: c.file.Name, Row: core.NoRow, Field: c.field.Name,
			Message: fmt.Sprintf("the column cannot be read as %s at all", c.field.Type),
		})
	}
	return missing(u).next(n, c)
}

// column reads a column with the library and converts what it gives.
type column struct {
	reader  *pqarrow.ColumnReader
	convert converter
	// whole is the number of rows to read at once; 0 where pieces will do.
	whole int64
	all   arrow.Array
	done  int64
}

func (s *column) next(n int, c *cells) (arrow.Array, error) {
	if s.whole == 0 {
		a, err := s.read(int64(n))
		if err != nil {
			return nil, err
		}
		defer a.Release()
		return s.convert(a, c)
	}
	if s.all == nil {
		all, err := s.read(s.whole)
		if err != nil {
			return nil, err
		}
		s.all = all
	}
	if s.done+int64(n) > int64(s.all.Len()) {
		return nil, errFewer
	}
	piece := array.NewSlice(s.all, s.done, s.done+int64(n))
	defer piece.Release()
	s.done += int64(n)
	return s.convert(piece, c)
}

var errFewer = errors.New("the column has fewer rows than its row group")

// read reads n rows as one array.
func (s *column) read(n int64) (arrow.Array, error) {
	chunked, err := s.reader.NextBatch(n)
	if err != nil {
		return nil, err
	}
	chunks := chunked.Chunks()
	if len(chunks) == 0 || chunked.Len() > math.MaxInt32 {
		return nil, errFewer
	}
	if len(chunks) == 1 {
		chunks[0].Retain()
		return chunks[0], nil
	}
	return array.Concatenate(chunks, memory.DefaultAllocator)
}

func closeSources(sources []source) {
	for _, s := range sources {
		if c, ok := s.(*column); ok {
			if c.all != nil {
				c.all.Release()
			}
			c.reader.Release()
		}
	}
}
