package text

import (
	"context"
	"errors"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
)

// impatient cancels while it writes.
type impatient struct {
	cancel func()
	rows   int
}

func (w *impatient) append(dst []byte, _ int64, _ arrow.Record, _ int) []byte {
	w.rows++
	w.cancel()
	return append(dst, 'x')
}

func TestASpanOfSlowTextsEndsWhenItIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := &impatient{cancel: cancel}
	c := &column{writer: w, limit: 10}
	if _, err := c.Fill(ctx, core.Rows{N: 1 << 17}, nil); !errors.Is(err, context.Canceled) || w.rows > 1024 {
		t.Errorf("%d rows were made: %v", w.rows, err)
	}
}
