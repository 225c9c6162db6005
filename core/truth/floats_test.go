package truth

import (
	"reflect"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestBitsHalvesAndBytesAreDecoded(t *testing.T) {
	for _, test := range []struct {
		typ  schema.Type
		raw  []byte
		want []float32
	}{
		{schema.BinaryVector, []byte{0b10100001}, []float32{1, 0, 1, 0, 0, 0, 0, 1}},
		{schema.Float16, []byte{0x00, 0x3c, 0x00, 0xc0}, []float32{1, -2}},
		{schema.BFloat16, []byte{0x80, 0x3f, 0x00, 0xc0}, []float32{1, -2}},
	} {
		b := array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, &arrow.FixedSizeBinaryType{ByteWidth: len(test.raw)})
		b.Append(make([]byte, len(test.raw)))
		b.Append(test.raw)
		if got, err := Vector(test.typ, b.NewArray(), 1); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, not %v: %v", test.typ, got, test.want, err)
		}
	}
}
