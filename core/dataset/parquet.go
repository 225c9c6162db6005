package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
)

const (
	parquetMagic = "PAR1"
	// streamBuffer is how much of a column chunk is read ahead.
	streamBuffer = 256 << 10
	// mostBuffer bounds one allocation: a page that claims to be larger is
	// damaged.
	mostBuffer = 1 << 30
	// storedSchema is the key under which writers keep the Arrow schema.
	storedSchema = "ARROW:schema"
)

// parquetFile is an open Parquet file.
type parquetFile struct {
	reader *file.Reader
	arrow  *pqarrow.FileReader
	// named are the columns with the types that the file's writer gave them.
	// The file itself is read by its Parquet types alone: what a column
	// called large_utf8 or fixed_size_list holds is text and lists.
	named []arrow.Field
}

// openParquet opens a file. All that the library panics at is an error.
func openParquet(path string) (p *parquetFile, err error) {
	defer rescue(&err)
	props := parquet.NewReaderProperties(bounded{memory.DefaultAllocator})
	props.BufferedStreamEnabled, props.BufferSize = true, streamBuffer
	reader, err := file.OpenParquetFile(path, false, file.WithReadProps(props))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil || p == nil {
			err = errors.Join(err, reader.Close())
		}
	}()
	p = &parquetFile{reader: reader}
	arrowProps := pqarrow.ArrowReadProperties{}
	meta := reader.MetaData()
	stored := meta.KeyValueMetadata().FindValue(storedSchema)
	if stored != nil && saneSchema(*stored) == nil {
		if named, err := pqarrow.FromParquet(meta.Schema, &arrowProps, meta.KeyValueMetadata()); err == nil {
			p.named = named.Fields()
		}
	}
	meta.FileMetaData.KeyValueMetadata = nil
	if p.arrow, err = pqarrow.NewFileReader(reader, arrowProps, bounded{memory.DefaultAllocator}); err != nil {
		return nil, err
	}
	if p.named == nil {
		plain, err := p.arrow.Schema()
		if err != nil {
			return nil, err
		}
		p.named = plain.Fields()
	}
	return p, nil
}

func (p *parquetFile) Close() error { return p.reader.Close() }

// leaves are the indexes of the leaf columns below top-level column i.
func (p *parquetFile) leaves(i int) []int {
	var found []int
	s := p.reader.MetaData().Schema
	for j := range s.NumColumns() {
		if s.Root().FieldIndexByField(s.ColumnRoot(j)) == i {
			found = append(found, j)
		}
	}
	return found
}

// rescue turns a panic of the Parquet library, which damaged files cause, into
// an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the file is damaged: %v", p)
	}
}

// bounded refuses allocations that only a damaged file asks for.
type bounded struct{ memory.Allocator }

func (b bounded) Allocate(size int) []byte {
	b.check(size)
	return b.Allocator.Allocate(size)
}

func (b bounded) Reallocate(size int, old []byte) []byte {
	b.check(size)
	return b.Allocator.Reallocate(size, old)
}

func (b bounded) check(size int) {
	if size < 0 || size > mostBuffer {
		panic(fmt.Sprintf("it claims a block of %d bytes", size))
	}
}

// lookParquet reads the footer.
func (f *DataFile) lookParquet() *Finding {
	if wrong := f.lookMagic(); wrong != nil {
		return wrong
	}
	p, err := openParquet(f.Path)
	if err != nil {
		return broken(RuleFile, "write the file anew", "the Parquet footer cannot be read: %v", err)
	}
	defer func() { _ = p.Close() }() // it was only read
	if err := f.readFooter(p); err != nil {
		return broken(RuleFile, "write the file anew", "the Parquet footer cannot be read: %v", err)
	}
	return nil
}

// lookMagic tells the plain faults of a file that is no whole Parquet file.
func (f *DataFile) lookMagic() *Finding {
	in, err := os.Open(f.Path)
	if err != nil {
		return broken(RuleFile, "", "%v", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	head, tail := make([]byte, min(f.Bytes, 64)), make([]byte, 4)
	if _, err := io.ReadFull(in, head); err != nil {
		return broken(RuleFile, "", "%v", err)
	}
	if !bytes.HasPrefix(head, []byte(parquetMagic)) {
		if text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte(bom))); len(text) > 0 && (text[0] == '[' || text[0] == '{') {
			return broken(RuleFormat, "name the file .json", "the name says Parquet, the content is JSON")
		}
		return broken(RuleFormat, "write the file anew, or name it after its format", "it is no Parquet file: it does not begin with %s", parquetMagic)
	}
	if _, err := in.ReadAt(tail, f.Bytes-4); err != nil || string(tail) != parquetMagic || f.Bytes < 12 {
		return broken(RuleFile, "copy or write the file anew", "the Parquet file is cut off: its %d bytes do not end with a footer", f.Bytes)
	}
	return nil
}

func (f *DataFile) readFooter(p *parquetFile) (err error) {
	defer rescue(&err)
	meta := p.reader.MetaData()
	f.Columns, f.Rows = p.named, 0
	for i := range p.reader.NumRowGroups() {
		group := meta.RowGroup(i)
		if group.NumRows() < 0 || group.NumRows() > 1<<40 {
			return fmt.Errorf("row group %d claims %d rows", i, group.NumRows())
		}
		f.Groups = append(f.Groups, Group{group.NumRows(), max(group.TotalByteSize(), 0)})
		f.Rows += group.NumRows()
		for j := range group.NumColumns() {
			chunk, err := group.ColumnChunk(j)
			if err != nil {
				return err
			}
			if name := chunk.Compression().String(); !slices.Contains(f.Codecs, name) {
				f.Codecs = append(f.Codecs, name)
			}
		}
	}
	slices.Sort(f.Codecs)
	if f.Rows != p.reader.NumRows() {
		return fmt.Errorf("it tells of %d rows, its row groups of %d", p.reader.NumRows(), f.Rows)
	}
	return nil
}

// readable tells whether we can decompress a codec.
func readable(codec compress.Compression) bool {
	_, err := compress.GetCodec(codec)
	return err == nil
}

// atFile says in which file an error is.
func atFile(f *DataFile, err error) error {
	if err == nil {
		return nil
	}
	var e *core.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return core.Errorf(core.InvalidData, "%s: %w", f.Name, err).WithHint("copy or write the file anew")
}
