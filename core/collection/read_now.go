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
	if s.Kind == Lite || s.Version.Before(schema.Version{Major: 2, Minor: 4}) {
		return 0, nil
	}
	return s.timestamp(ctx)
}

// Fresh is a time for Read: what was written before it is seen. Reads of one
// task that all take the same need not wait for the server's clock each. It is
// 0 where a server tells no time.
func (s *Server) Fresh(ctx context.Context) (uint64, error) {
	if s.Kind == Lite {
		return 0, nil
	}
	now, err := s.timestamp(ctx)
	if IsUnsupported(err) || IsDenied(err) {
		return 0, nil
	}
	return now, err
}

func (s *Server) timestamp(ctx context.Context) (uint64, error) {
	answer, err := s.Service().AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return 0, err
	}
	return answer.GetTimestamp(), nil
}
