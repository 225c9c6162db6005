package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"

	"github.com/zilliz/milvus-ingest/core"
)

// Body is the bytes of a data file, or of what a projection makes of it. It may
// be read by several goroutines.
type Body interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Body opens a file without the columns that are left out. Nothing is decoded:
// a Parquet file's other columns are the same bytes, behind them is a new
// footer. JSON files of which something is left out have no Body, see Rewrite.
func (s *Set) Body(f *DataFile, leaveOut []string) (_ Body, err error) {
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%w", err)
	}
	defer func() {
		if err != nil {
			_ = in.Close() // it was only read
		}
	}()
	info, err := in.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Size() != f.Bytes:
		return nil, core.Errorf(core.Conflict, "%s was changed meanwhile", f.Name).WithHint("see that nobody writes to it, and run this again")
	}
	whole := &pieces{file: in, all: []piece{{length: f.Bytes}}, size: f.Bytes}
	if f.Format == "json" && len(leaveOut) > 0 {
		return nil, core.Errorf(core.Internal, "%s has no body without columns", f.Name)
	}
	if !slices.ContainsFunc(f.Columns, func(c arrow.Field) bool { return slices.Contains(leaveOut, c.Name) }) {
		return whole, nil
	}
	body, err := without(in, f.Bytes, leaveOut)
	if err != nil {
		return nil, atFile(f, err)
	}
	return body, nil
}

// pieces is a body that is put together of ranges of a file and of bytes that
// are in no file.
type pieces struct {
	file *os.File
	all  []piece
	size int64
}

// piece is data, or a range of the file where data is nil.
type piece struct {
	start  int64 // in the body
	from   int64 // in the file
	length int64
	data   []byte
}

func (b *pieces) Size() int64  { return b.size }
func (b *pieces) Close() error { return b.file.Close() }

// add puts a range of the file behind what is there.
func (b *pieces) add(from, length int64) {
	if n := len(b.all); n > 0 {
		if last := &b.all[n-1]; last.data == nil && last.from+last.length == from {
			last.length += length
			b.size += length
			return
		}
	}
	b.all = append(b.all, piece{start: b.size, from: from, length: length})
	b.size += length
}

func (b *pieces) addData(data []byte) {
	b.all = append(b.all, piece{start: b.size, length: int64(len(data)), data: data})
	b.size += int64(len(data))
}

