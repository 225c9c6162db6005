package infer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// fromParquet reads the footer and the first rows.
func fromParquet(path string) (_ *sample, err error) {
	defer func() {
		if p := recover(); p != nil { // the library does so on damaged files
			err = core.Errorf(core.InvalidData, "the Parquet file is damaged: %v", p)
		}
	}()
	props := parquet.NewReaderProperties(memory.DefaultAllocator)
	props.BufferedStreamEnabled = true // else a whole column chunk is read
	reader, err := file.OpenParquetFile(path, false, file.WithReadProps(props))
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "read the Parquet footer: %w", err)
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	if reader.NumRows() == 0 {
		return nil, core.Errorf(core.InvalidData, "it has no rows")
	}
	rows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: sampleRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "read the Parquet schema: %w", err)
	}
	s := &sample{}
	if err := s.readParquet(rows, reader.NumRows()); err != nil {
		return nil, err
	}
	s.footerNulls(reader.MetaData())
	return s, nil
}

func (s *sample) readParquet(rows *pqarrow.FileReader, total int64) error {
	records, err := rows.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		return core.Errorf(core.InvalidData, "read rows: %w", err)
	}
	defer records.Release()
	for _, f := range records.Schema().Fields() {
		if s.column(f.Name) != nil {
			return core.Errorf(core.InvalidData, "it has two columns %s", f.Name)
		}
		c, err := s.add(f.Name)
		if err != nil {
			return err
		}
		c.typed(f.Type)
		if strings.Contains(f.Type.String(), "float16") {
			s.note("%s: its numbers are 16 bits wide; Milvus reads float32 and uint8 only", f.Name)
		}
	}
	for s.rows < sampleRows {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return core.Errorf(core.InvalidData, "read rows: %w", err)
		}
		n := min(int(record.NumRows()), sampleRows-s.rows)
		for i, f := range record.Schema().Fields() {
			c := s.column(f.Name)
			c.addColumn(record.Column(i), n, f.Name == core.DynamicField)
		}
		s.rows += n
	}
	s.whole = int64(s.rows) == total
	if s.rows == 0 {
		return core.Errorf(core.InvalidData, "its rows cannot be read")
	}
	return nil
}

// footerNulls adds the nulls that the footer counts in rows that were not
// looked at.
func (s *sample) footerNulls(meta *metadata.FileMetaData) {
	for i := range meta.RowGroups {
		group := meta.RowGroup(i)
		for j := range group.NumColumns() {
			chunk, err := group.ColumnChunk(j)
			if err != nil || len(chunk.PathInSchema()) != 1 {
				continue // nested: the count is not that of rows
			}
			stats, err := chunk.Statistics()
			if err == nil && stats != nil && stats.HasNullCount() && stats.NullCount() > 0 {
				if c := s.column(chunk.PathInSchema()[0]); c != nil {
					c.nulls = max(c.nulls, 1)
				}
			}
		}
	}
}

// typed notes what the Arrow type says by itself.
func (c *column) typed(t arrow.DataType) {
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		if c.dim = int(t.Len()); c.dim < 2 {
			c.dim = 0
			c.typedList(t)
			break
		}
		switch t.Elem().ID() {
		case arrow.FLOAT32, arrow.FLOAT64:
			c.fixed = schema.FloatVector
		case arrow.FLOAT16:
			c.fixed = schema.Float16
		case arrow.INT8:
			c.fixed = schema.Int8Vector
		case arrow.UINT8:
			c.fixed, c.dim = schema.BinaryVector, 8*c.dim
		default:
			c.dim = 0
			c.typedList(t)
		}
	case *arrow.FixedSizeBinaryType:
		c.fixed, c.dim = schema.BinaryVector, 8*t.ByteWidth
	case *arrow.BinaryType, *arrow.LargeBinaryType:
		c.bytes = true
	case arrow.ListLikeType: // maps, too
		c.typedList(t)
	case *arrow.StructType:
		c.fixed = schema.JSON
		if isSparseStruct(t) {
			c.fixed = schema.Sparse
		}
	case *arrow.DictionaryType:
		c.typed(t.ValueType)
	default:
		c.fixed = scalarOf(t.ID())
	}
	if c.fixed != "" && c.dim > maxDim(c.fixed) {
		c.skip = fmt.Sprintf("%s of dim %d is more than Milvus takes", c.fixed, c.dim)
	}
}

