package collection

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
)

// Insert sends what Encode made of a batch, once: it retries nothing. keys are
// those that the server tells.
func (c *Collection) Insert(ctx context.Context, columns []*schemapb.FieldData, rows int) (keys *schemapb.IDs, err error) {
	answer, err := c.Server.Service().Insert(ctx, &milvuspb.InsertRequest{
		DbName: c.Server.Database(), CollectionName: c.Name, PartitionName: c.Partition, FieldsData: columns, NumRows: uint32(rows),
	})
	return c.taken(answer, answer.GetInsertCnt(), rows, err)
}

// Upsert is Insert that replaces rows with the same keys.
func (c *Collection) Upsert(ctx context.Context, columns []*schemapb.FieldData, rows int) (keys *schemapb.IDs, err error) {
	answer, err := c.Server.Service().Upsert(ctx, &milvuspb.UpsertRequest{
		DbName: c.Server.Database(), CollectionName: c.Name, PartitionName: c.Partition, FieldsData: columns, NumRows: uint32(rows),
	})
	return c.taken(answer, answer.GetUpsertCnt(), rows, err)
}

// taken makes sure that the server took all rows that were sent.
func (c *Collection) taken(answer *milvuspb.MutationResult, took int64, sent int, err error) (*schemapb.IDs, error) {
	if err := Explain(err, answer.GetStatus()); err != nil {
		return nil, err
	}
	if took != int64(sent) {
		return answer.GetIDs(), core.Errorf(core.InvalidData, "the server took %d of %d rows, without a reason", took, sent)
	}
	return answer.GetIDs(), nil
}
