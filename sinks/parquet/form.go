package parquet

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/sinks/internal/text"
)

// typeOf is the Milvus type of a field.
func typeOf(field arrow.Field) schema.Type {
	name, _ := field.Metadata.GetValue(core.MetaType)
	return schema.Type(name)
}

// typeInFile is the type that a field has in the file: plain lists where the
// batch has lists of fixed size or bytes, text for sparse vectors.
func typeInFile(field arrow.Field) (arrow.DataType, error) {
	if typeOf(field) == schema.Sparse {
		return arrow.BinaryTypes.String, nil
	}
	switch t := field.Type.(type) {
	case *arrow.FixedSizeListType:
		return arrow.ListOf(t.Elem()), nil
	case *arrow.FixedSizeBinaryType:
		return arrow.ListOf(arrow.PrimitiveTypes.Uint8), nil
	case *arrow.ListType:
		element, err := typeInFile(t.ElemField())
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(element), nil
	case *arrow.StructType:
		fields := make([]arrow.Field, t.NumFields())
		for i, f := range t.Fields() {
			as, err := typeInFile(f)
			if err != nil {
				return nil, err
			}
			fields[i] = arrow.Field{Name: f.Name, Type: as, Nullable: f.Nullable}
		}
		return arrow.StructOf(fields...), nil
	case *arrow.BooleanType, *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Float32Type, *arrow.Float64Type, *arrow.StringType:
		return t, nil
	default:
		return nil, core.Errorf(core.InvalidConfig, "a Parquet file for Milvus cannot hold %s", t)
	}
}

// isVector tells whether the column is a dense vector.
func (c *column) isVector() bool {
	switch c.Type.(type) {
	case *arrow.FixedSizeListType, *arrow.FixedSizeBinaryType:
		return true
	default:
		return false
	}
}

// hasStatistics tells whether the smallest and largest value of a row group
// are worth noting: of single values, but not of text that is long.
func (c *column) hasStatistics() bool {
	switch t := typeOf(c.Field); {
	case arrow.IsNested(c.as.ID()), t == schema.JSON, t == schema.Sparse, t == schema.Geometry:
		return false
	default:
		return true
	}
}

// bytesAsList sees vectors that are kept as bytes as lists of bytes.
func bytesAsList(a *array.FixedSizeBinary) *array.FixedSizeList {
	width := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
	data := a.Data()
	buffers := data.Buffers()
	bytes := array.NewData(arrow.PrimitiveTypes.Uint8, buffers[1].Len(), []*memory.Buffer{nil, buffers[1]}, nil, 0, 0)
	defer bytes.Release()
	list := array.NewData(arrow.FixedSizeListOf(int32(width), arrow.PrimitiveTypes.Uint8), data.Len(),
		[]*memory.Buffer{buffers[0]}, []arrow.ArrayData{bytes}, data.NullN(), data.Offset())
	defer list.Release()
	return array.NewFixedSizeListData(list)
}

// sparseAsText writes sparse vectors as JSON. first is the number of the
// first row.
func sparseAsText(floats *text.Floats, a arrow.Array, first int64) (arrow.Array, error) {
	lists, ok := a.(*array.List)
	if !ok {
		return nil, core.Errorf(core.Internal, "a sparse vector is %s", a.DataType())
	}
	sparse, err := text.NewSparse(floats, lists)
	if err != nil {
		return nil, err
	}
	builder := array.NewStringBuilder(memory.DefaultAllocator)
	defer builder.Release()
	builder.Reserve(a.Len())
	var buffer []byte
	for i := range a.Len() {
		if a.IsNull(i) {
			builder.AppendNull()
			continue
		}
		if buffer, err = sparse.Append(buffer[:0], i); err != nil {
			return nil, ofRow(err, first+int64(i))
		}
		builder.BinaryBuilder.Append(buffer)
	}
	return builder.NewArray(), nil
}