func (c *column) typedList(t arrow.ListLikeType) {
	switch {
	case t.ID() == arrow.MAP:
		c.fixed = schema.JSON
	case isSparseType(t.Elem()):
		c.fixed = schema.Sparse
	case t.Elem().ID() == arrow.UINT8:
		c.bytes, c.element = true, schema.Int16
	default:
		c.element = scalarOf(t.Elem().ID())
	}
}

// scalarOf is the Milvus type of an Arrow type, "" where the values decide.
func scalarOf(id arrow.Type) schema.Type {
	switch id {
	case arrow.BOOL:
		return schema.Bool
	case arrow.INT8:
		return schema.Int8
	case arrow.INT16, arrow.UINT8:
		return schema.Int16
	case arrow.INT32, arrow.UINT16:
		return schema.Int32
	case arrow.INT64, arrow.UINT32, arrow.UINT64:
		return schema.Int64
	case arrow.FLOAT16, arrow.FLOAT32:
		return schema.Float
	case arrow.FLOAT64, arrow.DECIMAL128, arrow.DECIMAL256:
		return schema.Double
	case arrow.TIMESTAMP:
		return schema.Timestamptz
	}
	return ""
}

// isSparseType tells whether a list's elements are the places of a sparse
// vector: struct<index, value>.
func isSparseType(t arrow.DataType) bool {
	s, ok := t.(*arrow.StructType)
	return ok && s.NumFields() == 2 && s.Field(0).Name == "index" && s.Field(1).Name == "value"
}

func isSparseStruct(s *arrow.StructType) bool {
	return s.NumFields() == 2 && s.Field(0).Name == "indices" && s.Field(1).Name == "values"
}

// addColumn notes the first n values of an Arrow array.
func (c *column) addColumn(a arrow.Array, n int, withKeys bool) {
	for i := range n {
		if a.DataType().ID() == arrow.NULL || a.IsNull(i) {
			c.addNull()
			continue
		}
		if text, ok := a.(*array.String); ok && withKeys {
			c.addJSON(text.Value(i), true)
			continue
		}
		c.addArrow(a, i)
	}
}

// addArrow notes value i of an Arrow array, which is not null.
func (s *stats) addArrow(a arrow.Array, i int) {
	switch a := a.(type) {
	case *array.Boolean:
		s.addBool(a.Value(i))
	case *array.Uint64:
		if v := a.Value(i); v > 1<<63-1 {
			s.addFloat(float64(v))
		} else {
			s.addInt(int64(v))
		}
	case *array.Float32:
		s.addFloat(float64(a.Value(i)))
	case *array.Float64:
		s.addFloat(a.Value(i))
	case *array.Float16:
		s.addFloat(float64(a.Value(i).Float32()))
	case array.StringLike:
		s.addText(a.Value(i))
	case *array.Binary:
		s.addBytes(a.Value(i))
	case *array.LargeBinary:
		s.addBytes(a.Value(i))
	case *array.FixedSizeBinary:
		s.addBytes(a.Value(i))
	case *array.Dictionary:
		s.addArrow(a.Dictionary(), a.GetValueIndex(i))
	case array.ExtensionArray:
		s.addArrow(a.Storage(), i)
	case *array.Map, *array.Struct:
		s.addObject(false)
	case array.ListLike:
		start, end := a.ValueOffsets(i)
		elements := s.addArray(int(end - start))
		values := a.ListValues()
		for j := start; j < end; j++ {
			if values.IsNull(int(j)) {
				elements.addNull()
			} else {
				elements.addArrow(values, int(j))
			}
		}
	default:
		s.addOther(a, i)
	}
}

// addBytes notes bytes as a list of numbers from 0 to 255.
func (s *stats) addBytes(v []byte) {
	elements := s.addArray(len(v))
	for _, b := range v {
		elements.addInt(int64(b))
	}
}

// addOther notes integers of all widths, and what is written as text.
func (s *stats) addOther(a arrow.Array, i int) {
	switch a := a.(type) {
	case *array.Int8:
		s.addInt(int64(a.Value(i)))
	case *array.Int16:
		s.addInt(int64(a.Value(i)))
	case *array.Int32:
		s.addInt(int64(a.Value(i)))
	case *array.Int64:
		s.addInt(a.Value(i))
	case *array.Uint8:
		s.addInt(int64(a.Value(i)))
	case *array.Uint16:
		s.addInt(int64(a.Value(i)))
	case *array.Uint32:
		s.addInt(int64(a.Value(i)))
	case *array.Decimal128:
		s.addFloat(a.Value(i).ToFloat64(a.DataType().(*arrow.Decimal128Type).Scale))
	default:
		s.addText(a.ValueStr(i))
	}
}
