package collection_test

import (
	"errors"

	"github.com/zilliz/milvus-ingest/core"
)

// hintOf is the hint of the first error of ours, "" where there is none.
func hintOf(err error) string {
	var known *core.Error
	if errors.As(err, &known) {
		return known.Hint
	}
	return ""
}
