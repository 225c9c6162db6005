// Package sinks lists the built-in sinks: the places where a data set can be
// stored.
package sinks

import (
	"slices"

	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/json"
	"github.com/zilliz/milvus-ingest/sinks/milvus"
	"github.com/zilliz/milvus-ingest/sinks/minio"
	"github.com/zilliz/milvus-ingest/sinks/parquet"
)

// Builtin is all sinks of this program.
func Builtin() []sdk.Component {
	return slices.Concat(parquet.Components(), json.Components(), minio.Components(), milvus.Components())
}
