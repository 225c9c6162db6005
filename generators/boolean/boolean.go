// Package boolean makes flags.
package boolean

import (
	"context"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	return []sdk.Component{sdk.Generator[Flag]{
		Info: sdk.Info{Name: "boolean.flag", Summary: "True in a share of the rows.", Types: []string{string(schema.Bool)}},
		Open: openFlag,
	}}
}

// Flag configures boolean.flag.
type Flag struct {
	Ratio float64 `json:"ratio" help:"Share of the rows that are true, from 0 to 1." default:"0.5"`
}

func openFlag(_ context.Context, spec core.ColumnSpec, c Flag) (core.Column, error) {
	if !(c.Ratio >= 0 && c.Ratio <= 1) {
		return nil, core.Errorf(core.InvalidConfig, "ratio is %v", c.Ratio).WithHint("use a number from 0 to 1")
	}
	key := rng.Field(spec.Seed, spec.Field.Name)
	return column.Bools(spec, func(row int64) bool {
		s := key.At(row)
		return s.Bool(c.Ratio)
	})
}
