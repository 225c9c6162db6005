package collection

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
)

// ID is the server's number of the collection: another one of the same name
// has another.
func (c *Collection) ID() int64 { return c.described.GetCollectionID() }

// MakePartition makes a partition where it is missing.
func (c *Collection) MakePartition(ctx context.Context, name string) error {
	has, err := c.Server.Service().HasPartition(ctx, &milvuspb.HasPartitionRequest{DbName: c.Server.Database(), CollectionName: c.Name, PartitionName: name})
	if err := Explain(err, has.GetStatus()); err != nil || has.GetValue() {
		return told(err, "looking for the partition %s of %s", name, c.Name)
	}
	made, err := c.Server.Service().CreatePartition(ctx, &milvuspb.CreatePartitionRequest{DbName: c.Server.Database(), CollectionName: c.Name, PartitionName: name})
	return told(Explain(err, made), "making the partition %s of %s", name, c.Name)
}
