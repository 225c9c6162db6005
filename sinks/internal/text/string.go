package text

import (
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core/jsontext"
)

// AppendString adds s to dst as a JSON string. It tells whether s is valid
// UTF-8; nothing else can be written.
func AppendString(dst []byte, s string) ([]byte, bool) {
	return append(jsontext.AppendEscaped(append(dst, '"'), s), '"'), utf8.ValidString(s)
}