// ReadAt implements io.ReaderAt.
func (b *pieces) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, fmt.Errorf("read at %d", at)
	}
	i := sort.Search(len(b.all), func(i int) bool { return b.all[i].start+b.all[i].length > at })
	for ; i < len(b.all) && n < len(p); i++ {
		x := &b.all[i]
		skip := at + int64(n) - x.start
		want := p[n:min(len(p), n+int(min(x.length-skip, int64(len(p)))))]
		if x.data != nil {
			n += copy(want, x.data[skip:])
			continue
		}
		read, err := b.file.ReadAt(want, x.from+skip)
		n += read
		if read < len(want) {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// without is a Parquet file without the named columns.
func without(in *os.File, size int64, names []string) (_ *pieces, err error) {
	defer rescue(&err)
	reader, err := file.NewParquetReader(io.NewSectionReader(in, 0, size))
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }() // a section has nothing to close
	meta := reader.MetaData()
	leaves, err := keptLeaves(meta, names)
	if err != nil {
		return nil, err
	}
	body := &pieces{file: in}
	body.addData([]byte(parquetMagic))
	if err := moveChunks(meta, leaves, body, size); err != nil {
		return nil, err
	}
	dropColumns(meta, names)
	var footer bytes.Buffer
	if _, err := meta.WriteTo(&footer, nil); err != nil {
		return nil, fmt.Errorf("build the footer: %w", err)
	}
	end := binary.LittleEndian.AppendUint32(footer.Bytes(), uint32(footer.Len()))
	body.addData(append(end, parquetMagic...))
	return body, nil
}

// keptLeaves tells for each leaf column whether it stays.
func keptLeaves(meta *metadata.FileMetaData, names []string) ([]bool, error) {
	if meta.IsSetEncryptionAlgorithm() {
		return nil, core.Errorf(core.InvalidData, "the file is encrypted").WithHint("write it without encryption")
	}
	s := meta.Schema
	kept := make([]bool, s.NumColumns())
	for i := range kept {
		kept[i] = !slices.Contains(names, s.ColumnRoot(i).Name())
	}
	if !slices.Contains(kept, true) {
		return nil, core.Errorf(core.InvalidConfig, "no column would be left").WithHint("leave out fewer fields")
	}
	return kept, nil
}

// moveChunks puts the column chunks that stay into the body, and tells the
// footer where they are now. What the footer tells besides of places in the
// file, such as page indexes and Bloom filters, is dropped.
func moveChunks(meta *metadata.FileMetaData, kept []bool, body *pieces, size int64) error {
	for i, group := range meta.RowGroups {
		if len(group.Columns) != len(kept) {
			return fmt.Errorf("row group %d has %d columns, not %d", i, len(group.Columns), len(kept))
		}
		start, plain := body.size, int64(0)
		columns := group.Columns[:0]
		for j, column := range group.Columns {
			if !kept[j] {
				continue
			}
			chunk := column.MetaData
			if chunk == nil || column.FilePath != nil || column.CryptoMetadata != nil {
				return fmt.Errorf("column %d of row group %d is encrypted, or in another file", j, i)
			}
			from := chunk.DataPageOffset
			if d := chunk.DictionaryPageOffset; d != nil && *d > 0 && *d < from {
				from = *d
			}
			length := chunk.TotalCompressedSize
			if from < int64(len(parquetMagic)) || length < 0 || from > size-length {
				return fmt.Errorf("column %d of row group %d lies at %d, %d bytes long: outside of the file", j, i, from, length)
			}
			moved := body.size - from
			body.add(from, length)
			chunk.DataPageOffset += moved
			if chunk.DictionaryPageOffset != nil {
				*chunk.DictionaryPageOffset += moved
			}
			chunk.IndexPageOffset, chunk.BloomFilterOffset = nil, nil
			column.FileOffset = from + moved
			column.OffsetIndexOffset, column.OffsetIndexLength = nil, nil
			column.ColumnIndexOffset, column.ColumnIndexLength = nil, nil
			plain += chunk.TotalUncompressedSize
			columns = append(columns, column)
		}
		length := body.size - start
		group.Columns, group.SortingColumns, group.TotalByteSize = columns, nil, plain
		group.FileOffset, group.TotalCompressedSize = &start, &length
	}
	return nil
}

// dropColumns takes columns out of the schema of a footer. What other programs
// noted of the columns, in words of their own, is not true any more.
func dropColumns(meta *metadata.FileMetaData, names []string) {
	elements, orders := meta.FileMetaData.Schema, meta.ColumnOrders
	kept, keptOrders := elements[:1:1], orders[:0:0]
	root, leaf := elements[0], 0
	children := int32(0)
	for at := 1; at < len(elements); {
		end, leaves := subtree(at, func(i int) int { return int(elements[i].GetNumChildren()) })
		if !slices.Contains(names, elements[at].Name) {
			kept = append(kept, elements[at:end]...)
			if leaf+leaves <= len(orders) {
				keptOrders = append(keptOrders, orders[leaf:leaf+leaves]...)
			}
			children++
		}
		at, leaf = end, leaf+leaves
	}
	root.NumChildren = &children
	meta.FileMetaData.Schema = kept
	if meta.ColumnOrders != nil {
		meta.ColumnOrders = keptOrders
	}
	meta.FileMetaData.KeyValueMetadata = nil
}

// subtree tells where the element at i ends, with all below it, and how many
// leaves it has. The reader has checked the tree.
func subtree(i int, children func(i int) int) (end, leaves int) {
	n := children(i)
	if n == 0 {
		return i + 1, 1
	}
	end = i + 1
	for range n {
		var below int
		end, below = subtree(end, children)
		leaves += below
	}
	return end, leaves
}
