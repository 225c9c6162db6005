package collection

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/protobuf/proto"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// BenchmarkEncode is what a client does for a message of 1,000 rows with 768
// dimensions before it is sent.
func BenchmarkEncode(b *testing.B) {
	const rows, dim = 1000, 768
	c := &Collection{Server: &Server{Kind: Milvus}, Name: "c", Schema: &schema.Collection{Fields: []schema.Field{
		{Name: "id", Type: schema.Int64, IsPrimary: true},
		{Name: "t", Type: schema.VarChar, MaxLength: 500},
		{Name: "v", Type: schema.FloatVector, Dim: dim},
	}}}
	r := array.NewRecordBuilder(memory.DefaultAllocator, c.Schema.Arrow())
	defer r.Release()
	vector := make([]float32, dim)
	for i := range rows {
		r.Field(0).(*array.Int64Builder).Append(int64(i))
		r.Field(1).(*array.StringBuilder).Append("some text that is not very long, as a question may be")
		list := r.Field(2).(*array.FixedSizeListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Float32Builder).AppendValues(vector, nil)
	}
	record := r.NewRecord()
	defer record.Release()
	b.SetBytes(rows * int64(dim) * int64(arrow.Float32SizeBytes))
	var buffer []byte
	for b.Loop() {
		columns, err := c.Encode(record)
		if err != nil {
			b.Fatal(err)
		}
		request := &milvuspb.InsertRequest{CollectionName: c.Name, FieldsData: columns, NumRows: rows}
		if buffer, err = (proto.MarshalOptions{}).MarshalAppend(buffer[:0], request); err != nil {
			b.Fatal(err)
		}
	}
}
