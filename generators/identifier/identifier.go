// Package identifier makes values that no other row of a data set has, be it
// made in one piece or in many, on one machine or on several.
package identifier

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	number, text := string(schema.Int64), []string{string(schema.VarChar), string(schema.String)}
	both := append([]string{number}, text...)
	return []sdk.Component{
		component("identifier.sequence", "Consecutive numbers, in a text with a prefix and leading zeros.", both, openSequence),
		component("identifier.snowflake", "Numbers of 64 bits made of a time, a machine and a counter, unique and rising.", both, openSnowflake),
		component("identifier.uuid", "Random UUIDs (version 4).", text, openUUID),
		component("identifier.sku", "Article numbers by a pattern of letters and digits.", text, openSKU),
		component("identifier.shuffled", "Numbers of a range, each once, in random order.", both, openShuffled),
	}
}

func component[C any](name, summary string, types []string, open func(core.ColumnSpec, C) (core.Column, error)) sdk.Component {
	return sdk.Generator[C]{
		Info: sdk.Info{Name: name, Summary: summary, Types: types},
		Open: func(_ context.Context, spec core.ColumnSpec, config C) (core.Column, error) {
			return open(spec, config)
		},
	}
}

func keyOf(spec core.ColumnSpec) rng.Key { return rng.Field(spec.Seed, spec.Field.Name) }

func isNumber(spec core.ColumnSpec) bool { return spec.Field.Type.ID() == arrow.INT64 }

// fit refuses values that are longer than the field allows.
func fit(spec core.ColumnSpec, what string, size int) error {
	if most := column.MaxLength(spec.Field); size > most {
		return core.Errorf(core.InvalidConfig, "%s has %d bytes, max_length %d bytes", what, size, most).
			WithHint("set max_length to %d, or choose another generator", size)
	}
	return nil
}

// upTo ends a column before the row that would need a value twice, or a longer
// one than the field allows.
func upTo(inner column.Maker, err error, rows uint64, hint string) (core.Column, error) {
	if err != nil {
		return nil, err
	}
	return column.New(func(ctx context.Context, asked []int64) (arrow.Array, error) {
		for _, row := range asked {
			if uint64(row) >= rows {
				return nil, core.Errorf(core.InvalidConfig, "it has values for %d rows", rows).WithRow(row).WithHint("%s", hint)
			}
		}
		return inner.Make(ctx, asked)
	}), nil
}
