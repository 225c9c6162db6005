package collection

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// Now is a timestamp for Read: what is written later is not seen. It is 0, for
// what is there at each call, where the server reads no older state: Milvus
// before 2.4, and Milvus Lite.
func (s *Server) Now(ctx context.Context) (uint64, error) {
	if s.Kind == Lite || s.Version.Before(schema.Version{2, 4, 0}) {
		return 0, nil
	}
	answer, err := s.Service().AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return 0, err
	}
	return answer.GetTimestamp(), nil
}
