package collection

import (
	"encoding/json"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Filled is a column with the field's default value where it is null; the
// column itself where there is nothing to fill. The caller releases it.
func Filled(f *schema.Field, column arrow.Array) (arrow.Array, error) {
	if f.Default == nil || column.NullN() == 0 {
		column.Retain()
		return column, nil
	}
	value, err := defaultArray(f)
	if err != nil {
		return nil, err
	}
	defer value.Release()
	parts := make([]arrow.Array, 0, column.NullN()+1)
	for i := 0; i < column.Len(); {
		end := i + 1
		if column.IsNull(i) {
			value.Retain()
			parts = append(parts, value)
		} else {
			for end < column.Len() && column.IsValid(end) {
				end++
			}
			parts = append(parts, array.NewSlice(column, int64(i), int64(end)))
		}
		i = end
	}
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	return array.Concatenate(parts, memory.DefaultAllocator)
}

// defaultArray is a field's default value.
func defaultArray(f *schema.Field) (arrow.Array, error) {
	raw := json.RawMessage("[" + string(f.Default) + "]")
	value, _, err := array.FromJSON(memory.DefaultAllocator, f.Arrow().Type, strings.NewReader(string(raw)), array.WithUseNumber())
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "default_value %s is no %s: %w", f.Default, f.Type, err).WithField(f.Name)
	}
	return value, nil
}
