// Package number makes whole numbers and fractions by many distributions.
// Bounds hold exactly, from the least Int64 to the greatest.
package number

import (
	"context"
	"encoding/json"
	"math"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/choice"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/internal/limit"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	return []sdk.Component{
		component("number.uniform", "Numbers spread evenly between two bounds.", openUniform),
		component("number.normal", "Numbers of a normal distribution, cut off at two bounds.", openNormal),
		component("number.zipf", "Numbers of which the least is the commonest: the share of each falls with its rank.", openZipf),
		component("number.sequence", "Numbers that rise or fall by the same step from row to row.", openSequence),
		component("number.score", "Scores as a model gives them: most are high, few are low.", openScore),
		component("number.price", "Prices: many small, few large, most with an ending such as .99.", openPrice),
		component("number.count", "Counts with a heavy tail, such as views or sales: most are small, a few are huge.", openCount),
		component("number.choice", "Numbers of a list, the first the commonest unless weights say otherwise.",
			func(spec core.ColumnSpec, c choice.Config) (core.Column, error) { return choice.Open(spec, c) }),
	}
}

func component[C any](name, summary string, open func(core.ColumnSpec, C) (core.Column, error)) sdk.Component {
	return sdk.Generator[C]{
		Info: sdk.Info{Name: name, Summary: summary, Types: []string{
			string(schema.Int8), string(schema.Int16), string(schema.Int32), string(schema.Int64),
			string(schema.Float), string(schema.Double),
		}},
		Open: func(_ context.Context, spec core.ColumnSpec, config C) (core.Column, error) {
			if !isWhole(spec) && !isFraction(spec) {
				return nil, column.Unfit(spec, "numbers")
			}
			return open(spec, config)
		},
	}
}

func isFraction(spec core.ColumnSpec) bool {
	id := spec.Field.Type.ID()
	return id == arrow.FLOAT32 || id == arrow.FLOAT64
}

func isWhole(spec core.ColumnSpec) bool {
	switch spec.Field.Type.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return true
	default:
		return false
	}
}

func keyOf(spec core.ColumnSpec) rng.Key { return rng.Field(spec.Seed, spec.Field.Name) }

// Uniform configures number.uniform.
type Uniform struct {
	Min      json.Number `json:"min" help:"Least value; none: 0, or below max."`
	Max      json.Number `json:"max" help:"Greatest value; none: 100 for Int8, 10000 for Int16, 1000000 for wider types, 1 for fractions, or above min."`
	Decimals *int        `json:"decimals" help:"Decimal places of fractions, 0 to 15; none: as many as the type holds."`
}

func openUniform(spec core.ColumnSpec, c Uniform) (core.Column, error) {
	key := keyOf(spec)
	if isWhole(spec) {
		low, high, err := limit.Ints(spec.Field.Type, c.Min, c.Max)
		if err != nil {
			return nil, err
		}
		n := uint64(high) - uint64(low) + 1 // 0 where it is all of 64 bits
		return column.Ints(spec, func(row int64) int64 {
			s := key.At(row)
			return int64(uint64(low) + s.Uint64N(n))
		})
	}
	low, high, err := limit.Floats(spec.Field.Type, c.Min, c.Max)
	if err != nil {
		return nil, err
	}
	round, err := rounding(spec, low, high, c.Decimals)
	if err != nil {
		return nil, err
	}
	return column.Floats(spec, func(row int64) float64 {
		s := key.At(row)
		u := s.Float64()
		return round(float64(low*(1-u)) + float64(high*u))
	})
}

// rounding gives the nearest value of the field with so many decimal places,
// within the bounds.
func rounding(spec core.ColumnSpec, low, high float64, decimals *int) (func(float64) float64, error) {
	typ := spec.Field.Type
	if decimals == nil {
		return func(v float64) float64 { return limit.Nearest(typ, v, low, high) }, nil
	}
	if *decimals < 0 || *decimals > 15 {
		return nil, core.Errorf(core.InvalidConfig, "decimals is %d", *decimals).WithHint("use 0 to 15")
	}
	scale := math.Pow10(*decimals)
	return func(v float64) float64 {
		rounded := math.Round(v*scale) / scale
		switch {
		case rounded < low:
			rounded = math.Ceil(low*scale) / scale
		case rounded > high:
			rounded = math.Floor(high*scale) / scale
		}
		if math.IsNaN(rounded) || math.IsInf(rounded, 0) {
			rounded = v // too large to have decimal places
		}
		return limit.Nearest(typ, rounded, low, high)
	}, nil
}
