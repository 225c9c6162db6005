package main

import (
	"context"

	"github.com/zilliz/milvus-ingest/core"
)

type insertCommand struct {
	Path string `arg:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file."`
	serverFlags
	fieldFlags
}

// Run implements the command.
func (c *insertCommand) Run(ctx context.Context, a *app) error {
	return core.Errorf(core.Internal, "not written yet")
}
