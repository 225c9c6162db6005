package collection

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
)

// Now is a timestamp for Read: what is written later is not seen. It is 0 for
// Milvus Lite, which has none: it reads what is there.
func (s *Server) Now(ctx context.Context) (uint64, error) {
	if s.Kind == Lite {
		return 0, nil
	}
	answer, err := s.Service().AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return 0, err
	}
	return answer.GetTimestamp(), nil
}
