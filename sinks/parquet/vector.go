package parquet

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/metadata"

	"github.com/zilliz/milvus-ingest/core"
)

// vectors writes a column of dense vectors. Floats are stored as they are;
// vectors of bytes get a dictionary of all 256 values, whose index is the byte
// itself: a byte in the file, not the four that Parquet takes otherwise.
func (g *group) vectors(ctx context.Context, a arrow.Array) error {
	list, ok := a.(*array.FixedSizeList)
	if bytes, isBytes := a.(*array.FixedSizeBinary); isBytes {
		list, ok = bytesAsList(bytes), true
		defer list.Release()
	}
	if !ok {
		return core.Errorf(core.Internal, "a vector is %s", a.DataType())
	}
	chunk, err := g.newVectorChunk(list)
	if err != nil {
		return err
	}
	if chunk.indexed {
		if err := chunk.dictionary(list.ListValues().DataType().ID() == arrow.INT8); err != nil {
			return err
		}
	}
	for from := 0; from < list.Len(); from += chunk.pageRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := chunk.page(from, min(from+chunk.pageRows, list.Len())); err != nil {
			return err
		}
	}
	return chunk.finish()
}

// vectorChunk is a column chunk of vectors that is being written.
type vectorChunk struct {
	*group
	meta     *metadata.ColumnChunkMetaDataBuilder
	codec    compress.Codec // nil for none
	list     *array.FixedSizeList
	values   []byte // of all rows of the chunk
	dim      int
	rowBytes int
	pageRows int
	defined  byte // the definition level of a value
	indexed  bool
	info     metadata.ChunkMetaInfo
	pages    int32
}

func (g *group) newVectorChunk(list *array.FixedSizeList) (*vectorChunk, error) {
	c := &vectorChunk{group: g, meta: g.meta.NextColumnChunk(), list: list}
	c.dim = int(list.DataType().(*arrow.FixedSizeListType).Len())
	c.defined = byte(c.meta.Descr().MaxDefinitionLevel())
	c.indexed = list.ListValues().DataType().ID() != arrow.FLOAT32
	child := list.ListValues().Data()
	width := child.DataType().(arrow.FixedWidthDataType).Bytes()
	c.rowBytes = c.dim * width
	c.pageRows = max(1, pageBytes/max(c.rowBytes, 1))
	if list.Len() > 0 {
		from := child.Offset()*width + list.Data().Offset()*c.rowBytes
		c.values = child.Buffers()[1].Bytes()[from : from+list.Len()*c.rowBytes]
	}
	c.info.IndexPageOffset = -1
	codec := g.plain.CompressionFor(c.meta.Descr().Path())
	if codec == compress.Codecs.Uncompressed {
		return c, nil
	}
	var err error
	c.codec, err = compress.GetCodec(codec)
	return c, err
}

// dictionary writes a page with the values 0, 1 … 255, or those of the same
// bytes with a sign.
func (c *vectorChunk) dictionary(signed bool) error {
	values := make([]byte, 0, 4*256)
	for i := range 256 {
		v := int32(i)
		if signed {
			v = int32(int8(i))
		}
		values = binary.LittleEndian.AppendUint32(values, uint32(v))
	}
	c.info.DictPageOffset = c.file.Tell()
	return c.write(values, nil, func(header []byte, plain, stored int) []byte {
		return appendDictionaryHeader(header, plain, stored, 256)
	})
}

// page writes the rows from … to-1.
func (c *vectorChunk) page(from, to int) error {
	if c.pages == 0 {
		c.info.DataPageOffset = c.file.Tell()
	}
	c.pages++
	levels := make([]byte, 0, 8*(to-from)+32) // shared until the batch is written
	levels, valid, runs := c.repetitions(levels, from, to)
	levels = c.definitions(levels, runs)
	slots := valid*c.dim + (to - from - valid)
	var padding int
	if c.indexed {
		levels = append(levels, 8) // bits of an index
		if n := valid * c.dim; n > 0 {
			groups := (n + 7) / 8
			levels = binary.AppendUvarint(levels, uint64(groups)<<1|1)
			padding = groups*8 - n
		}
	}
	pieces := make([][]byte, 0, len(runs)+2)
	pieces = append(pieces, levels)
	at := from
	for _, r := range runs {
		if r.valid {
			pieces = append(pieces, c.values[at*c.rowBytes:(at+r.rows)*c.rowBytes])
		}
		at += r.rows
	}
	pieces = append(pieces, make([]byte, padding))
	c.info.NumValues += int64(slots)
	return c.write(nil, pieces, func(header []byte, plain, stored int) []byte {
		return appendPageHeader(header, plain, stored, slots, c.indexed)
	})
}

// run is neighbouring rows that all have a vector, or all have none.
type run struct {
	rows  int
	valid bool
}

// repetitions adds the repetition levels of the rows: 0 for the first value of
// a row, 1 for the others.
func (c *vectorChunk) repetitions(dst []byte, from, to int) (_ []byte, valid int, runs []run) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for i := from; i < to; i++ {
		isValid := c.list.IsValid(i)
		if n := len(runs); n == 0 || runs[n-1].valid != isValid {
			runs = append(runs, run{valid: isValid})
		}
		runs[len(runs)-1].rows++
		dst = append(dst, 1<<1, 0)
		if !isValid {
			continue
		}
		valid++
		if c.dim > 1 {
			dst = append(binary.AppendUvarint(dst, uint64(c.dim-1)<<1), 1)
		}
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst, valid, runs
}

// definitions adds the definition levels of the runs.
func (c *vectorChunk) definitions(dst []byte, runs []run) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for _, r := range runs {
		if r.valid {
			dst = append(binary.AppendUvarint(dst, uint64(r.rows*c.dim)<<1), c.defined)
		} else {
			dst = append(binary.AppendUvarint(dst, uint64(r.rows)<<1), 0)
		}
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// write stores one page: whole, or in pieces that go to the file as they are.
func (c *vectorChunk) write(whole []byte, pieces [][]byte, header func(dst []byte, plain, stored int) []byte) error {
	if whole != nil {
		pieces = [][]byte{whole}
	}
	plain := 0
	for _, p := range pieces {
		plain += len(p)
	}
	stored := plain
	if c.codec != nil {
		joined := bytes.Join(pieces, nil)
		packed := c.codec.Encode(make([]byte, 0, c.codec.CompressBound(int64(plain))), joined)
		pieces, stored = [][]byte{packed}, len(packed)
	}
	head := header(nil, plain, stored)
	c.info.UncompressedSize += int64(len(head) + plain)
	c.info.CompressedSize += int64(len(head) + stored)
	if _, err := c.file.Write(head); err != nil {
		return err
	}
	for _, p := range pieces {
		if err := c.file.WriteShared(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *vectorChunk) finish() error {
	stats := metadata.EncodingStats{DataEncodingStats: map[parquet.Encoding]int32{parquet.Encodings.Plain: c.pages}}
	start := c.info.DataPageOffset
	if c.indexed {
		start = c.info.DictPageOffset
		stats.DictEncodingStats = map[parquet.Encoding]int32{parquet.Encodings.Plain: 1}
		stats.DataEncodingStats = map[parquet.Encoding]int32{parquet.Encodings.RLEDict: c.pages}
	}
	c.fact.chunks = append(c.fact.chunks, chunkFact{start, start + c.info.CompressedSize})
	return c.meta.Finish(c.info, c.indexed, false, stats, nil)
}
