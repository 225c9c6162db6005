package dataset

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// appendRaw appends a number as a Parquet page would hold it.
func appendRaw(raw []byte, a arrow.Array, i int, t arrow.Type) []byte {
	switch a := a.(type) {
	case *array.Float32:
		return binary.LittleEndian.AppendUint32(raw, math.Float32bits(a.Value(i)))
	case *array.Float64:
		return binary.LittleEndian.AppendUint64(raw, math.Float64bits(a.Value(i)))
	case *array.Float16:
		return binary.LittleEndian.AppendUint16(raw, a.Value(i).Uint16())
	case *array.Uint64:
		return binary.LittleEndian.AppendUint64(raw, a.Value(i))
	}
	v, _ := wholeAt(a, i)
	if sizeOf(t) == 8 {
		return binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return binary.LittleEndian.AppendUint32(raw, uint32(v))
}

// typeOf is the Milvus type that an Arrow field's metadata tells.
func typeOf(f arrow.Field) schema.Type { return schema.Type(fact(f, core.MetaType)) }

func elementOf(f arrow.Field) schema.Type { return schema.Type(fact(f, core.MetaElementType)) }

func dimOf(f arrow.Field) int {
	n, err := strconv.Atoi(fact(f, core.MetaDim))
	if err != nil {
		return 0
	}
	return n
}

func fact(f arrow.Field, key string) string {
	value, _ := f.Metadata.GetValue(key)
	return value
}
